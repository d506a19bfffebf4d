#include "ipdb/network_painter.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "ipdb/network_text.h"

namespace abm::ipdb {
namespace {

constexpr uint64_t kProgressClaims = 1u << 14;

// Shorter prefixes first: what is painted later, and longer, wins. Equal networks stay
// together, in input order.
template <typename List>
void sort_for_painting(List& list) {
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    const unsigned a_length = a.network.tree_length(), b_length = b.network.tree_length();
    return a_length != b_length ? a_length < b_length : a.network.address < b.network.address;
  });
}

class Painter {
 public:
  Painter(const NetworkInputs& inputs, const NetworkOptions& options, MmdbWriter& writer,
          NetworkReport& report, Diagnostics& diagnostics)
      : inputs_(inputs), options_(options), writer_(writer), report_(report), diagnostics_(diagnostics) {}

  void paint(std::vector<Claim>&& claims, uint64_t total);
  void paint(std::vector<ExclusionClaim>&& claims, uint64_t total);
  void report_conflicts();

 private:
  [[nodiscard]] std::string place_of(const Claim& claim) const;
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

void Painter::paint(std::vector<Claim>&& claims, uint64_t total) {
  sort_for_painting(claims);
  for (size_t i = 0; i < claims.size();) {
    size_t end = i;
    const Claim* best = &claims[i];
    bool contested = false;
    for (; end < claims.size() && claims[end].network == claims[i].network; ++end) {
      if (claims[end].account != claims[i].account) {
        contested = true;
        conflict(claims[i], claims[end], i);
      } else if (claims[end].confidence > best->confidence) {
        best = &claims[end];
      }
      tick(total);
    }
    if (contested) {
      writer_.erase(claims[i].network);
    } else {
      const Source source = source_of(report_.sources[best->source].kind);
      writer_.insert(best->network, writer_.add_record({std::string(inputs_.accounts.id(best->account)),
                                                        best->confidence, source, Exclusion::kNone}));
    }
    i = end;
  }
}

void Painter::paint(std::vector<ExclusionClaim>&& claims, uint64_t total) {
  sort_for_painting(claims);
  for (size_t i = 0; i < claims.size(); ++i) {
    tick(total);
    // For equal networks the first line counts; both say "never identified".
    if (i > 0 && claims[i].network == claims[i - 1].network) continue;
    writer_.insert(claims[i].network,
                   writer_.add_record({{}, Confidence::kLow, Source::kCsv, claims[i].kind}));
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

// The networks of AS ranges: fewest prefixes each, without those that have no place in the tree.
std::vector<Claim> as_claims(const std::vector<AsRange>& ranges, NetworkReport& report) {
  std::vector<Claim> claims;
  claims.reserve(ranges.size());
  std::vector<IpPrefix> parts;
  for (const AsRange& range : ranges) {
    parts.clear();
    append_range(range.first, range.last, parts);
    for (const IpPrefix& part : parts) {
      if (!no_place_for(part).empty()) {
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
  std::vector<Claim> by_as = as_claims(claims.as_ranges, report);
  claims.as_ranges = {};
  claims.vendor.insert(claims.vendor.end(), claims.vendor_as.begin(), claims.vendor_as.end());
  claims.vendor_as = {};
  const uint64_t total =
      by_as.size() + claims.vendor.size() + claims.exclusions.size() + claims.listed.size();
  Painter painter(inputs, options, writer, report, diagnostics);
  painter.paint(std::move(claims.vendor), total);
  painter.paint(std::move(by_as), total);
  painter.paint(std::move(claims.exclusions), total);
  painter.paint(std::move(claims.listed), total);
  painter.report_conflicts();
}

}  // namespace abm::ipdb
