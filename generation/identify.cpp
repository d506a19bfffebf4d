#include "generation/identify.h"

#include <array>

#include "base/folding.h"
#include "base/text.h"

namespace abm::generation {
namespace {

using accounts::AccountView;

/// RFC 1035 2.3.4: a name has at most 255 octets.
constexpr size_t kLongestDomain = 255;

/// The feed's domains are in lower case, with and without A-labels, and without a dot at the end.
std::optional<AccountView> find_by_domain(const accounts::Snapshot& accounts,
                                          std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > kLongestDomain) return std::nullopt;
  std::array<char, kLongestDomain> lower;
  for (size_t i = 0; i < name.size(); ++i) lower[i] = ascii_lower(name[i]);
  FoldBuffer buffer;
  std::string_view domain = fold_beyond_ascii({lower.data(), name.size()}, buffer);
  for (size_t i = 0; i < kMostIdentityNames; ++i) {
    if (const auto owner = accounts.domain_owner(domain); owner.listed) return owner.account;
    const size_t dot = domain.find('.');
    if (dot == domain.npos) break;
    domain.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

std::optional<AccountView> find_identity(const accounts::Snapshot& accounts, std::string_view identity,
                                         IdentityKind kind) noexcept {
  if (kind == IdentityKind::kId) return accounts.find_id(identity);
  // What is before the last "@" may be quoted and hold others (RFC 5322 3.4.1).
  const size_t at = identity.rfind('@');
  return find_by_domain(accounts, at == identity.npos ? identity : identity.substr(at + 1));
}

/// First-party identities are sure, or are none.
Identity named(std::optional<AccountView> account, std::string_view source) noexcept {
  Identity result;
  if (!account.has_value()) return result;
  result.account = account;
  result.confidence = Confidence::kHigh;
  result.source = source;
  return result;
}

Identity by_address(const Generation& generation, const IpAddress& address) noexcept {
  Identity result;
  const ipdb::Match match = generation.index().lookup(address);
  if (match.exclusion != ipdb::Exclusion::kNone) {
    result.exclusion = ipdb::to_string(match.exclusion);
    result.network = match.network;
    return result;
  }
  if (!match.identified()) return result;
  const auto account = generation.accounts().find(match.key);
  if (!account.has_value() || account->id() != match.account) return result;
  result.account = account;
  result.confidence = match.confidence;
  result.source = ipdb::to_string(match.source);
  result.network = match.network;
  return result;
}

}  // namespace

Identity identify(const Generation& generation, const Evidence& evidence) noexcept {
  const accounts::Snapshot& accounts = generation.accounts();
  const bool says_who = evidence.distrusted || !evidence.identity.empty();
  std::optional<AccountView> who;
  if (says_who && !evidence.distrusted) who = find_identity(accounts, evidence.identity, evidence.kind);
  if (!evidence.link.empty()) {
    const auto sent_to = accounts.find_id(evidence.link);
    const bool agree = !says_who || (who.has_value() && sent_to.has_value() && who->id() == sent_to->id());
    return agree ? named(sent_to, "link") : Identity();
  }
  if (says_who) return named(who, "identity");
  if (!evidence.remembered.empty()) return named(accounts.find_id(evidence.remembered), "remembered");
  return evidence.address.has_value() ? by_address(generation, *evidence.address) : Identity();
}

}  // namespace abm::generation
