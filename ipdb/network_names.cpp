#include "ipdb/network_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "base/invisible.h"
#include "ipdb/network_text.h"
#include "ipdb/organization_name.h"

namespace abm::ipdb {
namespace {

using Verdict = NetworkName::Verdict;

constexpr size_t kMostNobodys = 1u << 20;

/// What sources have of one name of one account.
struct Name {
  std::map<uint32_t, std::set<uint32_t>> spellings;  ///< AS numbers by spelling
  Verdict verdict = Verdict::kTaken;
  uint32_t rival = 0;
};

using AccountNames = std::map<std::pair<uint32_t, std::string>, Name>;  // by account and key

std::string listed_spelling(const NetworkAccounts::View& account, const std::string& key) {
  for (const std::string_view name : account.organizations) {
    if (organization_key(name) == key) return std::string(name);
  }
  return key;
}

AccountNames gather(const OrganizationMatcher& names, const Claims& claims) {
  AccountNames gathered;
  for (const SimilarClaim& claim : claims.similar) {
    const OrganizationMatcher::Spelling& spelling = names.spelling(claim.spelling);
    Name& name = gathered[{claim.range.account, spelling.key}];
    std::set<uint32_t>& asns = name.spellings[claim.spelling];
    if (claim.asn != 0) asns.insert(claim.asn);
    for (const uint32_t account : *spelling.accounts) {
      if (account == claim.range.account) continue;
      name.verdict = Verdict::kShared;
      name.rival = account;
      break;
    }
  }
  for (auto& [place, name] : gathered) {
    if (name.verdict == Verdict::kShared) continue;
    if (names.met_exactly(place.second)) {
      name.verdict = Verdict::kBeside;
    } else if (name.spellings.size() > 1) {
      name.verdict = Verdict::kSeveral;
    }
  }
  return gathered;
}

std::string spellings_text(const NetworkName& name, size_t spellings) {
  std::string text;
  for (const NetworkName::Found& found : name.found) {
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", found.organization);
    if (!found.asns.empty()) text += fmt::format(" (AS {})", fmt::join(found.asns, ", "));
  }
  if (spellings > name.found.size()) text += fmt::format(" and {} more", spellings - name.found.size());
  return text;
}

void tell(const NetworkInputs& inputs, const OrganizationMatcher& names, const AccountNames& gathered,
          NetworkReport& report, Diagnostics& diagnostics) {
  for (const auto& [place, name] : gathered) {
    const NetworkAccounts::View account = inputs.accounts[place.first];
    if (name.verdict != Verdict::kTaken && name.verdict != Verdict::kBeside)
      report.had[place.first] |= kUnusableName;
    NetworkName told;
    told.verdict = name.verdict;
    told.account = account.id;
    told.place = fmt::format("{}:{}", inputs.feed, account.line);
    told.organization = listed_spelling(account, place.second);
    for (const auto& [spelling, asns] : name.spellings) {
      if (told.found.size() == NetworkName::kMaxFound) break;
      NetworkName::Found& found = told.found.emplace_back();
      found.organization = names.spelling(spelling).organization;
      for (const uint32_t asn : asns) {
        if (found.asns.size() < NetworkName::kMaxAsns) found.asns.push_back(asn);
      }
    }
    if (name.verdict == Verdict::kShared) told.rival = inputs.accounts.id(name.rival);
    const Position at{static_cast<uint32_t>(account.line), 0};
    const std::string who = fmt::format("account '{}': organization '{}'", told.account, told.organization);
    if (name.verdict == Verdict::kShared) {
      diagnostics.warning(inputs.feed, at, "",
                          fmt::format("{} is also that of account '{}', but for its spelling; it identifies "
                                      "neither: list AS numbers in 'asns'",
                                      who, told.rival));
    } else if (name.verdict == Verdict::kSeveral) {
      diagnostics.warning(
          inputs.feed, at, "",
          fmt::format("{} is spelled in {} other ways, {}: it may be several companies', and identifies "
                      "nobody; `abmctl coverage --suggest` shows their AS numbers",
                      who, name.spellings.size(), spellings_text(told, name.spellings.size())));
    }
    if (report.names.size() < NetworkReport::kMaxNames) report.names.push_back(std::move(told));
  }
}

}  // namespace

OrganizationMatcher::Found OrganizationMatcher::find(std::string_view organization) {
  if (organization.empty() || !directory_.has_organizations()) return {};
  // Spellings differ in legal forms and punctuation, which are some words at most. What is longer is nobody's
  // name, and not even hashed: a hostile file's records may share a text of megabytes.
  constexpr size_t kLongerBy = 128;
  if (organization.size() > 3 * directory_.longest_organization() + kLongerBy) return {};
  const uint64_t hash = hash64(organization);
  if (nobodys_.contains(hash)) return {};
  Found found;
  found.exactly = directory_.by_organization(organization);
  const std::string spelled = folded(as_it_looks(organization));
  if (const auto known = known_.find(spelled); !spelled.empty() && known != known_.end())
    return known->second;
  std::string key;
  if (!spelled.empty()) key = organization_key(organization);
  if (found.exactly != nullptr) {
    if (!key.empty()) exact_keys_.insert(key);
  } else if (!key.empty()) {
    found.similarly = directory_.by_organization_key(key);
  }
  if (found.exactly == nullptr && found.similarly == nullptr) {
    if (nobodys_.size() == kMostNobodys) nobodys_.clear();
    nobodys_.insert(hash);
    return {};
  }
  if (found.similarly != nullptr) {
    found.spelling = static_cast<uint32_t>(spellings_.size());
    spellings_.push_back({as_it_looks(organization), std::move(key), found.similarly});
  }
  known_.emplace(std::move(spelled), found);
  return found;
}

void settle_names(const NetworkInputs& inputs, const OrganizationMatcher& names, Claims& claims,
                  NetworkReport& report, Diagnostics& diagnostics) {
  if (claims.similar.empty()) return;
  const AccountNames gathered = gather(names, claims);
  std::set<std::pair<uint16_t, uint32_t>> counted;  // source and account
  for (const AsRange& range : claims.as_ranges) counted.emplace(range.source, range.account);
  for (const SimilarClaim& claim : claims.similar) {
    const AsRange& range = claim.range;
    NetworkSourceReport& source = report.sources[range.source];
    const Name& name = gathered.at({range.account, names.spelling(claim.spelling).key});
    if (name.verdict != Verdict::kTaken) {
      ++source.left_out;
      continue;
    }
    ++source.mapped;
    if (counted.emplace(range.source, range.account).second) ++source.accounts;
    if (!claim.vendor) {
      claims.as_ranges.push_back(range);
      continue;
    }
    std::vector<IpPrefix> network;
    append_range(range.first, range.last, network);
    claims.vendor_as.push_back({network.front(), claim.confidence, range.source, range.account, range.line});
  }
  tell(inputs, names, gathered, report, diagnostics);
  claims.similar = {};
}

}  // namespace abm::ipdb
