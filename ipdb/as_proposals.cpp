#include "ipdb/as_proposals.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/ip_address.h"
#include "base/text.h"
#include "ipdb/csv.h"
#include "ipdb/domain.h"
#include "ipdb/organization_name.h"

namespace abm::ipdb {
namespace {

constexpr size_t kShortestLabel = 4;
constexpr size_t kMostStrangers = 1u << 20;

/// What an organization resembles.
struct Likeness {
  uint32_t wish = 0;
  AsEvidence evidence = AsEvidence::kDomain;
  std::string name;
};

struct Candidate {
  AsCandidate told;
  std::string core;
};

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

class Proposer {
 public:
  Proposer(const std::vector<AsWish>& wishes, const NetworkOptions& options, Diagnostics& diagnostics);
  void read(const NetworkSource& source);
  [[nodiscard]] std::vector<AsProposal> finish();

 private:
  using Keys = std::unordered_map<std::string, std::vector<std::pair<uint32_t, std::string>>>;
  const std::vector<Likeness>* likenesses(std::string_view organization);
  void add(std::vector<Likeness>& found, const Keys& keys, const std::string& key, AsEvidence evidence);
  void doubt(AsCandidate& candidate, const std::string& core);

  const std::vector<AsWish>& wishes_;
  const NetworkOptions& options_;
  Diagnostics& diagnostics_;
  Keys names_, cores_, labels_;
  std::unordered_map<std::string, std::vector<Likeness>> known_;  // by the organization as spelled
  std::unordered_set<uint64_t> strangers_;
  std::map<std::string, std::set<std::string>> keys_of_core_;
  std::vector<std::map<uint32_t, Candidate>> found_;  // of each wish, by AS number
  std::map<uint32_t, std::set<uint32_t>> wishes_of_;  // of each AS number
};

Proposer::Proposer(const std::vector<AsWish>& wishes, const NetworkOptions& options, Diagnostics& diagnostics)
    : wishes_(wishes), options_(options), diagnostics_(diagnostics), found_(wishes.size()) {
  const auto put = [](Keys& keys, std::string key, uint32_t wish, const std::string& name) {
    if (!key.empty()) keys[std::move(key)].emplace_back(wish, name);
  };
  for (uint32_t i = 0; i < wishes.size(); ++i) {
    for (const std::string& name : wishes[i].names) {
      put(names_, organization_key(name), i, name);
      put(cores_, organization_core(name), i, name);
    }
    for (const std::string& domain : wishes[i].domains) {
      const auto registrable = registrable_domain(domain);
      if (!registrable) continue;
      std::string label = registrable->substr(0, registrable->find('.'));
      std::erase(label, '-');
      if (label.size() >= kShortestLabel) put(labels_, std::move(label), i, domain);
    }
  }
}

void Proposer::add(std::vector<Likeness>& found, const Keys& keys, const std::string& key,
                   AsEvidence evidence) {
  const auto wished = key.empty() ? keys.end() : keys.find(key);
  if (wished == keys.end()) return;
  for (const auto& [wish, name] : wished->second) {
    const bool known = std::any_of(found.begin(), found.end(),
                                   [wish = wish](const Likeness& other) { return other.wish == wish; });
    if (!known) found.push_back({wish, evidence, name});
  }
}

const std::vector<Likeness>* Proposer::likenesses(std::string_view organization) {
  if (organization.empty()) return nullptr;
  const uint64_t hash = hash64(organization);
  if (strangers_.contains(hash)) return nullptr;
  std::string spelled(organization);
  if (const auto known = known_.find(spelled); known != known_.end()) return &known->second;
  const std::string key = organization_key(organization), core = organization_core(organization);
  std::vector<Likeness> found;
  add(found, names_, key, AsEvidence::kSameName);
  add(found, cores_, core, AsEvidence::kWithoutForm);
  add(found, labels_, without_blanks(core), AsEvidence::kDomain);
  if (found.empty()) {
    if (strangers_.size() == kMostStrangers) strangers_.clear();
    strangers_.insert(hash);
    return nullptr;
  }
  keys_of_core_[core].insert(key);
  return &known_.emplace(std::move(spelled), std::move(found)).first->second;
}

void Proposer::read(const NetworkSource& source) {
  const std::string& name = source.name.empty() ? source.path : source.name;
  const auto bytes = read_file(source.path, options_.limits.max_file_bytes);
  if (!bytes) return diagnostics_.error({}, {}, bytes.message());
  CsvReader csv(*bytes, name, {options_.limits.max_line_bytes, options_.limits.max_lines}, diagnostics_);
  uint64_t lines = 0;
  while (csv.next()) {
    if (options_.progress && ++lines % 4096 == 0)
      options_.progress(fmt::format("looking for names in {}", name), csv.consumed(), bytes->size());
    if (csv.size() < 4) continue;
    const auto* const found = likenesses(csv[3]);
    if (found == nullptr) continue;
    uint32_t asn = 0;
    const auto [end, status] = std::from_chars(csv[2].data(), csv[2].data() + csv[2].size(), asn);
    const auto first = IpAddress::parse(csv[0]), last = IpAddress::parse(csv[1]);
    if (status != std::errc() || end != csv[2].data() + csv[2].size() || asn == 0 || !first || !last ||
        first->is_v4 != last->is_v4 || *last < *first)
      continue;  // publishing names the line
    for (const Likeness& likeness : *found) {
      Candidate& candidate = found_[likeness.wish][asn];
      AsCandidate& told = candidate.told;
      if (told.ranges++ == 0) {
        told.asn = asn;
        told.organization = csv[3];
        told.name = likeness.name;
        told.evidence = likeness.evidence;
        told.table = name;
        candidate.core = organization_core(csv[3]);
        wishes_of_[asn].insert(likeness.wish);
      }
      if (first->is_v4) told.ipv4_addresses += uint64_t{last->v4_value()} - first->v4_value() + 1;
    }
  }
}

void Proposer::doubt(AsCandidate& candidate, const std::string& core) {
  const std::set<uint32_t>& rivals = wishes_of_[candidate.asn];
  const bool one_word = core.find(' ') == core.npos;
  if (rivals.size() > 1) {
    candidate.doubt = fmt::format("{} accounts resemble it", rivals.size());
  } else if (candidate.ipv4_addresses > options_.max_as_addresses) {
    candidate.doubt =
        fmt::format("more than max_as_addresses ({}): an access provider's, it would be left out",
                    options_.max_as_addresses);
  } else if (candidate.evidence != AsEvidence::kSameName && keys_of_core_[core].size() > 1) {
    candidate.doubt =
        fmt::format("{} organizations have this name but for the legal form", keys_of_core_[core].size());
  } else if (candidate.evidence == AsEvidence::kDomain) {
    candidate.doubt = "a domain may resemble another company's name";
  } else if (candidate.evidence == AsEvidence::kWithoutForm && one_word) {
    candidate.doubt = "one word, which other companies may be called, too";
  }
}

std::vector<AsProposal> Proposer::finish() {
  std::vector<AsProposal> proposals;
  for (uint32_t i = 0; i < wishes_.size(); ++i) {
    if (found_[i].empty()) continue;
    AsProposal& proposal = proposals.emplace_back();
    proposal.account = wishes_[i].account;
    for (auto& [asn, candidate] : found_[i]) {
      doubt(candidate.told, candidate.core);
      proposal.candidates.push_back(std::move(candidate.told));
    }
    std::stable_sort(proposal.candidates.begin(), proposal.candidates.end(),
                     [](const AsCandidate& a, const AsCandidate& b) { return a.evidence > b.evidence; });
    if (proposal.candidates.size() > AsProposal::kMaxCandidates)
      proposal.candidates.resize(AsProposal::kMaxCandidates);
  }
  return proposals;
}

}  // namespace

std::vector<AsProposal> propose_as_numbers(const std::vector<AsWish>& wishes,
                                           const std::vector<NetworkSource>& sources,
                                           const NetworkOptions& options, Diagnostics& diagnostics) {
  Proposer proposer(wishes, options, diagnostics);
  for (const NetworkSource& source : sources) {
    if (source.kind == NetworkSource::Kind::kAsn) proposer.read(source);
  }
  return proposer.finish();
}

}  // namespace abm::ipdb
