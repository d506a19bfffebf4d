// The splicing half: the order in which edits leave, and what becomes of each.
#include "rewrite/splice/splicer.h"

#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/attributes.h"

namespace abm::rewrite {
namespace {

/// Elements whose end tag, written where they end anyway, changes nothing else.
bool may_close(Tag tag) noexcept {
  return has_any(tag, kContainer | kTablePart | kImplied);
}

}  // namespace

Splicer::Splicer(std::span<const Edit> edits, size_t max_hold, Record* records, Outcome* outcomes,
                 Window& window, Output& output) noexcept
    : edits_(edits),
      max_hold_(max_hold),
      records_(records),
      outcomes_(outcomes),
      window_(window),
      out_(output) {
  for (size_t i = 0; i < edits.size(); ++i) outcomes_[i] = {};
}

void Splicer::skip(uint32_t edit, Skip reason) noexcept {
  Outcome& outcome = outcomes_[edit];
  if (outcome.skipped++ == 0) outcome.reason = reason;
}

void Splicer::skip_missing(Skip reason) noexcept {
  for (uint32_t i = 0; i < edits_.size(); ++i) {
    if (outcomes_[i].missing()) skip(i, reason);
  }
}

void Splicer::kill(Record& r, Skip reason) noexcept {
  r.alive = false;
  skip(r.edit, reason);
}

void Splicer::free_chain(uint16_t head) noexcept {
  while (head != kNone) {
    const uint16_t same = records_[head].same;
    records_[head].next = free_;
    free_ = head;
    head = same;
  }
}

/// One given back, else the next that was never used: most pages need few of them.
uint16_t Splicer::take_record() noexcept {
  const uint16_t at = free_;
  if (at == kNone) return used_ == kRecords ? kNone : used_++;
  free_ = records_[at].next;
  return at;
}

uint32_t Splicer::found(const Found& element, std::span<const uint32_t> edits) noexcept {
  advance(element.begin);
  uint16_t head = kNone, tail = kNone;
  for (const uint32_t edit : edits) {
    const uint16_t at = take_record();
    if (at == kNone) {
      skip(edit, Skip::kMemory);
      continue;
    }
    Record& r = records_[at];
    r = {};
    r.begin = element.begin;
    r.content_begin = r.content_end = r.end = element.content_begin;
    r.edit = static_cast<uint16_t>(edit);
    r.next = r.same = kNone;
    r.tag = element.tag;
    r.closed_before = element.closed_before;
    r.has_closed_before = element.has_closed_before;
    r.is_void = r.ended = element.is_void;
    r.raw_text = element.raw_text;
    r.closed = r.alive = true;
    (head == kNone ? head : records_[tail].same) = at;
    tail = at;
  }
  if (head == kNone) return kNoRecord;
  settle(head);
  (first_waiting_ == kNone ? first_waiting_ : records_[last_waiting_].next) = head;
  last_waiting_ = head;
  if (!element.is_void) return head;
  advance(element.content_begin);
  return kNoRecord;
}

void Splicer::settle(uint16_t head) noexcept {
  bool has_content = false, has_remove = false;
  each(head, [&](Record& r) {
    const Edit& e = edit_of(r);
    if (r.is_void && is_inner_edit(e)) return kill(r, Skip::kVoid);
    if (r.raw_text && is_inner_edit(e)) return kill(r, Skip::kRawText);
    const bool moves_start = !e.before.empty() || e.remove;  // what the start tag ended would stay open
    if (moves_start && r.has_closed_before && !may_close(r.closed_before)) return kill(r, Skip::kAmbiguous);
    has_remove |= e.remove;
  });
  bool removed = false;
  each(head, [&](Record& r) {
    const Edit& e = edit_of(r);
    if (has_remove && (!e.remove || removed)) return kill(r, Skip::kNested);
    removed |= e.remove;
    if (e.content.has_value() && has_content) return kill(r, Skip::kNested);
    has_content |= e.content.has_value();
  });
}

bool Splicer::holds(uint16_t head) const noexcept {
  for (uint16_t i = head; i != kNone; i = records_[i].same) {
    if (records_[i].alive && is_held_edit(edit_of(records_[i]))) return true;
  }
  return false;
}

void Splicer::ended(uint32_t record, const Ending& ending) noexcept {
  const auto head = static_cast<uint16_t>(record);
  Record& first = records_[head];
  for (uint16_t i = head; i != kNone; i = records_[i].same) {
    Record& r = records_[i];
    r.content_end = ending.content_end;
    r.end = ending.end;
    r.closed = ending.closed;
    r.ambiguous = ending.ambiguous;
    r.endable = ending.endable;
    r.has_inside = ending.has_inside;
    r.open_inside = ending.open_inside;
    r.ended = true;
  }
  if (first.started && first.next == head) return free_chain(head);  // nothing left to do at its end
  advance(ending.end);
}

void Splicer::emit_to(uint64_t offset) noexcept {
  if (offset <= frontier_) return;
  out_.page(frontier_, offset);
  frontier_ = offset;
}

void Splicer::advance(uint64_t offset) noexcept {
  for (;;) {
    const uint16_t waiting = first_waiting_;
    const uint16_t inside = inside_;
    if (inside != kNone && records_[inside].ended &&
        (waiting == kNone || records_[waiting].begin >= records_[inside].content_end)) {
      inside_ = records_[inside].next;
      write_end(inside);
      free_chain(inside);
      continue;
    }
    if (waiting == kNone || records_[waiting].begin > offset) break;
    emit_to(records_[waiting].begin);
    if (!start(waiting, offset)) return;
  }
  emit_to(offset);
}

bool Splicer::start(uint16_t head, uint64_t scanned) noexcept {
  Record& first = records_[head];
  if (holds(head)) {
    Skip failure = Skip::kNone;
    if (!first.ended) {
      if (scanned - first.begin <= max_hold_) return false;
      failure = Skip::kUnclosed;
    } else if (first.end - first.begin > max_hold_) {
      failure = Skip::kUnclosed;
    } else if (!first.closed) {
      failure = unclosed_;
    } else if (first.ambiguous) {
      failure = Skip::kAmbiguous;
    }
    if (failure != Skip::kNone) {
      each(head, [&](Record& r) {
        if (is_held_edit(edit_of(r))) kill(r, failure);
      });
    }
  } else if (scanned < first.content_begin) {
    return false;  // its start tag is being brought
  }
  each(head, [&](Record& r) {
    if (edit_of(r).guarded && !is_harmless(r)) kill(r, Skip::kUnsafe);
  });
  first_waiting_ = first.next;
  if (first_waiting_ == kNone) last_waiting_ = kNone;
  if (holds(head)) {
    write_held(head);
    free_chain(head);
    return true;
  }
  write_start(head);
  bool at_end = false;
  each(head, [&](Record& r) {
    const Edit& e = edit_of(r);
    if (r.is_void || (e.append.empty() && e.after.empty())) {
      apply(r);
      r.alive = false;
    } else {
      at_end = true;
    }
  });
  first.started = true;
  if (at_end) {
    first.next = inside_;
    inside_ = head;
  } else if (first.ended) {
    free_chain(head);
  } else {
    first.next = head;  // waits for ended() only
  }
  return true;
}

bool Splicer::is_harmless(const Record& r) noexcept {
  const std::string_view tag = window_.piece(r.begin, static_cast<size_t>(r.content_begin - r.begin));
  const char* const name = tag.data() + 1;
  const std::string_view element(name,
                                 static_cast<size_t>(Search::name_end(name, tag.data() + tag.size()) - name));
  for (const AttributeEdit& attribute : edit_of(r).attributes) {
    if (!harmless_on(element, attribute.name, attribute.value.has_value())) return false;
  }
  return true;
}

void Splicer::apply(Record& r) noexcept {
  ++outcomes_[r.edit].applied;
  out_.applied(r.edit);
}

void Splicer::close_tag(Tag tag) noexcept {
  out_.markup("</");
  out_.raw(name_of(tag));
  out_.raw(">");
}

void Splicer::write_start(uint16_t head) noexcept {
  const Record& first = records_[head];
  TagEdits tag_edits;
  bool closed = false;
  each(head, [&](Record& r) {
    const Edit& e = edit_of(r);
    if (!tag_edits.add(e)) return kill(r, Skip::kMemory);
    if (e.before.empty()) return;
    if (r.has_closed_before && !closed) close_tag(r.closed_before);
    closed = true;
    out_.markup(e.before);
  });
  if (tag_edits.any()) {
    const auto size = static_cast<size_t>(first.content_begin - first.begin);
    tag_edits.write(window_.piece(first.begin, size), first.begin, out_);
    frontier_ = first.content_begin;
  } else {
    emit_to(first.content_begin);
  }
  each(head, [&](Record& r) {
    if (!edit_of(r).prepend.empty()) out_.markup(edit_of(r).prepend);
  });
  if (first.is_void) {
    each(head, [&](Record& r) {
      if (!edit_of(r).after.empty()) out_.markup(edit_of(r).after);
    });
  }
}

void Splicer::write_held(uint16_t head) noexcept {
  const Record first = records_[head];
  bool removed = false;
  each(head, [&](Record& r) { removed |= edit_of(r).remove; });
  if (!removed) {
    write_start(head);
    each(head, [&](Record& r) {
      if (edit_of(r).content && !edit_of(r).content->empty()) out_.markup(*edit_of(r).content);
    });
  }
  // What was matched inside is gone with the content.
  while (first_waiting_ != kNone && records_[first_waiting_].begin < first.content_end) {
    const uint16_t inner = first_waiting_;
    first_waiting_ = records_[inner].next;
    each(inner, [&](Record& r) { kill(r, Skip::kNested); });
    if (records_[inner].ended) {
      free_chain(inner);
    } else {
      records_[inner].started = true;
      records_[inner].next = inner;
    }
  }
  if (first_waiting_ == kNone) last_waiting_ = kNone;
  if (removed && first.has_closed_before) close_tag(first.closed_before);
  out_.seam();
  frontier_ = removed ? first.end : first.content_end;
  if (!removed) return write_end(head);
  each(head, [&](Record& r) { apply(r); });
}

void Splicer::write_end(uint16_t head) noexcept {
  const Record& first = records_[head];
  const bool held = holds(head);
  const bool own_tag = first.end != first.content_end;
  each(head, [&](Record& r) {
    const Edit& e = edit_of(r);
    if (!r.closed) return kill(r, unclosed_);
    if (r.ambiguous) return kill(r, Skip::kAmbiguous);
    const bool inside_blocks = !held && r.has_inside && !may_close(r.open_inside);
    if (!e.append.empty() && inside_blocks) return kill(r, Skip::kAmbiguous);
    if (!e.after.empty() && !own_tag && !(r.endable && may_close(r.tag))) kill(r, Skip::kAmbiguous);
  });
  emit_to(first.content_end);
  bool closed = held;
  each(head, [&](Record& r) {
    if (edit_of(r).append.empty()) return;
    if (r.has_inside && !closed) close_tag(r.open_inside);
    closed = true;
    out_.markup(edit_of(r).append);
  });
  // What ends here is told before the end tag leaves, so that the tag and the page after it leave in one
  // piece.
  each(head, [&](Record& r) {
    if (edit_of(r).after.empty()) apply(r);
  });
  emit_to(first.end);
  closed = own_tag;
  each(head, [&](Record& r) {
    if (edit_of(r).after.empty()) return;
    if (!closed) close_tag(r.tag);
    closed = true;
    out_.markup(edit_of(r).after);
    apply(r);
  });
}

}  // namespace abm::rewrite
