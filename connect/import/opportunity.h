// Opportunities (deals) as a CRM exports them: what pipeline there is, of which account, since when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace abm::connect {

enum class DealState : uint8_t { kOpen, kWon, kLost };
/// kNew where the export does not say.
enum class DealType : uint8_t { kNew, kExpansion, kRenewal };

struct Opportunity {
  std::string id;       ///< the CRM's; of rows without one, their place ("deals.csv:12")
  std::string account;  ///< id of a listed account; "": of none
  std::string company;  ///< as the export names it, for people: name, else domain, else CRM id
  std::string name;
  std::string stage;  ///< the CRM's word
  DealState state = DealState::kOpen;
  DealType type = DealType::kNew;
  int64_t created_ms = 0;            ///< Unix milliseconds; a day is its first moment in UTC
  std::optional<int64_t> closed_ms;  ///< of won and lost ones, if the export says when; not before created_ms
  std::optional<double> amount;      ///< in OpportunitySet::currency, 0 or more; absent: not stated
};

/// Opportunities of a company that is not on the list.
struct UnmatchedCompany {
  std::string company;  ///< as in Opportunity
  std::string told_by;  ///< what was looked for: "CRM id 0015e00002xyz", "domain acme.com"
  uint64_t opportunities = 0;
  double amount = 0;
};

struct OpportunitySet {
  std::vector<Opportunity> opportunities;   ///< by created_ms, then id; each id once
  std::vector<UnmatchedCompany> unmatched;  ///< most opportunities first
  std::string currency;                     ///< ISO 4217, "EUR"; "": nothing states one
  bool has_types = false;                   ///< some column says new, expansion or renewal
  /// Unix milliseconds until which the exports are taken to be complete: what has not happened by then may
  /// yet. The latest day that they state, of those that are not in the future.
  int64_t as_of_ms = 0;
  uint64_t rows = 0;      ///< of data, in all sources
  uint64_t left_out = 0;  ///< of these, rows that are none of `opportunities`; remarks say why
  uint64_t matched_by_id = 0, matched_by_crm_id = 0, matched_by_domain = 0;
  std::vector<std::string> sources;  ///< "deals.csv (HubSpot)"
  std::vector<std::string> remarks;  ///< for people: what was left out or assumed, with how many and where
};

}  // namespace abm::connect
