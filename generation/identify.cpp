#include "generation/identify.h"

#include <array>

#include "base/folding.h"
#include "base/text.h"

namespace abm::generation {
namespace {

/// RFC 1035 2.3.4: a name has at most 255 octets.
constexpr size_t kLongestDomain = 255;

constexpr std::string_view kWww = "www.";

/// The feed's domains are in lower case, with and without A-labels, without `www.` and a dot at the end.
std::optional<accounts::AccountView> find_identity(const accounts::Snapshot& accounts,
                                                   std::string_view identity, IdentityKind kind) noexcept {
  if (kind == IdentityKind::kId) return accounts.find_id(identity);
  if (identity.ends_with('.')) identity.remove_suffix(1);
  if (identity.size() > kLongestDomain) return std::nullopt;
  std::array<char, kLongestDomain> lower;
  for (size_t i = 0; i < identity.size(); ++i) lower[i] = ascii_lower(identity[i]);
  FoldBuffer buffer;
  const std::string_view domain = fold_beyond_ascii({lower.data(), identity.size()}, buffer);
  if (const auto account = accounts.find_domain(domain)) return account;
  return domain.starts_with(kWww) ? accounts.find_domain(domain.substr(kWww.size())) : std::nullopt;
}

}  // namespace

Identity identify(const Generation& generation, const IpAddress& address, std::string_view identity,
                  IdentityKind kind) noexcept {
  Identity result;
  if (!identity.empty()) {
    result.account = find_identity(generation.accounts(), identity, kind);
    if (result.account.has_value()) {
      result.confidence = Confidence::kHigh;
      result.source = "identity";
    }
    return result;
  }
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

}  // namespace abm::generation
