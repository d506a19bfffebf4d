// `{{ account.FIELD | default: "…" }}`, read byte by byte.
#include "rewrite/template/placeholders.h"

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr size_t kMaxName = 256;  // bytes of a field's name

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name_byte(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// Reads one placeholder, from its "{{".
class PlaceholderReader {
 public:
  PlaceholderReader(std::string_view source, size_t begin) noexcept
      : source_(source), begin_(begin), at_(begin + 2) {}

  std::optional<Placeholder> read(std::vector<TemplateError>& errors) {
    Placeholder out;
    out.offset = begin_;
    if (!read_name(out) || !read_filter(out) || !read_close()) {
      errors.push_back(std::move(error_));
      return std::nullopt;
    }
    return out;
  }
  /// After the placeholder, or where reading can continue after an error.
  size_t end() const noexcept { return at_; }

 private:
  bool fail(size_t offset, std::string message) {
    error_ = {offset, std::move(message)};
    // The rest of a broken placeholder is not text: continue after its "}}" if that is on the same line.
    const size_t close = source_.find("}}", at_);
    const size_t line = source_.find('\n', at_);
    at_ = close < line ? close + 2 : begin_ + 2;
    return false;
  }
  void skip_blanks() noexcept {
    while (at_ < source_.size() && is_blank(source_[at_])) ++at_;
  }
  char peek() const noexcept { return at_ < source_.size() ? source_[at_] : '\0'; }
  bool closes() const noexcept { return source_.substr(std::min(at_, source_.size()), 2) == "}}"; }
  std::string quoted_here() const {
    if (at_ >= source_.size()) return "the end";
    return fmt::format("'{}'", source_.substr(at_, decode_utf8(source_.substr(at_)).length));
  }

  bool read_name(Placeholder& out) {
    skip_blanks();
    if (closes())
      return fail(begin_, "placeholder without a name; write {{ account.FIELD }}, or \\{{ for the braces");
    const size_t name = at_;
    while (is_name_byte(peek())) ++at_;
    if (at_ == name) {
      return fail(begin_, fmt::format("'{{{{' opens a placeholder, and {} cannot begin a field's name; "
                                      "write {{{{ account.FIELD }}}}, or \\{{{{ for the braces",
                                      quoted_here()));
    }
    out.source = source_.substr(name, at_ - name);
    if (out.source.size() > kMaxName) return fail(name, fmt::format("name longer than {} bytes", kMaxName));
    if (out.source.front() == '.' || out.source.back() == '.' || out.source.find("..") != std::string::npos) {
      return fail(name, fmt::format("'{}' is not a field's name: a part between dots is empty", out.source));
    }
    return true;
  }

  bool read_filter(Placeholder& out) {
    skip_blanks();
    if (peek() != '|') return true;
    ++at_;
    skip_blanks();
    const size_t name = at_;
    while (is_name_byte(peek())) ++at_;
    const std::string_view filter = source_.substr(name, at_ - name);
    if (filter != "default") {
      return fail(
          name, filter.empty()
                    ? fmt::format("'|' needs a filter, not {}; the only one is default: \"…\"", quoted_here())
                    : fmt::format("unknown filter '{}'; the only one is default: \"…\"", filter));
    }
    skip_blanks();
    if (peek() != ':')
      return fail(at_, fmt::format("default needs ':' and a text in quotes, not {}", quoted_here()));
    ++at_;
    skip_blanks();
    return read_default(out);
  }

  bool read_default(Placeholder& out) {
    const size_t begin = at_;
    const char quote = peek();
    if (quote != '"' && quote != '\'') {
      return fail(begin,
                  fmt::format("default needs a text in straight quotes (\" or '), not {}", quoted_here()));
    }
    std::string value;
    for (++at_; at_ < source_.size() && peek() != quote; ++at_) {
      if (peek() == '\\') {
        ++at_;
        if (peek() != quote && peek() != '\\') {
          return fail(at_ - 1, fmt::format("in a default, '\\' may only come before {} or '\\'", quote));
        }
      }
      value += peek();
    }
    if (peek() != quote) {
      at_ = begin;
      return fail(begin, fmt::format("default's text is not closed: write {} after it", quote));
    }
    ++at_;
    if (value.empty()) {
      return fail(begin,
                  "default is empty: without default, the slot's edit is skipped when there is no value");
    }
    out.default_value = std::move(value);
    return true;
  }

  bool read_close() {
    skip_blanks();
    if (closes()) {
      at_ += 2;
      return true;
    }
    if (at_ >= source_.size()) return fail(begin_, "placeholder is not closed: write }} after it");
    if (peek() == '|') return fail(at_, "a placeholder takes one filter only");
    return fail(at_, fmt::format("placeholder needs '}}}}' before {}", quoted_here()));
  }

  std::string_view source_;
  size_t begin_;
  size_t at_;
  TemplateError error_;
};

}  // namespace

std::vector<SourcePiece> cut_placeholders(std::string_view source, std::vector<TemplateError>& errors) {
  std::vector<SourcePiece> pieces;
  SourcePiece literal;
  const auto end_literal = [&](size_t at) {
    literal.end = at;
    if (literal.end > literal.begin) pieces.push_back(std::move(literal));
    literal = {};
  };
  for (size_t at = 0; at < source.size();) {
    if (source.substr(at, 3) == "\\{{") {
      literal.literal += "{{";
      at += 3;
    } else if (source.substr(at, 2) == "{{") {
      end_literal(at);
      PlaceholderReader reader(source, at);
      std::optional<Placeholder> placeholder = reader.read(errors);
      if (placeholder) pieces.push_back({at, reader.end(), {}, std::move(placeholder)});
      literal.begin = at = reader.end();
    } else {
      literal.literal += source[at++];
    }
  }
  end_literal(source.size());
  return pieces;
}

std::string mask_placeholders(std::string_view source) {
  std::vector<TemplateError> ignored;
  std::string masked(source.size(), 'x');
  for (const SourcePiece& piece : cut_placeholders(source, ignored)) {
    if (piece.placeholder) continue;
    source.copy(masked.data() + piece.begin, piece.end - piece.begin, piece.begin);
    for (size_t at = piece.begin; (at = masked.find("\\{{", at)) < piece.end; at += 3) masked[at] = '{';
  }
  return masked;
}

}  // namespace abm::rewrite
