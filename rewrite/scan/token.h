// Tags and comments as the tokenizer passes them on, and what its handler answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

/// How the bytes after a start tag are tokenized; kStop ends the scan for good.
enum class Content : uint8_t { kData, kRcdata, kRawtext, kScript, kPlaintext, kCdata, kStop };

/// A start or end tag. Views into the scanned bytes; valid during the call.
struct TagToken {
  uint64_t begin = 0;           ///< offset of "<" in the page
  uint64_t end = 0;             ///< offset after ">"
  const char* bytes = nullptr;  ///< from "<" to ">"; of a long tag what is kept of it
  size_t size = 0;              ///< how many these are
  std::string_view name;        ///< as written
  NameKey key = 0;
  Tag tag = Tag::kNone_;
  bool self_closing = false;
  bool is_end = false;
  uint64_t attribute_bits = 0;  ///< union of attribute_bit of its attributes; 0: it has none

  bool is_long = false;    ///< longer than is held: the page's bytes are not at hand
  uint64_t cut_bits = 0;   ///< of a long tag: attribute_bit of attributes that were asked for, and not kept
  uint64_t rest_hash = 0;  ///< of a long tag whose element is a formatting one: of its bytes after the name

  [[nodiscard]] std::string_view whole() const noexcept { return {bytes, size}; }
  /// From the end of the name to ">" inclusive.
  [[nodiscard]] std::string_view rest() const noexcept {
    return {name.data() + name.size(), static_cast<size_t>(bytes + size - (name.data() + name.size()))};
  }
};

/// Bytes of a comment's data, and of a script's text, that are kept.
inline constexpr size_t kCommentHead = 12, kScriptHead = 64;

/// A comment, or what is read as one. Offsets in the page.
struct CommentToken {
  uint64_t begin = 0;
  uint64_t data_begin = 0;
  uint64_t data_end = 0;
  uint64_t end = 0;
  std::string_view head;  ///< its data's first bytes, as many as are kept; valid during the call
};

}  // namespace abm::rewrite
