// The site's slots: those declared under `slots:` and those that rules merely use, each
// name once, across all files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"

namespace abm::rules {

class SlotTable {
 public:
  explicit SlotTable(size_t max_slots) : max_slots_(max_slots) {}

  /// The `slots:` mapping of one file. A name declared before is an error that names both places.
  void declare(Checker& check, const yaml::Node& slots);
  /// The slot that a rule names; one that no file declares becomes [data-abm-slot="NAME"]. std::nullopt after
  /// an error. Call after all files are declared.
  [[nodiscard]] std::optional<uint32_t> use(Checker& check, const std::string& name, Position at);
  /// "img" if an alternative of the slot's selector names a void or raw-text element, else "".
  [[nodiscard]] const std::string& uneditable_type(uint32_t slot) const noexcept {
    return entries_[slot].uneditable_type;
  }
  [[nodiscard]] const std::string& name(uint32_t slot) const noexcept { return entries_[slot].slot.name; }
  [[nodiscard]] bool used(uint32_t slot) const noexcept { return entries_[slot].used; }
  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const Slot& slot(uint32_t slot) const noexcept { return entries_[slot].slot; }
  /// Leaves the table empty.
  [[nodiscard]] std::vector<Slot> take();

 private:
  struct Entry {
    Slot slot;
    std::string place;            ///< "rules/a.yaml:3:5"
    std::string uneditable_type;  ///< an element whose content cannot be edited
    bool used = false;
  };
  std::optional<uint32_t> add(Checker& check, Slot slot, Position at);

  std::vector<Entry> entries_;
  std::map<std::string, uint32_t, std::less<>> by_name_;
  size_t max_slots_;
};

}  // namespace abm::rules
