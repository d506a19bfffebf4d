// The tokenizer of HTML 13.2.5 as far as tags, comments and raw text need it: bytes in, tags out, nothing
// copied.
//
//            ┌──────────── kData ◄───────────────────────────────┐
//   "<!--"   │  "<!DOCTYPE"   "<?", "<!", "</1"   "<![CDATA["     │ end tag of the raw text element
//   kComment   kDoctype       kBogusComment      kCdata          │
//                                                                │
//   a start tag's handler answers: kRcdata, kRawtext, kScript ⇄ kScriptEscaped ⇄ kScriptDoubleEscaped,
//   kPlaintext
//
// Everything but a tag is scanned without being held. A tag (and the few bytes after a "<" that decide what
// it opens) must be in one piece: scan() stops before an incomplete one, and the caller brings it again with
// more bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "rewrite/scan/attributes.h"
#include "rewrite/scan/bytes.h"
#include "rewrite/scan/tag_names.h"
#include "rewrite/scan/token.h"

namespace abm::rewrite {

/// Handler: Content start_tag(const TagToken&) · bool end_tag(const TagToken&) (false stops) · bool
/// wants_text() · void text(string_view, offset) (raw bytes of kData, in pieces) · bool cdata_allowed() ·
/// void doctype(string_view, bool cut) · void comment(begin, data_begin, data_end, end) · void cdata(begin,
/// end). It may have: Charset charset() · void skipped(begin, end) (a doctype, or "</>"). All in offsets of
/// the page. And size_t plain_end(name, end): given the bytes behind "</", the size of a name and ">" that it
/// has dealt with itself, at most kPlainEndTag less 2, or 0. And bool plain_start(Tag, NameKey,
/// attribute_bits, rest): whether it has dealt with a start tag after which text is kData, for which
/// start_tag is then not called.
template <typename Handler>
class Tokenizer {
 public:
  explicit Tokenizer(Handler& handler, size_t max_tag) noexcept : handler_(handler), max_tag_(max_tag) {}

  /// For tests: starts in another state, with the name of the last start tag.
  void start_in(Content content, std::string_view last_start_tag) noexcept {
    state_ = state_of(content);
    set_raw_name(last_start_tag);
  }

  /// Scans `bytes`, which are at `offset` of the page. Returns how many are done with; the rest is an
  /// incomplete construct that must come again, with `completing(...)` more bytes behind it. Stops for good
  /// when stopped().
  size_t scan(std::string_view bytes, uint64_t offset) noexcept;
  /// How many of the bytes that follow an incomplete construct to append to it before it is scanned again (≥
  /// 1).
  [[nodiscard]] size_t completing(std::string_view more) noexcept;
  /// End of file: an unfinished comment is reported; an unfinished tag is none (HTML 13.2.5, eof-in-tag).
  void finish(uint64_t offset) noexcept;

  [[nodiscard]] bool stopped() const noexcept { return state_ == State::kStopped; }
  /// What scan() stopped before is a tag whose name has begun; else a "<" that may yet open something.
  [[nodiscard]] bool incomplete_tag() const noexcept { return incomplete_tag_; }
  /// The incomplete tag was longer than max_tag; its offset is where scan() stopped.
  [[nodiscard]] bool tag_too_long() const noexcept { return too_long_; }

 private:
  enum class State : uint8_t {
    kData,
    kRcdata,
    kRawtext,
    kScript,
    kScriptEscaped,
    kScriptDoubleEscaped,
    kPlaintext,
    kComment,
    kBogusComment,
    kDoctype,
    kCdata,
    kStopped,
  };
  enum class Comment : uint8_t { kStart, kStartDash, kBody, kDash, kEnd, kBang };
  static constexpr size_t kLookahead = 16;  // bytes that decide what a "<" opens
  static constexpr size_t kPlainEndTag = 10;
  static constexpr size_t kMaxDoctype = 512;
  static constexpr size_t kMaxRawName = 16;

  [[nodiscard]] static State state_of(Content content) noexcept;
  void set_raw_name(std::string_view name) noexcept;
  [[nodiscard]] uint64_t offset_of(const char* p) const noexcept {
    return offset_ + static_cast<uint64_t>(p - data_);
  }

  // Each returns where it stopped; `incomplete_` tells that the construct there needs more bytes.
  const char* scan_data(const char* p, const char* end) noexcept;
  const char* scan_markup(const char* lt, const char* end) noexcept;
  [[gnu::always_inline]] const char* scan_tag(const char* lt, const char* name, const char* end) noexcept;
  const char* scan_raw(const char* p, const char* end) noexcept;
  const char* scan_script(const char* p, const char* end) noexcept;
  const char* scan_comment(const char* p, const char* end) noexcept;
  const char* scan_bogus(const char* p, const char* end) noexcept;
  const char* scan_doctype(const char* p, const char* end) noexcept;
  const char* scan_cdata(const char* p, const char* end) noexcept;
  /// After "</" in raw text: 1 the appropriate end tag, 0 not, -1 more bytes needed.
  [[nodiscard]] int match_end_tag(const char* name, const char* end) const noexcept;
  /// "script" and a byte that ends a name: the same three answers.
  [[nodiscard]] static int match_script(const char* name, const char* end) noexcept;
  const char* wait(const char* lt) noexcept {
    incomplete_ = true;
    return lt;
  }
  [[nodiscard]] size_t comment_tail(bool at_eof) const noexcept;
  void skipped(uint64_t begin, uint64_t end) noexcept {
    if constexpr (requires { handler_.skipped(begin, end); }) handler_.skipped(begin, end);
  }

  Handler& handler_;
  size_t max_tag_;
  const char* data_ = nullptr;  // of the current scan
  uint64_t offset_ = 0;
  State state_ = State::kData;
  Comment comment_ = Comment::kStart;
  uint8_t run_ = 0;          // dashes in escaped script, brackets in CDATA
  bool after_lead_ = false;  // in CDATA, the byte before opens a double-byte character
  bool incomplete_ = false;
  bool incomplete_tag_ = false;  // the incomplete construct is a tag whose name has begun
  bool too_long_ = false;
  TagEndFinder finder_;
  uint64_t construct_begin_ = 0, data_begin_ = 0;  // of the current comment, doctype, CDATA section
  char raw_name_[kMaxRawName] = {};
  uint8_t raw_name_size_ = 0;
  uint16_t doctype_size_ = 0;
  char doctype_[kMaxDoctype];
};

}  // namespace abm::rewrite

#include "rewrite/scan/tokenizer_impl.h"
