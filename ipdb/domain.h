// The registrable domain of a name: what two spellings of one company's domain have in common.
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

/// Identifies the suffix list in use: an index depends on it.
[[nodiscard]] std::string suffix_list_version();

}  // namespace abm::ipdb
