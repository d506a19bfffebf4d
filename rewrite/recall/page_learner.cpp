// What the scan waits for is found out by giving it the page in pieces that end where waiting may begin or
// end.
#include "rewrite/recall/page_learner.h"

#include <algorithm>
#include <new>

namespace abm::rewrite {
namespace {

LocatorOptions with_head(LocatorOptions options) noexcept {
  options.head = true;
  return options;
}

}  // namespace

PageLearner::PageLearner(std::string_view page, const LocatorOptions& options, size_t max_bytes)
    : page_(page),
      max_bytes_(max_bytes),
      storage_(Locator::bytes_needed(options) / sizeof(uint64_t) + 1),
      locator_(with_head(options), storage_.data(), *this) {}

PageLearner::State PageLearner::refuse(std::string_view why) noexcept {
  refusal_ = why;
  return state_ = State::kRefused;
}

PageLearner::State PageLearner::advance(size_t bytes) {
  if (state_ != State::kLearning) return state_;
  if (page_.size() > PageLog::kMaxPage) return refuse("the page is too long");
  if (locator_.gave_up() != Skip::kNone) return refuse("the page cannot be scanned");
  const uint64_t stop = given_ + std::min<uint64_t>(bytes, page_.size() - given_);
  while (given_ < stop) {
    step();
    if (locator_.gave_up() != Skip::kNone) return refuse("the page cannot be scanned to its end");
    if (locator_.depends_on_active()) return refuse("what is found depends on which slots are looked for");
    if (out_of_memory_ || log_.bytes() > max_bytes_) return refuse("there is too much to remember");
  }
  return given_ == page_.size() ? finish() : state_;
}

/// How many more bytes the scan gets at a time: so many that what it tells, or waits for, is known to the
/// byte.
size_t PageLearner::next_step() noexcept {
  const std::string_view rest = page_.substr(given_);
  if (scanned_ < given_) return locator_.incomplete_tag() ? locator_.completing(rest) : 1;
  if (locator_.wants_text()) return 1;
  const size_t at = rest.find(locator_.in_long_tag() ? '>' : '<');
  return at == std::string_view::npos ? rest.size() : at + 1;
}

void PageLearner::step() {
  given_ += next_step();
  const bool waited = !log_.constructs_.empty() && log_.constructs_.back().end == 0;
  const std::string_view bytes = page_.substr(scanned_, given_ - scanned_);
  const uint64_t before = scanned_;
  scanned_ += locator_.scan(bytes, scanned_);
  if (waited && scanned_ != before) log_.constructs_.back().end = static_cast<uint32_t>(given_);
  if (scanned_ < given_ && (!waited || scanned_ != before))
    log_.constructs_.push_back({static_cast<uint32_t>(scanned_), 0});
}

PageLearner::State PageLearner::finish() {
  // What waits at the page's end waits for nothing that comes.
  if (!log_.constructs_.empty() && log_.constructs_.back().end == 0)
    log_.constructs_.back().end = static_cast<uint32_t>(page_.size() + 1);
  log_.end_events_ = log_.events_.size();
  locator_.finish(scanned_, true);
  log_.signs_ = locator_.signs();
  log_.trim();
  if (out_of_memory_ || log_.bytes() > max_bytes_) return refuse("there is too much to remember");
  return state_ = State::kLearned;
}

/// Nothing may throw into the scan.
template <typename Tell>
void PageLearner::tell(Tell tell_it) noexcept {
  if (out_of_memory_) return;
  try {
    tell_it(static_cast<uint32_t>(given_));
  } catch (...) {
    out_of_memory_ = true;
  }
}

uint32_t PageLearner::keep_slots(std::span<const uint32_t> slots) {
  const auto first = static_cast<uint32_t>(log_.slots_.size());
  log_.slots_.insert(log_.slots_.end(), slots.begin(), slots.end());
  return first;
}

uint32_t PageLearner::found(const Found& element) noexcept {
  const auto index = static_cast<uint32_t>(log_.found_.size());
  tell([&](uint32_t told_at) {
    const uint32_t first = keep_slots(element.slots);
    log_.found_.push_back({element.span, first, static_cast<uint32_t>(element.slots.size()), element.place});
    log_.events_.push_back({told_at, index, PageLog::Kind::kFound});
  });
  return index;
}

void PageLearner::ended(uint32_t record, const Ending& ending) noexcept {
  tell([&](uint32_t told_at) {
    log_.events_.push_back({told_at, static_cast<uint32_t>(log_.ended_.size()), PageLog::Kind::kEnded});
    log_.ended_.push_back({record, ending});
  });
}

void PageLearner::uncertain(std::span<const uint32_t> slots, uint64_t offset, Skip reason) noexcept {
  tell([&](uint32_t told_at) {
    const uint32_t first = keep_slots(slots);
    log_.events_.push_back({told_at, static_cast<uint32_t>(log_.uncertain_.size()), PageLog::Kind::kDoubt});
    log_.uncertain_.push_back({offset, first, static_cast<uint32_t>(slots.size()), reason});
  });
}

}  // namespace abm::rewrite
