// The two halves, each on a whole page: locate and splice; and rewrite_page for tools and tests.
#include "rewrite/locate.h"

#include <algorithm>

#include "rewrite/select/locator.h"
#include "rewrite/splice/output.h"
#include "rewrite/splice/splicer.h"

namespace abm::rewrite {
namespace {

class Collector final : public LocatorSink {
 public:
  explicit Collector(LocateResult& result) noexcept : result_(result) {}

  uint32_t found(const Found& found) noexcept override {
    const auto record = static_cast<uint32_t>(result_.elements.size());
    for (const uint32_t slot : found.slots) result_.elements.push_back({slot, found.span, found.place});
    return record;
  }
  void ended(uint32_t record, const Ending& ending) noexcept override {
    std::vector<Located>& all = result_.elements;
    const uint64_t begin = all[record].span.begin;
    for (size_t i = record; i < all.size() && all[i].span.begin == begin; ++i) all[i].span.end_as(ending);
  }
  void uncertain(std::span<const uint32_t> slots, uint64_t offset, Skip reason) noexcept override {
    for (const uint32_t slot : slots) result_.uncertain.push_back({slot, offset, reason});
  }

 private:
  LocateResult& result_;
};

class StringSink final : public Sink {
 public:
  explicit StringSink(std::string& out) noexcept : out_(out) {}
  void emit(Owner, std::string_view bytes) noexcept override { out_ += bytes; }
  void applied(uint32_t) noexcept override {}

 private:
  std::string& out_;
};

/// Tells a Splicer of the elements of a LocateResult in the order in which a scan would.
class Replay {
 public:
  Replay(const LocateResult& located, std::span<const Edit> edits, Splicer& splicer)
      : located_(located), edits_(edits), splicer_(splicer) {}

  void run() {
    const std::vector<Located>& all = located_.elements;
    size_t next_uncertain = 0;
    for (size_t i = 0; i < all.size();) {
      const ElementSpan& span = all[i].span;
      skip_uncertain(next_uncertain, span.begin);
      end_before(span.begin);
      size_t last = i;
      std::vector<uint32_t> edits;
      for (; last < all.size() && all[last].span.begin == span.begin; ++last) add_edit(edits, all[last].slot);
      if (!edits.empty()) {
        const uint32_t record = splicer_.found(start_of(span), edits);
        if (record != kNoRecord) open_.push_back({&span, record});
      }
      i = last;
    }
    skip_uncertain(next_uncertain, UINT64_MAX);
    end_before(UINT64_MAX);
  }

  /// Ends the elements that are not closed.
  void end_rest() {
    for (size_t i = open_.size(); i-- > 0;) end(open_[i]);
    open_.clear();
  }

 private:
  struct Open {
    const ElementSpan* span;
    uint32_t record;
  };
  /// The element as its start tag alone tells it.
  static ElementSpan start_of(const ElementSpan& whole) {
    ElementSpan span = whole;
    Ending nothing;
    nothing.content_end = nothing.end = whole.content_begin;
    span.end_as(nothing);
    return span;
  }
  void add_edit(std::vector<uint32_t>& edits, uint32_t slot) const {
    const auto at = std::lower_bound(edits_.begin(), edits_.end(), slot,
                                     [](const Edit& edit, uint32_t wanted) { return edit.slot < wanted; });
    if (at != edits_.end() && at->slot == slot) edits.push_back(static_cast<uint32_t>(at - edits_.begin()));
  }
  void skip_uncertain(size_t& next, uint64_t before) {
    for (; next < located_.uncertain.size() && located_.uncertain[next].offset < before; ++next) {
      end_before(located_.uncertain[next].offset);
      splicer_.advance(located_.uncertain[next].offset);
      std::vector<uint32_t> edits;
      add_edit(edits, located_.uncertain[next].slot);
      for (const uint32_t edit : edits)
        splicer_.skip(edit, located_.uncertain[next].reason, located_.uncertain[next].offset);
    }
  }
  /// Ends the elements that end at `offset` or before, in the order of their ends, inner ones first.
  void end_before(uint64_t offset) {
    for (;;) {
      size_t best = open_.size();
      for (size_t i = open_.size(); i-- > 0;) {
        const ElementSpan& span = *open_[i].span;
        if (!span.closed || span.end > offset) continue;
        if (best == open_.size() || span.end < open_[best].span->end) best = i;
      }
      if (best == open_.size()) return;
      const Open open = open_[best];
      open_.erase(open_.begin() + static_cast<ptrdiff_t>(best));
      end(open);
    }
  }
  void end(const Open& open) { splicer_.ended(open.record, open.span->ending()); }

  const LocateResult& located_;
  std::span<const Edit> edits_;
  Splicer& splicer_;
  std::vector<Open> open_;
};

}  // namespace

LocateResult locate(std::string_view page, const RewriterOptions& options) {
  LocateResult result;
  Collector collector(result);
  LocatorOptions located;
  located.selectors = options.selectors;
  std::vector<uint32_t> active;
  for (const Edit& edit : options.edits) active.push_back(edit.slot);
  located.active = active;
  located.charset = options.charset;
  located.max_tag = options.max_tag;
  located.max_depth = options.max_depth;
  located.memory = options.memory;
  std::vector<uint64_t> storage(Locator::bytes_needed(located) / sizeof(uint64_t) + 1);
  Locator locator(located, storage.data(), collector);
  const size_t scanned = locator.scan(page, 0);
  result.complete = locator.gave_up() == Skip::kNone;
  result.reason = locator.gave_up();
  result.gave_up_at = result.complete ? 0 : scanned;
  locator.finish(scanned, true);
  result.signs = locator.signs();
  return result;
}

RewrittenPage splice(std::string_view page, const LocateResult& located, const RewriterOptions& options) {
  RewrittenPage result;
  result.outcomes.resize(options.edits.size());
  StringSink sink(result.html);
  Window window(options.memory);
  Output output(window);
  output.use(&sink);
  window.set_chunk(page, 0);
  std::vector<MatchRecord> records(Splicer::kRecords);
  Splicer splicer(options.edits, options.max_hold, records, result.outcomes, window, output);
  if (!located.complete) splicer.set_unclosed_reason(located.reason);
  Replay replay(located, options.edits, splicer);
  replay.run();
  replay.end_rest();
  splicer.advance(page.size());
  output.flush();
  if (!located.complete) splicer.skip_missing(located.reason);
  return result;
}

RewrittenPage rewrite_page(std::string_view html, const RewriterOptions& options, size_t chunk_bytes) {
  RewrittenPage result;
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  if (rewriter == nullptr) {
    result.html = html;
    result.outcomes.assign(options.edits.size(), Outcome{.skipped = 1, .reason = Skip::kMemory});
    return result;
  }
  StringSink sink(result.html);
  const size_t step = chunk_bytes == 0 ? std::max<size_t>(html.size(), 1) : chunk_bytes;
  for (size_t at = 0; at < html.size(); at += step) rewriter->write(html.substr(at, step), sink);
  rewriter->finish(sink);
  const std::span<const Outcome> outcomes = rewriter->outcomes();
  result.outcomes.assign(outcomes.begin(), outcomes.end());
  const std::span<const SlotPlace> places = rewriter->places();
  result.places.assign(places.begin(), places.end());
  result.signs = rewriter->signs();
  return result;
}

}  // namespace abm::rewrite
