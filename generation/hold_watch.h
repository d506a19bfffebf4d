// A worker's view of DATA/HOLD.json: one stat(2) a look, and the file is read when it changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "generation/hold.h"

namespace abm::generation {

class HoldWatch {
 public:
  void look(const std::string& data_dir);

  /// The file exists, whatever is in it.
  [[nodiscard]] bool held() const noexcept { return hold_.has_value() || !fault_.empty(); }
  [[nodiscard]] const std::optional<Hold>& hold() const noexcept { return hold_; }
  /// Why the file cannot be understood; "" if it can, or does not exist.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  struct Seen {
    uint64_t inode = 0;
    int64_t changed_s = 0, changed_ns = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  Seen seen_;
  std::optional<Hold> hold_;
  std::string fault_;
};

}  // namespace abm::generation
