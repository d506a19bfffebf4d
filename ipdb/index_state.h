// What an open Index holds; shared by the reader (index.cpp) and the loader (index_loader.cpp).
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "ipdb/index.h"
#include "ipdb/mmdb_file.h"

namespace abm::ipdb {

/// Decoded records by data offset: open addressing, at most half full, so that a miss ends soon.
class RecordTable {
 public:
  void reserve(size_t records) {
    const size_t size = std::bit_ceil(records * 2 + 2);
    slots_.assign(size, {});
    shift_ = 32 - std::countr_zero(size);
    records_.reserve(records);
  }
  void add(uint32_t offset, const Match& match) {
    size_t at = start(offset);
    while (slots_[at].record != 0) at = (at + 1) & (slots_.size() - 1);
    records_.push_back(match);
    slots_[at] = {offset, static_cast<uint32_t>(records_.size())};
  }
  [[nodiscard]] const Match* find(uint32_t offset) const noexcept {
    for (size_t at = start(offset);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.record == 0) return nullptr;
      if (slot.offset == offset) return &records_[slot.record - 1];
    }
  }

 private:
  struct Slot {
    uint32_t offset = 0;
    uint32_t record = 0;  // index + 1; 0 is free
  };
  // Fibonacci hashing: offsets step by the records' size.
  [[nodiscard]] size_t start(uint32_t offset) const noexcept { return (offset * 2654435769u) >> shift_; }

  std::vector<Slot> slots_;
  std::vector<Match> records_;
  int shift_ = 31;
};

struct Index::State {
  [[nodiscard]] const uint8_t* tree() const noexcept { return file.db().file_content; }
  [[nodiscard]] const MMDB_metadata_s& metadata() const noexcept { return file.db().metadata; }

  MmdbHandle file;
  RecordTable records;
  // Where the first sixteen bits of an IPv4 address lead, and how many of them that took.
  std::vector<uint32_t> ipv4_top;
  std::vector<uint8_t> ipv4_top_depth;
};

}  // namespace abm::ipdb
