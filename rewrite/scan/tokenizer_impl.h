// Bodies of Tokenizer, a template so that the handler's calls inline. Included by tokenizer.h only.
#pragma once

#include <algorithm>

namespace abm::rewrite {

template <typename H>
typename Tokenizer<H>::State Tokenizer<H>::state_of(Content content) noexcept {
  switch (content) {
    case Content::kRcdata:
      return State::kRcdata;
    case Content::kRawtext:
      return State::kRawtext;
    case Content::kScript:
      return State::kScript;
    case Content::kPlaintext:
      return State::kPlaintext;
    case Content::kCdata:
      return State::kCdata;
    case Content::kStop:
      return State::kStopped;
    case Content::kData:
      break;
  }
  return State::kData;
}

template <typename H>
void Tokenizer<H>::set_raw_name(std::string_view name) noexcept {
  raw_name_size_ = static_cast<uint8_t>(std::min(name.size(), kMaxRawName));
  for (size_t i = 0; i < raw_name_size_; ++i) raw_name_[i] = lower(name[i]);
}

template <typename H>
size_t Tokenizer<H>::scan(std::string_view bytes, uint64_t offset) noexcept {
  data_ = bytes.data();
  offset_ = offset;
  incomplete_ = incomplete_tag_ = false;
  const char* p = data_;
  const char* const end = p + bytes.size();
  while (p != end && !incomplete_ && state_ != State::kStopped) {
    switch (state_) {
      case State::kData:
        p = scan_data(p, end);
        break;
      case State::kRcdata:
      case State::kRawtext:
        p = scan_raw(p, end);
        break;
      case State::kScript:
      case State::kScriptEscaped:
      case State::kScriptDoubleEscaped:
        p = scan_script(p, end);
        break;
      case State::kPlaintext:
        p = end;
        break;
      case State::kComment:
        p = scan_comment(p, end);
        break;
      case State::kBogusComment:
        p = scan_bogus(p, end);
        break;
      case State::kDoctype:
        p = scan_doctype(p, end);
        break;
      case State::kCdata:
        p = scan_cdata(p, end);
        break;
      case State::kStopped:
        break;
    }
  }
  if (incomplete_tag_) {
    if (static_cast<size_t>(end - p) > max_tag_) {
      too_long_ = true;
      state_ = State::kStopped;
    } else {
      bool found = false;
      finder_.reset();
      finder_.feed({p + 1, static_cast<size_t>(end - p - 1)}, found);
    }
  }
  return static_cast<size_t>(p - data_);
}

template <typename H>
size_t Tokenizer<H>::completing(std::string_view more) noexcept {
  if (!incomplete_tag_) return std::min(more.size(), kLookahead);
  bool found = false;
  return finder_.feed(more, found);
}

template <typename H>
const char* Tokenizer<H>::scan_data(const char* p, const char* end) noexcept {
  const char* text = p;
  for (;;) {
    const char* lt = Search::byte(p, end, '<');
    if (end - lt > 1 && !opens_markup(lt[1])) {  // a "<" that opens nothing
      p = lt + 1;
      continue;
    }
    if (handler_.wants_text() && lt != text)
      handler_.text({text, static_cast<size_t>(lt - text)}, offset_of(text));
    if (end - lt <= 1) return lt == end ? end : wait(lt);
    if constexpr (requires { handler_.plain_end(lt, end); }) {
      if (const size_t size = lt[1] == '/' && max_tag_ >= kPlainEndTag ? handler_.plain_end(lt + 2, end) : 0;
          size != 0) {
        text = p = lt + 2 + size;
        continue;
      }
    }
    p = is_letter(lt[1]) ? scan_tag(lt, lt + 1, end) : scan_markup(lt, end);
    if (incomplete_ || state_ != State::kData || p == end) return p;
    text = p;
  }
}

template <typename H>
const char* Tokenizer<H>::scan_markup(const char* lt, const char* end) noexcept {
  construct_begin_ = offset_of(lt);
  if (lt[1] == '/') {
    if (end - lt < 3) return wait(lt);
    if (is_letter(lt[2])) return scan_tag(lt, lt + 2, end);
    if (lt[2] == '>') {
      skipped(construct_begin_, construct_begin_ + 3);
      return lt + 3;
    }
    state_ = State::kBogusComment;
    data_begin_ = offset_of(lt + 2);
    return lt + 2;
  }
  state_ = State::kBogusComment;
  if (lt[1] == '?') {
    data_begin_ = offset_of(lt + 1);
    return lt + 1;
  }
  const std::string_view rest(lt + 2, static_cast<size_t>(end - lt - 2));
  const auto could_be = [&](std::string_view word, bool fold) {  // a prefix counts: more bytes decide
    const size_t n = std::min(word.size(), rest.size());
    for (size_t i = 0; i < n; ++i) {
      if ((fold ? lower(rest[i]) : rest[i]) != word[i]) return 0;
    }
    return n == word.size() ? 1 : -1;
  };
  if (const int match = could_be("--", false); match != 0) {
    if (match < 0) return state_ = State::kData, wait(lt);
    state_ = State::kComment;
    comment_ = Comment::kStart;
    data_begin_ = offset_of(lt + 4);
    return lt + 4;
  }
  if (const int match = could_be("doctype", true); match != 0) {
    if (match < 0) return state_ = State::kData, wait(lt);
    state_ = State::kDoctype;
    doctype_size_ = 0;
    return lt + 9;
  }
  if (const int match = could_be("[CDATA[", false); match != 0 && handler_.cdata_allowed()) {
    if (match < 0) return state_ = State::kData, wait(lt);
    state_ = State::kCdata;
    run_ = 0;
    after_lead_ = false;
    return lt + 9;
  }
  data_begin_ = offset_of(lt + 2);
  return lt + 2;
}

template <typename H>
inline const char* Tokenizer<H>::scan_tag(const char* lt, const char* name, const char* end) noexcept {
  NameKey key = 0;
  Tag listed = Tag::kNone_;
  size_t size = 8;
  if (std::endian::native == std::endian::little && end - name >= 8) {
    // Most names are in lower case and short, with a space or ">" behind them: then the bytes are the key
    // already. A name that is anything else has no such key in the table. (But a NUL at its end would not be
    // seen in it.)
    std::memcpy(&key, name, 8);
    size = plain_name_size(key);
    key &= size < 8 ? (uint64_t{1} << (8 * size)) - 1 : 0;
    if (size < 8 && name[size - 1] != '\0') listed = tag_of(key);
  }
  const char* name_end = name + size;
  if (listed == Tag::kNone_) {
    name_end = Search::name_end(name, end);
    size = static_cast<size_t>(name_end - name);
    key = key_of({name, size});
    listed = tag_of(key);
  }
  if (name_end == end) {
    incomplete_tag_ = true;
    return wait(lt);
  }
  TagWalk walk;
  if (*name_end == '>') {
    walk.end = name_end + 1;
  } else {
    walk = walk_attributes(name_end, end);
    if (walk.end == nullptr) {
      incomplete_tag_ = true;
      return wait(lt);
    }
  }
  if constexpr (requires { handler_.plain_start(listed, key, walk.attribute_bits, std::string_view()); }) {
    if (name[-1] != '/' && static_cast<size_t>(walk.end - lt) <= max_tag_ &&
        handler_.plain_start(listed, key, walk.attribute_bits,
                             {name_end, static_cast<size_t>(walk.end - name_end)})) {
      return walk.end;
    }
  }
  TagToken tag;
  tag.name = {name, size};
  tag.key = key;
  tag.tag = listed;
  tag.bytes = lt;
  tag.begin = offset_of(lt);
  tag.end = offset_of(walk.end);
  tag.attribute_bits = walk.attribute_bits;
  tag.self_closing = walk.self_closing;
  if (tag.end - tag.begin > max_tag_) {
    too_long_ = true;
    state_ = State::kStopped;
    return lt;
  }
  if (name[-1] == '/') {
    tag.is_end = true;
    state_ = handler_.end_tag(tag) ? State::kData : State::kStopped;
  } else {
    const Content content = handler_.start_tag(tag);
    state_ = state_of(content);
    run_ = 0;
    if (content != Content::kData && content != Content::kStop) set_raw_name(tag.name);
  }
  return state_ == State::kStopped ? lt : walk.end;
}

template <typename H>
int Tokenizer<H>::match_end_tag(const char* name, const char* end) const noexcept {
  for (size_t i = 0; i < raw_name_size_; ++i, ++name) {
    if (name == end) return -1;
    if (lower(*name) != raw_name_[i]) return 0;
  }
  if (raw_name_size_ == 0) return 0;
  if (name == end) return -1;
  return (byte_class(*name) & (kSpaceByte | kSlashByte | kGreaterByte)) != 0 ? 1 : 0;
}

template <typename H>
int Tokenizer<H>::match_script(const char* name, const char* end) noexcept {
  for (const char c : std::string_view("script")) {
    if (name == end) return -1;
    if (lower(*name++) != c) return 0;
  }
  if (name == end) return -1;
  return (byte_class(*name) & (kSpaceByte | kSlashByte | kGreaterByte)) != 0 ? 1 : 0;
}

template <typename H>
const char* Tokenizer<H>::scan_raw(const char* p, const char* end) noexcept {
  for (;;) {
    p = Search::byte(p, end, '<');
    if (p == end) return p;
    if (end - p == 1) return wait(p);
    if (p[1] == '/') {
      const int match = match_end_tag(p + 2, end);
      if (match < 0) return wait(p);
      if (match > 0) return scan_tag(p, p + 2, end);
    }
    ++p;
  }
}

template <typename H>
const char* Tokenizer<H>::scan_script(const char* p, const char* end) noexcept {
  while (p != end) {
    if (state_ == State::kScript) {
      p = Search::byte(p, end, '<');
      if (p == end) return p;
    } else if (*p != '<') {
      if (*p == '-') {
        run_ = run_ < 2 ? run_ + 1 : 2;
      } else if (*p == '>' && run_ == 2) {
        state_ = State::kScript;
      } else {
        run_ = 0;
      }
      ++p;
      continue;
    }
    run_ = 0;
    if (end - p == 1) return wait(p);
    if (state_ == State::kScript && p[1] == '!') {
      if (end - p < 4 && (end - p < 3 || p[2] == '-')) return wait(p);
      if (p[2] == '-' && p[3] == '-') {
        state_ = State::kScriptEscaped;
        run_ = 2;
        p += 4;
        continue;
      }
    } else if (p[1] == '/' && state_ == State::kScriptDoubleEscaped) {
      const int match = match_script(p + 2, end);
      if (match < 0) return wait(p);
      if (match > 0) {
        state_ = State::kScriptEscaped;
        p += 9;
        continue;
      }
    } else if (p[1] == '/') {
      const int match = match_end_tag(p + 2, end);
      if (match < 0) return wait(p);
      if (match > 0) return scan_tag(p, p + 2, end);
    } else if (state_ == State::kScriptEscaped) {
      const int match = match_script(p + 1, end);
      if (match < 0) return wait(p);
      if (match > 0) {
        state_ = State::kScriptDoubleEscaped;
        p += 8;
        continue;
      }
    }
    ++p;
  }
  return p;
}

template <typename H>
size_t Tokenizer<H>::comment_tail(bool at_eof) const noexcept {
  switch (comment_) {
    case Comment::kStartDash:
      return at_eof ? 1 : 2;
    case Comment::kDash:
      return 1;
    case Comment::kEnd:
      return at_eof ? 2 : 3;
    case Comment::kBang:
      return at_eof ? 3 : 4;
    default:
      return at_eof ? 0 : 1;
  }
}

template <typename H>
const char* Tokenizer<H>::scan_comment(const char* p, const char* end) noexcept {
  for (; p != end; ++p) {
    const char c = *p;
    if (comment_ == Comment::kBody) {
      p = Search::byte(p, end, '-');
      if (p == end) return p;
      comment_ = Comment::kDash;
      continue;
    }
    if (c == '>' && comment_ != Comment::kDash) {
      const uint64_t after = offset_of(p + 1);
      handler_.comment(construct_begin_, data_begin_, after - comment_tail(false), after);
      state_ = State::kData;
      return p + 1;
    }
    switch (comment_) {
      case Comment::kStart:
        comment_ = c == '-' ? Comment::kStartDash : Comment::kBody;
        break;
      case Comment::kStartDash:
      case Comment::kDash:
        comment_ = c == '-' ? Comment::kEnd : Comment::kBody;
        break;
      case Comment::kEnd:
        if (c != '-') comment_ = c == '!' ? Comment::kBang : Comment::kBody;
        break;
      case Comment::kBang:
        comment_ = c == '-' ? Comment::kDash : Comment::kBody;
        break;
      case Comment::kBody:
        break;
    }
  }
  return p;
}

template <typename H>
const char* Tokenizer<H>::scan_bogus(const char* p, const char* end) noexcept {
  p = Search::byte(p, end, '>');
  if (p == end) return p;
  handler_.comment(construct_begin_, data_begin_, offset_of(p), offset_of(p + 1));
  state_ = State::kData;
  return p + 1;
}

template <typename H>
const char* Tokenizer<H>::scan_doctype(const char* p, const char* end) noexcept {
  const char* close = Search::byte(p, end, '>');  // also inside quotes: an abrupt identifier ends the doctype
  const size_t take = std::min<size_t>(static_cast<size_t>(close - p), kMaxDoctype - doctype_size_);
  std::memcpy(doctype_ + doctype_size_, p, take);
  doctype_size_ = static_cast<uint16_t>(doctype_size_ + take);
  if (close == end) return end;
  handler_.doctype({doctype_, doctype_size_}, doctype_size_ == kMaxDoctype);
  skipped(construct_begin_, offset_of(close + 1));
  state_ = State::kData;
  return close + 1;
}

template <typename H>
const char* Tokenizer<H>::scan_cdata(const char* p, const char* end) noexcept {
  Charset charset = Charset::kUtf8;
  if constexpr (requires { handler_.charset(); }) charset = handler_.charset();
  for (; p != end; ++p) {
    if (after_lead_) {  // in a double-byte charset "]" may be half a character
      after_lead_ = false;
      if (is_trail_byte(*p, charset)) {
        run_ = 0;
        continue;
      }
    }
    if (*p == ']') {
      run_ = run_ < 2 ? run_ + 1 : 2;
    } else if (*p == '>' && run_ == 2) {
      state_ = State::kData;
      handler_.cdata(construct_begin_, offset_of(p + 1));
      return p + 1;
    } else {
      run_ = 0;
      after_lead_ = is_lead_byte(*p, charset);
    }
  }
  return p;
}

template <typename H>
void Tokenizer<H>::finish(uint64_t offset) noexcept {
  if (state_ == State::kComment) {
    handler_.comment(construct_begin_, data_begin_, offset - comment_tail(true), offset);
  } else if (state_ == State::kBogusComment) {
    handler_.comment(construct_begin_, data_begin_, offset, offset);
  } else if (state_ == State::kDoctype) {
    handler_.doctype({doctype_, doctype_size_}, true);
    skipped(construct_begin_, offset);
  }
}

}  // namespace abm::rewrite
