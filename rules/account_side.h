// The account side of matching: which postings of the index an account reaches and which defined segments hold for it,
// remembered for the accounts seen last.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "accounts/snapshot.h"
#include "base/confidence.h"
#include "rules/program.h"

namespace abm::rules {

/// What is known of one account; spans are valid until the next find().
struct AccountSide {
  std::span<const uint32_t> postings;
  std::span<const uint32_t> segments;  ///< defined ones that hold, ascending
  int8_t* may_match = nullptr;         ///< where to remember the answer: -1 not known, 0, 1; nullptr: nowhere
};

/// Not thread-safe. One per program and snapshot: an account is known again by its place in the snapshot.
class AccountSides {
 public:
  /// 1,024 accounts of 128 bytes: the visitors of some minutes, not the whole list.
  static constexpr size_t kRemembered = 1024;

  explicit AccountSides(const Program& program) noexcept : t_(program.tables()) {}
  /// False when memory is not to be had.
  [[nodiscard]] bool allocate() noexcept;
  [[nodiscard]] AccountSide find(const accounts::AccountView& account, Confidence confidence) noexcept;

 private:
  struct Entry {
    const char* id = nullptr;
    uint32_t ordinal = 0;
    Confidence confidence = Confidence::kLow;
    int8_t may_match = -1;
    uint8_t postings = 0, segments = 0;
    std::array<uint32_t, 28> numbers;  ///< postings, then segments
  };
  static_assert(sizeof(Entry) == 128);

  void add_posting(uint64_t key) noexcept;
  void add_keys(const accounts::AccountView& account) noexcept;
  void add_segments(const accounts::AccountView& account, Confidence confidence) noexcept;

  const ProgramTables& t_;
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<uint32_t[]> postings_, segments_;
  std::unique_ptr<uint64_t[]> segment_seen_;  ///< bits
  size_t posting_count_ = 0, segment_count_ = 0, capacity_ = 0;
};

}  // namespace abm::rules
