// rules.bin as a worker uses it: mapped, checked once, then matched without parsing or allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/confidence.h"
#include "base/hash.h"
#include "base/result.h"
#include "rewrite/select/selector_set.h"
#include "rules/program/format.h"
#include "rules/program/program_tables.h"

namespace abm::rules {

/// What the source of a rule says, for logs, explain and lint output. Views into the program.
struct RuleInfo {
  std::string_view id;
  std::string_view file;
  uint32_t line = 0;
  int32_t priority = 0;
  std::string_view signal_name;  ///< "" if the rule has none
  std::string_view signal_next;
  uint32_t variants = 0;  ///< 0: a plain rewrite
};

/// Fields that a site's own `stages:`, `tiers:` and `plays:` move as visits come.
struct MovedFields {
  bool stage = false, tier = false, play = false;
};

/// Immutable once open; the borrowed bytes (8-byte aligned) must outlive it. Cheap to copy.
class Program {
 public:
  Program() = default;
  /// Checks magic, version, sizes, hash, every offset, count and enum once.
  [[nodiscard]] static Result<Program> open(std::string_view bytes);

  [[nodiscard]] uint32_t rule_count() const noexcept;
  [[nodiscard]] RuleInfo rule(uint32_t rule) const noexcept;
  /// Whether visits may decide if the rule matches an account: its condition tests a field that they change
  /// (engagement, visits_…, people_…, quiet_days, first_seen_days, visited, and those of `moved`), itself or
  /// in a segment that it names. What such a rule's accounts did before is no effect of it.
  [[nodiscard]] bool depends_on_visits(uint32_t rule, MovedFields moved = {}) const noexcept;
  [[nodiscard]] std::string_view variant_id(uint32_t rule, uint32_t variant) const noexcept;
  [[nodiscard]] uint32_t slot_count() const noexcept;
  [[nodiscard]] std::string_view slot_name(uint32_t slot) const noexcept;
  [[nodiscard]] std::string_view slot_selector(uint32_t slot) const noexcept;
  [[nodiscard]] const rewrite::SelectorSet& selectors() const noexcept { return selectors_; }
  [[nodiscard]] uint32_t control_buckets() const noexcept;  ///< percent × 100
  [[nodiscard]] std::string_view control_salt() const noexcept;
  /// Whether all accounts of a family (AccountView::family) draw one lot: `control: { by: parent }`. Lots are
  /// those of the control group, of holdouts and of variants.
  [[nodiscard]] bool draws_by_family() const noexcept { return draws_by_family_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] uint32_t signal_rules() const noexcept;  ///< rules with a signal
  [[nodiscard]] const ProgramTables& tables() const noexcept { return tables_; }

 private:
  friend class ProgramOpener;
  std::string_view bytes_;
  std::string_view control_salt_;
  uint32_t control_buckets_ = 0;
  uint32_t signal_rules_ = 0;
  bool draws_by_family_ = false;
  ProgramTables tables_;
  rewrite::SelectorSet selectors_;
};

/// Program::open() in slices, for a worker that must not block for long.
class ProgramOpener {
 public:
  explicit ProgramOpener(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// Hashes up to `most` bytes; after the last, one more step checks the contents, at about 30 ns per rule
  /// and edit. True: take() returns the program.
  [[nodiscard]] Result<bool> step(size_t most);
  [[nodiscard]] const Program& take() const noexcept { return program_; }

 private:
  [[nodiscard]] static Result<Program> check_contents(std::string_view bytes);

  std::string_view bytes_;
  size_t hashed_ = 0;  ///< bytes hashed so far; 0: the header has not been checked yet
  Hasher64 hasher_;
  Program program_;
};

}  // namespace abm::rules
