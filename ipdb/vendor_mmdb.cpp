// Reads any vendor's MMDB as a source: each distinct record is looked at once, then the tree says which
// networks have it.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "ipdb/mmdb_file.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_validator.h"
#include "ipdb/network_readers.h"
#include "ipdb/network_text.h"
#include "ipdb/offset_set.h"

namespace abm::ipdb {
namespace {

constexpr size_t kMaxPathParts = 16;
constexpr std::string_view kMatches[] = {"domain", "asn", "organization", "id"};
// A vendor's score from 0 to 100 in thirds.
constexpr double kMediumScore = 34, kHighScore = 67;
constexpr uint64_t kVisitsPerNetwork = 4;  // nodes on the way that lead to nothing, generously
constexpr uint64_t kProgressNetworks = 1u << 14;

// A field path such as "traits.domain": map keys, or array positions as numbers.
class FieldPath {
 public:
  explicit FieldPath(std::string_view text) {
    for (size_t at = 0; at <= text.size();) {
      const size_t dot = std::min(text.find('.', at), text.size());
      parts_.emplace_back(text.substr(at, dot - at));
      at = dot + 1;
    }
    for (const std::string& part : parts_) pointers_.push_back(part.c_str());
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] bool usable() const {
    for (const std::string& part : parts_) {
      if (part.empty()) return false;
    }
    return parts_.size() <= kMaxPathParts;
  }
  [[nodiscard]] std::optional<MMDB_entry_data_s> find(MMDB_entry_s entry) const {
    MMDB_entry_data_s data;
    if (MMDB_aget_value(&entry, &data, pointers_.data()) != MMDB_SUCCESS || !data.has_data)
      return std::nullopt;
    return data;
  }

 private:
  std::vector<std::string> parts_;
  std::vector<const char*> pointers_;
};

std::string_view text_of(const MMDB_entry_data_s& data) {
  return data.type == MMDB_DATA_TYPE_UTF8_STRING ? std::string_view(data.utf8_string, data.data_size)
                                                 : std::string_view();
}

std::optional<double> number_of(const MMDB_entry_data_s& data) {
  switch (data.type) {
    case MMDB_DATA_TYPE_UINT16:
      return data.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data.uint32;
    case MMDB_DATA_TYPE_INT32:
      return data.int32;
    case MMDB_DATA_TYPE_UINT64:
      return static_cast<double>(data.uint64);
    case MMDB_DATA_TYPE_DOUBLE:
      return data.double_value;
    case MMDB_DATA_TYPE_FLOAT:
      return data.float_value;
    case MMDB_DATA_TYPE_UTF8_STRING:
      break;
    default:
      return std::nullopt;
  }
  const std::string_view text = text_of(data);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> asn_of(const MMDB_entry_data_s& data) {
  if (data.type == MMDB_DATA_TYPE_UTF8_STRING) {
    std::string_view text = text_of(data);
    if (text.size() > 2 && equals_ignoring_case(text.substr(0, 2), "as")) text.remove_prefix(2);  // "AS10846"
    uint32_t asn = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), asn);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return asn;
  }
  const auto number = number_of(data);
  if (!number || !(*number >= 0 && *number <= 4294967295.0) || *number != std::floor(*number))
    return std::nullopt;
  return static_cast<uint32_t>(*number);
}

class VendorReader {
 public:
  VendorReader(const NetworkSource& source, const MMDB_s& db, ReaderContext& context)
      : context_(context),
        db_(db),
        key_(source.key),
        level_(confidence_from(source.confidence)),
        confidence_(source.confidence),
        has_confidence_(!source.confidence.empty()),
        match_(source.match),
        guarded_(source.match == "asn" || source.match == "organization"),
        nobodys_(db.data_section_size),
        seen_(context.inputs.accounts.size()) {}

  /// False: the tree has more networks than the limit (a small file can share nodes without end).
  bool walk();

 private:
  struct Answer {
    const AccountDirectory::Accounts* accounts = nullptr;
    Confidence confidence = Confidence::kLow;
  };

  void leaf(const IpPrefix& network, uint32_t offset);
  [[nodiscard]] const Answer* known_answer(uint32_t offset);
  [[nodiscard]] Answer answer(uint32_t offset) const;
  [[nodiscard]] const AccountDirectory::Accounts* accounts_for(const MMDB_entry_data_s& data) const;
  [[nodiscard]] Confidence confidence_for(const MMDB_entry_s& entry) const;

  ReaderContext& context_;
  const MMDB_s& db_;
  FieldPath key_;
  std::optional<Confidence> level_;
  FieldPath confidence_;
  bool has_confidence_;
  std::string_view match_;
  bool guarded_;
  // By data offset: most records of a vendor's millions are nobody's, and cost a bit.
  OffsetSet nobodys_;
  std::unordered_map<uint32_t, Answer> answers_;
  std::vector<bool> seen_;
};

const AccountDirectory::Accounts* VendorReader::accounts_for(const MMDB_entry_data_s& data) const {
  const AccountDirectory& directory = context_.directory;
  if (match_ == "asn") {
    const auto asn = asn_of(data);
    return asn ? directory.by_asn(*asn) : nullptr;
  }
  const std::string_view text = text_of(data);
  if (text.empty()) return nullptr;
  if (match_ == "domain") return directory.by_domain(text);
  return match_ == "organization" ? directory.by_organization(text) : directory.by_id(text);
}

Confidence VendorReader::confidence_for(const MMDB_entry_s& entry) const {
  if (level_) return *level_;
  const auto data = has_confidence_ ? confidence_.find(entry) : std::nullopt;
  if (!data) return Confidence::kLow;
  if (const auto level = confidence_from(text_of(*data))) return *level;
  const double score = number_of(*data).value_or(0);
  return score >= kHighScore     ? Confidence::kHigh
         : score >= kMediumScore ? Confidence::kMedium
                                 : Confidence::kLow;
}

VendorReader::Answer VendorReader::answer(uint32_t offset) const {
  const MMDB_entry_s entry{&db_, offset};
  const auto data = key_.find(entry);
  Answer found;
  if (data) found.accounts = accounts_for(*data);
  if (found.accounts != nullptr) found.confidence = confidence_for(entry);
  return found;
}

const VendorReader::Answer* VendorReader::known_answer(uint32_t offset) {
  if (nobodys_.contains(offset)) return nullptr;
  const auto known = answers_.find(offset);
  if (known != answers_.end()) return &known->second;
  const Answer found = answer(offset);
  if (found.accounts != nullptr) return &answers_.emplace(offset, found).first->second;
  nobodys_.add(offset);
  return nullptr;
}

void VendorReader::leaf(const IpPrefix& network, uint32_t offset) {
  const Answer* const known = known_answer(offset);
  if (known == nullptr || !no_place_for(network).empty()) return;
  const Answer& found = *known;
  ++context_.report.mapped;
  auto& list = guarded_ ? context_.claims.vendor_as : context_.claims.vendor;
  for (const uint32_t account : *found.accounts) {
    list.push_back({network, found.confidence, context_.source, account, 0});
    if (!seen_[account]) ++context_.report.accounts;
    seen_[account] = true;
  }
}

bool VendorReader::walk() {
  const auto& metadata = db_.metadata;
  const uint32_t nodes = metadata.node_count;
  const bool is_v4 = metadata.ip_version == 4;
  struct Visit {
    uint32_t node;
    IpPrefix network;  // in tree lengths: 32 or 128 bits from the root
  };
  IpPrefix root;
  root.address.is_v4 = is_v4;
  std::vector<Visit> waiting{{0, root}};
  // Validated: no path is longer than the address, so at most that many siblings wait. Nodes may be shared,
  // though, so the number of paths is bounded here.
  uint64_t visits = 0;
  while (!waiting.empty()) {
    if (++visits > kVisitsPerNetwork * context_.options.limits.max_networks) return false;
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
      // Aliases repeat the IPv4 part; ours are laid when the index is written.
      if (!no_place_for(network).empty()) continue;
      const uint32_t value = mmdb::read_record(db_.file_content, visit.node, side, metadata.record_size);
      if (value < nodes) {
        waiting.push_back({value, network});
      } else if (value > nodes) {
        if (++context_.report.entries > context_.options.limits.max_networks) return false;
        if (context_.report.entries % kProgressNetworks == 0 && context_.progress) {
          context_.progress(context_.report.entries, 0);
        }
        const uint32_t offset = value - nodes - static_cast<uint32_t>(mmdb::kSeparatorBytes);
        leaf(network, offset);
        // A leaf above ::/96 answers for all of IPv4 too.
        if (!network.address.is_v4 && network.contains(IpAddress{}))
          leaf({IpAddress::v4(uint32_t{0}), 0}, offset);
      }
    }
  }
  return true;
}

}  // namespace

void read_vendor_mmdb(std::string_view bytes, const NetworkSource& source, ReaderContext& context) {
  const std::string& name = context.report.name;
  const auto refuse = [&](const std::string& what) { context.diagnostics.error(name, {}, what); };
  if (std::find(std::begin(kMatches), std::end(kMatches), source.match) == std::end(kMatches)) {
    return refuse(fmt::format("'{}' is no match{}; it is domain, asn, organization or id", source.match,
                              did_you_mean(source.match, kMatches)));
  }
  if (!FieldPath(source.key).usable())
    return refuse(fmt::format("'{}' is no field path for 'key'", source.key));
  if (!source.confidence.empty() && !FieldPath(source.confidence).usable()) {
    return refuse(fmt::format("'{}' is neither a confidence nor a field path", source.confidence));
  }
  if (const auto summary = validate_mmdb(bytes); !summary) return refuse(summary.message());
  const auto fd = sealed_copy("vendor.mmdb", bytes);
  if (!fd) return refuse(fd.message());
  MmdbHandle handle;
  if (const auto opened = handle.open(fd->get()); !opened) return refuse(opened.message());
  VendorReader reader(source, handle.db(), context);
  if (!reader.walk()) {
    return refuse(
        fmt::format("more than {} networks; the file is refused", context.options.limits.max_networks));
  }
  if (context.report.mapped == 0) {
    context.diagnostics.warning(
        name, {}, "", fmt::format("no record's '{}' matches any account by {}", source.key, source.match));
  }
}

}  // namespace abm::ipdb
