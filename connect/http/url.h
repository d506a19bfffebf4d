// Addresses of feeds and mirrors: parsed by libcurl's own parser, so that what
// is checked is what is requested.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::connect {

/// The address as messages and state show it: without user and password.
[[nodiscard]] std::string url_for_people(const std::string& url);

/// An absolute http(s) address as url_for_people() shows it; std::nullopt if it is none, or has a query or a
/// fragment.
[[nodiscard]] std::optional<std::string> plain_address(const std::string& url);

/// An absolute http(s) address with a host; the error quotes it.
[[nodiscard]] Result<void> check_url(const std::string& url);

/// `suffix` appended to the address's path, before a query: "https://h/a?t=1" and
/// ".minisig" is "https://h/a.minisig?t=1".
[[nodiscard]] Result<std::string> with_path_suffix(const std::string& url, std::string_view suffix);

/// "" if a redirect from one to the other may be followed, else why not. Host and port must stay the same;
/// the one step allowed is from http to https on their usual ports, never back.
[[nodiscard]] std::string redirect_fault(const std::string& from, const std::string& to);

/// The same for a page that somebody wants to see: the host may also gain or lose a leading "www.".
[[nodiscard]] std::string page_redirect_fault(const std::string& from, const std::string& to);

/// Where a `Location` in the answer of `base` leads: an absolute http(s) address.
[[nodiscard]] Result<std::string> redirect_target(const std::string& base, const std::string& location);

/// Where `reference`, absolute or not, leads from `base`, as long as that is the same server: scheme, host
/// and port, and no user in it. std::nullopt: it leads elsewhere, or is no address.
[[nodiscard]] std::optional<std::string> on_same_server(const std::string& base,
                                                        const std::string& reference);

/// An address that may be told a secret: https, or a server on this machine; no user, query or fragment. The
/// error quotes it.
[[nodiscard]] Result<void> check_secret_url(const std::string& url);

/// `text` as a value of a query or a form.
[[nodiscard]] std::string query_value(std::string_view text);

}  // namespace abm::connect
