#include "measure/engagement/fold_lines.h"

#include <algorithm>
#include <numeric>

#include "measure/engagement/retention.h"
#include "measure/store/line_keys.h"

namespace abm::measure {
namespace {

constexpr std::string_view kVisitStart = R"({"v":)";

}  // namespace

uint64_t FoldCounts::all_damaged() const noexcept {
  return std::accumulate(damaged.begin(), damaged.end(), uint64_t{0});
}

FoldCounts LineFolder::counts() const noexcept {
  FoldCounts counts = counts_;
  counts.counted = store_.counted() - counted_before_;
  counts.known = store_.known() - known_before_;
  return counts;
}

Result<void> LineFolder::flush() {
  if (auto done = store_.flush(); !done) return done;
  if (last_too_old_ > too_old_told_) {
    if (auto noted = note_gone(store_, kVisitsGoneBefore, last_too_old_ + 1); !noted) return noted;
    too_old_told_ = last_too_old_;
  }
  const uint64_t lines = counts_.lines - lines_told_;
  lines_told_ = counts_.lines;
  return lines == 0 ? Result<void>() : store_.count_lines(lines);
}

Result<void> LineFolder::take(const VisitLine& line, std::string_view text) {
  if (line.ts_ms < kEarliestVisitMs) {
    ++counts_.damaged[static_cast<size_t>(Damage::kTime)];
    return {};
  }
  if (line.bot) {
    ++counts_.robots;
    return {};
  }
  if (line.load != PageLoad::kPage) {
    ++counts_.no_pages;
    return {};
  }
  visit_.day = day_of_ms(line.ts_ms);
  if (visit_.day < store_.kept_from()) {
    ++counts_.too_old;
    last_too_old_ = std::max(last_too_old_, visit_.day);
    return {};
  }
  visit_.account = line.account;
  visit_.path = line.path;
  visit_.request = request_key(line.request_id, text);
  visit_.person = line.visitor.empty() ? 0 : visitor_number(line.visitor);
  if (!line.visitor.empty() && visit_.person == 0) visit_.person = 1;  // 0 is nobody that is known
  visit_.signals.clear();
  for (const VisitSignal& signal : line.signals) visit_.signals.push_back(signal.name);
  std::sort(visit_.signals.begin(), visit_.signals.end());
  visit_.signals.erase(std::unique(visit_.signals.begin(), visit_.signals.end()), visit_.signals.end());
  if (auto done = store_.add(visit_); !done) return done;
  return store_.wants_flush() ? store_.flush() : Result<void>();
}

Result<void> LineFolder::add(std::string_view line, size_t readable_behind, bool too_long, bool unfinished) {
  if (line.empty() || line == "\r") return {};
  const VisitLine* visit = too_long ? nullptr : parser_.parse(line, readable_behind);
  const bool seen = !too_long && visit == nullptr && parser_.seen() != nullptr;
  if (unfinished && visit == nullptr && !seen) return {};  // the rest is still to come
  ++counts_.lines;
  if (visit == nullptr && !seen) {
    ++counts_.damaged[static_cast<size_t>(too_long ? Damage::kTooLong : parser_.damage())];
    // A full disk cut off a line, and nginx wrote the next one right after it: abmctl ship takes the second,
    // too.
    const size_t second = too_long ? line.npos : line.rfind(kVisitStart);
    if (second == 0 || second == line.npos) return {};
    line.remove_prefix(second);
    visit = parser_.parse(line, readable_behind);
    if (visit == nullptr) return {};
  }
  if (visit != nullptr) return take(*visit, line);
  ++counts_.no_pages;
  return {};
}

}  // namespace abm::measure
