// Checks the fields of one MMDB section (data or metadata) so that any reader can follow them without harm.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_limits.h"
#include "ipdb/offset_set.h"

namespace abm::ipdb::mmdb {

/// Remembers what it has checked (texts always, containers that pointers name while there is room in
/// the table), so that what many records share is rarely walked again. Whatever the file says,
/// recursion is bounded by the depth limit, work by max_steps, and memory by one bit per byte of the
/// section plus kRememberedBytes.
class DataChecker {
 public:
  static constexpr size_t kRememberedBytes = 1u << 20;

  /// `section` outlives the checker.
  DataChecker(std::string_view section, const MmdbLimits& limits);

  /// Checks the value at `offset` and everything it holds or points to. False: `error()` says what is wrong.
  [[nodiscard]] bool check(uint64_t offset);
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  /// Fields visited so far, plus one for each 16 bytes of text.
  [[nodiscard]] uint64_t steps() const noexcept { return steps_; }
  /// Ends its use: frees about `most` bytes of its memory. True: nothing is left.
  bool release(size_t most) noexcept { return text_seen_.release(most); }

 private:
  /// What following a value costs a reader: levels of containers, and fields with pointers followed.
  struct Cost {
    unsigned height = 0;
    uint64_t fields = 0;
  };
  /// One slot of the table: the cost of the container checked last of all those that hash to it.
  struct Remembered {
    uint32_t offset = 0;
    uint32_t fields = 0;  // 0: empty
    uint32_t height = 0;
  };

  bool value(uint64_t& offset, unsigned depth, Cost& cost);
  bool pointer(const Field& field, uint64_t at, unsigned depth, Cost& cost);
  bool container(const Field& field, uint64_t at, uint64_t& offset, unsigned depth, Cost& cost);
  bool scalar(const Field& field, uint64_t at);
  bool key(uint64_t& offset, Cost& cost);
  Remembered& place_of(uint32_t offset);
  bool fail(uint64_t at, std::string_view what);

  std::string_view section_;
  MmdbLimits limits_;
  uint64_t steps_ = 0;
  OffsetSet text_seen_;                 ///< strings whose UTF-8 has been checked
  std::vector<Remembered> containers_;  ///< by offset: those that a pointer names; empty before the first
  std::string error_;
};

}  // namespace abm::ipdb::mmdb
