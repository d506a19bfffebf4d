// The splicing half: elements whose spans become known in page order, and edits to apply there. It does not
// look at the page's bytes but for the start tags that it edits, so known spans can be spliced without
// scanning.
//
//   found ──► waiting ──(its start may leave)──► inside ──(its end is known)──► gone
//                └─(content goes: waits for its end, then start, new content and end leave at once)──► gone
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rewrite/edit.h"
#include "rewrite/select/locator.h"
#include "rewrite/splice/output.h"
#include "rewrite/splice/tag_editor.h"

namespace abm::rewrite {

class Splicer {
 public:
  /// Matches that may wait for a held element's end, or for their own, at a time; more are skipped (kMemory).
  static constexpr size_t kRecords = 256;

  /// One matched element for one edit. Records of one element are chained by `same`.
  struct Record {
    uint64_t begin, content_begin, content_end, end;
    uint16_t edit, next, same;
    Tag tag, open_inside, closed_before;
    bool is_void : 1, raw_text : 1, ended : 1, closed : 1, endable : 1, ambiguous : 1, has_inside : 1,
        has_closed_before : 1;
    bool alive : 1;    ///< the edit still applies to this element
    bool started : 1;  ///< its start left
  };

  /// `records` has kRecords places, `outcomes` one per edit; both outlive the splicer.
  Splicer(std::span<const Edit> edits, size_t max_hold, Record* records, Outcome* outcomes, Window& window,
          Output& output) noexcept;

  /// An element's start tag; `edits` ascending. Everything before it may leave. Returns its record or
  /// kNoRecord.
  uint32_t found(const Found& element, std::span<const uint32_t> edits) noexcept;
  void ended(uint32_t record, const Ending& ending) noexcept;
  void skip(uint32_t edit, Skip reason) noexcept;
  /// The page is scanned up to `offset`: emits what may leave.
  void advance(uint64_t offset) noexcept;
  /// Why elements that end as not closed are skipped; kUnclosed unless the scan gave up.
  void set_unclosed_reason(Skip reason) noexcept { unclosed_ = reason; }
  /// After a scan that gave up: edits that neither applied nor were skipped count as skipped.
  void skip_missing(Skip reason) noexcept;

  /// Everything before it has left.
  [[nodiscard]] uint64_t frontier() const noexcept { return frontier_; }

 private:
  static constexpr uint16_t kNone = 0xFFFF;

  [[nodiscard]] const Edit& edit_of(const Record& r) const noexcept { return edits_[r.edit]; }
  [[nodiscard]] static bool is_held_edit(const Edit& e) noexcept { return e.remove || e.content.has_value(); }
  [[nodiscard]] static bool is_inner_edit(const Edit& e) noexcept {
    return e.content.has_value() || !e.prepend.empty() || !e.append.empty();
  }
  void kill(Record& r, Skip reason) noexcept;
  [[nodiscard]] uint16_t take_record() noexcept;
  void free_chain(uint16_t head) noexcept;
  void emit_to(uint64_t offset) noexcept;
  /// Settles which edits of the element apply, as far as its start tag decides it.
  void settle(uint16_t head) noexcept;
  /// False: its end must be waited for.
  [[nodiscard]] bool start(uint16_t head, uint64_t scanned) noexcept;
  void write_start(uint16_t head) noexcept;
  void write_held(uint16_t head) noexcept;
  void write_end(uint16_t head) noexcept;
  [[nodiscard]] bool holds(uint16_t head) const noexcept;
  void close_tag(Tag tag) noexcept;
  /// A guarded edit, once the start tag is there.
  [[nodiscard]] bool is_harmless(const Record& r) noexcept;
  void apply(Record& r) noexcept;
  template <typename Body>
  void each(uint16_t head, Body body) noexcept {
    for (uint16_t i = head; i != kNone; i = records_[i].same) {
      if (records_[i].alive) body(records_[i]);
    }
  }

  std::span<const Edit> edits_;
  size_t max_hold_;
  Record* records_;
  Outcome* outcomes_;
  Window& window_;
  Output& out_;
  uint16_t used_ = 0;  // records from here on were never used
  uint16_t free_ = kNone;
  uint16_t first_waiting_ = kNone, last_waiting_ = kNone;
  uint16_t inside_ =
      kNone;  // innermost of the started elements whose end is to be edited; outer ones by `next`
  uint64_t frontier_ = 0;
  Skip unclosed_ = Skip::kUnclosed;
};

}  // namespace abm::rewrite
