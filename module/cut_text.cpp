// One pass over the text. Arguments begin behind "?", "&", ";" and "#"; in an address that is quoted as an
// argument's value these may be percent-encoded, once for each address that quotes another.
#include "module/cut_text.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace abm::module {
namespace {

constexpr size_t kDeepestBytes = 8;  // of "2525…": four addresses in each other
constexpr size_t kShortestToken = 60;
constexpr size_t kLongestToken = 1024;

/// How an argument that begins here would be written.
enum class Form {
  kNone,   // none begins here
  kPlain,  // of the query itself
  kOdd,    // the same, but not as nginx reads arguments
  kInner,  // of an address in it
};

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_base64url(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// A character, and how many bytes it is written with; 0 at the end.
struct Letter {
  char c = '\0';
  size_t size = 0;
};

// "%26" and "%2526" are "&".
Letter letter_at(std::string_view text) noexcept {
  if (text.empty()) return {};
  if (text[0] != '%') return {text[0], 1};
  size_t at = 1;
  while (at <= kDeepestBytes && text.substr(at, 2) == "25") at += 2;
  if (text.size() < at + 2) return {'%', 1};
  const int high = hex_digit(text[at]);
  const int low = hex_digit(text[at + 1]);
  if (high < 0 || low < 0) return {'%', 1};
  return {static_cast<char>(high * 16 + low), at + 2};
}

// The length of `word`, in any case, at the start of `text`, encoded or not; 0 where that is not what stands
// there.
size_t word_at(std::string_view text, std::string_view word) noexcept {
  size_t size = 0;
  for (const char wanted : word) {
    const Letter letter = letter_at(text.substr(size));
    if (letter.size == 0 || ascii_lower(letter.c) != ascii_lower(wanted)) return 0;
    size += letter.size;
  }
  return size;
}

/// What stands between arguments; size 0 where nothing of that kind does.
struct Separator {
  size_t size = 0;
  char what = '\0';
  bool encoded = false;
  bool html = false;  ///< "&amp;"
};

Separator separator_at(std::string_view text) noexcept {
  constexpr std::string_view kSeparators = "?&;#";
  const Letter letter = letter_at(text);
  if (letter.size == 0 || kSeparators.find(letter.c) == std::string_view::npos) return {};
  Separator separator{letter.size, letter.c, letter.size > 1, false};
  if (letter.c != '&') return separator;
  const size_t html = word_at(text.substr(letter.size), "amp;");
  separator.size += html;
  separator.html = html > 0;
  return separator;
}

/// "abm=" at the start of a text; size 0 where that is not what stands there.
struct Beginning {
  size_t size = 0;
  bool plain = false;  ///< nothing of it is encoded
};

Beginning beginning_at(std::string_view text, std::string_view name) noexcept {
  const size_t size = word_at(text, name);
  const size_t equals = size > 0 ? word_at(text.substr(size), "=") : 0;
  if (equals == 0) return {};
  return {size + equals, size + equals == name.size() + 1};
}

std::string_view token_at(std::string_view text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), is_base64url);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

// The value that begins here. A plain one is whatever stands there, or a token that a separator ends which
// nginx does not know.
std::string_view value_at(std::string_view text, Form form) noexcept {
  const std::string_view token = token_at(text);
  if (form != Form::kPlain) return token;
  const char next = separator_at(text.substr(token.size())).what;
  if (is_token(token) && (next == '&' || next == ';')) return token;
  return text.substr(0, std::min(text.find_first_of("&# "), text.size()));
}

class Output {
 public:
  explicit Output(char* out) noexcept : out_(out) {}
  void append(std::string_view text) noexcept {
    if (text.empty()) return;
    std::memcpy(out_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void take_back(size_t size) noexcept { size_ -= size; }
  [[nodiscard]] std::string_view text() const noexcept { return {out_, size_}; }

 private:
  char* out_;
  size_t size_ = 0;
};

class ArgumentCutter {
 public:
  /// `query` is where the query begins, behind its "?" if it has one. `own`: it is the request's.
  ArgumentCutter(std::string_view text, size_t query, bool own, std::string_view name, char* memory,
                 Cut& cut) noexcept
      : text_(text), name_(name), at_(query), own_(own), out_(memory), cut_(cut) {
    out_.append(text.substr(0, query));
    before_.size = query > 0 ? 1 : 0;
    form_ = own ? Form::kPlain : Form::kInner;
  }

  std::string_view run() noexcept {
    while (at_ < text_.size()) {
      if (form_ != Form::kNone && take()) continue;
      const std::string_view rest = text_.substr(at_);
      if (own_ && rest[0] == ' ') {
        out_.append(rest);
        break;
      }
      step(rest);
    }
    return out_.text();
  }

 private:
  void step(std::string_view rest) noexcept {
    const Separator separator = separator_at(rest);
    if (own_ && separator.what == '#' && !separator.encoded) own_ = false;
    form_ = separator.size > 0 ? form_behind(separator) : Form::kNone;
    before_ = separator;
    const size_t size = std::max<size_t>(separator.size, 1);
    out_.append(rest.substr(0, size));
    at_ += size;
  }

  [[nodiscard]] Form form_behind(const Separator& separator) const noexcept {
    if (!own_ || separator.encoded || separator.what == '?') return Form::kInner;
    return separator.what == '&' && !separator.html ? Form::kPlain : Form::kOdd;
  }

  // Leaves out the argument that begins here; false if none does.
  bool take() noexcept {
    const std::string_view rest = text_.substr(at_);
    const Beginning beginning = beginning_at(rest, name_);
    if (beginning.size == 0) return false;
    const Form form = form_ == Form::kPlain && !beginning.plain ? Form::kOdd : form_;
    const std::string_view value = value_at(rest.substr(beginning.size), form);
    if (form != Form::kPlain && !is_token(value)) return false;
    if (form != Form::kInner) cut_.add(value);
    at_ += beginning.size + value.size();
    leave_one_separator();
    return true;
  }

  // In an address that the request's own query quotes, what is not encoded is the query's.
  [[nodiscard]] bool is_of_same_address(const Separator& next) const noexcept {
    return before_.encoded == next.encoded && (next.encoded || !own_);
  }

  // Of those on both sides. Where what follows could be read with what stands before, both stay.
  void leave_one_separator() noexcept {
    const std::string_view rest = text_.substr(at_);
    const Separator next = separator_at(rest);
    const bool separates = next.what == '&' || next.what == ';';
    if (separates && (form_ != Form::kInner || is_of_same_address(next))) {
      at_ += next.size;  // the next argument takes the place of this one
      return;
    }
    if (before_.what == '#' && !before_.encoded) return;  // behind it nothing is the request's own
    if (next.what == '?' || (next.size == 0 && !rest.empty() && (rest[0] == '%' || rest[0] == '='))) return;
    out_.take_back(before_.size);
    form_ = Form::kNone;
    before_ = {};
  }

  std::string_view text_, name_;
  size_t at_;
  bool own_;
  Form form_ = Form::kNone;
  Separator before_;  // in front of `at_`, written already
  Output out_;
  Cut& cut_;
};

std::string_view host_of_authority(std::string_view text) noexcept {
  text = text.substr(0, text.find_first_of("/?#"));
  if (text.find_first_of("@\\[%") != std::string_view::npos) return {};
  return text.substr(0, text.find(':'));
}

// Without those that http: and https: have anyway.
std::string_view unusual(std::string_view port) noexcept {
  return port == "80" || port == "443" ? std::string_view() : port;
}

bool is_prefix(std::string_view prefix, std::string_view text) noexcept {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return text.size() >= kShortestToken && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), is_base64url);
}

bool may_hold(std::string_view text, std::string_view name) noexcept {
  for (size_t at = 0; at < text.size(); ++at) {
    if ((text[at] == '%' || ascii_lower(text[at]) == ascii_lower(name[0])) &&
        word_at(text.substr(at), name) > 0)
      return true;
  }
  return false;
}

std::string_view query_without(std::string_view query, std::string_view name, char* out, Cut& cut) noexcept {
  return ArgumentCutter(query, 0, true, name, out, cut).run();
}

std::string_view url_without(std::string_view url, std::string_view name, char* out, Cut& cut) noexcept {
  const size_t end = std::min(url.find_first_of("?#"), url.size());
  const bool has_query = end < url.size() && url[end] == '?';
  return ArgumentCutter(url, has_query ? end + 1 : end, has_query, name, out, cut).run();
}

std::string_view text_without(std::string_view text, std::string_view name, char* out, Cut& cut) noexcept {
  return ArgumentCutter(text, 0, false, name, out, cut).run();
}

std::string_view cookies_without(std::string_view header, std::string_view name, char* out,
                                 Cut& cut) noexcept {
  Output kept(out);
  for (size_t at = 0; at <= header.size();) {
    const size_t end = std::min(header.find(';', at), header.size());
    const std::string_view pair = header.substr(at, end - at);
    const std::string_view text = trimmed(pair);
    if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
      cut.add(text.substr(name.size() + 1));
    } else {
      if (!kept.text().empty()) kept.append(";");
      kept.append(kept.text().empty() ? trimmed(pair) : pair);
    }
    at = end + 1;
  }
  return kept.text();
}

std::string_view host_of_url(std::string_view url) noexcept {
  const size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view() : host_of_authority(url.substr(scheme + 3));
}

Target target_of(std::string_view location, const Server& server) noexcept {
  // Browsers ignore controls and blanks in front, and tabs and line ends anywhere; they read "\" as "/".
  for (const char c : location) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '\\') return Target::kElsewhere;
  }
  std::string_view authority;
  bool upgrades = false;  // from http: to https:, which has a port of its own
  if (location.starts_with("//")) {
    authority = location.substr(2);
  } else if (is_prefix("https://", location)) {
    authority = location.substr(8);
    upgrades = !server.secure;
  } else {
    const size_t colon = location.find(':');
    const bool has_scheme = colon != std::string_view::npos && colon < location.find_first_of("/?#");
    return has_scheme || location.empty() ? Target::kElsewhere : Target::kRelative;
  }
  const std::string_view host = host_of_authority(authority);
  if (server.host.empty() || !equals_ignoring_case(host, server.host)) return Target::kElsewhere;
  authority =
      authority.substr(host.size(), authority.substr(0, authority.find_first_of("/?#")).size() - host.size());
  const std::string_view port = authority.empty() ? authority : authority.substr(1);
  const bool same = unusual(port) == unusual(server.port) && port != "80";
  return same || (upgrades && (port.empty() || port == "443")) ? Target::kSameHost : Target::kElsewhere;
}

}  // namespace abm::module
