// Visit → account: the one place where the module and the tools decide who is identified, and from what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/confidence.h"
#include "base/ip_address.h"
#include "generation/generation.h"

namespace abm::generation {

/// What an identity is. By domain: a host name or an e-mail address, in any case, with or without A-labels.
enum class IdentityKind : uint8_t { kDomain, kId };

/// What speaks for a visitor, each already checked by itself. Texts are borrowed.
struct Evidence {
  std::string_view link =
      {};  ///< account id of a valid link (link_token.h) in this request; "": there is none
  std::string_view identity = {};  ///< what abm_identity says in this request; "": nothing
  IdentityKind kind = IdentityKind::kDomain;
  /// The identity lacks the signature that it must have: it names somebody unknown, even if it is empty.
  bool distrusted = false;
  std::string_view remembered = {};  ///< account id of a valid cookie; "": there is none
  std::optional<IpAddress> address = {};
};

struct Identity {
  std::optional<accounts::AccountView> account;  ///< std::nullopt: not identified
  Confidence confidence = Confidence::kLow;
  /// "link", "identity", "remembered", "feed", "csv", "asn", "mmdb"; "" when not identified.
  std::string_view source;
  std::optional<IpPrefix> network;  ///< the index entry, if the address decided
  std::string_view exclusion;       ///< "isp", "hosting" … for a network that is never identified
};

/// How many names an identity is looked up as: itself, then without its first label, and so on.
inline constexpr size_t kMostIdentityNames = 10;

/// Whom the visitor is taken for. The first of these that says anything decides:
///
///   1. a link and the identity of the same request: whom both name. If they name different accounts, or one
///   of
///      them somebody unknown, then nobody: a link that was forwarded is opened by somebody else, and where
///      two answers are possible the visitor is unknown.
///   2. a link · 3. an identity: confidence high, whatever the address. One that names somebody unknown does
///      not fall back: the visitor, or whoever sent them, said who they are.
///   4. a cookie, in the same way. It speaks of an earlier visit, so that what was said in this one beats it.
///   5. the address. An index entry whose account is not in the snapshot is anonymous (files of different
///      generations never mis-assign).
///
/// A domain that no account lists is looked up without its first label, until one does, so that
/// user@mail.x.co.uk is of x.co.uk. A domain that two accounts list ends that: it identifies nobody. Public
/// suffixes and free-mail providers are nobody's, since a generation has none of them (ipdb/domain.h).
[[nodiscard]] Identity identify(const Generation& generation, const Evidence& evidence) noexcept;

/// Of an address and an identity alone.
[[nodiscard]] inline Identity identify(const Generation& generation, const IpAddress& address,
                                       std::string_view identity, IdentityKind kind) noexcept {
  return identify(generation, {.identity = identity, .kind = kind, .address = address});
}

}  // namespace abm::generation
