// Walks every node and every reachable record of an MMDB (MaxMind DB File Format 2.0) before anything uses
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "ipdb/offset_set.h"

namespace abm::ipdb {

struct MmdbLimits {
  unsigned max_depth = 16;        ///< of maps and arrays within one record, pointers followed; at most 64
  uint64_t max_steps = 1u << 28;  ///< nodes and data fields visited in all
  uint64_t max_record_fields = 1u << 16;  ///< fields of one record, pointers followed
};

struct MmdbSummary {
  uint32_t node_count = 0;
  uint16_t record_size = 0;  ///< bits: 24, 28 or 32
  uint16_t ip_version = 0;   ///< 4 or 6
  uint64_t networks = 0;     ///< leaves with data; those below an alias count once
  uint64_t records = 0;      ///< distinct data offsets
  uint64_t build_epoch = 0;  ///< Unix seconds
};

/// Refuses: missing or malformed metadata, a tree that leaves the file, cycles, any path longer than the
/// address (nodes may be shared, as aliases are), records between tree and data, data pointers outside the
/// data section, pointers to pointers and loops of them, sizes that cross the end, depth or counts over the
/// limits, invalid UTF-8 in strings. Each node and each record is walked once; what pointers share is walked
/// again where the table below has lost it, within max_steps. Memory, whatever the file says: a byte a node
/// (a node takes six in the file or more), two bits a data byte and a table of 1 MiB. So at most a quarter of
/// the file and 1 MiB.
[[nodiscard]] Result<MmdbSummary> validate_mmdb(std::string_view bytes, const MmdbLimits& limits = {});

/// The same walk in slices, for a caller that must not be away for long.
class MmdbValidator {
 public:
  /// Checks the metadata (some microseconds). `bytes` stay unchanged and in place until the last call.
  [[nodiscard]] static Result<MmdbValidator> start(std::string_view bytes, const MmdbLimits& limits = {});

  MmdbValidator(MmdbValidator&&) noexcept;
  MmdbValidator& operator=(MmdbValidator&&) noexcept;
  ~MmdbValidator();

  /// Does about `work` tree records and data fields more (one record is never split, so it may exceed that by
  /// `max_record_fields`). True: all is checked and well. An error refuses the file for good.
  [[nodiscard]] Result<bool> step(uint64_t work);
  [[nodiscard]] const MmdbSummary& summary() const noexcept;  ///< complete after step() said true
  /// After step() said true: offsets of the distinct records in the data section.
  [[nodiscard]] const OffsetSet& records() const noexcept;
  /// Ends its use: gives about `most` bytes of its memory back, so that freeing is sliced too. True: that was
  /// all.
  bool release(size_t most) noexcept;

 private:
  struct State;
  explicit MmdbValidator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace abm::ipdb
