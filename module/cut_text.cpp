// One pass over the text. Arguments begin behind "?" and "&"; in an address that is quoted as an argument's
// value these may be "%3F" and "%26".
#include "module/cut_text.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace abm::module {
namespace {

/// How an argument that begins here would be written.
enum class Form {
  kNone,     // none begins here
  kOwn,      // of the query itself
  kInner,    // of an address in it that is not encoded: "?next=/a?abm=…"
  kEncoded,  // of an address in it that is
};

bool is_prefix(std::string_view prefix, std::string_view text) noexcept {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool ends_query(char c) noexcept {
  return c == '#' || c == ' ';
}

// The length of "abm=" at the start of `text`; 0 where that is not what stands there.
size_t name_at(std::string_view text, std::string_view name, Form form) noexcept {
  const std::string_view equals = form == Form::kEncoded ? "%3D" : "=";
  if (form == Form::kNone || !is_prefix(name, text) || !is_prefix(equals, text.substr(name.size()))) return 0;
  return name.size() + equals.size();
}

size_t value_end(std::string_view text, size_t at, Form form) noexcept {
  for (; at < text.size(); ++at) {
    if (text[at] == '&' || ends_query(text[at])) break;
    if (form == Form::kEncoded && (is_prefix("%26", text.substr(at)) || is_prefix("%23", text.substr(at))))
      break;
  }
  return at;
}

// The length of what separates the argument that ends here from another one of its own query.
size_t separator_at(std::string_view text, Form form) noexcept {
  if (form == Form::kOwn) return text.starts_with('&') ? 1 : 0;
  return form == Form::kEncoded && is_prefix("%26", text) ? 3 : 0;
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

// `query` is where the query begins, behind its "?" if it has one.
std::string_view without_arguments(std::string_view text, size_t query, std::string_view name, char* memory,
                                   Cut& cut) noexcept {
  Output out(memory);
  out.append(text.substr(0, query));
  Form form = Form::kOwn;
  size_t before = query > 0 ? 1 : 0;  // bytes of the separator in front
  for (size_t at = query; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (const size_t equals = name_at(rest, name, form); equals > 0) {
      const size_t end = value_end(text, at + equals, form);
      if (form == Form::kOwn) cut.add(text.substr(at + equals, end - at - equals));
      const size_t separator = separator_at(text.substr(end), form);
      at = end + separator;
      if (separator > 0) continue;  // the next one takes its place
      out.take_back(before);
      form = Form::kNone;
      before = 0;
      continue;
    }
    if (ends_query(rest[0])) {
      out.append(rest);
      break;
    }
    form = Form::kNone;
    if (rest[0] == '&') form = Form::kOwn;
    if (rest[0] == '?') form = Form::kInner;
    if (is_prefix("%3F", rest) || is_prefix("%26", rest)) form = Form::kEncoded;
    before = form == Form::kEncoded ? 3 : 1;
    out.append(rest.substr(0, before));
    at += before;
  }
  return out.text();
}

// "www.acme.example" of "www.acme.example:8443/plan"; "" where it is not plain.
std::string_view host_of_authority(std::string_view text) noexcept {
  text = text.substr(0, text.find_first_of("/?#"));
  if (text.find_first_of("@\\[%") != std::string_view::npos) return {};
  return text.substr(0, text.find(':'));
}

}  // namespace

std::string_view query_without(std::string_view query, std::string_view name, char* out, Cut& cut) noexcept {
  return without_arguments(query, 0, name, out, cut);
}

std::string_view url_without(std::string_view url, std::string_view name, char* out, Cut& cut) noexcept {
  const size_t question = url.find('?');
  return without_arguments(url, question == std::string_view::npos ? url.size() : question + 1, name, out,
                           cut);
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

Target target_of(std::string_view location, std::string_view host, bool secure) noexcept {
  // Browsers ignore controls and blanks in front, and tabs and line ends anywhere; they read "\" as "/".
  for (const char c : location) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '\\') return Target::kElsewhere;
  }
  std::string_view authority;
  if (location.starts_with("//")) {
    authority = location.substr(2);
  } else if (is_prefix("https://", location)) {
    authority = location.substr(8);
  } else if (is_prefix("http://", location)) {
    if (secure) return Target::kElsewhere;
    authority = location.substr(7);
  } else {
    const size_t colon = location.find(':');
    const bool has_scheme = colon != std::string_view::npos && colon < location.find_first_of("/?#");
    return has_scheme || location.empty() ? Target::kElsewhere : Target::kSameHost;
  }
  return !host.empty() && equals_ignoring_case(host_of_authority(authority), host) ? Target::kSameHost
                                                                                   : Target::kElsewhere;
}

}  // namespace abm::module
