// What an open Index holds; shared by the reader (index.cpp) and the loader (index_loader.cpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "base/paged_array.h"
#include "ipdb/match.h"
#include "ipdb/mmdb_file.h"

namespace abm::ipdb {

/// One of our records, decoded: an account with its key, or an exclusion.
struct StoredRecord {
  uint64_t key = 0;
  uint32_t account_at = 0;  ///< the id's first byte in the file
  uint8_t account_bytes = 0;
  Confidence confidence = Confidence::kLow;
  Source source = Source::kNone;
  Exclusion exclusion = Exclusion::kNone;
};

/// Decoded records by data offset: open addressing, at most half full, so that a miss ends soon.
class RecordTable {
 public:
  RecordTable() = default;
  explicit RecordTable(size_t records)
      : slots_(std::bit_ceil(records * 2 + 2)),
        records_(records),
        shift_(32 - std::countr_zero(slots_.size())) {}

  /// No more of them than the constructor was told.
  void add(uint32_t offset, const StoredRecord& record) noexcept {
    size_t at = start(offset);
    while (slots_[at].record != 0) at = (at + 1) & (slots_.size() - 1);
    records_[used_] = record;
    slots_[at] = {offset, ++used_};
  }
  [[nodiscard]] const StoredRecord* find(uint32_t offset) const noexcept {
    for (size_t at = start(offset);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.record == 0) return nullptr;
      if (slot.offset == offset) return &records_[slot.record - 1];
    }
  }
  [[nodiscard]] uint32_t size() const noexcept { return used_; }
  [[nodiscard]] const StoredRecord& operator[](uint32_t i) const noexcept { return records_[i]; }
  bool release(size_t most) noexcept { return slots_.release(most) && records_.release(most); }

 private:
  struct Slot {
    uint32_t offset = 0;
    uint32_t record = 0;  // its number, from 1; 0 is free
  };
  // Fibonacci hashing: the distance between offsets is the records' size.
  [[nodiscard]] size_t start(uint32_t offset) const noexcept {
    return static_cast<size_t>(uint64_t{offset * 2654435769u} >> shift_);
  }

  PagedArray<Slot> slots_;
  PagedArray<StoredRecord> records_;
  int shift_ = 32;
  uint32_t used_ = 0;
};

/// Where the first sixteen bits of an IPv4 address lead, and how many of them it took.
struct TopEntry {
  uint32_t value = 0;
  uint8_t depth = 0;
};

struct IndexState {
  [[nodiscard]] const uint8_t* tree() const noexcept { return file.db().file_content; }
  [[nodiscard]] const MMDB_metadata_s& metadata() const noexcept { return file.db().metadata; }

  MmdbHandle file;
  RecordTable records;
  PagedArray<TopEntry> ipv4_top;
};

}  // namespace abm::ipdb
