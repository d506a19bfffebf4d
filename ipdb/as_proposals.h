// AS numbers that may be an account's, by names in tables of AS numbers: for somebody to look at. Nothing is
// identified by a proposal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// An account that AS numbers are wanted for.
struct AsWish {
  std::string account;             ///< id
  std::vector<std::string> names;  ///< its name and its organizations
  std::vector<std::string> domains;
};

enum class AsEvidence : uint8_t {
  kDomain,       ///< the organization's name, without its legal form, is the account's domain
  kWithoutForm,  ///< the same name, but for the legal form
  kSameName,     ///< the same name, but for punctuation, case and spellings of the legal form
};

struct AsCandidate {
  uint32_t asn = 0;
  std::string organization;  ///< as the table spells it
  std::string name;          ///< of the account, or its domain: what it resembles
  AsEvidence evidence = AsEvidence::kDomain;
  std::string table;            ///< the first that has it
  uint64_t ranges = 0;          ///< of all tables
  uint64_t ipv4_addresses = 0;  ///< of all tables
  std::string doubt;            ///< why it takes a look: "other organizations share the name"; "": sure
};

struct AsProposal {
  std::string account;
  std::vector<AsCandidate> candidates;  ///< best evidence first, then by AS number; the first kMaxCandidates
  static constexpr size_t kMaxCandidates = 20;
};

/// Reads the tables of AS numbers among `sources` (kAsn). A proposal for each account that some organization
/// resembles, in order of `wishes`. An AS number that resembles several accounts is doubtful for each; so are
/// single words without a legal form, and what has more IPv4 addresses than `max_as_addresses`. Unreadable
/// files and lines are errors.
[[nodiscard]] std::vector<AsProposal> propose_as_numbers(const std::vector<AsWish>& wishes,
                                                         const std::vector<NetworkSource>& sources,
                                                         const NetworkOptions& options,
                                                         Diagnostics& diagnostics);

}  // namespace abm::ipdb
