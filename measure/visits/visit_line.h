// One line of the visit log ($abm_visit, module/visit.schema.json) as this folder needs it: a visit, or what
// was seen of one. Not trusted until parsed: a line that does not match the schema is refused as a whole,
// with a reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "measure/visits/damage.h"
#include "measure/visits/seen_line.h"
#include "measure/visits/visit_time.h"

namespace abm::measure {

/// A longer line is not parsed; the module writes 8 KiB at most.
inline constexpr size_t kMaxLineBytes = 64 << 10;

struct ShownSlot {
  std::string_view name;
  std::string_view outcome;  ///< applied, applied:at-risk, missing, skipped:REASON
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
  std::string_view role, campaign;  ///< of the link that the visitor followed; "": it named none, or no link
  std::string_view visitor;
  std::string_view arm;     ///< "": the account is excluded
  std::string_view family;  ///< whose lot decided the arm; "": the account's own
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
  std::string_view framework;       ///< that renders the page in the browser; "": none is known
};

/// Bytes after a line that the parser may read; if there are fewer, the line is copied.
inline constexpr size_t kReadAhead = 64;

/// One per thread. Vectors keep their memory from line to line.
class VisitLineParser {
 public:
  VisitLineParser();
  ~VisitLineParser();

  /// nullptr if it is no visit: seen() has it then, or it is damaged, and damage() says why.
  /// `readable_behind` is how many bytes after the line may be read. Valid until the next call.
  [[nodiscard]] const VisitLine* parse(std::string_view line, size_t readable_behind = 0);
  /// The last line, if it was one of kind "seen".
  [[nodiscard]] const SeenLine* seen() const noexcept { return is_seen_ ? &seen_ : nullptr; }
  [[nodiscard]] Damage damage() const noexcept { return damage_; }
  /// The member that kMember refers to.
  [[nodiscard]] std::string_view member() const noexcept { return member_; }

 private:
  struct Json;  // simdjson's parser, whose header is long
  std::unique_ptr<Json> json_;
  VisitLine line_;
  SeenLine seen_;
  bool is_seen_ = false;
  Damage damage_ = Damage::kNone;
  std::string_view member_;
};

}  // namespace abm::measure
