// Reads any vendor's MMDB as a source: looks at each distinct record once, then the tree
// says which networks have it.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/embedded_ipv4.h"
#include "base/text.h"
#include "ipdb/domain.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_metadata.h"
#include "ipdb/mmdb_path.h"
#include "ipdb/mmdb_validator.h"
#include "ipdb/network_readers.h"
#include "ipdb/network_text.h"
#include "ipdb/offset_set.h"
#include "ipdb/special_networks.h"

namespace abm::ipdb {
namespace {

using mmdb::FieldPath;
using mmdb::Value;

constexpr std::string_view kMatches[] = {"domain", "asn", "organization", "id"};
// A vendor's score from 0 to 100, in thirds.
constexpr double kMediumScore = 34, kHighScore = 67, kMostScore = 100;
constexpr uint64_t kProgressNetworks = 1u << 14;
// Nodes may be shared, as aliases are: a small tree may have more networks than any machine can count.
constexpr uint64_t kVisitsPerNode = 8, kFreeVisits = 1u << 16;
// Steps allowed in addition to max_vendor_steps: a large file has many records.
constexpr uint64_t kStepsPerByte = 32;
// What finding that a domain belongs to nobody costs: measured, in fields skipped.
constexpr uint64_t kStepsPerDomain = 256, kStepsPerDomainByte = 8;
// The same for the name of an organization.
constexpr uint64_t kStepsPerName = 64, kStepsPerNameByte = 8;
constexpr size_t kMaxAnswers = 1u << 20;
// A network claimed by several accounts identifies nobody; this many of them are named.
constexpr size_t kRivals = 4;

std::optional<uint32_t> asn_of(const Value& value) {
  if (value.is_text()) {
    std::string_view text = value.text();
    if (text.size() > 2 && equals_ignoring_case(text.substr(0, 2), "as")) text.remove_prefix(2);  // "AS10846"
    uint32_t asn = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), asn);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return asn;
  }
  const auto number = value.number();
  if (!number || !(*number >= 0 && *number <= 4294967295.0) || *number != std::floor(*number))
    return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// A network within addresses that carry another party's; shorter ones are not, nor is ::/96 itself.
bool in_another_partys_range(const IpPrefix& network) {
  if (network.address.is_v4) return false;
  const EmbeddedIpv4 form = embedded_ipv4(network.address);
  return embeds_another_party(form) && network.length >= network_of(network.address, form).length;
}

class VendorReader {
 public:
  /// The bytes of `file` have passed the validator.
  VendorReader(const NetworkSource& source, const mmdb::Layout& file, ReaderContext& context)
      : context_(context),
        file_(file),
        reader_(file.data, context.options.limits.max_vendor_steps +
                               kStepsPerByte * (file.tree.size() + file.data.size())),
        key_(source.key),
        level_(confidence_from(source.confidence)),
        confidence_(source.confidence),
        has_confidence_(!source.confidence.empty()),
        match_(source.match),
        guarded_(source.match == "asn" || source.match == "organization"),
        nobodys_(file.data.size()),
        seen_(context.inputs.accounts.size()) {}

  /// Why the file is refused; "" if all of it was read.
  [[nodiscard]] std::string walk();
  /// Whether some record's organization is an account's, spelled otherwise.
  [[nodiscard]] bool similar() const noexcept { return similar_; }
  /// Records of accounts whose confidence could not be read.
  [[nodiscard]] uint64_t unsure() const noexcept { return unsure_; }

 private:
  struct Answer {
    const AccountDirectory::Accounts* accounts = nullptr;
    Confidence confidence = Confidence::kLow;
    std::optional<uint32_t> spelling;  // the accounts' organization, spelled otherwise
  };

  [[nodiscard]] bool leaf(const IpPrefix& network, uint32_t offset);
  [[nodiscard]] const Answer* known_answer(uint32_t offset);
  [[nodiscard]] Answer answer(uint32_t offset);
  [[nodiscard]] Answer accounts_for(const Value& value);
  [[nodiscard]] Confidence confidence_for(uint32_t offset);

  ReaderContext& context_;
  const mmdb::Layout& file_;
  mmdb::PathReader reader_;
  FieldPath key_;
  std::optional<Confidence> level_;
  FieldPath confidence_;
  bool has_confidence_;
  std::string_view match_;
  bool guarded_;
  // By data offset: most of a vendor's millions of records match nobody, and cost one bit.
  OffsetSet nobodys_;
  std::unordered_map<uint32_t, Answer> answers_;  // the latest: at most kMaxAnswers
  std::vector<bool> seen_;
  uint64_t unsure_ = 0;
  bool similar_ = false;
};

VendorReader::Answer VendorReader::accounts_for(const Value& value) {
  const AccountDirectory& directory = context_.directory;
  if (match_ == "asn") {
    const auto asn = asn_of(value);
    return {asn ? directory.by_asn(*asn) : nullptr, {}, {}};
  }
  const std::string_view text = value.text();
  if (text.empty()) return {};
  if (match_ == "id") return {directory.by_id(text), {}, {}};
  if (match_ == "organization") {
    reader_.charge(kStepsPerName + kStepsPerNameByte * std::min(text.size(), kMaxDomainBytes));
    const OrganizationMatcher::Found found = context_.names.find(text);
    if (found.similarly != nullptr) return {found.similarly, {}, found.spelling};
    return {found.exactly, {}, {}};
  }
  reader_.charge(kStepsPerDomain + kStepsPerDomainByte * std::min(text.size(), kMaxDomainBytes));
  return {directory.by_domain(text), {}, {}};
}

Confidence VendorReader::confidence_for(uint32_t offset) {
  if (level_) return *level_;
  const auto value = has_confidence_ ? reader_.find(offset, confidence_) : std::nullopt;
  if (!value) return Confidence::kLow;
  if (const auto level = confidence_from(value->text())) return *level;
  const auto score = value->number();
  // Another scale, or not a number: what we do not understand gets low confidence.
  if (!score || !(*score >= 0 && *score <= kMostScore)) {
    ++unsure_;
    return Confidence::kLow;
  }
  return *score >= kHighScore     ? Confidence::kHigh
         : *score >= kMediumScore ? Confidence::kMedium
                                  : Confidence::kLow;
}

VendorReader::Answer VendorReader::answer(uint32_t offset) {
  const auto value = reader_.find(offset, key_);
  Answer found;
  if (value) found = accounts_for(*value);
  if (found.accounts == nullptr) return found;
  found.confidence = confidence_for(offset);
  if (found.spelling) return found;
  for (const uint32_t account : *found.accounts) {
    if (!seen_[account]) ++context_.report.accounts;
    seen_[account] = true;
  }
  return found;
}

const VendorReader::Answer* VendorReader::known_answer(uint32_t offset) {
  if (nobodys_.contains(offset)) return nullptr;
  const auto known = answers_.find(offset);
  if (known != answers_.end()) return &known->second;
  const Answer found = answer(offset);
  if (found.accounts == nullptr) {
    nobodys_.add(offset);
    return nullptr;
  }
  if (answers_.size() == kMaxAnswers) answers_.clear();
  return &answers_.emplace(offset, found).first->second;
}

bool VendorReader::leaf(const IpPrefix& network, uint32_t offset) {
  const Answer* const found = known_answer(offset);
  if (found == nullptr) return true;
  if (context_.options.special != SpecialNetworks::kAllowed && belongs_to_nobody(network)) {
    ++context_.report.left_out;
    return true;
  }
  if (found->spelling) {
    if (!context_.has_room(found->accounts->size())) return false;
    for (const uint32_t account : *found->accounts) {
      context_.claims.similar.push_back(
          {.vendor = true,
           .range = {network.address, last_address(network), context_.source, account, 0},
           .confidence = found->confidence,
           .spelling = *found->spelling});
    }
    similar_ = true;
    return true;
  }
  ++context_.report.mapped;
  // The guard may remove some of many accounts; without it, a few claims are as good as all.
  const size_t count = guarded_ ? found->accounts->size() : std::min(found->accounts->size(), kRivals);
  if (!context_.has_room(count)) return false;
  auto& list = guarded_ ? context_.claims.vendor_as : context_.claims.vendor;
  for (size_t i = 0; i < count; ++i) {
    list.push_back({network, found->confidence, context_.source, (*found->accounts)[i], 0});
  }
  return true;
}

std::string VendorReader::walk() {
  const uint32_t nodes = file_.node_count;
  const uint64_t max_networks = context_.options.limits.max_networks;
  const auto* const tree = reinterpret_cast<const uint8_t*>(file_.tree.data());
  const bool is_v4 = file_.ip_version == 4;
  struct Visit {
    uint32_t node;
    IpPrefix network;  // in tree lengths: 32 or 128 bits from the root
  };
  IpPrefix root;
  root.address.is_v4 = is_v4;
  // Validated: no path is longer than the address, so at most that many siblings wait.
  std::vector<Visit> waiting{{0, root}};
  const uint64_t most_visits = kFreeVisits + kVisitsPerNode * nodes;
  uint64_t visits = 0;
  while (!waiting.empty()) {
    if (++visits > most_visits) {
      return fmt::format("its {} nodes are shared so that they lead to more than {} networks", nodes,
                         context_.report.entries);
    }
    const Visit visit = waiting.back();
    waiting.pop_back();
    for (unsigned side = 2; side-- > 0;) {
      IpPrefix network = visit.network;
      const unsigned bit = network.tree_length();
      if (side == 1) network.address.bytes[bit / 8] |= static_cast<uint8_t>(0x80u >> (bit % 8));
      ++network.length;
      const bool ipv4_part = !is_v4 && network.length == mmdb::kIpv4Depth && network.address == IpAddress{};
      if (ipv4_part) {
        network.address.is_v4 = true;
        network.length = 0;
      }
      // Aliases repeat the IPv4 part; ours are added when the index is written. MaxMind's writer adds Teredo,
      // others NAT64: what stands there is another party's address.
      if (!no_place_for(network).empty() || in_another_partys_range(network)) continue;
      const uint32_t value = mmdb::read_record(tree, visit.node, side, file_.record_bits);
      if (value < nodes) {
        waiting.push_back({value, network});
      } else if (value > nodes) {
        if (++context_.report.entries > max_networks)
          return fmt::format("more than {} networks", max_networks);
        if (context_.report.entries % kProgressNetworks == 0 && context_.progress) {
          context_.progress(context_.report.entries, 0);
        }
        const uint32_t offset = value - nodes - static_cast<uint32_t>(mmdb::kSeparatorBytes);
        bool room = leaf(network, offset);
        // A leaf above ::/96 answers for all of IPv4 too.
        if (room && !network.address.is_v4 && network.contains(IpAddress{}))
          room = leaf({IpAddress::v4(uint32_t{0}), 0}, offset);
        if (!room) return context_.no_room();
        if (reader_.exhausted()) return "looking for the key in its records takes more work than the limit";
      }
    }
  }
  return {};
}

}  // namespace

void read_vendor_mmdb(std::string_view bytes, const NetworkSource& source, ReaderContext& context) {
  const std::string& name = context.report.name;
  const auto refuse = [&](const std::string& what) { context.diagnostics.error(name, {}, what); };
  if (std::find(std::begin(kMatches), std::end(kMatches), source.match) == std::end(kMatches)) {
    return refuse(fmt::format("'{}' is not a match{}; it is domain, asn, organization or id", source.match,
                              did_you_mean(source.match, kMatches)));
  }
  if (!FieldPath(source.key).usable())
    return refuse(fmt::format("'{}' is not a field path for 'key'", source.key));
  if (!source.confidence.empty() && !FieldPath(source.confidence).usable()) {
    return refuse(fmt::format("'{}' is neither a confidence nor a field path", source.confidence));
  }
  if (const auto summary = validate_mmdb(bytes); !summary) return refuse(summary.message());
  // Read here, not by libmaxminddb, which cannot say what a lookup costs.
  const auto file = mmdb::read_layout(bytes, {});
  if (!file) return refuse(file.message());
  VendorReader reader(source, *file, context);
  if (const std::string why = reader.walk(); !why.empty())
    return refuse(fmt::format("{}; the file is refused", why));
  if (reader.unsure() != 0) {
    context.diagnostics.warning(
        name, {}, "",
        fmt::format(
            "'{}' of {} records is neither a level nor a score from 0 to 100; their confidence is low",
            source.confidence, reader.unsure()));
  }
  if (context.report.mapped == 0 && context.report.left_out == 0 && context.report.entries != 0 &&
      !reader.similar()) {
    context.diagnostics.warning(
        name, {}, "", fmt::format("no record's '{}' matches any account by {}", source.key, source.match));
  }
}

}  // namespace abm::ipdb
