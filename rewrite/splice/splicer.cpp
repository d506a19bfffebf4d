// The splicing half: the order in which edits leave, and what becomes of each.
#include "rewrite/splice/splicer.h"

#include <algorithm>

#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/splice/tag_editor.h"

namespace abm::rewrite {
namespace {

/// Elements whose end tag, written where they end anyway, changes nothing else.
bool may_close(Tag tag) noexcept {
  return has_any(tag, kContainer | kTablePart | kImplied);
}

/// Whether an element ended that an end tag of ours could not end instead.
bool cannot_close(EndedElement ended) noexcept {
  return ended && !may_close(ended.end_tag());
}

/// Where the bytes begin that may have to wait: a long tag is not held.
uint64_t held_from(const ElementSpan& span) noexcept {
  return span.long_tag ? span.content_begin : span.begin;
}

/// Whether the edit reads or changes the start tag, or stands in front of it.
bool needs_tag(const Edit& e) noexcept {
  return e.remove || e.hide || e.guarded || !e.before.empty() || !e.attributes.empty() ||
         !e.add_classes.empty() || !e.remove_classes.empty();
}

}  // namespace

Splicer::Splicer(std::span<const Edit> edits, size_t max_hold, std::span<MatchRecord> records,
                 std::span<Outcome> outcomes, Window& window, Output& output) noexcept
    : edits_(edits),
      max_hold_(max_hold),
      records_(records),
      outcomes_(outcomes),
      window_(window),
      out_(output),
      pool_(records_),
      waiting_(records.data()),
      inside_(records.data()) {
  std::ranges::fill(outcomes_, Outcome{});
}

void Splicer::skip(uint32_t edit, Skip reason, uint64_t begin) noexcept {
  Outcome& outcome = outcomes_[edit];
  if (outcome.skipped++ != 0 && begin >= outcome.skipped_at) return;
  outcome.reason = reason;
  outcome.skipped_at = begin;
}

void Splicer::skip_missing(Skip reason) noexcept {
  for (uint32_t i = 0; i < edits_.size(); ++i) {
    if (outcomes_[i].missing()) skip(i, reason, frontier_);
  }
}

void Splicer::kill(MatchRecord& r, Skip reason) noexcept {
  r.alive = false;
  skip(r.edit, reason, r.span.begin);
}

uint32_t Splicer::found(const ElementSpan& element, std::span<const uint32_t> edits) noexcept {
  advance(element.begin);
  RecordIndex head = kNoIndex;
  RecordIndex* link = &head;
  for (const uint32_t edit : edits) {
    const RecordIndex at = pool_.take();
    if (at == kNoIndex) {
      skip(edit, Skip::kMemory, element.begin);
      continue;
    }
    MatchRecord& r = records_[at];
    r.span = element;
    r.edit = static_cast<uint16_t>(edit);
    r.ended = element.is_void;
    *link = at;
    link = &r.same;
  }
  if (head == kNoIndex) return kNoRecord;
  settle(head);
  waiting_.push(head);
  if (!element.is_void) return head;
  advance(element.content_begin);
  return kNoRecord;
}

void Splicer::settle(RecordIndex head) noexcept {
  bool has_content = false, has_remove = false;
  each(head, [&](MatchRecord& r) {
    const Edit& e = edit_of(r);
    if (r.span.is_void && is_inner_edit(e)) return kill(r, Skip::kVoid);
    if (r.span.raw_text && is_inner_edit(e)) return kill(r, Skip::kRawText);
    if (r.span.long_tag && needs_tag(e)) return kill(r, Skip::kTagTooLong);
    const bool moves_start = !e.before.empty() || e.remove;  // what the start tag ended would stay open
    if (moves_start && cannot_close(r.span.ended_before)) return kill(r, Skip::kAmbiguous);
    has_remove |= e.remove;
  });
  bool removed = false;
  each(head, [&](MatchRecord& r) {
    const Edit& e = edit_of(r);
    if (has_remove && (!e.remove || removed)) return kill(r, Skip::kNested);
    removed |= e.remove;
    if (e.content.has_value() && has_content) return kill(r, Skip::kNested);
    has_content |= e.content.has_value();
  });
}

bool Splicer::holds(RecordIndex head) const noexcept {
  for (RecordIndex i = head; i != kNoIndex; i = records_[i].same) {
    if (records_[i].alive && is_held_edit(edit_of(records_[i]))) return true;
  }
  return false;
}

void Splicer::ended(uint32_t record, const Ending& ending) noexcept {
  const auto head = static_cast<RecordIndex>(record);
  for (RecordIndex i = head; i != kNoIndex; i = records_[i].same) {
    records_[i].span.end_as(ending);
    records_[i].ended = true;
  }
  if (records_[head].state == State::kDone) return pool_.put(head);
  advance(ending.end);
}

void Splicer::emit_to(uint64_t offset) noexcept {
  if (offset <= frontier_) return;
  out_.page(frontier_, offset);
  frontier_ = offset;
}

void Splicer::advance(uint64_t offset) noexcept {
  for (;;) {
    const RecordIndex waiting = waiting_.front();
    const RecordIndex inside = inside_.top();
    if (inside != kNoIndex && records_[inside].ended &&
        (waiting == kNoIndex || records_[waiting].span.begin >= records_[inside].span.content_end)) {
      inside_.pop();
      write_end(inside);
      pool_.put(inside);
      continue;
    }
    if (waiting == kNoIndex || records_[waiting].span.begin > offset) break;
    emit_to(held_from(records_[waiting].span));
    if (must_wait(waiting, offset)) return;
    start(waiting);
  }
  emit_to(offset);
}

bool Splicer::must_wait(RecordIndex head, uint64_t scanned) const noexcept {
  const MatchRecord& first = records_[head];
  const uint64_t from = held_from(first.span);
  if (holds(head)) return !first.ended && (scanned < from || scanned - from <= max_hold_);
  if (scanned < first.span.content_begin) return true;
  if (first.ended || !prepends_behind_newline(head)) return false;
  const uint64_t seen = scanned - first.span.content_begin;
  return seen == 0 || (seen == 1 && *window_.piece(first.span.content_begin, 1).data() == '\r');
}

bool Splicer::prepends_behind_newline(RecordIndex head) const noexcept {
  if (!records_[head].span.eats_newline()) return false;
  for (RecordIndex i = head; i != kNoIndex; i = records_[i].same) {
    if (records_[i].alive && !edit_of(records_[i]).prepend.empty()) return true;
  }
  return false;
}

size_t Splicer::newline_size(uint64_t offset) const noexcept {
  if (offset >= window_.end()) return 0;
  const char first = *window_.piece(offset, 1).data();
  if (first == '\n') return 1;
  if (first != '\r') return 0;
  return offset + 1 < window_.end() && *window_.piece(offset + 1, 1).data() == '\n' ? 2 : 1;
}

Skip Splicer::hold_failure(const MatchRecord& r) const noexcept {
  const ElementSpan& span = r.span;
  // A long tag is passed on before it is known to end the element.
  const uint64_t known_at = std::max(span.end, span.long_tag_end);
  if (!r.ended || known_at - held_from(span) > max_hold_) return Skip::kUnclosed;
  if (!span.closed) return unclosed_;
  if (span.unended) return Skip::kUnclosed;
  if (span.ambiguous || span.escapes) return Skip::kAmbiguous;
  return edit_of(r).remove && (span.outlasts || span.reopens) ? Skip::kAmbiguous : Skip::kNone;
}

void Splicer::start(RecordIndex head) noexcept {
  if (holds(head)) {
    each(head, [&](MatchRecord& r) {
      if (!is_held_edit(edit_of(r))) return;
      if (const Skip failure = hold_failure(r); failure != Skip::kNone) return kill(r, failure);
      // The shadow root that its content opens would go with the content.
      if (r.span.shadow_host && edit_of(r).content.has_value()) kill(r, Skip::kAmbiguous);
    });
  }
  each(head, [&](MatchRecord& r) {
    if (edit_of(r).guarded && !is_harmless(r)) kill(r, Skip::kUnsafe);
  });
  waiting_.pop();
  const ElementSpan& span = records_[head].span;
  if (span.behind_newline_eater && frontier_ == span.begin) out_.behind_newline_eater(span.begin);
  if (holds(head)) {
    write_held(head);
    return pool_.put(head);
  }
  write_start(head);
  bool edits_at_end = false;
  each(head, [&](MatchRecord& r) {
    const Edit& e = edit_of(r);
    if (r.span.is_void || (e.append.empty() && e.after.empty())) {
      apply(r);
      r.alive = false;
    } else {
      edits_at_end = true;
    }
  });
  await_end(head, edits_at_end);
}

void Splicer::await_end(RecordIndex head, bool edits_at_end) noexcept {
  MatchRecord& first = records_[head];
  if (edits_at_end) {
    first.state = State::kInside;
    inside_.push(head);
  } else if (first.ended) {
    pool_.put(head);
  } else {
    first.state = State::kDone;
  }
}

bool Splicer::is_harmless(const MatchRecord& r) noexcept {
  const std::string_view tag =
      window_.piece(r.span.begin, static_cast<size_t>(r.span.content_begin - r.span.begin));
  const char* const name = tag.data() + 1;
  const std::string_view element(name,
                                 static_cast<size_t>(Search::name_end(name, tag.data() + tag.size()) - name));
  for (const AttributeEdit& attribute : edit_of(r).attributes) {
    if (!harmless_on(element, attribute.name, attribute.value.has_value())) return false;
  }
  return true;
}

void Splicer::apply(MatchRecord& r) noexcept {
  ++outcomes_[r.edit].applied;
  out_.applied(r.edit);
}

void Splicer::close_tag(Tag tag) noexcept {
  out_.markup("</");
  out_.raw(name_of(tag));
  out_.raw(">");
}

void Splicer::write_start(RecordIndex head) noexcept {
  const MatchRecord& first = records_[head];
  TagEdits tag_edits;
  bool closed = false;
  each(head, [&](MatchRecord& r) {
    const Edit& e = edit_of(r);
    if (!tag_edits.add(e)) return kill(r, Skip::kMemory);
    if (e.before.empty()) return;
    if (r.span.ended_before && !closed) close_tag(r.span.ended_before);
    closed = true;
    out_.markup(e.before);
  });
  if (tag_edits.any()) {
    const auto size = static_cast<size_t>(first.span.content_begin - first.span.begin);
    tag_edits.write(window_.piece(first.span.begin, size), first.span.begin, out_);
    frontier_ = first.span.content_begin;
  } else {
    emit_to(first.span.content_begin);
  }
  if (first.span.eats_newline()) {
    out_.behind_newline_eater(first.span.content_begin);
    if (!holds(head) && prepends_behind_newline(head))
      emit_to(first.span.content_begin + newline_size(first.span.content_begin));
  }
  each(head, [&](MatchRecord& r) {
    if (!edit_of(r).prepend.empty()) out_.markup(edit_of(r).prepend);
  });
  if (first.span.is_void) {
    each(head, [&](MatchRecord& r) {
      if (!edit_of(r).after.empty()) out_.markup(edit_of(r).after);
    });
  }
}

void Splicer::write_held(RecordIndex head) noexcept {
  const MatchRecord first = records_[head];
  bool removed = false;
  each(head, [&](MatchRecord& r) { removed |= edit_of(r).remove; });
  if (!removed) {
    write_start(head);
    each(head, [&](MatchRecord& r) {
      if (edit_of(r).content && !edit_of(r).content->empty()) out_.markup(*edit_of(r).content);
    });
  }
  drop_waiting_before(first.span.content_end);
  if (removed && first.span.ended_before) close_tag(first.span.ended_before);
  out_.seam();
  frontier_ = removed && !first.span.page_end ? first.span.end : first.span.content_end;
  if (removed) note_closed(first.span);
  if (!removed) return write_end(head);
  each(head, [&](MatchRecord& r) { apply(r); });
}

void Splicer::drop_waiting_before(uint64_t offset) noexcept {
  while (waiting_.front() != kNoIndex && records_[waiting_.front()].span.begin < offset) {
    const RecordIndex inner = waiting_.front();
    waiting_.pop();
    each(inner, [&](MatchRecord& r) { kill(r, Skip::kNested); });
    await_end(inner, false);
  }
}

void Splicer::write_end(RecordIndex head) noexcept {
  const MatchRecord& first = records_[head];
  const bool held = holds(head);
  const bool own_tag = first.span.end != first.span.content_end && !first.span.page_end;
  const bool inside_closed = closed_at_ == first.span.content_end && closed_depth_ == first.span.depth + 1;
  each(head, [&](MatchRecord& r) {
    const Edit& e = edit_of(r);
    if (!r.span.closed) return kill(r, unclosed_);
    if (r.span.ambiguous) return kill(r, Skip::kAmbiguous);
    if (!held && r.span.long_tag_end != 0 && (!own_tag || !e.append.empty()))
      return kill(r, Skip::kTagTooLong);
    const bool inside_blocks = !held && !inside_closed && cannot_close(r.span.ended_inside);
    if (!e.append.empty() && inside_blocks) return kill(r, Skip::kAmbiguous);
    if (!e.after.empty() && !own_tag && !(r.span.endable && may_close(r.span.tag))) kill(r, Skip::kAmbiguous);
  });
  // At the page's end, what follows "</body>" has left already.
  emit_to(first.span.page_end && !held ? first.span.end : first.span.content_end);
  bool closed = held || inside_closed;
  each(head, [&](MatchRecord& r) {
    if (edit_of(r).append.empty()) return;
    if (r.span.ended_inside && !closed) close_tag(r.span.ended_inside);
    closed = true;
    out_.markup(edit_of(r).append);
  });
  // These are reported before the end tag leaves, so that the tag and the page after it leave in one piece.
  each(head, [&](MatchRecord& r) {
    if (edit_of(r).after.empty()) apply(r);
  });
  emit_to(first.span.end);
  closed = own_tag;
  each(head, [&](MatchRecord& r) {
    if (edit_of(r).after.empty()) return;
    if (!closed) {
      close_tag(r.span.tag);
      note_closed(r.span);
    }
    closed = true;
    out_.markup(edit_of(r).after);
    apply(r);
  });
}

}  // namespace abm::rewrite
