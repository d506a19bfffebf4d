// accounts.bin as a worker uses it: mapped, checked once, then looked up by account key in constant time.
// Layout in FORMAT.md. Immutable once open, so readers need no lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "accounts/account.h"
#include "base/memory.h"
#include "base/result.h"

namespace abm::accounts {

namespace format {
struct Activity;
struct Family;
struct Page;
struct Record;
}  // namespace format
class AccountView;
class Snapshot;
class SnapshotChecker;
[[nodiscard]] std::optional<AccountView> copy_account(const AccountView&, const MemorySource&,
                                                      std::string_view role) noexcept;

/// A page that somebody of an account visited. Valid as long as the account's view.
struct VisitedPageView {
  std::string_view path;  ///< begins with "/", at most kMaxPageBytes
  uint32_t days = 0;      ///< since the last visit to it, below kPageDays; 0: the snapshot's day
};

/// An account's visited pages, at most kMaxPages, in the order of is_later(). Valid as long as its view.
class VisitedPageViews {
 public:
  VisitedPageViews() = default;
  [[nodiscard]] uint32_t size() const noexcept { return count_; }
  /// Undefined unless i < size().
  [[nodiscard]] VisitedPageView operator[](uint32_t i) const noexcept;

 private:
  friend class AccountView;
  VisitedPageViews(const char* base, const format::Page* first, uint32_t count) noexcept
      : base_(base), first_(first), count_(count) {}
  const char* base_ = nullptr;
  const format::Page* first_ = nullptr;
  uint32_t count_ = 0;
};

/// One account inside a snapshot. Cheap to copy. Valid until the snapshot's bytes are unmapped; all calls are
/// noexcept and bounds-safe because Snapshot::open checked every offset.
class AccountView {
 public:
  /// 0-based position among the snapshot's accounts, which are in feed order.
  [[nodiscard]] uint32_t ordinal() const noexcept { return ordinal_; }
  [[nodiscard]] uint64_t key() const noexcept;  ///< XXH3-64 of id()
  [[nodiscard]] Tier tier() const noexcept;
  [[nodiscard]] bool excluded() const noexcept;
  /// Empty if the account lacks the field.
  [[nodiscard]] std::string_view text(TextField field) const noexcept;
  [[nodiscard]] std::optional<int64_t> number(NumberField field) const noexcept;
  [[nodiscard]] std::string_view id() const noexcept { return text(TextField::kId); }
  [[nodiscard]] std::string_view name() const noexcept { return text(TextField::kName); }

  [[nodiscard]] uint32_t segment_count() const noexcept;
  /// Feed order. Here and below an `i` beyond the count gives "".
  [[nodiscard]] std::string_view segment(uint32_t i) const noexcept;
  [[nodiscard]] uint32_t domain_count() const noexcept;
  [[nodiscard]] std::string_view domain(uint32_t i) const noexcept;
  [[nodiscard]] uint32_t attribute_count() const noexcept;
  /// Sorted by name.
  [[nodiscard]] std::string_view attribute_name(uint32_t i) const noexcept;
  [[nodiscard]] std::string_view attribute_value(uint32_t i) const noexcept;
  /// Value of the named attribute, empty if the account lacks it. Binary search; names compare exactly.
  [[nodiscard]] std::string_view attribute(std::string_view name) const noexcept;

  /// Found once, in logarithmic time, as are `moved` and the numbers from kVisits7d on.
  [[nodiscard]] VisitedPageViews pages() const noexcept;

  /// The account at the top of those that `parent` names one after the other, or the last of them that is
  /// named if it is not on the list. The account's own id if it names no parent, if they go round in a
  /// circle, or beyond kMaxLevels. Found at once or by binary search: no list is walked.
  [[nodiscard]] std::string_view family() const noexcept;
  /// What the build took from an account above it.
  [[nodiscard]] InheritedSet inherited() const noexcept;

 private:
  friend class Snapshot;
  friend std::optional<AccountView> copy_account(const AccountView&, const MemorySource&,
                                                 std::string_view) noexcept;
  AccountView(const char* base, const format::Record* record, uint32_t ordinal) noexcept
      : base_(base), record_(record), ordinal_(ordinal) {}
  /// The `i`th string number of this account: segments, domains, then attribute names and values alternating.
  [[nodiscard]] std::string_view reference(uint32_t i) const noexcept;
  [[nodiscard]] std::string_view text_beside_record(TextField field) const noexcept;
  /// The `i`th number of the account's activity.
  [[nodiscard]] std::optional<int64_t> activity_number(size_t i) const noexcept;
  /// nullptr if visits have said nothing about this account.
  [[nodiscard]] const format::Activity* activity() const noexcept;
  /// nullptr if it has nothing of an account above it.
  [[nodiscard]] const format::Family* family_record() const noexcept;
  const char* base_;  // the file's first byte
  const format::Record* record_;
  uint32_t ordinal_;
};

/// Who lists a domain.
struct DomainOwner {
  bool listed = false;                 ///< somebody does
  std::optional<AccountView> account;  ///< the only one who does
};

class Snapshot {
 public:
  /// Format 1 to 3. Checks magic, version, sizes, every offset and count of `bytes` once (linear time, no
  /// allocation). The view borrows `bytes`, which are 8-byte aligned and must outlive it. Besides the
  /// manifest's hash, the header has its own over the file. Errors name the byte; the caller prefixes the
  /// path. A worker that must not stall uses SnapshotChecker (snapshot_checker.h): the same checks in slices.
  [[nodiscard]] static Result<Snapshot> open(std::string_view bytes);

  [[nodiscard]] uint32_t size() const noexcept;
  [[nodiscard]] AccountView at(uint32_t ordinal) const noexcept;  ///< undefined unless ordinal < size()
  /// By XXH3-64 of the id; std::nullopt for an unknown key. Constant time.
  [[nodiscard]] std::optional<AccountView> find(uint64_t key) const noexcept;
  /// By id, compared in full.
  [[nodiscard]] std::optional<AccountView> find_id(std::string_view id) const noexcept;
  /// By one of an account's domains (lower case, exact); a domain listed by several accounts finds none.
  /// Constant time.
  [[nodiscard]] std::optional<AccountView> find_domain(std::string_view domain) const noexcept {
    return domain_owner(domain).account;
  }
  /// The same; tells a domain that several list from one that nobody does.
  [[nodiscard]] DomainOwner domain_owner(std::string_view domain) const noexcept;

  [[nodiscard]] std::string_view tenant() const noexcept;
  [[nodiscard]] uint64_t feed_version() const noexcept;
  [[nodiscard]] int64_t generated_at() const noexcept;               ///< Unix seconds
  [[nodiscard]] std::optional<int64_t> expires_at() const noexcept;  ///< Unix seconds

 private:
  friend class SnapshotChecker;
  explicit Snapshot(std::string_view bytes) noexcept : bytes_(bytes) {}
  std::string_view bytes_;
};

}  // namespace abm::accounts
