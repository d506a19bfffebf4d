#include "connect/http/url.h"

#include <curl/curl.h>

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::connect {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  void operator()(char* text) const noexcept { curl_free(text); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

Url parse(const std::string& text) {
  Url url(curl_url());
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

/// "" when the address has no such part.
std::string part(const Url& url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeUrl> owner(text);
  return text;
}

bool is_http(std::string_view scheme) {
  return scheme == "http" || scheme == "https";
}

/// "" if it may be followed; `same_host` tells whether two hosts count as one.
template <typename SameHost>
std::string fault_of_redirect(const std::string& from, const std::string& to, SameHost&& same_host) {
  const Url a = parse(from);
  const Url b = parse(to);
  if (a == nullptr || b == nullptr || !is_http(part(b, CURLUPART_SCHEME))) {
    return fmt::format("it redirects to '{}', which is not an http address", to);
  }
  const bool was_secure = part(a, CURLUPART_SCHEME) == "https";
  const bool is_secure = part(b, CURLUPART_SCHEME) == "https";
  const std::string host = part(b, CURLUPART_HOST);
  if (!same_host(part(a, CURLUPART_HOST), host)) {
    return fmt::format("it redirects to another host, '{}': name the final address", host);
  }
  if (was_secure && !is_secure) return "it redirects from https to plain http";
  const std::string from_port = part(a, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const std::string to_port = part(b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const bool to_usual_https = !was_secure && is_secure && from_port == "80" && to_port == "443";
  if (from_port != to_port && !to_usual_https) {
    return fmt::format("it redirects to another port, {}: name the final address", to_port);
  }
  return {};
}

std::string_view without_www(std::string_view host) {
  return host.size() > 4 && equals_ignoring_case(host.substr(0, 4), "www.") ? host.substr(4) : host;
}

}  // namespace

std::string url_for_people(const std::string& url) {
  const Url parsed = parse(url);
  if (parsed == nullptr) return url;
  curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
  const std::string shown = part(parsed, CURLUPART_URL);
  return shown.empty() ? url : shown;
}

std::optional<std::string> plain_address(const std::string& url) {
  const Url parsed = parse(url);
  if (parsed == nullptr || !is_http(part(parsed, CURLUPART_SCHEME)) || part(parsed, CURLUPART_HOST).empty() ||
      !part(parsed, CURLUPART_QUERY).empty() || !part(parsed, CURLUPART_FRAGMENT).empty())
    return std::nullopt;
  return url_for_people(url);
}

Result<void> check_url(const std::string& url) {
  const Url parsed = parse(url);
  if (parsed == nullptr || !is_http(part(parsed, CURLUPART_SCHEME)) || part(parsed, CURLUPART_HOST).empty()) {
    return Error{fmt::format("'{}' is not an address of the form https://host/path", url)};
  }
  return {};
}

Result<std::string> with_path_suffix(const std::string& url, std::string_view suffix) {
  if (auto good = check_url(url); !good) return good.error();
  const Url parsed = parse(url);
  const std::string path = part(parsed, CURLUPART_PATH) + std::string(suffix);
  if (curl_url_set(parsed.get(), CURLUPART_PATH, path.c_str(), 0) != CURLUE_OK) {
    return Error{fmt::format("'{}' cannot be followed by '{}'", url, suffix)};
  }
  return part(parsed, CURLUPART_URL);
}

std::string redirect_fault(const std::string& from, const std::string& to) {
  return fault_of_redirect(
      from, to, [](const std::string& a, const std::string& b) { return equals_ignoring_case(a, b); });
}

std::string page_redirect_fault(const std::string& from, const std::string& to) {
  return fault_of_redirect(from, to, [](const std::string& a, const std::string& b) {
    return equals_ignoring_case(without_www(a), without_www(b));
  });
}

Result<std::string> redirect_target(const std::string& base, const std::string& location) {
  const Url url = parse(base);
  if (location.empty()) return Error{"it redirects without saying where to"};
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK)
    return Error{fmt::format("it redirects to '{}', which is not an address", location)};
  return part(url, CURLUPART_URL);
}

std::optional<std::string> on_same_server(const std::string& base, const std::string& reference) {
  const Url from = parse(base);
  const Url to = parse(base);
  if (reference.empty() || from == nullptr ||
      curl_url_set(to.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK)
    return std::nullopt;
  const bool same =
      part(from, CURLUPART_SCHEME) == part(to, CURLUPART_SCHEME) &&
      equals_ignoring_case(part(from, CURLUPART_HOST), part(to, CURLUPART_HOST)) &&
      part(from, CURLUPART_PORT, CURLU_DEFAULT_PORT) == part(to, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!same || !part(to, CURLUPART_USER).empty() || !part(to, CURLUPART_PASSWORD).empty())
    return std::nullopt;
  return part(to, CURLUPART_URL);
}

Result<void> check_secret_url(const std::string& url) {
  if (auto good = check_url(url); !good) return good;
  const Url parsed = parse(url);
  const std::string host = part(parsed, CURLUPART_HOST);
  const bool here = host == "127.0.0.1" || host == "[::1]" || equals_ignoring_case(host, "localhost");
  if (part(parsed, CURLUPART_SCHEME) != "https" && !here)
    return Error{fmt::format("'{}' is not encrypted, and would be told a secret: it must begin with https://",
                             url_for_people(url))};
  for (const CURLUPart extra : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    if (!part(parsed, extra).empty())
      return Error{
          fmt::format("'{}' must be a plain address, without user, query or fragment", url_for_people(url))};
  }
  return {};
}

std::string query_value(std::string_view text) {
  constexpr std::string_view kPlain = "-._~";  // RFC 3986 2.3, besides letters and digits
  std::string out;
  for (const char c : text) {
    const char lower = ascii_lower(c);
    if ((lower >= 'a' && lower <= 'z') || is_digit(c) || kPlain.find(c) != kPlain.npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace abm::connect
