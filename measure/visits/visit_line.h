// One line of the visit log ($abm_visit, module/visit.schema.json) as this folder needs it. Not trusted until
// parsed: a line that does not match the schema is refused as a whole, with a reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace abm::measure {

/// A longer line is not parsed; the module writes 8 KiB at most.
inline constexpr size_t kMaxLineBytes = 64 << 10;

enum class Damage : uint8_t { kNone, kTooLong, kNoJson, kVersion, kMember, kTime };
inline constexpr size_t kDamages = 6;
/// "too long", "not a JSON object", "another version of the format", "a member is
/// missing or not as the schema says", "a time that is out of the question …".
[[nodiscard]] std::string_view to_string(Damage damage) noexcept;

/// 2020-01-01 in Unix milliseconds. No version of the module is older: an earlier time is that of a clock
/// that was not set, such as 1970-01-01.
inline constexpr int64_t kEarliestVisitMs = 1'577'836'800'000;
/// A year. Wrong zones and clocks put lines hours or months ahead of the time when they were written, and
/// those are still visits; what lies further ahead is none.
inline constexpr int64_t kFurthestAheadMs = 366LL * 86'400'000;

struct ShownSlot {
  std::string_view name;
  std::string_view outcome;  ///< applied, missing, skipped:REASON
};
struct ShownRule {
  std::string_view id;
  std::string_view variant;  ///< "": the rule has none
  std::vector<ShownSlot> slots;
};
struct VisitSignal {
  std::string_view rule;
  std::string_view name;
  std::string_view next;
};

/// Whether the request showed somebody a page, as the module's page_load.h says. Only pages are visits that
/// figures count. Stored as these numbers.
enum class PageLoad : uint8_t { kPage = 0, kPrefetch = 1, kPartial = 2 };

/// Views are valid until the next parse(). "" means null, unless noted otherwise.
struct VisitLine {
  int64_t ts_ms = 0;  ///< Unix milliseconds
  std::string_view ts, request_id, host, path, referrer_host;
  std::string_view account, tier, stage, owner, source, confidence;
  std::string_view visitor;
  std::string_view arm;  ///< "": the account is excluded
  std::string_view skip;
  std::vector<std::string_view> segments;
  std::vector<ShownRule> rules;
  std::vector<VisitSignal> signals;
  int64_t status = 0, generation = 0, bytes = 0, rewrite_us = 0;
  int64_t feed_version = -1;  ///< -1: not stated, as in version 1; the largest number for those above it
  bool personalized = false;
  bool bot = false;
  std::string_view bot_by;          ///< what the user agent of a bot says so with; "": not stated
  PageLoad load = PageLoad::kPage;  ///< lines of version 1 are of pages
};

/// Bytes after a line that the parser may read; if there are fewer, the line is copied.
inline constexpr size_t kReadAhead = 64;

/// One per thread. Vectors keep their memory from line to line.
class VisitLineParser {
 public:
  VisitLineParser();
  ~VisitLineParser();

  /// nullptr if it is damaged; damage() says why. `readable_behind` is how many bytes after the line may be
  /// read. Valid until the next call.
  [[nodiscard]] const VisitLine* parse(std::string_view line, size_t readable_behind = 0);
  [[nodiscard]] Damage damage() const noexcept { return damage_; }
  /// The member that kMember refers to.
  [[nodiscard]] std::string_view member() const noexcept { return member_; }

 private:
  struct Json;  // simdjson's parser, whose header is long
  std::unique_ptr<Json> json_;
  VisitLine line_;
  Damage damage_ = Damage::kNone;
  std::string_view member_;
};

/// "2026-11-22T04:20:01.123Z" as Unix milliseconds.
[[nodiscard]] std::optional<int64_t> parse_visit_time(std::string_view text) noexcept;

}  // namespace abm::measure
