// Escaping by place: what a value must look like so that the page's tree has the same shape whatever the
// value is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/charset.h"

namespace abm::rewrite {

/// Where a placeholder stands (HTML 13.1.2.3, 13.1.2.4, 13.3). Any other place is refused at check time.
enum class Place : uint8_t {
  kText,             ///< normal element content, or RCDATA (title, textarea)
  kDoubleQuoted,     ///< value of attr="…"
  kSingleQuoted,     ///< value of attr='…'
  kUrlDoubleQuoted,  ///< the same for URL attributes (href, src, action …): one percent-encoded component,
  kUrlSingleQuoted,  ///< so a value can choose neither scheme nor host nor path
};

/// Appends `value` (UTF-8; bytes that are not become U+FFFD) escaped for `place`. Non-ASCII becomes character
/// references where `charset` needs them; "{" always becomes one outside of URLs. Controls (C0 but tab, LF,
/// CR; DEL; C1) are left out. A URL component that is empty or of dots alone becomes "_": it would choose the
/// path around it.
void append_escaped(std::string& out, std::string_view value, Place place, Charset charset);
/// What a rule's author wrote, for a text or quoted place, as UTF-8: the same but for braces, which stay.
void append_literal(std::string& out, std::string_view text, Place place);
/// The same into a fixed buffer of `capacity` bytes, without allocation. Returns the bytes that the whole
/// result needs; nothing is written past `capacity`, so a result larger than it means "call again with more".
[[nodiscard]] size_t escape_into(char* out, size_t capacity, std::string_view value, Place place,
                                 Charset charset) noexcept;

/// Markup (UTF-8) for a page of another charset: non-ASCII in text and attribute values becomes character
/// references. Returns the bytes needed like escape_into, or kNotRepresentable where non-ASCII stands where
/// references are not decoded (script, style, comments, names).
inline constexpr size_t kNotRepresentable = static_cast<size_t>(-1);
[[nodiscard]] size_t markup_for_charset(char* out, size_t capacity, std::string_view markup,
                                        Charset charset) noexcept;

}  // namespace abm::rewrite
