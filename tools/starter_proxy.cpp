#include "tools/starter_proxy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/ip_address.h"
#include "base/text.h"

namespace abm::tools {
namespace {

bool all_of(std::string_view text, std::string_view further) {
  return std::all_of(text.begin(), text.end(), [further](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || further.find(c) != further.npos;
  });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos &&
         std::stoul(std::string(text)) - 1 < 65535;
}

/// "www.acme.example:8443" → "www.acme.example".
std::string without_port(const std::string& authority) {
  const size_t bracket = authority.find(']');
  return authority.substr(0, authority.find(':', bracket == authority.npos ? 0 : bracket));
}

class Lines {
 public:
  explicit Lines(size_t indent) : indent_(indent) {}
  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '\n' + std::string(indent_, ' ');
    text_ += fmt::format("{} {};", name, value);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  size_t indent_;
  std::string text_;
};

}  // namespace

Result<Upstream> Upstream::parse(std::string_view url) {
  const Error wrong{fmt::format("upstream '{}' is not a URL such as http://127.0.0.1:8081", url)};
  Upstream out;
  out.tls = url.starts_with("https://");
  if (!out.tls && !url.starts_with("http://")) return wrong;
  std::string_view rest = url.substr(out.tls ? 8 : 7);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == authority.npos) return wrong;
  if (!is_ascii(authority)) {
    return Error{fmt::format("upstream '{}': write the name as DNS has it, in Punycode (xn--…)", url)};
  }
  if (const size_t colon = authority.find(':', bracket); colon != authority.npos) {
    if (!is_port(authority.substr(colon + 1))) return wrong;
    out.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (out.port == (out.tls ? "443" : "80")) out.port.clear();
  out.host = ascii_lower(authority);
  if (out.host.ends_with('.'))
    out.host.pop_back();  // of the root; TLS knows names without it (RFC 6066, section 3)
  if (bracket != 0) {
    const auto address = IpAddress::parse(authority.substr(1, bracket - 1));
    if (!address.has_value() || bracket + 1 != authority.size()) return wrong;
    out.is_address = true;
  } else {
    if (authority.empty() || !all_of(authority, ".-_")) return wrong;
    out.is_address = IpAddress::parse(authority).has_value();
  }
  constexpr std::array<std::string_view, 5> kInside = {".internal", ".local", ".lan", ".localhost",
                                                       ".localdomain"};
  out.is_local = out.is_address || out.host.find('.') == out.host.npos ||
                 std::any_of(kInside.begin(), kInside.end(),
                             [&](std::string_view end) { return std::string_view(out.host).ends_with(end); });
  if (!all_of(path, "/.-_~") || path.find("..") != path.npos || path.find("//") != path.npos) return wrong;
  if (path.size() > 1) out.path = path.ends_with('/') ? std::string(path) : std::string(path) + "/";
  return out;
}

std::string proxy_directives(const ProxyAnswers& answers, ProxyUse use, size_t indent) {
  const Upstream& upstream = answers.upstream;
  const std::string visitors = answers.host.empty() ? "$host" : answers.host;
  // Over https a website goes by the name that it has a certificate for; over http, and at an address, it
  // only knows its visitors' name.
  const std::string host = !answers.upstream_host.empty()       ? answers.upstream_host
                           : upstream.tls && !upstream.is_local ? upstream.authority()
                                                                : visitors;
  const bool is_visitors = host == visitors;
  const std::string path = upstream.path.empty() ? "/" : upstream.path;
  Lines lines(indent);
  lines.add("proxy_pass",
            fmt::format("{}://{}{}", upstream.tls ? "https" : "http", upstream.authority(), upstream.path));
  lines.add("proxy_http_version", "1.1");
  lines.add("proxy_set_header", "Connection \"\"");
  lines.add("proxy_set_header", fmt::format("Host {}", host));
  lines.add("proxy_set_header", "X-Forwarded-Host $host");
  lines.add("proxy_set_header", "X-Forwarded-Proto $scheme");
  lines.add("proxy_set_header", "X-Forwarded-For $proxy_add_x_forwarded_for");
  if (upstream.tls) {
    lines.add("proxy_ssl_server_name", "on");
    lines.add("proxy_ssl_name", without_port(host));
    if (!answers.authorities.empty()) {
      lines.add("proxy_ssl_verify", "on");
      lines.add("proxy_ssl_verify_depth", "3");
      lines.add("proxy_ssl_trusted_certificate", fmt::format("\"{}\"", answers.authorities));
    }
  }
  // What the website says of its own name and folder is said of the visitors'.
  const bool other_name = !is_visitors || (use == ProxyUse::kTrial && host != "$host");
  if (other_name || !upstream.path.empty()) {
    lines.add("proxy_redirect", "default");
    if (other_name) {
      if (upstream.tls) lines.add("proxy_redirect", fmt::format("https://{}{} /", host, path));
      lines.add("proxy_redirect", fmt::format("http://{}{} /", host, path));
    } else {
      lines.add("proxy_redirect", fmt::format("https://$host{} https://$host/", path));
      lines.add("proxy_redirect", fmt::format("http://$host{} http://$host/", path));
    }
    if (!upstream.path.empty()) {
      lines.add("proxy_redirect", fmt::format("{} /", path));
      lines.add("proxy_cookie_path", fmt::format("{} /", path));
    }
    if (other_name) lines.add("proxy_cookie_domain", fmt::format("{} $host", without_port(host)));
  }
  return lines.take();
}

std::string system_authorities() {
  constexpr std::array<std::string_view, 5> kFiles = {
      "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};
  std::error_code code;
  for (const std::string_view file : kFiles) {
    if (std::filesystem::exists(file, code)) return std::string(file);
  }
  return {};
}

}  // namespace abm::tools
