// The resumable searches for the end of a comment, a CDATA section and raw text.
#include "rewrite/scan/construct_ends.h"

#include <algorithm>

#include "base/text.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/bytes.h"

namespace abm::rewrite {
namespace {

/// Whether the bytes begin with `name`, in lower case, and a byte that ends a tag's name.
Match match_name(const char* p, const char* end, std::string_view name) noexcept {
  const std::string_view bytes(p, static_cast<size_t>(end - p));
  const Match match = match_prefix_ignoring_case(bytes, name);
  if (match != Match::kYes) return match;
  if (bytes.size() == name.size()) return Match::kIncomplete;
  constexpr uint8_t kEndsName = kSpaceByte | kSlashByte | kGreaterByte;
  return (byte_class(bytes[name.size()]) & kEndsName) != 0 ? Match::kYes : Match::kNo;
}

constexpr std::string_view kScriptName = "script";

}  // namespace

const char* CommentEnd::find(const char* p, const char* end) noexcept {
  for (; p != end; ++p) {
    const char c = *p;
    if (state_ == State::kBody) {
      p = Search::byte(p, end, '-');
      if (p == end) return nullptr;
      state_ = State::kDash;
      continue;
    }
    if (c == '>' && state_ != State::kDash) return p + 1;
    switch (state_) {
      case State::kStart:
        state_ = c == '-' ? State::kStartDash : State::kBody;
        break;
      case State::kStartDash:
      case State::kDash:
        state_ = c == '-' ? State::kEnd : State::kBody;
        break;
      case State::kEnd:
        if (c != '-') state_ = c == '!' ? State::kBang : State::kBody;
        break;
      case State::kBang:
        state_ = c == '-' ? State::kDash : State::kBody;
        break;
      case State::kBody:
        break;
    }
  }
  return nullptr;
}

size_t CommentEnd::size_at_end_of_file() const noexcept {
  switch (state_) {
    case State::kStartDash:
    case State::kDash:
      return 1;
    case State::kEnd:
      return 2;
    case State::kBang:
      return 3;
    case State::kStart:
    case State::kBody:
      break;
  }
  return 0;
}

const char* CdataEnd::find(const char* p, const char* end, Charset charset) noexcept {
  for (; p != end; ++p) {
    if (after_lead_) {
      after_lead_ = false;
      if (is_trail_byte(*p, charset)) {
        brackets_ = 0;
        continue;
      }
    }
    if (*p == ']') {
      brackets_ = brackets_ < 2 ? brackets_ + 1 : 2;
    } else if (*p == '>' && brackets_ == 2) {
      return p + 1;
    } else {
      brackets_ = 0;
      after_lead_ = is_lead_byte(*p, charset);
    }
  }
  return nullptr;
}

void RawTextEnd::reset(Content content, std::string_view name) noexcept {
  state_ = content == Content::kScript ? State::kScript : State::kPlain;
  dashes_ = 0;
  name_size_ = static_cast<uint8_t>(std::min(name.size(), kMaxName));
  for (size_t i = 0; i < name_size_; ++i) name_[i] = ascii_lower(name[i]);
}

RawTextEnd::Found RawTextEnd::find(const char* p, const char* end) noexcept {
  return state_ == State::kPlain ? find_in_plain(p, end) : find_in_script(p, end);
}

Match RawTextEnd::match_end_tag(const char* name, const char* end) const noexcept {
  return name_size_ == 0 ? Match::kNo : match_name(name, end, {name_, name_size_});
}

RawTextEnd::Found RawTextEnd::find_in_plain(const char* p, const char* end) const noexcept {
  for (;; ++p) {
    p = Search::byte(p, end, '<');
    if (p == end) return {end, Match::kNo};
    if (end - p == 1) return {p, Match::kIncomplete};
    if (p[1] != '/') continue;
    if (const Match match = match_end_tag(p + 2, end); match != Match::kNo) return {p, match};
  }
}

/// In a script that "<!--" escapes, "-->" ends the escape.
const char* RawTextEnd::skip_to_less_than(const char* p, const char* end) noexcept {
  for (; p != end && *p != '<'; ++p) {
    if (state_ == State::kScript) return Search::byte(p, end, '<');
    if (*p == '-') {
      dashes_ = dashes_ < 2 ? dashes_ + 1 : 2;
    } else if (*p == '>' && dashes_ == 2) {
      state_ = State::kScript;
    } else {
      dashes_ = 0;
    }
  }
  return p;
}

RawTextEnd::Found RawTextEnd::find_in_script(const char* p, const char* end) noexcept {
  for (;;) {
    p = skip_to_less_than(p, end);
    if (p == end) return {end, Match::kNo};
    dashes_ = 0;
    const char* const less_than = p;
    if (const Match match = match_in_script(p, end); match != Match::kNo) return {less_than, match};
  }
}

Match RawTextEnd::match_in_script(const char*& p, const char* end) noexcept {
  const char* const less_than = p;
  const ptrdiff_t size = end - less_than;
  if (size == 1) return Match::kIncomplete;
  p = less_than + 1;
  if (state_ == State::kScript && less_than[1] == '!') {
    if (size < 4 && (size < 3 || less_than[2] == '-')) return Match::kIncomplete;
    if (less_than[2] != '-' || less_than[3] != '-') return Match::kNo;
    state_ = State::kEscaped;
    dashes_ = 2;
    p = less_than + 4;
    return Match::kNo;
  }
  if (less_than[1] == '/' && state_ != State::kDoubleEscaped) return match_end_tag(less_than + 2, end);
  if (state_ == State::kScript) return Match::kNo;
  // "<script" and "</script" inside the escape: they open and close a second level.
  const bool closes = state_ == State::kDoubleEscaped;
  if (closes && less_than[1] != '/') return Match::kNo;
  const char* const name = less_than + (closes ? 2 : 1);
  const Match match = match_name(name, end, kScriptName);
  if (match != Match::kYes) return match;
  state_ = closes ? State::kEscaped : State::kDoubleEscaped;
  p = name + kScriptName.size() + 1;
  return Match::kNo;
}

}  // namespace abm::rewrite
