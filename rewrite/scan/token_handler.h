// What Tokenizer asks of its handler.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/scan/charset.h"
#include "rewrite/scan/token.h"

namespace abm::rewrite {

/// Takes a page's tokens. Offsets are those of the page.
template <typename Handler>
concept TokenHandler = requires(Handler handler, const TagToken& tag, const CommentToken& comment,
                                std::string_view bytes, const char* name, uint64_t offset) {
  /// How the bytes after the start tag are tokenized.
  { handler.start_tag(tag) } -> std::same_as<Content>;
  /// False stops the scan for good.
  { handler.end_tag(tag) } -> std::same_as<bool>;
  /// (tag, key, attribute_bits, rest): true where the handler has dealt with the start tag and text follows
  /// it; start_tag is not called then.
  { handler.plain_start(Tag(), NameKey(), uint64_t(), bytes) } -> std::same_as<bool>;
  /// (name, end), the bytes behind "</": the size of the name and ">" where the handler has dealt with the
  /// end tag, at most kMostPlainEnd; 0 where end_tag is to be called.
  { handler.plain_end(name, name) } -> std::same_as<size_t>;
  /// Whether `text` is to be called: with raw bytes between tags and their offset, in pieces.
  { handler.wants_text() } -> std::same_as<bool>;
  { handler.text(bytes, offset) } -> std::same_as<void>;
  { handler.cdata_allowed() } -> std::same_as<bool>;
  { handler.charset() } -> std::same_as<Charset>;
  /// Which attributes are looked for in tags longer than is held: the union of their attribute_bit, and
  /// whether one of that name (in lower case) is among them.
  { handler.asked_attributes() } -> std::same_as<uint64_t>;
  { handler.asks_attribute(bytes) } -> std::same_as<bool>;
  /// (text, cut): what is between "<!doctype" and ">"; `cut` where it is longer than what is kept of it.
  { handler.doctype(bytes, bool()) } -> std::same_as<void>;
  { handler.comment(comment) } -> std::same_as<void>;
  /// The first bytes of a script's text, as many as are kept.
  { handler.script(bytes) } -> std::same_as<void>;
  /// (begin, end) of a CDATA section.
  { handler.cdata(offset, offset) } -> std::same_as<void>;
  /// (begin, end) of what is neither tag nor text: a doctype, or "</>".
  { handler.skipped(offset, offset) } -> std::same_as<void>;
};

/// Most bytes that plain_end may deal with.
inline constexpr size_t kMostPlainEnd = 8;

}  // namespace abm::rewrite
