// Visit → account: the one place where the module and the tools decide who is identified, and from what.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/confidence.h"
#include "base/ip_address.h"
#include "generation/generation.h"

namespace abm::generation {

enum class IdentityKind : uint8_t { kDomain, kId };

struct Identity {
  std::optional<accounts::AccountView> account;  ///< std::nullopt: not identified
  Confidence confidence = Confidence::kLow;
  std::string_view source;          ///< "feed", "csv", "asn", "mmdb", "identity"; "" when not identified
  std::optional<IpPrefix> network;  ///< the index entry, if the address decided
  std::string_view exclusion;       ///< "isp", "hosting" … for a network that is never identified
};

/// First-party identity first (`identity` not empty and known: confidence high, source "identity"), then the
/// address. An unknown identity does not fall back to the address: the visitor said who they are. An index
/// entry whose account is not in the snapshot is anonymous (files of different generations never mis-assign).
[[nodiscard]] Identity identify(const Generation& generation, const IpAddress& address,
                                std::string_view identity, IdentityKind kind) noexcept;

}  // namespace abm::generation
