// Walks every node and every reachable record of an MMDB (MaxMind DB File Format 2.0)
// before anything uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "ipdb/mmdb_limits.h"
#include "ipdb/offset_set.h"

namespace abm::ipdb {

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
/// data section, pointers to pointers and loops of them, sizes that cross the end, depths or counts over the
/// limits, invalid UTF-8 in strings. Each node and each record is walked once; what pointers share is walked
/// again if the table below has lost it, within max_steps. Memory, whatever the file says: one byte per node
/// (which takes at least six in the file), two bits per data byte and a table of 1 MiB; so at most a quarter
/// of the file plus 1 MiB.
[[nodiscard]] Result<MmdbSummary> validate_mmdb(std::string_view bytes, const MmdbLimits& limits = {});

/// The same walk in slices, for a caller that must not block for long.
class MmdbValidator {
 public:
  /// Checks the metadata (a few microseconds). `bytes` must stay unchanged and in place until the last call.
  [[nodiscard]] static Result<MmdbValidator> start(std::string_view bytes, const MmdbLimits& limits = {});

  MmdbValidator(MmdbValidator&&) noexcept;
  MmdbValidator& operator=(MmdbValidator&&) noexcept;
  ~MmdbValidator();

  /// Does about `work` more tree records and data fields (a record is never split, so it may exceed that by
  /// `max_record_fields`). True: everything is checked and valid. An error refuses the file for good.
  [[nodiscard]] Result<bool> step(uint64_t work);
  [[nodiscard]] const MmdbSummary& summary() const noexcept;  ///< complete after step() has returned true
  /// After step() has returned true: offsets of the distinct records in the data section.
  [[nodiscard]] const OffsetSet& records() const noexcept;
  /// Ends its use: frees about `most` bytes of its memory, so that freeing is sliced
  /// too. True: nothing is left.
  bool release(size_t most) noexcept;

 private:
  struct State;
  explicit MmdbValidator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace abm::ipdb
