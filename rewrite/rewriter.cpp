// The streaming rewriter: a Locator that reports elements, a Splicer that emits, and the bytes held between
// writes.
#include "rewrite/rewriter.h"

#include <algorithm>
#include <new>

#include "rewrite/select/locator.h"
#include "rewrite/splice/output.h"
#include "rewrite/splice/splicer.h"

namespace abm::rewrite {
namespace {

constexpr size_t round_up(size_t n) {
  return (n + 15) & ~size_t{15};
}

class RewriterImpl final : public Rewriter, private LocatorSink {
 public:
  RewriterImpl(const RewriterOptions& options, const LocatorOptions& located, char* storage,
               size_t size) noexcept
      : size_(size),
        memory_(options.memory),
        edits_(options.edits),
        window_(options.memory),
        output_(window_),
        slots_(static_cast<uint32_t*>(static_cast<void*>(storage))),
        outcomes_(static_cast<Outcome*>(static_cast<void*>(storage + outcomes_at(options)))),
        splicer_(
            options.edits, options.max_hold,
            {static_cast<MatchRecord*>(static_cast<void*>(storage + records_at(options))), Splicer::kRecords},
            {outcomes_, edits_.size()}, window_, output_),
        locator_(fill_slots(located), storage + locator_at(options), *this) {
    passing_ = edits_.empty() || locator_.gave_up() != Skip::kNone;
    if (passing_) splicer_.skip_missing(locator_.gave_up());
  }

  // Offsets into the storage that follows the object.
  static size_t outcomes_at(const RewriterOptions& o) noexcept {
    return round_up(2 * o.edits.size() * sizeof(uint32_t));
  }
  static size_t records_at(const RewriterOptions& o) noexcept {
    return outcomes_at(o) + round_up(o.edits.size() * sizeof(Outcome));
  }
  static size_t locator_at(const RewriterOptions& o) noexcept {
    return records_at(o) + round_up(Splicer::kRecords * sizeof(MatchRecord));
  }
  static LocatorOptions locator_options(const RewriterOptions& o, std::span<const uint32_t> active) noexcept {
    LocatorOptions located;
    located.selectors = o.selectors;
    located.active = active;
    located.charset = o.charset;
    located.max_tag = o.max_tag;
    located.max_depth = o.max_depth;
    located.memory = o.memory;
    return located;
  }
  static size_t storage_needed(const RewriterOptions& o) noexcept {
    static constexpr uint32_t kSome = 0;  // only the count matters
    const LocatorOptions located = locator_options(o, {&kSome, o.edits.size()});
    return sizeof(RewriterImpl) + locator_at(o) + Locator::bytes_needed(located);
  }

  void write(std::string_view chunk, Sink& sink) noexcept;
  void finish(Sink& sink) noexcept;
  void abandon(Sink& sink) noexcept { stop(Skip::kUnclosed, sink); }

  [[nodiscard]] std::span<const Outcome> outcomes() const noexcept { return {outcomes_, edits_.size()}; }
  [[nodiscard]] uint64_t bytes_in() const noexcept { return window_.end() + passed_; }
  [[nodiscard]] uint64_t bytes_out() const noexcept { return output_.bytes_out() + passed_; }
  [[nodiscard]] size_t held() const noexcept { return window_.held(); }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] MemorySource memory() const noexcept { return memory_; }

 private:
  const LocatorOptions& fill_slots(const LocatorOptions& located) noexcept {
    for (size_t i = 0; i < edits_.size(); ++i) slots_[i] = edits_[i].slot;
    return located;
  }
  uint32_t found(const Found& element) noexcept override {
    return splicer_.found(element.span, edits_of(element.slots));
  }
  void ended(uint32_t record, const Ending& ending) noexcept override { splicer_.ended(record, ending); }
  void uncertain(std::span<const uint32_t> slots, uint64_t offset) noexcept override {
    splicer_.advance(offset);
    for (const uint32_t edit : edits_of(slots)) splicer_.skip(edit, Skip::kAmbiguous);
  }
  [[nodiscard]] std::span<const uint32_t> edits_of(std::span<const uint32_t> slots) noexcept;
  [[nodiscard]] bool scan_chunk() noexcept;
  void stop(Skip reason, Sink& sink) noexcept;
  void pass(std::string_view bytes, Sink& sink) noexcept {
    passed_ += bytes.size();
    if (!bytes.empty()) sink.emit(Owner::kInput, bytes);
  }

  size_t size_;
  MemorySource memory_;
  std::span<const Edit> edits_;
  Window window_;
  Output output_;
  uint32_t* slots_;  // of the edits, then room for the edits of one element
  Outcome* outcomes_;
  Splicer splicer_;
  Locator locator_;
  uint64_t pending_ = 0;  // where the incomplete tag begins; == window_.end() when there is none
  uint64_t passed_ = 0;
  bool passing_ = false;
  bool finished_ = false;
};

std::span<const uint32_t> RewriterImpl::edits_of(std::span<const uint32_t> slots) noexcept {
  uint32_t* const found = slots_ + edits_.size();
  size_t count = 0;
  for (const uint32_t slot : slots) {
    const uint32_t* const at = std::lower_bound(slots_, slots_ + edits_.size(), slot);
    if (at != slots_ + edits_.size() && *at == slot) found[count++] = static_cast<uint32_t>(at - slots_);
  }
  return {found, count};
}

/// Scans the window's chunk, completing the incomplete tag before it first. False: no memory.
bool RewriterImpl::scan_chunk() noexcept {
  while (!window_.chunk().empty() && locator_.gave_up() == Skip::kNone) {
    if (pending_ == window_.chunk_offset()) {
      pending_ += locator_.scan(window_.chunk(), pending_);
      return true;
    }
    if (!window_.hold(locator_.completing(window_.chunk()))) return false;
    pending_ += locator_.scan(window_.held_from(pending_), pending_);
  }
  return true;
}

void RewriterImpl::write(std::string_view chunk, Sink& sink) noexcept {
  if (passing_) return pass(chunk, sink);
  output_.use(&sink);
  window_.set_chunk(chunk, window_.end());
  const bool scanned = scan_chunk();
  if (!scanned) return stop(Skip::kMemory, sink);
  if (locator_.gave_up() != Skip::kNone) return stop(locator_.gave_up(), sink);
  splicer_.advance(pending_);
  output_.flush();
  if (!window_.keep_from(splicer_.frontier())) stop(Skip::kMemory, sink);
}

/// Decides everything open against its edits, lets all bytes go, and passes the rest through.
void RewriterImpl::stop(Skip reason, Sink& sink) noexcept {
  if (passing_) return;
  passing_ = true;
  output_.use(&sink);
  splicer_.set_unclosed_reason(reason);
  locator_.finish(pending_);
  splicer_.advance(window_.end());
  output_.flush();
  if (reason != Skip::kUnclosed) splicer_.skip_missing(reason);
  window_.set_chunk({}, window_.end());
  [[maybe_unused]] const bool kept = window_.keep_from(window_.end());
}

void RewriterImpl::finish(Sink& sink) noexcept {
  if (finished_ || passing_) return;
  finished_ = true;
  stop(Skip::kUnclosed, sink);
}

RewriterImpl* impl(Rewriter* rewriter) noexcept {
  return static_cast<RewriterImpl*>(rewriter);
}
const RewriterImpl* impl(const Rewriter* rewriter) noexcept {
  return static_cast<const RewriterImpl*>(rewriter);
}

}  // namespace

size_t Rewriter::bytes_needed(const RewriterOptions& options) noexcept {
  return RewriterImpl::storage_needed(options);
}

Rewriter* Rewriter::create(const RewriterOptions& options) noexcept {
  const size_t size = bytes_needed(options);
  char* const block = static_cast<char*>(options.memory.get(size));
  if (block == nullptr) return nullptr;
  char* const storage = block + sizeof(RewriterImpl);
  const auto* const active = static_cast<const uint32_t*>(static_cast<const void*>(storage));
  return new (block) RewriterImpl(
      options, RewriterImpl::locator_options(options, {active, options.edits.size()}), storage, size);
}

void Rewriter::destroy() noexcept {
  RewriterImpl* const self = impl(this);
  const MemorySource memory = self->memory();
  const size_t size = self->size();
  self->~RewriterImpl();
  memory.put(self, size);
}

void Rewriter::write(std::string_view chunk, Sink& sink) noexcept {
  impl(this)->write(chunk, sink);
}
void Rewriter::finish(Sink& sink) noexcept {
  impl(this)->finish(sink);
}
void Rewriter::abandon(Sink& sink) noexcept {
  impl(this)->abandon(sink);
}
std::span<const Outcome> Rewriter::outcomes() const noexcept {
  return impl(this)->outcomes();
}
uint64_t Rewriter::bytes_in() const noexcept {
  return impl(this)->bytes_in();
}
uint64_t Rewriter::bytes_out() const noexcept {
  return impl(this)->bytes_out();
}
size_t Rewriter::held() const noexcept {
  return impl(this)->held();
}

}  // namespace abm::rewrite
