// The splicing half: elements whose spans become known in page order, and the edits to apply to them. Of the
// page's bytes it reads only the start tags that it edits, so known spans can be spliced without scanning.
//
//   found ──► waiting ──(its start may leave)──► inside ──(its end is known)──► freed
//                │                └─(no edit at its end)──► done ──(its end is told)──► freed
//                └─(its content goes: held until its end is known, then all of it leaves at once)──► freed
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rewrite/edit.h"
#include "rewrite/splice/match_records.h"
#include "rewrite/splice/output.h"

namespace abm::rewrite {

class Splicer {
 public:
  /// Most matches that may wait at a time, for the end of a held element or for their own; more are skipped
  /// (kMemory).
  static constexpr size_t kRecords = 256;

  /// `records` has at most kRecords places, `outcomes` one per edit; both outlive the splicer.
  Splicer(std::span<const Edit> edits, size_t max_hold, std::span<MatchRecord> records,
          std::span<Outcome> outcomes, Window& window, Output& output) noexcept;

  /// At an element's start tag, before which everything may leave. `edits` ascending. Returns its record, or
  /// kNoRecord where its end does not matter.
  uint32_t found(const ElementSpan& element, std::span<const uint32_t> edits) noexcept;
  void ended(uint32_t record, const Ending& ending) noexcept;
  /// The element that begins there is not edited.
  void skip(uint32_t edit, Skip reason, uint64_t begin) noexcept;
  /// The page has been scanned up to `offset`: emits what may leave.
  void advance(uint64_t offset) noexcept;
  /// Why elements that end as not closed are skipped; kUnclosed unless the scan gave up.
  void set_unclosed_reason(Skip reason) noexcept { unclosed_ = reason; }
  /// After a scan that gave up: counts edits that were neither applied nor skipped as skipped.
  void skip_missing(Skip reason) noexcept;

  /// Everything before it has left.
  [[nodiscard]] uint64_t frontier() const noexcept { return frontier_; }

 private:
  using State = MatchRecord::State;

  [[nodiscard]] const Edit& edit_of(const MatchRecord& r) const noexcept { return edits_[r.edit]; }
  [[nodiscard]] static bool is_held_edit(const Edit& e) noexcept { return e.remove || e.content.has_value(); }
  [[nodiscard]] static bool is_inner_edit(const Edit& e) noexcept {
    return e.content.has_value() || !e.prepend.empty() || !e.append.empty();
  }
  void kill(MatchRecord& r, Skip reason) noexcept;
  void emit_to(uint64_t offset) noexcept;
  /// Settles which edits of the element apply, as far as its start tag decides it.
  void settle(RecordIndex head) noexcept;
  /// Whether some edit needs the element's end before its start can leave.
  [[nodiscard]] bool holds(RecordIndex head) const noexcept;
  [[nodiscard]] bool must_wait(RecordIndex head, uint64_t scanned) const noexcept;
  /// Why a held element, or its content, cannot go; kNone: it can.
  [[nodiscard]] Skip hold_failure(const MatchRecord& r) const noexcept;
  /// Whether what is prepended has to stand behind a line break of the page.
  [[nodiscard]] bool prepends_behind_newline(RecordIndex head) const noexcept;
  /// Of a line break at `offset`, as far as the page is there.
  [[nodiscard]] size_t newline_size(uint64_t offset) const noexcept;
  /// Lets the start of the first element in the queue leave; all of it where its content goes.
  void start(RecordIndex head) noexcept;
  void write_start(RecordIndex head) noexcept;
  void write_held(RecordIndex head) noexcept;
  void write_end(RecordIndex head) noexcept;
  /// Elements in the queue that begin before `offset` have gone with the content around them.
  void drop_waiting_before(uint64_t offset) noexcept;
  /// After its start has left.
  void await_end(RecordIndex head, bool edits_at_end) noexcept;
  void close_tag(EndedElement ended) noexcept { close_tag(ended.end_tag()); }
  void close_tag(Tag tag) noexcept;
  void note_closed(const ElementSpan& span) noexcept {
    closed_at_ = span.content_end;
    closed_depth_ = span.depth;
  }
  /// Whether a guarded edit may touch this element. Its start tag must be there.
  [[nodiscard]] bool is_harmless(const MatchRecord& r) noexcept;
  void apply(MatchRecord& r) noexcept;
  template <typename Body>
  void each(RecordIndex head, Body body) noexcept {
    for (RecordIndex i = head; i != kNoIndex; i = records_[i].same) {
      if (records_[i].alive) body(records_[i]);
    }
  }

  std::span<const Edit> edits_;
  size_t max_hold_;
  std::span<MatchRecord> records_;
  std::span<Outcome> outcomes_;
  Window& window_;
  Output& out_;
  RecordPool pool_;
  RecordQueue waiting_;
  RecordStack inside_;  // innermost on top
  uint64_t frontier_ = 0;
  uint64_t closed_at_ =
      UINT64_MAX;              // where an element last ended without an end tag of the page: ours, or it went
  uint32_t closed_depth_ = 0;  // of that element
  Skip unclosed_ = Skip::kUnclosed;
};

}  // namespace abm::rewrite
