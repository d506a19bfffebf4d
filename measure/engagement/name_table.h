// Names that a database keeps once, and tells apart by numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// Names as numbers, remembered as far as memory is bounded.
class NameTable {
 public:
  [[nodiscard]] Result<void> prepare(Database& database, std::string_view table, std::string_view column);
  /// A name that is new is stored.
  [[nodiscard]] Result<int64_t> id_of(std::string_view name);
  [[nodiscard]] Result<std::string> name_of(int64_t id);
  /// What is remembered: names may have been deleted.
  void forget() noexcept { ids_.clear(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> ids_;
  Statement find_, insert_, name_;
};

}  // namespace abm::measure
