// How nginx talks to the website behind it: the directives that `abmctl init --upstream` writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::tools {

struct Upstream {
  bool tls = false;
  std::string host;         ///< name, IPv4 address, or IPv6 address in brackets
  std::string port;         ///< "": the scheme's own
  std::string path;         ///< "", or "/shop/"
  bool is_address = false;  ///< such a host has no name of its own
  bool is_local =
      false;  ///< neither does localhost, a name without a dot, or one under .internal, .local, .lan

  /// "https://www.acme.example", "http://127.0.0.1:8081/shop/": user, query and fragment are refused, and a
  /// path gets the slash at its end without which nginx would glue the page's path to it.
  [[nodiscard]] static Result<Upstream> parse(std::string_view url);
  [[nodiscard]] std::string authority() const { return port.empty() ? host : host + ":" + port; }
};

struct ProxyAnswers {
  Upstream upstream;
  std::string host;           ///< that visitors use; "": not told
  std::string upstream_host;  ///< that the website expects; "": its own name over https, else the visitors'
  std::string authorities;    ///< PEM file of those that vouch for the website; "": not checked
};

enum class ProxyUse : uint8_t {
  kSite,   ///< visitors use `host`
  kTrial,  ///< on this machine, under another name and port
};

/// The lines for a location, each but the first indented by `indent`.
[[nodiscard]] std::string proxy_directives(const ProxyAnswers& answers, ProxyUse use, size_t indent);

/// The file with this machine's certificate authorities; "" if there is none where distributions put it.
[[nodiscard]] std::string system_authorities();

}  // namespace abm::tools
