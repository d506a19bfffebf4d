// Checks accounts.bin before anything reads it, in slices small enough for a worker's timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "accounts/snapshot.h"
#include "accounts/snapshot_format.h"
#include "base/hash.h"
#include "base/result.h"

namespace abm::accounts {

/// One run over one file. Guarantees afterwards: the hash matches; every offset, count and string number is
/// in range; all texts are UTF-8 without control characters, at most 1 KiB; ids are well-formed, unique and
/// found by their key; attributes and pages are
/// sorted; both tables have empty slots and bounded probes. Allocates
/// nothing but error texts.
class SnapshotChecker {
 public:
  /// Borrows `bytes`, which must not change and must outlive the snapshot.
  explicit SnapshotChecker(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// Checks about `budget` more bytes of the file (1 MiB takes well under a millisecond of hashing,
  /// about one of record checks): true when everything is checked, an error at the first fault. After an
  /// error every call repeats it.
  [[nodiscard]] Result<bool> step(size_t budget);
  /// Only after step() has returned true.
  [[nodiscard]] Snapshot snapshot() const noexcept { return Snapshot(bytes_); }

 private:
  enum class Phase : uint8_t {
    kHeader,
    kHash,
    kTexts,
    kRecords,
    kActivity,
    kFamilies,
    kKeyTable,
    kKeys,
    kDomainTable,
    kDomains,
    kDone,
    kFailed
  };

  void next(Phase phase) noexcept;
  /// Each checks one unit at `cursor_` and returns the bytes of work it was; 0 after fail().
  size_t check_header();
  size_t hash_slice(size_t budget);
  size_t check_text_at_cursor();
  size_t check_record();
  size_t check_record_refs(const format::Record& record, uint64_t place);
  size_t check_activity();
  size_t check_pages(const format::Activity& activity, uint64_t place);
  size_t check_family();
  size_t check_key_slot();
  size_t check_key();
  size_t check_domain_slot();
  size_t check_domain();
  size_t fail(uint64_t at, std::string_view what);
  [[nodiscard]] format::Sections<const char> sections() const noexcept {
    return format::Sections<const char>(bytes_.data());
  }

  std::string_view bytes_;
  Phase phase_ = Phase::kHeader;
  uint64_t cursor_ = 0;  // unit of the phase
  uint64_t refs_ = 0;    // string numbers owned by the records so far
  uint64_t taken_ = 0;   // occupied slots of the current table
  uint64_t active_ = 0;  // records with an activity
  uint64_t in_families_ = 0;
  uint64_t pages_ = 0;  // pages owned by the activities so far
  uint32_t accounts_ = 0;
  uint32_t strings_ = 0;
  Hasher128 hasher_;
  Error error_;
};

}  // namespace abm::accounts
