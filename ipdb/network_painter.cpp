#include "ipdb/network_painter.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "ipdb/network_text.h"
#include "ipdb/special_networks.h"

namespace abm::ipdb {
namespace {

constexpr uint64_t kProgressClaims = 1u << 14;

// Shorter prefixes first: what is painted later, and longer, wins. Equal networks stay
// together, in input order.
bool paints_before(const IpPrefix& a, const IpPrefix& b) {
  const unsigned a_length = a.tree_length(), b_length = b.tree_length();
  return a_length != b_length ? a_length < b_length : a.address < b.address;
}

template <typename List>
void sort_for_painting(List& list) {
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return paints_before(a.network, b.network); });
}

class Painter {
 public:
  Painter(const NetworkInputs& inputs, const NetworkOptions& options, MmdbWriter& writer,
          NetworkReport& report, Diagnostics& diagnostics)
      : inputs_(inputs), options_(options), writer_(writer), report_(report), diagnostics_(diagnostics) {}

  void paint(std::vector<Claim>&& claims, uint64_t total);
  /// Networks that accounts list, and exclusions, together by length: of equal networks the exclusion stays.
  void paint(std::vector<Claim>&& listed, std::vector<ExclusionClaim>&& exclusions, uint64_t total);
  /// Takes away what a weaker source says of networks that are nobody's, inside larger ones.
  void erase_nobodys();
  void report_conflicts();

 private:
  [[nodiscard]] std::string place_of(const Claim& claim) const;
  size_t paint_group(const std::vector<Claim>& claims, size_t first, uint64_t total);
  void report_taken(const std::vector<Claim>& listed, size_t end, const ExclusionClaim& exclusion);
  void conflict(const Claim& first, const Claim& second, size_t group);
  void tick(uint64_t total) {
    if (++report_.claims % kProgressClaims == 0 && options_.progress) {
      options_.progress("painting networks", report_.claims, total);
    }
  }
  static Source source_of(std::string_view kind) { return source_from(kind); }

  const NetworkInputs& inputs_;
  const NetworkOptions& options_;
  MmdbWriter& writer_;
  NetworkReport& report_;
  Diagnostics& diagnostics_;
  // Two accounts with the same AS number collide in each of its networks: one finding for all of them. For
  // lists, one per network, however many lines repeat it.
  std::map<std::tuple<uint32_t, uint32_t, uint16_t, size_t>, size_t> known_conflicts_;
};

// The claims to one network, from `first` on; returns where they end.
size_t Painter::paint_group(const std::vector<Claim>& claims, size_t first, uint64_t total) {
  size_t end = first;
  const Claim* best = &claims[first];
  bool contested = false;
  for (; end < claims.size() && claims[end].network == claims[first].network; ++end) {
    if (claims[end].account != claims[first].account) {
      contested = true;
      conflict(claims[first], claims[end], first);
    } else if (claims[end].confidence > best->confidence) {
      best = &claims[end];
    }
    tick(total);
  }
  if (contested) {
    writer_.erase(claims[first].network);
  } else {
    const Source source = source_of(report_.sources[best->source].kind);
    writer_.insert(best->network, writer_.add_record({std::string(inputs_.accounts.id(best->account)),
                                                      best->confidence, source, Exclusion::kNone}));
  }
  return end;
}

void Painter::paint(std::vector<Claim>&& claims, uint64_t total) {
  sort_for_painting(claims);
  for (size_t i = 0; i < claims.size();) i = paint_group(claims, i, total);
}

void Painter::paint(std::vector<Claim>&& listed, std::vector<ExclusionClaim>&& exclusions, uint64_t total) {
  sort_for_painting(listed);
  sort_for_painting(exclusions);
  size_t next = 0;
  for (size_t i = 0; i < exclusions.size(); ++i) {
    const unsigned length = exclusions[i].network.tree_length();
    while (next < listed.size() && listed[next].network.tree_length() <= length)
      next = paint_group(listed, next, total);
    tick(total);
    report_taken(listed, next, exclusions[i]);
    // For equal networks the first line counts; both say "never identified".
    if (i > 0 && exclusions[i].network == exclusions[i - 1].network) continue;
    writer_.insert(exclusions[i].network,
                   writer_.add_record({{}, Confidence::kLow, Source::kCsv, exclusions[i].kind}));
  }
  while (next < listed.size()) next = paint_group(listed, next, total);
}

// An account whose whole network is excluded. Of access providers the guard has told already.
void Painter::report_taken(const std::vector<Claim>& listed, size_t end, const ExclusionClaim& exclusion) {
  if (exclusion.kind != Exclusion::kCrawler && exclusion.kind != Exclusion::kEducation) return;
  const auto from =
      std::lower_bound(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(end), exclusion,
                       [](const auto& a, const auto& b) { return paints_before(a.network, b.network); });
  if (from == listed.begin() + static_cast<std::ptrdiff_t>(end) || from->network != exclusion.network) return;
  diagnostics_.warning(
      report_.sources[exclusion.source].name, {exclusion.line, 0}, "",
      fmt::format("{} is {} here and a network of account '{}' at {}: nobody is identified there",
                  exclusion.network.to_string(), to_string(exclusion.kind),
                  inputs_.accounts.id(from->account), place_of(*from)));
}

void Painter::erase_nobodys() {
  if (options_.special == SpecialNetworks::kAllowed) return;
  for (const SpecialNetwork& special : special_networks()) {
    if (special.use == SpecialUse::kNobodys && no_place_for(special.network).empty())
      writer_.erase(special.network);
  }
}

std::string Painter::place_of(const Claim& claim) const {
  const NetworkSourceReport& source = report_.sources[claim.source];
  std::string of_account = fmt::format("{}:{}", inputs_.feed, inputs_.accounts.line(claim.account));
  if (source.kind == "feed") return of_account;
  const std::string in_source = claim.line != 0 ? fmt::format("{}:{}", source.name, claim.line) : source.name;
  return source.kind == "csv" ? in_source : fmt::format("{} by {}", of_account, in_source);
}

void Painter::conflict(const Claim& first, const Claim& second, size_t group) {
  const NetworkSourceReport& source = report_.sources[second.source];
  const bool everywhere = source.kind == "asn" || source.kind == "mmdb";
  const std::tuple key(first.account, second.account, second.source, everywhere ? SIZE_MAX : group);
  if (const auto known = known_conflicts_.find(key); known != known_conflicts_.end()) {
    if (everywhere) ++report_.conflicts[known->second].networks;
    return;
  }
  if (report_.conflicts.size() == NetworkReport::kMaxConflicts) {
    ++report_.more_conflicts;
    return;
  }
  known_conflicts_.emplace(key, report_.conflicts.size());
  report_.conflicts.push_back({first.network, 1, std::string(inputs_.accounts.id(first.account)),
                               place_of(first), std::string(inputs_.accounts.id(second.account)),
                               place_of(second)});
}

void Painter::report_conflicts() {
  for (const NetworkConflict& c : report_.conflicts) {
    const std::string more = c.networks > 1 ? fmt::format(" and {} more", c.networks - 1) : std::string();
    diagnostics_.warning(
        {}, {}, "",
        fmt::format("{}: network {}{} is claimed by '{}' and, at {}, by '{}'; it identifies neither",
                    c.first_place, c.network.to_string(), more, c.first_account, c.second_place,
                    c.second_account));
  }
  if (report_.more_conflicts != 0) {
    diagnostics_.warning(
        {}, {}, "",
        fmt::format("{} more claims overlap another account's network; they identify neither",
                    report_.more_conflicts));
  }
}

// The networks of AS ranges: fewest prefixes each, without those that have no place in the tree or are
// nobody's.
std::vector<Claim> as_claims(const std::vector<AsRange>& ranges, bool special_too, NetworkReport& report) {
  std::vector<Claim> claims;
  claims.reserve(ranges.size());
  std::vector<IpPrefix> parts;
  for (const AsRange& range : ranges) {
    parts.clear();
    append_range(range.first, range.last, parts);
    for (const IpPrefix& part : parts) {
      if (!no_place_for(part).empty() || (!special_too && belongs_to_nobody(part))) {
        ++report.sources[range.source].left_out;
        continue;
      }
      claims.push_back({part, Confidence::kMedium, range.source, range.account, range.line});
    }
  }
  return claims;
}

}  // namespace

void paint_claims(const NetworkInputs& inputs, const NetworkOptions& options, Claims&& claims,
                  MmdbWriter& writer, NetworkReport& report, Diagnostics& diagnostics) {
  std::vector<Claim> by_as =
      as_claims(claims.as_ranges, options.special == SpecialNetworks::kAllowed, report);
  claims.as_ranges = {};
  claims.vendor.insert(claims.vendor.end(), claims.vendor_as.begin(), claims.vendor_as.end());
  claims.vendor_as = {};
  const uint64_t total =
      by_as.size() + claims.vendor.size() + claims.exclusions.size() + claims.listed.size();
  Painter painter(inputs, options, writer, report, diagnostics);
  painter.paint(std::move(claims.vendor), total);
  painter.paint(std::move(by_as), total);
  painter.erase_nobodys();
  painter.paint(std::move(claims.listed), std::move(claims.exclusions), total);
  painter.report_conflicts();
}

}  // namespace abm::ipdb
