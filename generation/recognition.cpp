#include "generation/recognition.h"

#include <algorithm>

#include <fmt/format.h>

namespace abm::generation {
namespace {

constexpr std::array<WhyText, kWhys> kWhyTexts = {{
    {"access-provider", "taken for an access provider, whose customers are not the account",
     "list the company's own networks, in the feed or in a CSV; max_as_addresses in site.yaml moves the limit"},
    {"contested", "another account claims the same networks", "take them from one of the two accounts"},
    {"excluded-networks", "all of its networks are excluded",
     "look at the exclusions: abmctl check names those that touch an account"},
    {"unusable-networks", "lists networks, but none that can be a company's",
     "correct them: abmctl check names what is wrong with each"},
    {"ambiguous-name", "its name may be several companies', or is another account's, too",
     "choose its AS numbers yourself: abmctl coverage --suggest shows them"},
    {"no-as-table", "has an AS number or an organization, but no source says which networks are theirs",
     "fetch a public table with abmctl networks asn, and name it in site.yaml as { asn: FILE }"},
    {"not-in-table", "no table of the site knows its AS numbers or organizations",
     "abmctl coverage --suggest proposes AS numbers; a company without any needs its networks, or a vendor's database"},
    {"not-in-vendor", "the vendor's database does not know its domains",
     "list AS numbers or networks; abmctl coverage --suggest proposes AS numbers"},
    {"domain-only", "only a domain is known, and no address leads to a domain",
     "list AS numbers (abmctl coverage --suggest proposes them) or networks, add a vendor's database with match: domain, "
     "or tell nginx who signs in (abm_identity)"},
    {"no-as-number", "neither networks nor an AS number nor an organization is known",
     "list one of them; abmctl coverage --suggest proposes AS numbers"},
    {"no-domain", "no domain of its own is known, so that a sign-in does not tell either",
     "list the company's own domain"},
}};

}  // namespace

const WhyText& text_of(Why why) noexcept {
  return kWhyTexts[static_cast<size_t>(why)];
}

Recogniser::Recogniser(const Generation& generation, const ipdb::NetworkAccounts& accounts,
                       const ipdb::NetworkReport& report, RecognitionSources sources)
    : generation_(generation), accounts_(accounts), report_(report), sources_(sources) {
  for (const ipdb::Index::NamedAccount& named : generation.index().named_accounts())
    known_.emplace(named.key, named.source);
  for (const ipdb::NetworkLeftOut& left : report.left_out) left_.emplace(left.account, &left);
  for (const ipdb::NetworkConflict& conflict : report.conflicts) {
    contested_.emplace(conflict.first_account, &conflict);
    contested_.emplace(conflict.second_account, &conflict);
  }
}

bool Recogniser::has_own_domain(const ipdb::NetworkAccounts::View& account) const {
  for (const std::string_view domain : account.domains) {
    const auto owner = generation_.accounts().find_domain(domain);
    if (owner.has_value() && owner->id() == account.id) return true;
  }
  return false;
}

void Recogniser::explain(const ipdb::NetworkAccounts::View& account, uint8_t had, Recognition& found) const {
  std::vector<Why>& why = found.why;
  const bool has_domain = found.way == Way::kIdentity;
  if ((had & (ipdb::kListedClaim | ipdb::kAsClaim | ipdb::kVendorClaim)) != 0) {
    if (const auto left = left_.find(account.id); left != left_.end()) {
      why.push_back(Why::kAccessProvider);
      found.detail = left->second->reason;
    } else if (const auto conflict = contested_.find(account.id); conflict != contested_.end()) {
      const ipdb::NetworkConflict& rivals = *conflict->second;
      why.push_back(Why::kContested);
      found.detail =
          fmt::format("{} of '{}' ({}) and '{}' ({})", rivals.network.to_string(), rivals.first_account,
                      rivals.first_place, rivals.second_account, rivals.second_place);
    } else {
      why.push_back(Why::kExcludedNetworks);
    }
  } else if (account.networks.size() != 0) {
    why.push_back(Why::kUnusableNetworks);
  }
  const bool numbers = (had & ipdb::kHasAsNumbers) != 0, names = account.organizations.size() != 0;
  if ((had & ipdb::kUnusableName) != 0) {
    if (why.empty()) {
      for (const ipdb::NetworkName& name : report_.names) {
        if (name.account == account.id) found.detail = fmt::format("'{}'", name.organization);
      }
    }
    why.push_back(Why::kAmbiguousName);
  } else if ((numbers || names) && (had & ipdb::kAsClaim) == 0) {
    why.push_back(sources_.as_table ? Why::kNotInTable : Why::kNoAsTable);
  }
  if (has_domain && sources_.vendor_domains && (had & ipdb::kVendorClaim) == 0)
    why.push_back(Why::kNotInVendor);
  if (!numbers && !names && account.networks.size() == 0 && (had & ipdb::kListedClaim) == 0)
    why.push_back(has_domain ? Why::kDomainOnly : Why::kNoAsNumber);
  if (!has_domain) why.push_back(Why::kNoDomain);
  if (why.empty()) why.push_back(Why::kDomainOnly);
}

Recognition Recogniser::operator()(uint32_t ordinal) const {
  Recognition found;
  const ipdb::NetworkAccounts::View account = accounts_[ordinal];
  if (const auto known = known_.find(generation_.accounts().at(ordinal).key()); known != known_.end()) {
    found.way = known->second == ipdb::Source::kMmdb  ? Way::kVendor
                : known->second == ipdb::Source::kAsn ? Way::kAsNumber
                                                      : Way::kNetworks;
    return found;
  }
  found.way = has_own_domain(account) ? Way::kIdentity : Way::kNothing;
  explain(account, ordinal < report_.had.size() ? report_.had[ordinal] : uint8_t{0}, found);
  return found;
}

}  // namespace abm::generation
