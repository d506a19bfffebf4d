#include "ipdb/network_readers.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/confidence.h"
#include "base/embedded_ipv4.h"
#include "base/text.h"
#include "ipdb/csv.h"
#include "ipdb/network_text.h"
#include "ipdb/special_networks.h"

namespace abm::ipdb {
namespace {

constexpr std::string_view kKinds[] = {"isp", "hosting", "vpn", "crawler", "education"};
constexpr uint64_t kProgressLines = 4096;

// Walks a CSV's records: skips a header line (its first field is the column's name), reports progress, and
// treats a record with too few fields as an error.
template <typename Line>
void for_each_record(std::string_view bytes, std::string_view columns, size_t needed, ReaderContext& context,
                     Line&& line) {
  const NetworkLimits& limits = context.options.limits;
  CsvReader csv(bytes, context.report.name, {limits.max_line_bytes, limits.max_lines}, context.diagnostics);
  const std::string_view first_column = columns.substr(0, columns.find(','));
  bool first = true;
  while (context.claims.networks <= limits.max_claims && csv.next()) {
    if (csv.line() % kProgressLines == 0 && context.progress) context.progress(csv.consumed(), bytes.size());
    const bool header = first && equals_ignoring_case(csv[0], first_column);
    first = false;
    if (header) continue;
    ++context.report.entries;
    if (csv.size() < needed) {
      csv.error(csv.size(), fmt::format("{} of the fields '{}'", csv.size(), columns));
      continue;
    }
    line(csv);
  }
}

// The network in field `i`, or an error.
std::optional<IpPrefix> network_at(CsvReader& csv, size_t i) {
  const auto network = parse_network(csv[i]);
  if (network) return *network;
  csv.error(i, network.message());
  return std::nullopt;
}

// "10846" or "AS10846".
std::optional<uint32_t> as_number(std::string_view text) {
  if (text.size() > 2 && equals_ignoring_case(text.substr(0, 2), "as")) text.remove_prefix(2);
  uint32_t asn = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), asn);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return asn;
}

// Networks for documentation and benchmarks: one finding for a source, however many there are.
class ExampleNetworks {
 public:
  void add(const NetworkFinding& finding, std::string_view text, Position at) {
    if (!finding.example) return;
    if (count_++ == 0) first_ = fmt::format("network '{}' {}", text, finding.message), at_ = at;
  }
  void report(ReaderContext& context) const {
    if (count_ == 0) return;
    const std::string more = count_ > 1 ? fmt::format(", and {} more like it", count_ - 1) : std::string();
    context.diagnostics.warning(context.report.name, at_, "",
                                fmt::format("{}{}: no visitor comes from there", first_, more));
  }

 private:
  uint64_t count_ = 0;
  std::string first_;
  Position at_;
};

}  // namespace

NetworkFinding find_fault(const IpPrefix& network, SpecialNetworks special) {
  using Kind = NetworkVerdict::Kind;
  const NetworkVerdict verdict = judge_network(network);
  const bool placeless =
      !no_place_for(network).empty() || embeds_another_party(embedded_ipv4(network.address));
  NetworkFinding finding;
  if (placeless) {
    finding = {.usable = false, .refused = special != SpecialNetworks::kWarned, .message = verdict.reason};
  } else if (verdict.kind == Kind::kOwn || special == SpecialNetworks::kAllowed) {
    return finding;
  } else if (verdict.kind == Kind::kExample) {
    return {.example = true, .message = verdict.reason};
  } else {
    finding = {.refused = special == SpecialNetworks::kRefused, .message = verdict.reason};
  }
  if (!finding.usable) {
    finding.message += "; nobody is identified by it";
    return finding;
  }
  finding.message += verdict.kind == Kind::kTooWide ? ": it would identify everybody"
                                                    : ": whoever comes from there may be anybody";
  finding.message += "; for an intranet or a test, set `allow_special: true` in site.yaml";
  return finding;
}

std::string ReaderContext::no_room() const {
  return fmt::format("more than {} networks of accounts, all sources together", options.limits.max_claims);
}

void read_feed_networks(ReaderContext& context) {
  ExampleNetworks examples;
  const auto& accounts = context.inputs.accounts;
  for (uint32_t i = 0; i < accounts.size(); ++i) {
    const NetworkAccounts::View account = accounts[i];
    const auto line = static_cast<uint32_t>(account.line);
    bool mapped = false;
    for (const std::string_view text : account.networks) {
      ++context.report.entries;
      const auto network = parse_network(text);
      if (!network) {
        context.diagnostics.error(context.report.name, {line, 0},
                                  fmt::format("account '{}': {}", account.id, network.message()));
        continue;
      }
      const NetworkFinding finding = find_fault(*network, context.options.special);
      examples.add(finding, text, {line, 0});
      if (!finding.message.empty() && !finding.example) {
        context.diagnostics.add(
            {.severity = finding.refused ? Severity::kError : Severity::kWarning,
             .file = context.report.name,
             .at = {line, 0},
             .code = {},
             .message = fmt::format("account '{}': network '{}' {}", account.id, text, finding.message),
             .source_line = {}});
      }
      if (finding.refused || !finding.usable) {
        ++context.report.left_out;
        continue;
      }
      if (!context.has_room(1)) {
        context.diagnostics.error(context.report.name, {line, 0}, context.no_room());
        return;
      }
      context.claims.listed.push_back({*network, Confidence::kHigh, context.source, i, line});
      ++context.report.mapped;
      mapped = true;
    }
    context.report.accounts += mapped ? 1 : 0;
  }
  examples.report(context);
}

void read_network_csv(std::string_view bytes, ReaderContext& context) {
  std::vector<bool> seen(context.inputs.accounts.size());
  ExampleNetworks examples;
  for_each_record(bytes, "network,account_id", 2, context, [&](CsvReader& csv) {
    const auto network = network_at(csv, 0);
    Confidence confidence = Confidence::kHigh;
    bool good = network.has_value();
    if (network) {
      const NetworkFinding finding = find_fault(*network, context.options.special);
      examples.add(finding, csv[0], {csv.line(), 1});
      if (!finding.message.empty() && !finding.example) {
        const std::string message = fmt::format("network '{}' {}", csv[0], finding.message);
        finding.refused ? csv.error(0, message) : csv.warning(0, message);
      }
      good = finding.usable && !finding.refused;
      if (!good) ++context.report.left_out;
    }
    if (csv.size() > 2 && !csv[2].empty()) {
      if (const auto level = confidence_from(csv[2])) {
        confidence = *level;
      } else {
        csv.error(2, fmt::format("'{}' is not a confidence{}; it is low, medium or high", csv[2],
                                 did_you_mean(csv[2], kConfidenceNames)));
        good = false;
      }
    }
    if (csv.size() > 3) {
      csv.error(3, "a fourth field; a line is 'network,account_id[,confidence]'");
      good = false;
    }
    const auto* accounts = context.directory.by_id(csv[1]);
    if (accounts == nullptr) {
      csv.warning(1, fmt::format("no account '{}' in the feed; the network identifies nobody", csv[1]));
      ++context.report.left_out;
      return;
    }
    if (!good) return;
    if (!context.has_room(1)) return csv.error(0, context.no_room());
    const uint32_t account = accounts->front();
    context.claims.listed.push_back({*network, confidence, context.source, account, csv.line()});
    ++context.report.mapped;
    if (!seen[account]) ++context.report.accounts;
    seen[account] = true;
  });
  examples.report(context);
}

void read_exclusion_csv(std::string_view bytes, ReaderContext& context) {
  for_each_record(bytes, "network,kind", 2, context, [&](CsvReader& csv) {
    const auto network = network_at(csv, 0);
    const Exclusion kind = exclusion_from(csv[1]);
    if (kind == Exclusion::kNone) {
      csv.error(1, fmt::format("'{}' is not a kind{}; it is isp, hosting, vpn, crawler or education", csv[1],
                               did_you_mean(csv[1], kKinds)));
      return;
    }
    if (csv.size() > 2) {
      csv.error(2, "a third field; a line is 'network,kind'");
      return;
    }
    if (!network) return;
    // Whatever nobody has may be excluded, too: lists of such networks are common.
    if (const std::string_view reason = no_place_for(*network); !reason.empty()) {
      ++context.report.left_out;
      return csv.warning(0, fmt::format("network '{}' is left out: {}", csv[0], reason));
    }
    if (network->length == 0) {
      csv.warning(
          0, fmt::format("'{}' excludes every {} address but those of networks that accounts list themselves",
                         csv[0], network->address.is_v4 ? "IPv4" : "IPv6"));
    }
    if (!context.has_room(1)) return csv.error(0, context.no_room());
    context.claims.exclusions.push_back({*network, kind, context.source, csv.line()});
    ++context.report.mapped;
  });
}

void read_as_numbers_csv(std::string_view bytes, ReaderContext& context) {
  std::vector<bool> seen(context.inputs.accounts.size());
  for_each_record(bytes, "asn,account_id", 2, context, [&](CsvReader& csv) {
    const auto asn = as_number(csv[0]);
    if (!asn || *asn == 0) return csv.error(0, fmt::format("'{}' is not an AS number", csv[0]));
    if (csv.size() > 3) return csv.error(3, "a fourth field; a line is 'asn,account_id[,organization]'");
    const auto* accounts = context.directory.by_id(csv[1]);
    if (accounts == nullptr) {
      csv.warning(1, fmt::format("no account '{}' in the feed; the AS number identifies nobody", csv[1]));
      ++context.report.left_out;
      return;
    }
    const uint32_t account = accounts->front();
    context.directory.add_asn(*asn, account);
    ++context.report.mapped;
    if (!seen[account]) ++context.report.accounts;
    seen[account] = true;
  });
}

void read_asn_csv(std::string_view bytes, ReaderContext& context) {
  std::vector<bool> seen(context.inputs.accounts.size());
  AccountDirectory::Accounts owners;
  std::vector<IpPrefix> parts;
  bool similar = false;
  for_each_record(bytes, "range_start,range_end,asn,organization", 3, context, [&](CsvReader& csv) {
    const auto first = IpAddress::parse(csv[0]);
    const auto last = IpAddress::parse(csv[1]);
    uint32_t asn = 0;
    const std::string_view digits = csv[2];
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), asn);
    if (!first) return csv.error(0, fmt::format("'{}' is not an address", csv[0]));
    if (!last) return csv.error(1, fmt::format("'{}' is not an address", csv[1]));
    if (first->is_v4 != last->is_v4)
      return csv.error(1, fmt::format("'{}' is not of range_start's family", csv[1]));
    if (*last < *first) return csv.error(1, fmt::format("'{}' is before range_start", csv[1]));
    if (status != std::errc() || end != digits.data() + digits.size()) {
      return csv.error(2, fmt::format("'{}' is not an AS number", digits));
    }
    owners.clear();
    if (const auto* by_asn = context.directory.by_asn(asn)) owners = *by_asn;
    const std::string_view organization = csv.size() > 3 ? csv[3] : std::string_view();
    const OrganizationMatcher::Found named = context.names.find(organization);
    if (named.exactly != nullptr) {
      owners.insert(owners.end(), named.exactly->begin(), named.exactly->end());
      std::sort(owners.begin(), owners.end());
      owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
    }
    if (named.similarly != nullptr) {
      for (const uint32_t account : *named.similarly) {
        if (std::binary_search(owners.begin(), owners.end(), account)) continue;
        context.claims.similar.push_back({.range = {*first, *last, context.source, account, csv.line()},
                                          .spelling = named.spelling,
                                          .asn = asn});
        if (!context.has_room(1)) return csv.error(0, context.no_room());
        similar = true;
      }
    }
    if (owners.empty()) return;
    // A range with arbitrary ends takes up to 254 networks.
    parts.clear();
    append_range(*first, *last, parts);
    if (!context.has_room(parts.size() * owners.size())) return csv.error(0, context.no_room());
    ++context.report.mapped;
    for (const uint32_t account : owners) {
      context.claims.as_ranges.push_back({*first, *last, context.source, account, csv.line()});
      if (!seen[account]) ++context.report.accounts;
      seen[account] = true;
    }
  });
  if (context.report.mapped == 0 && context.report.entries != 0 && !similar) {
    context.diagnostics.warning(
        context.report.name, {}, "",
        fmt::format("none of its {} ranges has an AS number or an organization of an account",
                    context.report.entries));
  }
}

}  // namespace abm::ipdb
