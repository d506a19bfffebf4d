// Walks a piece of markup region by region: which bytes are text, which are attribute values, which are
// neither.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/scan/attributes.h"
#include "rewrite/scan/tag_names.h"
#include "rewrite/scan/tokenizer.h"

namespace abm::rewrite {

enum class MarkupRegion : uint8_t {
  kText,     ///< element content whose references are decoded
  kRcdata,   ///< the same in title and textarea, where "<" opens nothing
  kRaw,      ///< script, style and other content that is not decoded; `element` is its element
  kComment,  ///< comments, bogus comments, processing instructions, CDATA sections
  kTag,      ///< names, blanks, "=", "<", ">", quotes; an end tag as a whole
  kAttributeName,
  kDoubleQuoted,  ///< value of `attribute` of `element`, without its quotes
  kSingleQuoted,
  kUnquoted,
  kUnfinished,  ///< a tag or comment that the markup's end cuts short
};

/// Bytes [begin, end) of the markup. Views as written, empty where they do not apply.
struct MarkupPiece {
  MarkupRegion region = MarkupRegion::kText;
  size_t begin = 0;
  size_t end = 0;
  std::string_view element;
  std::string_view attribute;
};

/// Handler of Tokenizer that cuts the markup into pieces. `Visitor` has `void piece(const MarkupPiece&)
/// noexcept` and `void tag(const TagToken&) noexcept` (before the tag's pieces). The markup is taken as
/// content of an ordinary element of a page with scripting, so noscript is raw. svg and math are followed up
/// to 32 changes of namespace deep.
template <typename Visitor>
class MarkupWalker {
 public:
  MarkupWalker(std::string_view markup, Visitor& visitor) noexcept : markup_(markup), visitor_(visitor) {}

  /// Every byte comes in exactly one piece, in order. No allocation.
  void walk() noexcept {
    Tokenizer<MarkupWalker> tokenizer(*this, markup_.size() + 1);
    const size_t consumed = tokenizer.scan(markup_, 0);
    const bool cut_off =
        consumed < markup_.size() && (content_ == MarkupRegion::kText || is_end_tag(consumed));
    if (cut_off) {
      gap(consumed);
      emit(MarkupRegion::kUnfinished, markup_.size());
      return;
    }
    at_end_ = true;
    tokenizer.finish(markup_.size());
    if (foreign() && markup_.find("<![CDATA[", done_) != std::string_view::npos) {
      emit(MarkupRegion::kUnfinished, markup_.size());
    }
    gap(markup_.size());
  }

  /// In svg or math, but not in HTML inside them.
  [[nodiscard]] bool foreign() const noexcept { return depth_ > 0 && !is_island(spaces_[depth_ - 1]); }

  Content start_tag(const TagToken& tag) noexcept {
    gap(tag.begin);
    visitor_.tag(tag);
    element_ = tag.name;
    emit(MarkupRegion::kTag, static_cast<size_t>(tag.begin) + 1 + tag.name.size());
    AttributeCursor attributes(tag.rest());
    for (RawAttribute attribute; attributes.next(attribute);) emit_attribute(attribute);
    emit(MarkupRegion::kTag, tag.end);
    const Content content = content_after(tag);
    element_ = content_ == MarkupRegion::kText ? std::string_view() : tag.name;
    return content;
  }

  bool end_tag(const TagToken& tag) noexcept {
    gap(tag.begin);
    visitor_.tag(tag);
    emit(MarkupRegion::kTag, tag.end);
    if (tag.tag != Tag::kNone_ && depth_ > 0 && spaces_[depth_ - 1] == tag.tag) --depth_;
    content_ = MarkupRegion::kText;
    element_ = {};
    return true;
  }

  [[nodiscard]] bool wants_text() const noexcept { return false; }
  void text(std::string_view, uint64_t) noexcept {}
  [[nodiscard]] bool cdata_allowed() const noexcept { return foreign(); }
  void comment(const CommentToken& comment) noexcept { cdata(comment.begin, comment.end); }
  void cdata(uint64_t begin, uint64_t end) noexcept {
    gap(begin);
    emit(at_end_ ? MarkupRegion::kUnfinished : MarkupRegion::kComment, end);
  }
  // What stands between the last tag and the doctype is taken as part of it.
  void doctype(std::string_view, bool) noexcept { has_doctype_ = true; }
  void skipped(uint64_t, uint64_t) noexcept {}
  void script(std::string_view) noexcept {}
  bool plain_start(Tag, NameKey, uint64_t, std::string_view) noexcept { return false; }
  size_t plain_end(const char*, const char*) noexcept { return 0; }
  [[nodiscard]] Charset charset() const noexcept { return Charset::kUtf8; }
  // No tag of it is long.
  [[nodiscard]] uint64_t asked_attributes() const noexcept { return 0; }
  [[nodiscard]] bool asks_attribute(std::string_view) const noexcept { return false; }

 private:
  static constexpr int kMaxSpaces = 32;

  static constexpr bool is_island(Tag tag) noexcept { return tag != Tag::svg_ && tag != Tag::math_; }
  void emit(MarkupRegion region, uint64_t end) noexcept {
    if (end <= done_) return;
    visitor_.piece({region, done_, static_cast<size_t>(end), element_, attribute_});
    done_ = static_cast<size_t>(end);
  }
  /// What lies between the last tag or comment and `end`.
  void gap(uint64_t end) noexcept {
    emit(has_doctype_ ? MarkupRegion::kComment : content_, end);
    has_doctype_ = false;
  }
  [[nodiscard]] size_t offset_of(const char* p) const noexcept {
    return static_cast<size_t>(p - markup_.data());
  }
  [[nodiscard]] bool is_end_tag(size_t at) const noexcept {
    return markup_.size() - at > 2 && markup_[at + 1] == '/';
  }

  void emit_attribute(const RawAttribute& attribute) noexcept {
    emit(MarkupRegion::kTag, offset_of(attribute.name.data()));
    attribute_ = attribute.name;
    emit(MarkupRegion::kAttributeName, done_ + attribute.name.size());
    if (!attribute.value.empty()) {
      const char* const value_end = attribute.value.data() + attribute.value.size();
      const bool quoted = value_end != attribute.whole.data() + attribute.whole.size();
      const MarkupRegion quotes =
          attribute.value.data()[-1] == '"' ? MarkupRegion::kDoubleQuoted : MarkupRegion::kSingleQuoted;
      emit(MarkupRegion::kTag, offset_of(attribute.value.data()));
      emit(quoted ? quotes : MarkupRegion::kUnquoted, offset_of(value_end));
    }
    emit(MarkupRegion::kTag, offset_of(attribute.whole.data()) + attribute.whole.size());
    attribute_ = {};
  }

  Content content_after(const TagToken& tag) noexcept {
    content_ = MarkupRegion::kText;
    if (foreign() && has_any(tag.tag, kBreakout)) {
      while (foreign()) --depth_;
    }
    const bool opens_space =
        tag.tag == Tag::svg_ || tag.tag == Tag::math_ || (foreign() && has_any(tag.tag, kForeignScope));
    const bool was_foreign = foreign();
    if (opens_space && !tag.self_closing && depth_ < kMaxSpaces) spaces_[depth_++] = tag.tag;
    if (was_foreign) {
      // Tokenized like any other content there, but still code.
      const bool code = tag.tag == Tag::script_ || tag.tag == Tag::style_;
      if (code && !tag.self_closing) content_ = MarkupRegion::kRaw;
      return Content::kData;
    }
    switch (tag.tag) {
      case Tag::title_:
      case Tag::textarea_:
        content_ = MarkupRegion::kRcdata;
        return Content::kRcdata;
      case Tag::script_:
        content_ = MarkupRegion::kRaw;
        return Content::kScript;
      case Tag::plaintext_:
        content_ = MarkupRegion::kRaw;
        return Content::kPlaintext;
      case Tag::style_:
      case Tag::xmp_:
      case Tag::iframe_:
      case Tag::noembed_:
      case Tag::noframes_:
      case Tag::noscript_:
        content_ = MarkupRegion::kRaw;
        return Content::kRawtext;
      default:
        return Content::kData;
    }
  }

  std::string_view markup_;
  Visitor& visitor_;
  MarkupRegion content_ = MarkupRegion::kText;  ///< of what follows the last tag
  std::string_view element_, attribute_;
  size_t done_ = 0;
  bool has_doctype_ = false;
  bool at_end_ = false;  ///< a comment reported now was cut short
  int depth_ = 0;
  Tag spaces_[kMaxSpaces] = {};  ///< svg and math, and elements with HTML inside them
};

}  // namespace abm::rewrite
