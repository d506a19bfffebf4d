// The tokenizer against html5lib's cases: every tag, attribute, comment and stretch of text, whole and byte
// by byte.
#include "rewrite/scan/tokenizer.h"

#include <simdjson.h>

#include <map>
#include <optional>

#include "rewrite/scan/character_references.h"
#include "tests/rewrite/rewrite_fixture.h"

namespace abm::rewrite {
namespace {

/// A token as html5lib writes it; adjacent text is joined.
struct Token {
  std::string kind, data;
  std::map<std::string, std::string> attributes;
  bool self_closing = false;

  friend bool operator==(const Token&, const Token&) = default;
};

std::string show(const std::vector<Token>& tokens) {
  std::string text;
  for (const Token& t : tokens) {
    text += "[" + t.kind + " " + t.data;
    for (const auto& [name, value] : t.attributes) text += " " + name + "=\"" + value + "\"";
    text += t.self_closing ? " /]" : "]";
  }
  return text;
}

std::string normalized(std::string_view raw, bool replace_nul, bool references) {
  std::string out;
  for (size_t i = 0; i < raw.size();) {
    if (raw[i] == '\r') {
      out += '\n';
      i += i + 1 < raw.size() && raw[i + 1] == '\n' ? 2 : 1;
    } else if (raw[i] == '\0' && replace_nul) {
      out += "\xEF\xBF\xBD";
      ++i;
    } else if (const auto reference = references && raw[i] == '&' ? character_reference(raw.substr(i), false)
                                                                  : CharacterReference{};
               reference.length != 0) {
      out.append(reference.utf8, reference.size);
      i += reference.length;
    } else {
      out += raw[i++];
    }
  }
  return out;
}

/// Collects tokens by offsets; what no token covers is text.
class Recorder {
 public:
  Recorder(std::string_view page, Content state) : page_(page), state_(state) {}

  Content start_tag(const TagToken& tag) {
    take_text(tag.begin, tag.end);
    Token token{"StartTag", name_of(tag), {}, tag.self_closing};
    EXPECT_EQ(tag.whole(), page_.substr(tag.begin, tag.end - tag.begin));
    AttributeCursor cursor(tag.rest());
    uint64_t bits = 0;
    for (RawAttribute raw; cursor.next(raw);) {
      std::string name(raw.name), value(decoded_capacity(raw.value.size()), '\0');
      for (char& c : name) c = ascii_lower(c);
      bits |= attribute_bit(name);
      value.resize(decode_value(raw.value, Charset::kUtf8, value.data()));
      if (is_plain_value(raw.value, Charset::kUtf8)) {
        EXPECT_EQ(value, raw.value);
      }
      token.attributes.emplace(normalized(name, true, false), value);
    }
    EXPECT_EQ(bits, tag.attribute_bits);
    tokens.push_back(token);
    return Content::kData;
  }
  bool end_tag(const TagToken& tag) {
    take_text(tag.begin, tag.end);
    state_ = Content::kData;
    tokens.push_back({"EndTag", name_of(tag), {}, false});
    return true;
  }
  bool plain_start(Tag, NameKey, uint64_t, std::string_view) { return false; }
  size_t plain_end(const char*, const char*) { return 0; }
  bool wants_text() const { return true; }
  void text(std::string_view bytes, uint64_t offset) { EXPECT_EQ(bytes, page_.substr(offset, bytes.size())); }
  bool cdata_allowed() const { return false; }
  Charset charset() const { return Charset::kUtf8; }
  uint64_t asked_attributes() const { return 0; }  // no tag here is long
  bool asks_attribute(std::string_view) const { return false; }
  void doctype(std::string_view, bool) {}
  void comment(const CommentToken& comment) {
    take_text(comment.begin, comment.end);
    const std::string_view data = page_.substr(comment.data_begin, comment.data_end - comment.data_begin);
    if (!comment.head.empty()) {
      EXPECT_EQ(comment.head, data.substr(0, kCommentHead));
    }
    tokens.push_back({"Comment", normalized(data, true, false), {}, false});
  }
  void skipped(uint64_t begin, uint64_t end) { take_text(begin, end); }
  void script(std::string_view) {}
  void cdata(uint64_t, uint64_t end) {
    take_text(end - 3, end);
    state_ = Content::kData;
  }
  void take_text(uint64_t begin, uint64_t end) {
    if (begin < covered_) return;
    const std::string_view raw = page_.substr(covered_, begin - covered_);
    covered_ = end;
    if (raw.empty()) return;
    const std::string data = normalized(raw, state_ != Content::kData && state_ != Content::kCdata,
                                        state_ == Content::kData || state_ == Content::kRcdata);
    if (!tokens.empty() && tokens.back().kind == "Character") {
      tokens.back().data += data;
    } else if (!data.empty()) {
      tokens.push_back({"Character", data, {}, false});
    }
  }
  Content state() const { return state_; }

  std::vector<Token> tokens;

 private:
  static std::string name_of(const TagToken& tag) {
    std::string name(tag.name);
    for (char& c : name) c = ascii_lower(c);
    EXPECT_EQ(tag.key, key_of(name));
    EXPECT_TRUE(tag.tag == Tag::kNone_ || rewrite::name_of(tag.tag) == name);
    return normalized(name, true, false);
  }

  std::string_view page_;
  Content state_;
  uint64_t covered_ = 0;
};

std::vector<Token> tokens_of(const std::string& page, Content state, std::string_view last_start_tag,
                             size_t chunk) {
  Recorder recorder(page, state);
  Tokenizer<Recorder> tokenizer(recorder, 1 << 20);
  tokenizer.start_in(state, last_start_tag);
  std::string pending;
  uint64_t done = 0;
  for (size_t at = 0; at < page.size();) {
    std::string piece = page.substr(at, chunk);  // its own memory: nothing may look beyond it
    size_t take = piece.size();
    if (!pending.empty()) take = tokenizer.completing(piece);
    pending += piece.substr(0, take);
    at += take;
    const std::string scanned = pending;
    const size_t n = tokenizer.scan(scanned, done);
    done += n;
    pending.erase(0, n);
  }
  if (pending.empty()) {
    tokenizer.finish(page.size());
    recorder.take_text(page.size(), page.size());
  } else if (tokenizer.incomplete_tag()) {
    recorder.take_text(done, page.size());
  } else if (recorder.state() == Content::kData && pending.starts_with("<!")) {
    recorder.comment({done, done + 2, page.size(), page.size(), {}});
  } else {
    recorder.take_text(page.size(), page.size());
  }
  return recorder.tokens;
}

std::string unescaped(std::string_view text, bool& surrogate) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) != "\\u" || i + 6 > text.size()) {
      out += text[i++];
      continue;
    }
    const auto code = static_cast<char32_t>(std::stoul(std::string(text.substr(i + 2, 4)), nullptr, 16));
    surrogate |= code >= 0xD800 && code <= 0xDFFF;
    char utf8[4];
    out.append(utf8, encode_utf8(code, utf8));
    i += 6;
  }
  return out;
}

std::optional<Content> content_named(std::string_view state) {
  if (state == "Data state") return Content::kData;
  if (state == "RCDATA state") return Content::kRcdata;
  if (state == "RAWTEXT state") return Content::kRawtext;
  if (state == "Script data state") return Content::kScript;
  if (state == "PLAINTEXT state") return Content::kPlaintext;
  if (state == "CDATA section state") return Content::kCdata;
  return std::nullopt;
}

TEST(Tokenizer, AgreesWithHtml5libOnEveryTagAttributeCommentAndText) {
  const auto folder = test_data() / "html5lib-tests/tokenizer";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  std::map<std::string, size_t> left_out;
  size_t cases = 0, agreed = 0, runs = 0, doctypes = 0;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  simdjson::dom::parser parser;
  for (const auto& file : files) {
    const simdjson::dom::element root = parser.load(file.string());
    simdjson::dom::array tests;
    if (root["tests"].get(tests) != simdjson::SUCCESS) {
      ASSERT_EQ(root["xmlViolationTests"].get(tests), simdjson::SUCCESS);
      cases += tests.size();
      left_out["output coerced to XML names and characters, which no browser does"] += tests.size();
      continue;
    }
    for (const simdjson::dom::element test : tests) {
      ++cases;
      bool escaped = false, surrogate = false;
      std::string_view text;
      [[maybe_unused]] const auto no_escapes = test["doubleEscaped"].get(escaped);
      if (test["input"].get(text) != simdjson::SUCCESS) {
        ++left_out["input is no Unicode text (lone surrogates)"];
        continue;
      }
      const auto plain = [&](std::string_view value) {
        return escaped ? unescaped(value, surrogate) : std::string(value);
      };
      const std::string input = plain(text);
      std::vector<Token> expected;
      bool has_doctype = false;
      for (const simdjson::dom::array output : test["output"].get_array()) {
        const std::string kind(output.at(0).get_string().value());
        if (kind == "DOCTYPE") {
          has_doctype = true;
          continue;
        }
        Token token{kind, plain(output.at(1).get_string().value()), {}, false};
        if (kind == "StartTag") {
          for (const auto attribute : output.at(2).get_object()) {
            token.attributes[plain(attribute.key)] = plain(attribute.value.get_string().value());
          }
          token.self_closing = output.size() > 3;
        }
        if (kind == "Character" && !expected.empty() && expected.back().kind == kind) {
          expected.back().data += token.data;
        } else {
          expected.push_back(token);
        }
      }
      if (surrogate) {
        ++left_out["input is no Unicode text (lone surrogates)"];
        continue;
      }
      if (has_doctype || input.find("<!DOCTYPE") != std::string::npos ||
          input.find("<!doctype") != std::string::npos) {
        ++doctypes;
      }
      std::vector<std::string> states = {"Data state"};
      simdjson::dom::array named;
      if (test["initialStates"].get(named) == simdjson::SUCCESS) {
        states.clear();
        for (const std::string_view state : named) states.emplace_back(state);
      }
      std::string_view last;
      [[maybe_unused]] const auto no_last = test["lastStartTag"].get(last);
      bool all = true;
      for (const std::string& state : states) {
        const auto content = content_named(state);
        ASSERT_TRUE(content.has_value()) << state;
        for (const size_t chunk : {input.size() + 1, size_t{1}}) {
          ++runs;
          const std::vector<Token> ours = tokens_of(input, *content, last, chunk);
          // Doctypes are found (their bytes are no text), but their identifiers are compared elsewhere.
          const bool same = ours == expected;
          all &= same;
          EXPECT_TRUE(same) << file.filename() << " " << state << " last=" << last << " chunk=" << chunk
                            << "\n input " << input << "\n ours " << show(ours) << "\n theirs "
                            << show(expected);
          if (!same) break;
        }
      }
      agreed += all ? 1 : 0;
    }
  }
  size_t out = 0;
  for (const auto& [reason, count] : left_out) out += count;
  std::printf(
      "html5lib: %zu cases, %zu agree (%zu runs: each state, whole and byte by byte), %zu left out:\n", cases,
      agreed, runs, out);
  for (const auto& [reason, count] : left_out) std::printf("  %zu: %s\n", count, reason.c_str());
  std::printf("  of %zu cases with a doctype, its place is compared, its name and identifiers are not\n",
              doctypes);
  EXPECT_EQ(agreed + out, cases);
  EXPECT_GE(agreed, 6700u);
}

// A quote in a tag's name opens nothing, behind "</" as behind "<".
TEST(Tokenizer, AsksForNoMoreBytesThanCompleteTheTag) {
  for (const std::string_view tag :
       {"<a b='>'>", "</a b='>'>", "<s=\"x d=a>", "</s=\"x d=a>", "</s=' a>", "<a =' b>"}) {
    for (size_t first = 3; first < tag.size(); ++first) {
      const std::string page(tag), more = page.substr(first) + "x\" d=' > >";
      Recorder recorder(page, Content::kData);
      Tokenizer<Recorder> tokenizer(recorder, 1 << 20);
      ASSERT_EQ(tokenizer.scan(page.substr(0, first), 0), 0u) << tag;
      EXPECT_EQ(tokenizer.completing(more), tag.size() - first) << tag << " after " << first;
    }
  }
}

TEST(Search, BlocksAndSingleBytesAgreeOnEveryLengthAndPlace) {
#ifdef ABM_BLOCK_SEARCH
  std::string bytes(80, 'x');
  for (const char c :
       {'<', '>', '/', '=', ' ', '\t', '\n', '\f', '\r', '\0', '\x01', '\x0B', '\x1F', '\x80', '"'}) {
    for (size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] = c;
      for (size_t size = 0; size <= bytes.size(); ++size) {
        const std::string copy = bytes.substr(0, size);
        const char *p = copy.data(), *end = p + size;
        ASSERT_EQ(BlockSearch::byte(p, end, '<'), ScalarSearch::byte(p, end, '<'));
        ASSERT_EQ(BlockSearch::name_end(p, end), ScalarSearch::name_end(p, end));
        ASSERT_EQ(BlockSearch::attribute_name_end(p, end), ScalarSearch::attribute_name_end(p, end));
        ASSERT_EQ(BlockSearch::unquoted_end(p, end), ScalarSearch::unquoted_end(p, end));
      }
      bytes[at] = 'x';
    }
  }
#else
  GTEST_SKIP() << "this target has no block search";
#endif
}

}  // namespace
}  // namespace abm::rewrite
