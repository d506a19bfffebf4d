// The streaming rewriter: a Locator that reports elements, a Splicer that emits, and the bytes held between
// writes.
#include "rewrite/rewriter.h"

#include <algorithm>
#include <new>
#include <optional>

#include "base/storage_layout.h"
#include "rewrite/recall/page_replay.h"
#include "rewrite/select/locator.h"
#include "rewrite/splice/output.h"
#include "rewrite/splice/splicer.h"

namespace abm::rewrite {
namespace {

LocatorOptions locator_options(const RewriterOptions& o, std::span<const uint32_t> active) noexcept {
  LocatorOptions located;
  located.selectors = o.selectors;
  located.active = active;
  located.charset = o.charset;
  located.max_tag = o.max_tag;
  located.max_depth = o.max_depth;
  located.memory = o.memory;
  return located;
}

class RewriterImpl final : public Rewriter, private LocatorSink {
 public:
  /// What lies in one block: the rewriter itself, then its arrays.
  struct Parts;
  RewriterImpl(const RewriterOptions& options, const Parts& parts, void* block) noexcept;

  void write(std::string_view chunk, Sink& sink) noexcept override;
  void finish(Sink& sink) noexcept override;
  void abandon(Sink& sink) noexcept override;

  [[nodiscard]] std::span<const Outcome> outcomes() const noexcept override { return outcomes_; }
  [[nodiscard]] uint64_t bytes_in() const noexcept override { return window_.end() + passed_; }
  [[nodiscard]] uint64_t bytes_out() const noexcept override { return output_.bytes_out() + passed_; }
  [[nodiscard]] Recall recall() const noexcept override { return recall_; }
  [[nodiscard]] size_t recalled() const noexcept override { return recalled_; }
  [[nodiscard]] uint64_t recalled_bytes() const noexcept override {
    return arrived_.has_value() ? arrived_->end() : parted_at_;
  }
  [[nodiscard]] const PageSigns& signs() const noexcept override {
    return locator_.has_value() ? locator_->signs() : replay_.has_value() ? replay_->signs() : no_signs_;
  }
  [[nodiscard]] std::span<const SlotPlace> places() const noexcept override { return places_; }
  [[nodiscard]] size_t held() const noexcept override { return window_.held(); }

 private:
  void destroy() noexcept override;
  uint32_t found(const Found& element) noexcept override {
    if (!caught_up_) return replay_->record_of(told_again_++);
    const std::span<const uint32_t> edits = edits_of(element.slots);
    for (const uint32_t edit : edits) places_[edit].add(element.place);
    return splicer_.found(element.span, edits);
  }
  void ended(uint32_t record, const Ending& ending) noexcept override {
    if (caught_up_) splicer_.ended(record, ending);
  }
  void uncertain(std::span<const uint32_t> slots, uint64_t offset, Skip reason) noexcept override {
    if (!caught_up_) return;
    splicer_.advance(offset);
    for (const uint32_t edit : edits_of(slots)) splicer_.skip(edit, reason, offset);
  }
  [[nodiscard]] std::span<const uint32_t> edits_of(std::span<const uint32_t> slots) noexcept;
  void start_scanning() noexcept {
    locator_.emplace(located_, locator_storage_, static_cast<LocatorSink&>(*this));
  }
  [[nodiscard]] bool scan_chunk() noexcept;
  void start_recalling(size_t remembered) noexcept;
  void stop_recalling() noexcept;
  [[nodiscard]] bool recall_chunk(std::string_view chunk) noexcept;
  [[nodiscard]] bool part_from_memory() noexcept;
  void stop(Skip reason, Sink& sink, bool complete) noexcept;
  void pass(std::string_view bytes, Sink& sink) noexcept {
    passed_ += bytes.size();
    if (!bytes.empty()) sink.emit(Owner::kInput, bytes);
  }

  size_t block_size_;
  MemorySource memory_;
  std::span<const Edit> edits_;
  Window window_;
  Output output_;
  std::span<uint32_t> slots_;          // of the edits, ascending
  std::span<uint32_t> element_edits_;  // of one element, during the call that reports it
  std::span<Outcome> outcomes_;
  std::span<SlotPlace> places_;
  PageSigns no_signs_;
  Splicer splicer_;
  LocatorOptions located_;
  void* locator_storage_;
  std::optional<Locator> locator_;  // while the page is scanned
  std::span<const RememberedPage* const> remembered_;
  std::span<uint64_t> active_;  // a bit for each slot of the edits
  std::span<ArrivedPage::Passed> passed_gaps_;
  size_t recalled_ = 0;
  uint64_t parted_at_ = 0;
  std::optional<ArrivedPage> arrived_;  // while the page is told from memory
  std::optional<PageReplay> replay_;    // the same
  uint32_t told_again_ = 0;             // elements that the scan found which the splicer knows
  bool caught_up_ = true;               // false: what the scan tells is known
  Recall recall_ = Recall::kScan;
  uint64_t pending_ = 0;  // where the incomplete tag begins; == window_.end() when there is none
  uint64_t passed_ = 0;
  bool passing_ = false;
  bool finished_ = false;
};

struct RewriterImpl::Parts {
  StorageLayout layout;
  StoragePart<RewriterImpl> self;
  StoragePart<uint32_t> slots, element_edits;
  StoragePart<Outcome> outcomes;
  StoragePart<SlotPlace> places;
  StoragePart<MatchRecord> records;
  StoragePart<ArrivedPage::Passed> passed_gaps;
  StoragePart<uint64_t> active, locator;

  explicit Parts(const RewriterOptions& options) noexcept {
    static constexpr uint32_t kAny = 0;  // only the number of slots matters
    const size_t edits = options.edits.size();
    self = layout.add<RewriterImpl>(1);
    slots = layout.add<uint32_t>(edits);
    element_edits = layout.add<uint32_t>(edits);
    outcomes = layout.add<Outcome>(edits);
    places = layout.add<SlotPlace>(edits);
    records = layout.add<MatchRecord>(Splicer::kRecords);
    if (!options.remembered.empty()) {
      size_t gaps = 0;
      for (const RememberedPage* page : options.remembered) gaps = std::max(gaps, page->gaps.size());
      passed_gaps = layout.add<ArrivedPage::Passed>(gaps);
      active = layout.add<uint64_t>(options.selectors->head_slot() / 64 + 1);
    }
    locator = layout.add<uint64_t>((Locator::bytes_needed(locator_options(options, {&kAny, edits})) + 7) / 8);
  }
};

static_assert(kMostAwaited >= Splicer::kRecords, "the end of each that the splicer waits for is told");

/// Fills `slots` with those of the edits.
std::span<uint32_t> slots_of(std::span<const Edit> edits, std::span<uint32_t> slots) noexcept {
  std::ranges::transform(edits, slots.begin(), &Edit::slot);
  return slots;
}

RewriterImpl::RewriterImpl(const RewriterOptions& options, const Parts& parts, void* block) noexcept
    : block_size_(parts.layout.size()),
      memory_(options.memory),
      edits_(options.edits),
      window_(options.memory),
      output_(window_),
      slots_(slots_of(options.edits, parts.slots.in(block))),
      element_edits_(parts.element_edits.in(block)),
      outcomes_(parts.outcomes.in(block)),
      places_(parts.places.in(block)),
      splicer_(options.edits, options.max_hold, parts.records.in(block), outcomes_, window_, output_),
      located_(locator_options(options, slots_)),
      locator_storage_(parts.locator.in(block).data()) {
  std::ranges::fill(places_, SlotPlace{});
  passing_ = edits_.empty();
  if (passing_) return;
  if (!options.remembered.empty()) {
    remembered_ = options.remembered;
    passed_gaps_ = parts.passed_gaps.in(block);
    active_ = parts.active.in(block);
    std::ranges::fill(active_, 0);
    for (const uint32_t slot : slots_) active_[slot / 64] |= uint64_t{1} << slot % 64;
    recall_ = Recall::kWhole;
    start_recalling(0);
    return;
  }
  start_scanning();
  passing_ = locator_->gave_up() != Skip::kNone;
  if (passing_) splicer_.skip_missing(locator_->gave_up());
}

void RewriterImpl::destroy() noexcept {
  const MemorySource memory = memory_;
  const size_t size = block_size_;
  this->~RewriterImpl();
  memory.put(this, size);
}

std::span<const uint32_t> RewriterImpl::edits_of(std::span<const uint32_t> slots) noexcept {
  size_t count = 0;
  for (const uint32_t slot : slots) {
    const auto at = std::ranges::lower_bound(slots_, slot);
    if (at != slots_.end() && *at == slot)
      element_edits_[count++] = static_cast<uint32_t>(at - slots_.begin());
  }
  return element_edits_.first(count);
}

/// Scans the chunk, first completing the incomplete tag before it. False: no memory.
bool RewriterImpl::scan_chunk() noexcept {
  while (!window_.chunk().empty() && locator_->gave_up() == Skip::kNone) {
    if (pending_ == window_.chunk_offset()) {
      pending_ += locator_->scan(window_.chunk(), pending_);
      return true;
    }
    if (!window_.hold(locator_->completing(window_.chunk()))) return false;
    pending_ += locator_->scan(window_.held_from(pending_), pending_);
  }
  return true;
}

void RewriterImpl::write(std::string_view chunk, Sink& sink) noexcept {
  if (passing_) return pass(chunk, sink);
  output_.use(&sink);
  if (replay_.has_value()) {
    if (recall_chunk(chunk)) return;
    if (!part_from_memory()) {
      stop(Skip::kMemory, sink, false);
      return pass(chunk, sink);
    }
  }
  window_.set_chunk(chunk, window_.end());
  const bool scanned = scan_chunk();
  if (!scanned) return stop(Skip::kMemory, sink, false);
  if (locator_->gave_up() != Skip::kNone) return stop(locator_->gave_up(), sink, false);
  splicer_.advance(pending_);
  output_.flush();
  if (!window_.keep_from(splicer_.frontier())) stop(Skip::kMemory, sink, false);
}

void RewriterImpl::start_recalling(size_t remembered) noexcept {
  recalled_ = remembered;
  const RememberedPage& page = *remembered_[remembered];
  arrived_.emplace(page, located_.max_tag, passed_gaps_.first(page.gaps.size()), memory_);
  replay_.emplace(*page.log, *arrived_, active_);
  window_.set_arrived(&*arrived_);
}

void RewriterImpl::stop_recalling() noexcept {
  window_.set_arrived(nullptr);
  replay_.reset();
  arrived_.reset();
}

/// The chunk is what the page has there: what it tells is known. False: it is not.
bool RewriterImpl::recall_chunk(std::string_view chunk) noexcept {
  const bool is_first = arrived_->end() == 0;
  while (!arrived_->take(chunk)) {
    if (!is_first || recalled_ + 1 == remembered_.size()) return false;
    start_recalling(recalled_ + 1);
  }
  pending_ = replay_->tell_arrived(*this);
  splicer_.advance(pending_);
  output_.flush();
  return true;
}

/// From here on the page is scanned. What came before is scanned now, for what it opens; the splicer knows
/// what it tells. False: no memory.
bool RewriterImpl::part_from_memory() noexcept {
  const uint64_t end = parted_at_ = arrived_->end();
  window_.set_arrived(nullptr);
  recall_ = end == 0 ? Recall::kScan : Recall::kPart;
  pending_ = 0;
  caught_up_ = false;
  start_scanning();
  bool kept = true;
  while (kept && window_.end() != end) {
    window_.set_chunk(arrived_->piece(window_.end(), end).bytes, window_.end());
    kept = scan_chunk() && window_.keep_from(std::min(splicer_.frontier(), pending_));
  }
  caught_up_ = true;
  if (kept && locator_->gave_up() == Skip::kNone) {
    stop_recalling();
    return true;
  }
  locator_.reset();
  window_.set_arrived(&*arrived_);
  return false;
}

/// Ends everything still open (with its edits, where the page is `complete`), emits all bytes, and passes the
/// rest of the page through.
void RewriterImpl::stop(Skip reason, Sink& sink, bool complete) noexcept {
  if (passing_) return;
  passing_ = true;
  output_.use(&sink);
  splicer_.set_unclosed_reason(reason);
  if (locator_.has_value()) {
    locator_->finish(pending_, complete);
  } else if (replay_.has_value()) {
    replay_->give_up(*this);
  }
  splicer_.advance(window_.end());
  output_.flush();
  if (reason != Skip::kUnclosed) splicer_.skip_missing(reason);
  window_.set_chunk({}, window_.end());
  [[maybe_unused]] const bool kept = window_.keep_from(window_.end());
}

void RewriterImpl::finish(Sink& sink) noexcept {
  if (finished_ || passing_) return;
  finished_ = true;
  output_.use(&sink);
  if (replay_.has_value() && arrived_->whole()) {
    passing_ = true;
    replay_->tell_end(*this);
    splicer_.advance(window_.end());
    output_.flush();
    return;
  }
  const bool kept = !replay_.has_value() || part_from_memory();
  stop(kept ? Skip::kUnclosed : Skip::kMemory, sink, kept);
}

void RewriterImpl::abandon(Sink& sink) noexcept {
  if (passing_) return;
  output_.use(&sink);
  const bool kept = !replay_.has_value() || part_from_memory();
  stop(kept ? Skip::kUnclosed : Skip::kMemory, sink, false);
}

}  // namespace

std::string_view to_string(Recall recall) noexcept {
  constexpr std::string_view kNames[] = {"scan", "part", "whole"};
  return kNames[static_cast<size_t>(recall)];
}

LocatorOptions scan_options(const RewriterOptions& options) noexcept {
  LocatorOptions located = locator_options(options, {});
  located.head = true;
  return located;
}

size_t Rewriter::bytes_needed(const RewriterOptions& options) noexcept {
  return RewriterImpl::Parts(options).layout.size();
}

Rewriter::Pointer Rewriter::create(const RewriterOptions& options) noexcept {
  const RewriterImpl::Parts parts(options);
  void* const block = options.memory.get(parts.layout.size());
  return Pointer(block == nullptr ? nullptr : new (block) RewriterImpl(options, parts, block));
}

}  // namespace abm::rewrite
