// Checks the fields of one MMDB section (data or metadata) so that any reader can follow them without harm.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_validator.h"

namespace abm::ipdb::mmdb {

/// Remembers what it has checked: a container that many pointers name is walked once for all of them.
/// Recursion is bounded by the depth limit, whatever the file says.
class DataChecker {
 public:
  /// `section` outlives the checker.
  DataChecker(std::string_view section, const MmdbLimits& limits);

  /// Checks the value at `offset` and all it holds or points to. False: `error()` says what is wrong.
  [[nodiscard]] bool check(uint64_t offset);
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  /// Fields visited so far, plus one for each 16 bytes of text.
  [[nodiscard]] uint64_t steps() const noexcept { return steps_; }

 private:
  /// What following a value costs a reader: levels of containers in it, and fields with pointers followed.
  struct Cost {
    unsigned height = 0;
    uint64_t fields = 0;
  };

  bool value(uint64_t& offset, unsigned depth, Cost& cost);
  bool pointer(const Field& field, uint64_t at, unsigned depth, Cost& cost);
  bool container(const Field& field, uint64_t at, uint64_t& offset, unsigned depth, Cost& cost);
  bool scalar(const Field& field, uint64_t at);
  bool key(uint64_t& offset, Cost& cost);
  bool fail(uint64_t at, std::string_view what);

  std::string_view section_;
  MmdbLimits limits_;
  uint64_t steps_ = 0;
  std::vector<bool> text_seen_;                    ///< by offset: strings whose UTF-8 was checked
  std::unordered_map<uint32_t, Cost> containers_;  ///< by offset: those that a pointer names
  std::string error_;
};

}  // namespace abm::ipdb::mmdb
