#include "ipdb/network_guard.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ipdb/network_text.h"

namespace abm::ipdb {
namespace {

// The outermost networks of access providers, sorted and disjoint, so that one search
// tells whether any is touched.
class ProviderNetworks {
 public:
  explicit ProviderNetworks(const std::vector<ExclusionClaim>& exclusions) {
    for (const ExclusionClaim& exclusion : exclusions) {
      if (exclusion.kind == Exclusion::kIsp || exclusion.kind == Exclusion::kHosting ||
          exclusion.kind == Exclusion::kVpn) {
        spans_.push_back({exclusion.network.address, last_address(exclusion.network), &exclusion});
      }
    }
    std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
      return a.first != b.first ? before(a.first, b.first) : before(b.last, a.last);
    });
    // Prefixes nest or are disjoint: after sorting, anything that starts in the last kept one is inside it.
    size_t kept = 0;
    for (const Span& span : spans_) {
      const bool inside = kept > 0 && spans_[kept - 1].first.is_v4 == span.first.is_v4 &&
                          !before(spans_[kept - 1].last, span.last);
      if (!inside) spans_[kept++] = span;
    }
    spans_.resize(kept);
  }

  [[nodiscard]] const ExclusionClaim* touching(const IpAddress& first, const IpAddress& last) const {
    auto after =
        std::upper_bound(spans_.begin(), spans_.end(), last,
                         [](const IpAddress& ip, const Span& span) { return before(ip, span.first); });
    if (after == spans_.begin()) return nullptr;
    const Span& span = *--after;
    return span.first.is_v4 == first.is_v4 && !before(span.last, first) ? span.exclusion : nullptr;
  }

 private:
  struct Span {
    IpAddress first, last;
    const ExclusionClaim* exclusion;
  };
  static bool before(const IpAddress& a, const IpAddress& b) {
    return a.is_v4 != b.is_v4 ? a.is_v4 : a.bytes < b.bytes;
  }

  std::vector<Span> spans_;
};

struct Finding {
  const ExclusionClaim* exclusion = nullptr;
  IpPrefix network;                        // the one that the exclusion touches
  std::map<uint16_t, uint64_t> addresses;  // IPv4, by source
  uint64_t as_networks = 0;
};

uint64_t ipv4_count(const IpAddress& first, const IpAddress& last) {
  return first.is_v4 ? uint64_t{last.v4_value()} - first.v4_value() + 1 : 0;
}

}  // namespace

void apply_guard(const NetworkInputs& inputs, const NetworkOptions& options, Claims& claims,
                 NetworkReport& report, Diagnostics& diagnostics) {
  const ProviderNetworks providers(claims.exclusions);
  std::vector<Finding> findings(inputs.accounts.size());
  const auto look = [&](uint32_t account, const IpAddress& first, const IpAddress& last,
                        const IpPrefix& network) {
    Finding& finding = findings[account];
    if (finding.exclusion != nullptr) return;
    finding.exclusion = providers.touching(first, last);
    finding.network = network;
  };
  const auto look_at_as = [&](uint32_t account, uint16_t source, const IpAddress& first,
                              const IpAddress& last) {
    findings[account].addresses[source] += ipv4_count(first, last);
    ++findings[account].as_networks;
    std::vector<IpPrefix> parts;
    if (providers.touching(first, last) != nullptr) append_range(first, last, parts);
    for (const IpPrefix& part : parts) look(account, part.address, last_address(part), part);
  };
  for (const Claim& claim : claims.listed) {
    look(claim.account, claim.network.address, last_address(claim.network), claim.network);
  }
  for (const AsRange& range : claims.as_ranges)
    look_at_as(range.account, range.source, range.first, range.last);
  for (const Claim& claim : claims.vendor_as) {
    look_at_as(claim.account, claim.source, claim.network.address, last_address(claim.network));
  }

  std::vector<bool> blocked(inputs.accounts.size());
  for (uint32_t i = 0; i < inputs.accounts.size(); ++i) {
    const Finding& finding = findings[i];
    uint64_t most = 0;
    for (const auto& [source, count] : finding.addresses) most = std::max(most, count);
    std::string reason, stays = "the networks it lists itself stay";
    if (most > options.max_as_addresses) {
      reason = fmt::format("its AS numbers cover {} IPv4 addresses, more than max_as_addresses ({})", most,
                           options.max_as_addresses);
    } else if (finding.exclusion != nullptr) {
      const ExclusionClaim& exclusion = *finding.exclusion;
      reason = fmt::format("{}:{} calls {} {}, which overlaps its {}", report.sources[exclusion.source].name,
                           exclusion.line, exclusion.network.to_string(), to_string(exclusion.kind),
                           finding.network.to_string());
      if (exclusion.network.tree_length() >= finding.network.tree_length())
        stays = "nobody is identified where the exclusion is";
    } else {
      continue;
    }
    blocked[i] = true;
    const uint64_t line = inputs.accounts.line(i);
    const std::string_view id = inputs.accounts.id(i);
    const std::string consequence =
        finding.as_networks > 0 ? fmt::format("its {} AS networks are left out", finding.as_networks) : stays;
    diagnostics.warning(inputs.feed, {static_cast<uint32_t>(line), 0}, "",
                        fmt::format("account '{}': {}; {}", id, reason, consequence));
    report.left_out.push_back(
        {std::string(id), fmt::format("{}:{}", inputs.feed, line), std::move(reason), finding.as_networks});
  }
  const auto drop = [&](auto& list) {
    std::erase_if(list, [&](const auto& claim) {
      if (!blocked[claim.account]) return false;
      ++report.sources[claim.source].left_out;
      return true;
    });
  };
  drop(claims.as_ranges);
  drop(claims.vendor_as);
}

}  // namespace abm::ipdb
