// Names of domains: what spellings of one company's domain have in common, and which name no company.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace abm::ipdb {

inline constexpr size_t kMaxDomainBytes = 1024;  ///< 253 octets encoded (RFC 1035); more in UTF-8

/// "WWW.Müller.example.co.uk." → "example.co.uk": lower case, IDNA2008 A-labels (RFC 5891), without the
/// labels below the registrable domain (libpsl's built-in list of public suffixes). std::nullopt for a public
/// suffix itself and for anything that is not a domain.
[[nodiscard]] std::optional<std::string> registrable_domain(std::string_view name);

/// A domain that an account lists.
struct AccountDomain {
  std::string name;     ///< lower case, A-labels, without `www.` and a dot at the end; "" if it is refused
  std::string unicode;  ///< the same in U-labels, folded (base/folding.h); "" if that is `name`
  std::string fault;    ///< why it names no company: "is a free-mail provider's"; "" if it may
};
[[nodiscard]] AccountDomain account_domain(std::string_view text);

/// Identifies the lists in use: an index depends on them.
[[nodiscard]] std::string domain_lists_version();

}  // namespace abm::ipdb
