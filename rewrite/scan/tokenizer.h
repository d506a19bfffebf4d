// The tokenizer of HTML 13.2.5 as far as tags, comments and raw text need it: bytes in, tags out, nothing
// copied but what is kept of a tag longer than is held.
//
//             ┌──────────────── kData ◄──────────────┐
//   "<!--"    │  "<!doctype"   "<?", "<!", "</1"     │  "<![CDATA["
//   kComment    kDoctype       kBogusComment            kCdata
//             │
//   a start tag's handler answers: raw text, RCDATA or script (kRawText, until their end tag), kPlaintext
//
// Everything but a tag is scanned without being held. A tag (and the few bytes after a "<" that decide what
// it opens) must come in one piece: scan() stops before an incomplete one, and the caller passes it again
// with more bytes. A tag longer than max_tag is scanned as it comes (kLongTag), like everything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/bytes.h"
#include "rewrite/scan/construct_ends.h"
#include "rewrite/scan/long_tag.h"
#include "rewrite/scan/tag_names.h"
#include "rewrite/scan/token.h"
#include "rewrite/scan/token_handler.h"

namespace abm::rewrite {

/// A template, so that the handler's hooks are inlined into one loop.
template <TokenHandler Handler>
class Tokenizer {
 public:
  /// `memory`: for what is kept of tags longer than `max_tag`.
  explicit Tokenizer(Handler& handler, size_t max_tag, MemorySource memory = MemorySource::heap()) noexcept
      : handler_(handler), max_tag_(max_tag), long_tag_(memory, max_tag) {}

  /// For tests: starts in another state, with the name of the last start tag.
  void start_in(Content content, std::string_view last_start_tag) noexcept { enter(content, last_start_tag); }

  /// Scans `bytes`, which are at `offset` of the page. Returns how many of them are finished; the rest is an
  /// incomplete construct that must come again, followed by `completing(...)` more bytes. Once stopped(), it
  /// stays stopped.
  size_t scan(std::string_view bytes, uint64_t offset) noexcept;
  /// How many of the bytes that follow an incomplete construct to append before it is scanned again (at least
  /// 1).
  [[nodiscard]] size_t completing(std::string_view more) noexcept;
  /// End of file: an unfinished comment is reported; an unfinished tag is not (HTML 13.2.5, eof-in-tag).
  void finish(uint64_t offset) noexcept;

  [[nodiscard]] bool stopped() const noexcept { return state_ == State::kStopped; }
  /// Whether scan() stopped before a tag whose name has begun; otherwise it was a "<" that may yet open
  /// something.
  [[nodiscard]] bool incomplete_tag() const noexcept { return incomplete_ == Incomplete::kTag; }
  /// Whether it is in a tag longer than max_tag, of which only a ">" can be the end.
  [[nodiscard]] bool in_long_tag() const noexcept { return state_ == State::kLongTag; }
  /// Why it stopped, if not at its handler's word: a tag's name alone is longer than max_tag, or there is no
  /// memory.
  [[nodiscard]] bool name_too_long() const noexcept { return name_too_long_; }
  [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }
  /// Whether the page may end here: in text, not inside a tag, a comment, or an element without markup.
  [[nodiscard]] bool between_tokens() const noexcept {
    return state_ == State::kData && incomplete_ == Incomplete::kNothing;
  }

 private:
  enum class State : uint8_t {
    kData,
    kRawText,  // raw_text_ knows the rest
    kPlaintext,
    kComment,
    kBogusComment,
    kDoctype,
    kCdata,
    kLongTag,
    kStopped,
  };
  /// What needs more bytes: kOpening, a "<" that may yet open something; kTag, a tag whose name has begun.
  enum class Incomplete : uint8_t { kNothing, kOpening, kTag };
  static constexpr size_t kLookahead = 16;  // bytes that decide what a "<" opens
  static constexpr size_t kMaxDoctype = 512;

  /// After a start tag of that name.
  void enter(Content content, std::string_view name) noexcept;
  [[nodiscard]] uint64_t offset_of(const char* p) const noexcept {
    return offset_ + static_cast<uint64_t>(p - data_);
  }
  [[nodiscard]] bool exceeds(const char* begin, const char* end) const noexcept {
    return static_cast<size_t>(end - begin) > max_tag_;
  }

  // Each returns where it stopped.
  const char* scan_data(const char* p, const char* end) noexcept;
  const char* scan_markup(const char* lt, const char* end) noexcept;
  const char* scan_declaration(const char* lt, const char* end) noexcept;
  [[gnu::always_inline]] const char* scan_tag(const char* lt, const char* name, const char* end) noexcept;
  const char* scan_raw_text(const char* p, const char* end) noexcept;
  const char* scan_comment(const char* p, const char* end) noexcept;
  const char* scan_bogus_comment(const char* p, const char* end) noexcept;
  const char* scan_doctype(const char* p, const char* end) noexcept;
  const char* scan_cdata(const char* p, const char* end) noexcept;
  [[gnu::cold]] const char* scan_long_tag(const char* p, const char* end) noexcept;
  /// After a scan that stopped before an incomplete tag.
  const char* look_into_incomplete_tag(const char* lt, const char* end) noexcept;
  [[gnu::cold]] const char* begin_long_tag(const char* lt, const char* name_end) noexcept;
  /// Hands the tag on.
  void pass(TagToken& tag) noexcept;
  const char* wait(const char* lt, Incomplete what) noexcept {
    incomplete_ = what;
    return lt;
  }
  /// Keeps the first bytes of a comment's data, or of a script's text.
  void begin_head(size_t capacity) noexcept {
    head_size_ = 0;
    head_capacity_ = static_cast<uint8_t>(capacity);
  }
  void keep_head(const char* p, const char* end) noexcept;
  void pass_script_head() noexcept;
  /// What begins at `data` ends at the next ">".
  const char* begin_bogus_comment(const char* data) noexcept {
    state_ = State::kBogusComment;
    data_begin_ = offset_of(data);
    return data;
  }

  Handler& handler_;
  size_t max_tag_;
  const char* data_ = nullptr;  // of the current scan
  uint64_t offset_ = 0;
  State state_ = State::kData;
  Incomplete incomplete_ = Incomplete::kNothing;
  bool name_too_long_ = false, out_of_memory_ = false;
  TagEndFinder tag_end_;        // of the incomplete tag
  size_t incomplete_size_ = 0;  // bytes of it that were scanned
  LongTag long_tag_;
  CommentEnd comment_end_;
  CdataEnd cdata_end_;
  RawTextEnd raw_text_end_;
  uint64_t construct_begin_ = 0, data_begin_ = 0;  // of the current comment, doctype, CDATA section
  uint16_t doctype_size_ = 0;
  uint8_t head_size_ = 0, head_capacity_ = 0;
  char head_[kScriptHead];
  char doctype_[kMaxDoctype];
};

}  // namespace abm::rewrite

#include "rewrite/scan/tokenizer_states.h"
