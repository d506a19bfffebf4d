// The tokenizer's handler: hands tokens to tree construction, and looks out for the page's charset in its
// first bytes and in meta elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/framework/page_signs.h"
#include "rewrite/scan/charset.h"
#include "rewrite/scan/token.h"
#include "rewrite/scan/token_handler.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

class TokenFeed {
 public:
  /// `charset`: as the page's headers label it. `signs` gets comments and scripts; nullptr: nobody wants
  /// them.
  TokenFeed(TreeSimulator& tree, Charset charset, PageSigns* signs = nullptr) noexcept
      : tree_(tree), charset_(charset), signs_(signs) {}

  /// To be called with all bytes of the page before they are tokenized. A byte order mark of UTF-8 beats the
  /// label (Encoding standard, "decode"). False: the page is UTF-16.
  [[nodiscard]] bool take_bom(std::string_view bytes, uint64_t offset) noexcept;

  // TokenHandler.
  [[nodiscard]] Content start_tag(const TagToken& token) noexcept {
    if (charset_ == Charset::kUnlabelled && token.tag == Tag::meta_ && !take_meta(token))
      return Content::kStop;
    return tree_.start_tag(token);
  }
  [[nodiscard]] bool end_tag(const TagToken& token) noexcept { return tree_.end_tag(token); }
  [[nodiscard, gnu::always_inline]] bool plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                                     std::string_view rest) noexcept {
    return tree_.plain_start(tag, key, attribute_bits, rest);
  }
  [[nodiscard]] size_t plain_end(const char* name, const char* end) noexcept {
    return tree_.plain_end(name, end);
  }
  [[nodiscard]] bool wants_text() const noexcept { return tree_.wants_text(); }
  void text(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] bool cdata_allowed() const noexcept { return tree_.cdata_allowed(); }
  [[nodiscard]] Charset charset() const noexcept { return charset_; }
  [[nodiscard]] uint64_t asked_attributes() const noexcept;
  [[nodiscard]] bool asks_attribute(std::string_view lower_name) const noexcept;
  void doctype(std::string_view text, bool cut) noexcept { tree_.doctype(text, cut); }
  void comment(const CommentToken& comment) noexcept {
    if (signs_ == nullptr || comment.head.empty()) return;
    const bool whole = comment.head.size() == comment.data_end - comment.data_begin;
    signs_->comment(comment.head, whole, tree_.within());
  }
  void script(std::string_view head) noexcept {
    if (signs_ != nullptr) signs_->script(head);
  }
  void cdata(uint64_t, uint64_t) noexcept {}
  void skipped(uint64_t, uint64_t) noexcept {}

 private:
  static constexpr size_t kMaxBom = 3;

  /// False: the page declares a charset that is not scanned.
  [[nodiscard]] bool take_meta(const TagToken& token) noexcept;

  TreeSimulator& tree_;
  Charset charset_;
  PageSigns* signs_;
  uint8_t bom_size_ = 0;  // the page's first bytes, as far as they have come
  unsigned char bom_[kMaxBom] = {};
};
static_assert(TokenHandler<TokenFeed>);

}  // namespace abm::rewrite
