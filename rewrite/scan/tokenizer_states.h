// What Tokenizer does in each of its states. A part of tokenizer.h, which alone includes it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>

namespace abm::rewrite {

template <TokenHandler H>
void Tokenizer<H>::enter(Content content, std::string_view name) noexcept {
  switch (content) {
    case Content::kData:
      state_ = State::kData;
      break;
    case Content::kRcdata:
    case Content::kRawtext:
    case Content::kScript:
      state_ = State::kRawText;
      raw_text_end_.reset(content, name);
      begin_head(content == Content::kScript ? kScriptHead : 0);
      break;
    case Content::kPlaintext:
      state_ = State::kPlaintext;
      break;
    case Content::kCdata:
      state_ = State::kCdata;
      cdata_end_.reset();
      break;
    case Content::kStop:
      state_ = State::kStopped;
      break;
  }
}

template <TokenHandler H>
size_t Tokenizer<H>::scan(std::string_view bytes, uint64_t offset) noexcept {
  data_ = bytes.data();
  offset_ = offset;
  incomplete_ = Incomplete::kNothing;
  const char* p = data_;
  const char* const end = p + bytes.size();
  while (p != end && incomplete_ == Incomplete::kNothing && state_ != State::kStopped) {
    switch (state_) {
      case State::kData:
        p = scan_data(p, end);
        break;
      case State::kRawText:
        p = scan_raw_text(p, end);
        break;
      case State::kPlaintext:
        p = end;
        break;
      case State::kComment:
        p = scan_comment(p, end);
        break;
      case State::kBogusComment:
        p = scan_bogus_comment(p, end);
        break;
      case State::kDoctype:
        p = scan_doctype(p, end);
        break;
      case State::kCdata:
        p = scan_cdata(p, end);
        break;
      case State::kLongTag:
        p = scan_long_tag(p, end);
        break;
      case State::kStopped:
        break;
    }
  }
  if (incomplete_tag()) p = look_into_incomplete_tag(p, end);
  return static_cast<size_t>(p - data_);
}

template <TokenHandler H>
const char* Tokenizer<H>::look_into_incomplete_tag(const char* lt, const char* end) noexcept {
  const char* const name = lt + (lt[1] == '/' ? 2 : 1);
  if (exceeds(lt, end)) {
    incomplete_ = Incomplete::kNothing;
    const char* const p = begin_long_tag(lt, Search::name_end(name, end));
    return state_ == State::kStopped ? p : scan_long_tag(p, end);
  }
  incomplete_size_ = static_cast<size_t>(end - lt);
  bool found = false;
  tag_end_.reset();
  tag_end_.feed({name, static_cast<size_t>(end - name)}, found);
  return lt;
}

template <TokenHandler H>
const char* Tokenizer<H>::begin_long_tag(const char* lt, const char* name_end) noexcept {
  const std::string_view opening(lt, static_cast<size_t>(name_end - lt));
  const bool is_end = lt[1] == '/';
  const Tag tag = tag_of(key_of(opening.substr(is_end ? 2 : 1)));
  name_too_long_ = exceeds(lt, name_end);
  LongTag::Asked asked;
  if (!is_end) asked.bits = handler_.asked_attributes();
  asked.asks = [](const void* handler, std::string_view name) noexcept {
    return static_cast<const H*>(handler)->asks_attribute(name);
  };
  asked.context = &handler_;
  out_of_memory_ = !name_too_long_ && !long_tag_.start(opening, asked, !is_end && has_any(tag, kFormatting));
  state_ = name_too_long_ || out_of_memory_ ? State::kStopped : State::kLongTag;
  construct_begin_ = offset_of(lt);
  return state_ == State::kStopped ? lt : name_end;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_long_tag(const char* p, const char* end) noexcept {
  const char* const after = long_tag_.feed(p, end);
  if (after == nullptr) return end;
  TagToken tag = long_tag_.token(construct_begin_, offset_of(after));
  pass(tag);
  return after;
}

template <TokenHandler H>
inline void Tokenizer<H>::pass(TagToken& tag) noexcept {
  if (tag.is_end) {
    state_ = handler_.end_tag(tag) ? State::kData : State::kStopped;
  } else {
    enter(handler_.start_tag(tag), tag.name);
  }
}

template <TokenHandler H>
size_t Tokenizer<H>::completing(std::string_view more) noexcept {
  if (!incomplete_tag()) return std::min(more.size(), kLookahead);
  bool found = false;
  return tag_end_.feed(more.substr(0, max_tag_ + 1 - incomplete_size_), found);
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_data(const char* p, const char* end) noexcept {
  const char* text = p;
  for (;;) {
    const char* lt = Search::byte(p, end, '<');
    if (end - lt > 1 && !opens_markup(lt[1])) {  // a "<" that opens nothing
      p = lt + 1;
      continue;
    }
    if (handler_.wants_text() && lt != text)
      handler_.text({text, static_cast<size_t>(lt - text)}, offset_of(text));
    if (end - lt <= 1) return lt == end ? end : wait(lt, Incomplete::kOpening);
    if (lt[1] == '/' && max_tag_ >= kMostPlainEnd + 2) {
      if (const size_t size = handler_.plain_end(lt + 2, end); size != 0) {
        text = p = lt + 2 + size;
        continue;
      }
    }
    p = is_letter(lt[1]) ? scan_tag(lt, lt + 1, end) : scan_markup(lt, end);
    if (incomplete_ != Incomplete::kNothing || state_ != State::kData || p == end) return p;
    text = p;
  }
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_markup(const char* lt, const char* end) noexcept {
  construct_begin_ = offset_of(lt);
  if (lt[1] == '!') return scan_declaration(lt, end);
  if (lt[1] == '?') return begin_bogus_comment(lt + 1);
  if (end - lt < 3) return wait(lt, Incomplete::kOpening);
  if (is_letter(lt[2])) return scan_tag(lt, lt + 2, end);
  if (lt[2] != '>') return begin_bogus_comment(lt + 2);
  handler_.skipped(construct_begin_, construct_begin_ + 3);
  return lt + 3;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_declaration(const char* lt, const char* end) noexcept {
  const std::string_view rest(lt + 2, static_cast<size_t>(end - lt - 2));
  switch (match_prefix(rest, "--")) {
    case Match::kIncomplete:
      return wait(lt, Incomplete::kOpening);
    case Match::kYes:
      state_ = State::kComment;
      comment_end_.reset();
      begin_head(kCommentHead);
      data_begin_ = offset_of(lt + 4);
      return lt + 4;
    case Match::kNo:
      break;
  }
  switch (match_prefix_ignoring_case(rest, "doctype")) {
    case Match::kIncomplete:
      return wait(lt, Incomplete::kOpening);
    case Match::kYes:
      state_ = State::kDoctype;
      doctype_size_ = 0;
      return lt + 9;
    case Match::kNo:
      break;
  }
  if (handler_.cdata_allowed()) {
    switch (match_prefix(rest, "[CDATA[")) {
      case Match::kIncomplete:
        return wait(lt, Incomplete::kOpening);
      case Match::kYes:
        state_ = State::kCdata;
        cdata_end_.reset();
        return lt + 9;
      case Match::kNo:
        break;
    }
  }
  return begin_bogus_comment(lt + 2);
}

template <TokenHandler H>
inline const char* Tokenizer<H>::scan_tag(const char* lt, const char* name, const char* end) noexcept {
  NameKey key = 0;
  Tag listed = Tag::kNone_;
  size_t size = 8;
  if (std::endian::native == std::endian::little && end - name >= 8) {
    // Most names are short, in lower case, and followed by a space or ">": then the bytes are already the
    // key. No other name has such a key in the table. (A NUL at the end would not show in the key.)
    std::memcpy(&key, name, 8);
    size = plain_name_size(key);
    key &= size < 8 ? (uint64_t{1} << (8 * size)) - 1 : 0;
    if (size < 8 && name[size - 1] != '\0') listed = tag_of(key);
  }
  const char* name_end = name + size;
  if (listed == Tag::kNone_) {
    name_end = Search::name_end(name, end);
    size = static_cast<size_t>(name_end - name);
    key = key_of({name, size});
    listed = tag_of(key);
  }
  if (name_end == end) return wait(lt, Incomplete::kTag);
  TagWalk walk;
  if (*name_end == '>') {
    walk.end = name_end + 1;
  } else {
    walk = walk_attributes(name_end, end);
    if (walk.end == nullptr) return wait(lt, Incomplete::kTag);
  }
  if (exceeds(lt, walk.end)) return begin_long_tag(lt, name_end);
  if (name[-1] != '/' && handler_.plain_start(listed, key, walk.attribute_bits,
                                              {name_end, static_cast<size_t>(walk.end - name_end)})) {
    return walk.end;
  }
  TagToken tag;
  tag.name = {name, size};
  tag.key = key;
  tag.tag = listed;
  tag.bytes = lt;
  tag.size = static_cast<size_t>(walk.end - lt);
  tag.begin = offset_of(lt);
  tag.end = offset_of(walk.end);
  tag.attribute_bits = walk.attribute_bits;
  tag.self_closing = walk.self_closing;
  tag.is_end = name[-1] == '/';
  pass(tag);
  return state_ == State::kStopped ? lt : walk.end;
}

template <TokenHandler H>
inline void Tokenizer<H>::keep_head(const char* p, const char* end) noexcept {
  const size_t take = std::min<size_t>(static_cast<size_t>(end - p), head_capacity_ - head_size_);
  if (take == 0) return;
  std::memcpy(head_ + head_size_, p, take);
  head_size_ = static_cast<uint8_t>(head_size_ + take);
}

template <TokenHandler H>
inline void Tokenizer<H>::pass_script_head() noexcept {
  if (head_capacity_ == 0) return;
  head_capacity_ = 0;
  handler_.script({head_, head_size_});
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_raw_text(const char* p, const char* end) noexcept {
  const auto [at, match] = raw_text_end_.find(p, end);
  if (head_size_ != head_capacity_) keep_head(p, at);
  switch (match) {
    case Match::kYes:
      pass_script_head();
      return scan_tag(at, at + 2, end);
    case Match::kIncomplete:
      return wait(at, Incomplete::kOpening);
    case Match::kNo:
      break;
  }
  return end;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_comment(const char* p, const char* end) noexcept {
  const char* const after = comment_end_.find(p, end);
  if (head_size_ != head_capacity_) keep_head(p, after == nullptr ? end : after);
  if (after == nullptr) return end;
  state_ = State::kData;
  const uint64_t offset = offset_of(after), data_end = offset - comment_end_.size();
  // What was kept may run into the comment's end.
  const size_t head = std::min<size_t>(head_size_, data_end - data_begin_);
  handler_.comment({construct_begin_, data_begin_, data_end, offset, {head_, head}});
  return after;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_bogus_comment(const char* p, const char* end) noexcept {
  p = Search::byte(p, end, '>');
  if (p == end) return end;
  state_ = State::kData;
  handler_.comment({construct_begin_, data_begin_, offset_of(p), offset_of(p + 1), {}});
  return p + 1;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_doctype(const char* p, const char* end) noexcept {
  const char* close = Search::byte(p, end, '>');  // also inside quotes: an abrupt identifier ends the doctype
  const size_t take = std::min<size_t>(static_cast<size_t>(close - p), kMaxDoctype - doctype_size_);
  std::memcpy(doctype_ + doctype_size_, p, take);
  doctype_size_ = static_cast<uint16_t>(doctype_size_ + take);
  if (close == end) return end;
  state_ = State::kData;
  handler_.doctype({doctype_, doctype_size_}, doctype_size_ == kMaxDoctype);
  handler_.skipped(construct_begin_, offset_of(close + 1));
  return close + 1;
}

template <TokenHandler H>
const char* Tokenizer<H>::scan_cdata(const char* p, const char* end) noexcept {
  const char* const after = cdata_end_.find(p, end, handler_.charset());
  if (after == nullptr) return end;
  state_ = State::kData;
  handler_.cdata(construct_begin_, offset_of(after));
  return after;
}

template <TokenHandler H>
void Tokenizer<H>::finish(uint64_t offset) noexcept {
  switch (state_) {
    case State::kComment:
      handler_.comment(
          {construct_begin_, data_begin_, offset - comment_end_.size_at_end_of_file(), offset, {}});
      break;
    case State::kBogusComment:
      handler_.comment({construct_begin_, data_begin_, offset, offset, {}});
      break;
    case State::kDoctype:
      handler_.doctype({doctype_, doctype_size_}, true);
      handler_.skipped(construct_begin_, offset);
      break;
    default:
      break;
  }
}

}  // namespace abm::rewrite
