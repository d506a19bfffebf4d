// Says what is wrong with a feed: place, account, finding, consequence. Runs only if something is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/json_place.h"
#include "base/diagnostic.h"

namespace abm::accounts {

/// Findings about the current line. Offsets are bytes from the line's start; reports turn them into columns.
class FeedReport {
 public:
  /// For a feed, and so for any part of it: more are counted, not kept.
  static constexpr size_t kMaxErrors = 20;

  explicit FeedReport(const std::string& file) : file_(file) {}

  /// `line` (without its newline) must outlive the reports about it.
  void begin_line(std::string_view line, uint64_t number) noexcept {
    line_ = line;
    number_ = number;
    account_ = {};
  }
  /// The id to name in messages about this line; must outlive them.
  void name_account(std::string_view id) noexcept { account_ = id; }

  void at(size_t offset, std::string_view message);
  /// The path leads to a value of a line that simdjson has accepted.
  void at_value(std::initializer_list<uint32_t> path, std::string_view message);
  void at_key(std::initializer_list<uint32_t> path, std::string_view message);
  /// The value as written, shortened for a message.
  [[nodiscard]] std::string quoted(std::initializer_list<uint32_t> path) const;

  /// Since the last take().
  [[nodiscard]] size_t errors() const noexcept { return errors_; }
  [[nodiscard]] bool full() const noexcept { return errors_ >= kMaxErrors; }
  /// The findings in order; the report is empty afterwards.
  [[nodiscard]] std::vector<Diagnostic> take() noexcept {
    errors_ = 0;
    return std::exchange(findings_, {});
  }

 private:
  const std::string& file_;
  std::vector<Diagnostic> findings_;
  std::string_view line_;
  std::string_view account_;
  uint64_t number_ = 0;
  size_t errors_ = 0;
};

}  // namespace abm::accounts
