// The account side of matching: which index postings an account reaches and which defined segments hold for
// it, remembered for the accounts seen last.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "accounts/snapshot.h"
#include "base/confidence.h"
#include "rules/program/program.h"

namespace abm::rules {

/// A posting that an account reaches, and what tells whether its record is worth reading.
struct Reached {
  uint32_t posting = 0;
  uint16_t page_kinds = 0;  ///< as in format::Posting
  bool any_page = false;    ///< has rules for any page
};

/// What is known about one account; spans are valid until the next find().
struct AccountSide {
  std::span<const Reached> postings;   ///< more specific values first
  std::span<const uint32_t> segments;  ///< defined ones that hold, ascending
  int8_t* may_match = nullptr;         ///< where to remember the answer: -1 unknown, 0, 1; nullptr: nowhere
};

/// Not thread-safe. One per program and snapshot: an account is recognized by its place in the snapshot.
class AccountSides {
 public:
  /// 1,024 accounts of 192 bytes: the visitors of a few minutes, not the whole list.
  static constexpr size_t kRemembered = 1024;

  explicit AccountSides(const Program& program) noexcept : t_(program.tables()) {}
  /// False when out of memory.
  [[nodiscard]] bool allocate() noexcept;
  [[nodiscard]] AccountSide find(const accounts::AccountView& account, Confidence confidence) noexcept;

 private:
  struct Entry {
    const char* id = nullptr;
    uint32_t ordinal = 0;
    Confidence confidence = Confidence::kLow;
    int8_t may_match = -1;
    uint8_t posting_count = 0, segment_count = 0;
    std::array<Reached, 20> postings;
    std::array<uint16_t, 8> segments;
  };
  static_assert(sizeof(Entry) == 192);

  void add_posting(uint32_t posting) noexcept;
  void add_posting_of(uint64_t key) noexcept;
  void add_keys(const accounts::AccountView& account) noexcept;
  void add_segments(const accounts::AccountView& account, Confidence confidence) noexcept;

  const ProgramTables& t_;
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<Reached[]> postings_;
  std::unique_ptr<uint32_t[]> segments_;
  std::unique_ptr<uint64_t[]> segment_seen_;  ///< bits
  size_t posting_count_ = 0, segment_count_ = 0, capacity_ = 0;
};

}  // namespace abm::rules
