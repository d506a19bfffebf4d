// rules.bin as a worker uses it: mapped, checked once, then matched without parsing and without allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/confidence.h"
#include "base/result.h"
#include "rewrite/selector_set.h"

namespace abm::rules {

/// What a rule's text form says, for logs, explain and lint output. Views into the program.
struct RuleInfo {
  std::string_view id;
  std::string_view file;
  uint32_t line = 0;
  int32_t priority = 0;
  std::string_view signal_name;  ///< "" when the rule carries none
  std::string_view signal_next;
  uint32_t variants = 0;         ///< 0: a plain rewrite
};

/// Immutable after open; borrowed bytes (8-byte aligned) must outlive it.
class Program {
 public:
  /// Checks magic, version, sizes, hash, every offset, count and enum once.
  [[nodiscard]] static Result<Program> open(std::string_view bytes);

  [[nodiscard]] uint32_t rule_count() const noexcept;
  [[nodiscard]] RuleInfo rule(uint32_t rule) const noexcept;
  [[nodiscard]] std::string_view variant_id(uint32_t rule, uint32_t variant) const noexcept;
  [[nodiscard]] uint32_t slot_count() const noexcept;
  [[nodiscard]] std::string_view slot_name(uint32_t slot) const noexcept;
  [[nodiscard]] std::string_view slot_selector(uint32_t slot) const noexcept;
  [[nodiscard]] const rewrite::SelectorSet& selectors() const noexcept { return selectors_; }
  [[nodiscard]] uint32_t control_buckets() const noexcept;  ///< percent × 100
  [[nodiscard]] std::string_view control_salt() const noexcept;
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
  rewrite::SelectorSet selectors_;
};

}  // namespace abm::rules
