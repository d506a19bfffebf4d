// Records and string numbers are collected in file layout; finish() adds the tables, header and hash.
#include "accounts/snapshot_writer.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "accounts/blocks.h"
#include "accounts/json_fault.h"
#include "accounts/slot_table.h"
#include "accounts/snapshot_format.h"
#include "accounts/string_table.h"
#include "accounts/text_check.h"
#include "base/hash.h"
#include "base/huge_pages.h"
#include "base/thread.h"

namespace abm::accounts {
namespace {

using namespace format;

constexpr uint64_t kWorthAThread = 16u << 20;  // bytes of a file

constexpr std::string_view kTooLarge =
    "the snapshot would be larger than 4 GiB, split the feed; no snapshot is written";

constexpr std::string_view kUncleanText = "has text that is too long, not UTF-8 or holds control characters";

/// Why Snapshot::open would refuse the account, apart from its texts; "" if it would not.
std::string_view misfit(const Account& account) {
  if (!is_account_id(account.id())) return "is not an account id";
  if (account.name().empty()) return "has no name";
  if (account.segments.size() > kMaxSegments) return "has too many segments";
  if (account.domains.size() > kMaxDomains) return "has too many domains";
  if (account.attributes.size() > kMaxAttributes) return "has too many attributes";
  for (size_t i = 0; i < account.attributes.size(); ++i) {
    if (account.attributes[i].first.empty()) return "has an attribute without a name";
    if (i > 0 && account.attributes[i - 1].first >= account.attributes[i].first) {
      return "has attributes that are not sorted by distinct names";
    }
  }
  const auto is_empty = [](const std::string& text) { return text.empty(); };
  if (std::any_of(account.segments.begin(), account.segments.end(), is_empty)) return "has an empty segment";
  if (std::any_of(account.domains.begin(), account.domains.end(), is_empty)) return "has an empty domain";
  const auto is_negative = [](const std::optional<int64_t>& number) { return number.value_or(0) < 0; };
  if (std::any_of(account.numbers.begin(), account.numbers.end(), is_negative))
    return "has a negative number";
  if (account.pages.size() > kMaxPages) return "has too many pages";
  for (size_t i = 0; i < account.pages.size(); ++i) {
    const VisitedPage& page = account.pages[i];
    if (!is_page_path(page.path) || page.days >= kPageDays) return "has a page that cannot be one";
    if (i > 0 && !is_later(account.pages[i - 1], page)) return "has pages that are not sorted";
  }
  return {};
}

}  // namespace

struct SnapshotWriter::State {
  Blocks<Record, 18> records;
  Blocks<uint32_t, 19> refs;
  Blocks<Activity, 15> activities;
  Blocks<Page, 18> pages;
  std::vector<Family> families;  ///< until finish(): of each account that names a parent or has inherited
  StringTable strings;
  size_t domain_count = 0;
  std::string problem;

  /// Texts that accounts share: segments, industries, attributes. Ids, names and domains rarely repeat, and a
  /// table with all of them would not stay in the processor's cache.
  uint32_t shared(const std::string& text, const Account& account) {
    const auto [number, added] = strings.intern(text);
    if (added && check_text(text) != TextFault::kNone) refuse(account, kUncleanText);
    return number;
  }
  uint32_t own(const std::string& text, const Account& account) {
    if (check_text(text) != TextFault::kNone) refuse(account, kUncleanText);
    return strings.add_unique(text);
  }
  void refuse(const Account& account, std::string_view why) {
    if (problem.empty()) {
      problem = fmt::format("line {}: account '{}' {}; no snapshot is written", account.line,
                            excerpt(account.id()), why);
    }
  }

  void add(const Account& account);
  /// False: visits have said nothing about the account.
  bool add_activity(const Account& account);
  [[nodiscard]] uint64_t key_of(uint32_t entry) const noexcept { return records[entry - 1].key; }
  [[nodiscard]] std::optional<SlotTable<KeySlot>> key_table();
  [[nodiscard]] std::optional<SlotTable<DomainSlot>> domain_table();
  /// Fills in the tops, and leaves only those families that say something.
  void settle_families(const SlotTable<KeySlot>& keys);
  /// The string number of the topmost account's id; 0: the account stands by itself.
  [[nodiscard]] uint32_t top_above(uint32_t ordinal, const SlotTable<KeySlot>& keys) const;
  /// The ordinal of the account that has string `id` as its id.
  [[nodiscard]] std::optional<uint32_t> find(uint32_t id, const SlotTable<KeySlot>& keys) const;
  [[nodiscard]] Result<std::string> finish(const FeedHeader& header);
  /// A header with nothing but the counts, which say how long the file is.
  [[nodiscard]] Header counts(uint32_t domain_bits, uint32_t key_bits) const noexcept {
    return {.version = kVersion,
            .header_bytes = sizeof(Header),
            .accounts = static_cast<uint32_t>(records.size()),
            .domain_bits = domain_bits,
            .key_bits = key_bits,
            .refs = static_cast<uint32_t>(refs.size()),
            .strings = strings.size(),
            .text_bytes = static_cast<uint32_t>(strings.text_bytes()),
            .activities = static_cast<uint32_t>(activities.size()),
            .pages = static_cast<uint32_t>(pages.size()),
            .families = static_cast<uint32_t>(families.size())};
  }
  [[nodiscard]] std::jthread prepare(std::string& file) const;
  [[nodiscard]] Result<std::string> assemble(std::string file, const FeedHeader& header, uint32_t tenant,
                                             const SlotTable<KeySlot>& keys,
                                             const SlotTable<DomainSlot>& domains);
};

void SnapshotWriter::State::add(const Account& account) {
  if (!problem.empty()) return;
  if (const std::string_view why = misfit(account); !why.empty()) return refuse(account, why);

  Record record;
  record.key = hash64(account.id());
  record.flags = account.exclude ? kExcluded : 0;
  for (size_t i = 0; i < kStoredNumbers; ++i) {
    if (!account.numbers[i]) continue;
    record.flags = static_cast<uint8_t>(record.flags | 1u << (kNumberFlagShift + i));
    record.numbers[i] = *account.numbers[i];
  }
  for (size_t i = 0; i < kTextFields; ++i) {
    const auto field = static_cast<TextField>(i);
    if (field == TextField::kDomain || field == TextField::kMoved) continue;
    const bool unique = field == TextField::kId || field == TextField::kName;
    record.texts[stored_text(field)] =
        unique ? own(account.text[i], account) : shared(account.text[i], account);
  }
  record.refs = static_cast<uint32_t>(refs.size());
  for (const std::string& segment : account.segments) refs.push_back(shared(segment, account));
  const std::string& lone_domain = account.text[static_cast<size_t>(TextField::kDomain)];
  const bool use_lone = account.domains.empty() && !lone_domain.empty();
  if (use_lone) refs.push_back(own(lone_domain, account));
  for (const std::string& domain : account.domains) refs.push_back(own(domain, account));
  for (const auto& [name, value] : account.attributes) {
    refs.push_back(shared(name, account));
    refs.push_back(shared(value, account));
  }
  const size_t domains = use_lone ? 1 : account.domains.size();
  domain_count += domains;
  record.segments = static_cast<uint16_t>(account.segments.size());
  record.domains = static_cast<uint16_t>(domains);
  record.attributes = static_cast<uint16_t>(account.attributes.size());
  record.tier = static_cast<uint8_t>(account.tier);
  if (add_activity(account)) record.flags |= kHasActivity;
  if (record.texts[stored_text(TextField::kParent)] != 0 || !account.inherited.empty())
    families.push_back({static_cast<uint32_t>(records.size()), 0, account.inherited.bits()});
  records.push_back(record);
}

bool SnapshotWriter::State::add_activity(const Account& account) {
  Activity activity;
  for (size_t i = kStoredNumbers; i < kNumberFields; ++i) {
    if (!account.numbers[i]) continue;
    activity.given = static_cast<uint16_t>(activity.given | 1u << (i - kStoredNumbers));
    activity.numbers[i - kStoredNumbers] = *account.numbers[i];
  }
  activity.moved = shared(account.text[static_cast<size_t>(TextField::kMoved)], account);
  if (activity.given == 0 && activity.moved == 0 && account.pages.empty()) return false;
  activity.account = static_cast<uint32_t>(records.size());
  activity.first_page = static_cast<uint32_t>(pages.size());
  activity.page_count = static_cast<uint16_t>(account.pages.size());
  for (const VisitedPage& page : account.pages) pages.push_back({shared(page.path, account), page.days});
  activities.push_back(activity);
  return true;
}

/// A second account with the same key is refused; the message has both numbers.
std::optional<SlotTable<KeySlot>> SnapshotWriter::State::key_table() {
  const auto for_each = [&](auto place) {
    const auto count = static_cast<uint32_t>(records.size());
    for (uint32_t entry = 1; entry <= count && place(key_of(entry), entry); ++entry) {
    }
  };
  const auto merge = [&](uint32_t first, uint32_t second) {
    if (key_of(first) != key_of(second)) return false;
    problem = fmt::format("accounts {} and {} of the feed have the same id or key; no snapshot is written",
                          first, second);
    return true;
  };
  return build_slot_table<KeySlot>(records.size(), for_each, merge);
}

/// A domain claimed by a second account goes to neither.
std::optional<SlotTable<DomainSlot>> SnapshotWriter::State::domain_table() {
  const auto for_each = [&](auto place) {
    const auto count = static_cast<uint32_t>(records.size());
    for (uint32_t entry = 1; entry <= count; ++entry) {
      const Record& record = records[entry - 1];
      const uint64_t first = uint64_t{record.refs} + record.segments;
      for (uint64_t i = first; i < first + record.domains; ++i) {
        if (!place(strings.hash_of(refs[i]), DomainSlot{entry, refs[i]})) return;
      }
    }
  };
  const auto merge = [&](DomainSlot& slot, const DomainSlot& claim) {
    if (!strings.same(slot.string, claim.string)) return false;
    if (slot.entry != claim.entry) slot.entry = kSeveralAccounts;
    return true;
  };
  return build_slot_table<DomainSlot>(domain_count, for_each, merge);
}

std::optional<uint32_t> SnapshotWriter::State::find(uint32_t id, const SlotTable<KeySlot>& keys) const {
  const uint64_t key = strings.hash_of(id);
  const uint64_t mask = keys.slots.size() - 1;
  for (uint64_t probe = 0; probe <= kMaxProbe; ++probe) {
    const KeySlot entry = keys.slots[(key + probe) & mask];
    if (entry == 0) break;
    if (key_of(entry) == key && strings.same(records[entry - 1].texts[stored_text(TextField::kId)], id))
      return entry - 1;
  }
  return std::nullopt;
}

uint32_t SnapshotWriter::State::top_above(uint32_t ordinal, const SlotTable<KeySlot>& keys) const {
  uint32_t at = ordinal;
  uint32_t top = 0;
  for (uint32_t level = 0; level <= kMaxLevels; ++level) {
    const uint32_t parent = records[at].texts[stored_text(TextField::kParent)];
    if (parent == 0) return top;
    if (level == kMaxLevels) break;  // too far up, or round in a circle
    const auto above = find(parent, keys);
    if (!above) return parent;  // not on the list: those that name it are one family all the same
    if (*above == ordinal) break;
    at = *above;
    top = records[at].texts[stored_text(TextField::kId)];
  }
  return 0;
}

void SnapshotWriter::State::settle_families(const SlotTable<KeySlot>& keys) {
  for (Family& family : families) family.top = top_above(family.account, keys);
  std::erase_if(families, [](const Family& family) { return family.top == 0 && family.inherited == 0; });
  for (const Family& family : families) records[family.account].flags |= kHasFamily;
}

Result<std::string> SnapshotWriter::State::finish(const FeedHeader& header) {
  if (!problem.empty()) return Error{problem};
  const uint32_t tenant = strings.intern(header.tenant).first;
  if (check_text(header.tenant) != TextFault::kNone) {
    return Error{
        fmt::format("tenant '{}' is too long or unclean; no snapshot is written", excerpt(header.tenant))};
  }
  if (strings.full() || records.size() > (size_t{1} << (kMaxTableBits - 4)) || refs.size() > kMaxFileBytes ||
      pages.size() > kMaxFileBytes || strings.text_bytes() > kMaxFileBytes) {
    return Error{std::string(kTooLarge)};
  }
  std::string file;
  std::jthread clearing = prepare(file);
  const auto keys = key_table();
  if (!problem.empty()) return Error{problem};
  if (!keys) return Error{"too many account ids share a hash; no snapshot is written"};
  const auto domains = domain_table();
  if (!domains) return Error{"too many domains share a hash; no snapshot is written"};
  settle_families(*keys);
  const bool as_prepared =
      keys->bits == slot_bits(records.size()) && domains->bits == slot_bits(domain_count);
  if (!as_prepared && clearing.joinable()) clearing.join();  // the file is larger and its memory will move
  return assemble(std::move(file), header, tenant, *keys, *domains);
}

/// Memory for the file. A second thread touches its pages while the tables are built: the kernel clears them,
/// which takes as long as filling them.
std::jthread SnapshotWriter::State::prepare(std::string& file) const {
  const uint64_t size = layout(counts(slot_bits(domain_count), slot_bits(records.size()))).end;
  if (size < kWorthAThread || size > kMaxFileBytes) return {};
  file.reserve(size);
  prefer_huge_pages(file.data(), size);
  return start_thread([memory = file.data(), size] { populate_from_end(memory, size); });
}

Result<std::string> SnapshotWriter::State::assemble(std::string file, const FeedHeader& header,
                                                    uint32_t tenant, const SlotTable<KeySlot>& keys,
                                                    const SlotTable<DomainSlot>& domains) {
  Header to = counts(domains.bits, keys.bits);
  const Layout at = layout(to);
  if (at.end > kMaxFileBytes) {
    return Error{std::string(kTooLarge)};
  }
  std::copy(kMagic.begin(), kMagic.end(), to.magic.begin());
  to.file_bytes = at.end;
  to.feed_version = header.version;
  to.generated_at = header.generated_at;
  to.expires_at = header.expires_at.value_or(0);
  to.flags = header.expires_at ? kHasExpiry : 0;
  to.tenant = tenant;
  file.reserve(at.end);
  file.append(reinterpret_cast<const char*>(&to), sizeof to);
  records.drain(file);
  file.append(reinterpret_cast<const char*>(domains.slots.data()), domains.slots.size() * sizeof(DomainSlot));
  file.append(reinterpret_cast<const char*>(keys.slots.data()), keys.slots.size() * sizeof(KeySlot));
  refs.drain(file);
  strings.drain(file);
  file.resize(at.activities);  // zeros
  activities.drain(file);
  pages.drain(file);
  file.append(reinterpret_cast<const char*>(families.data()), families.size() * sizeof(Family));
  const Hash128 hash = hash128(std::string_view(file).substr(kHashedFrom));
  auto& written = *records_at<Header>(file.data(), 0);
  written.hash_low = hash.low;
  written.hash_high = hash.high;
  return file;
}

SnapshotWriter::SnapshotWriter() : state_(std::make_unique<State>()) {}
SnapshotWriter::~SnapshotWriter() = default;
SnapshotWriter::SnapshotWriter(SnapshotWriter&&) noexcept = default;
SnapshotWriter& SnapshotWriter::operator=(SnapshotWriter&&) noexcept = default;

void SnapshotWriter::add(const Account& account) {
  state_->add(account);
}

Result<std::string> SnapshotWriter::finish(const FeedHeader& header) {
  const std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  return state->finish(header);
}

}  // namespace abm::accounts
