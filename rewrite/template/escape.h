// Escaping by place: no value can change the shape of the page's tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/charset.h"

namespace abm::rewrite {

/// Where a placeholder is (HTML 13.1.2.3, 13.1.2.4, 13.3). Any other place is refused when rules are checked.
enum class Place : uint8_t {
  kText,             ///< normal element content, or RCDATA (title, textarea)
  kDoubleQuoted,     ///< value of attr="…"
  kSingleQuoted,     ///< value of attr='…'
  kUrlDoubleQuoted,  ///< the same for URL attributes (href, src, action …): one percent-encoded component,
  kUrlSingleQuoted,  ///< so a value can choose neither scheme nor host nor path
};

/// Appends `value` (UTF-8; invalid bytes become U+FFFD) escaped for `place`. Non-ASCII characters become
/// references where `charset` needs them; "{" always becomes one outside URLs. Controls (C0 except tab, LF
/// and CR; DEL; C1) are left out. A URL component that is empty, or dots alone, becomes "_": it would change
/// the path around it.
void append_escaped(std::string& out, std::string_view value, Place place, Charset charset);
/// The same for what a rule's author wrote, in a text or quoted place, as UTF-8; but braces stay.
void append_literal(std::string& out, std::string_view text, Place place);
/// append_escaped into a buffer of `capacity` bytes, without allocating. Returns the size of the whole
/// result; if that is more than `capacity`, the result was cut: call again with more.
[[nodiscard]] size_t escape_into(char* out, size_t capacity, std::string_view value, Place place,
                                 Charset charset) noexcept;

/// Markup (UTF-8) for a page of another charset: non-ASCII in text and attribute values becomes character
/// references. Returns the size like escape_into, or kNotRepresentable if a non-ASCII character is where
/// references are not decoded (script, style, comments, names).
inline constexpr size_t kNotRepresentable = static_cast<size_t>(-1);
[[nodiscard]] size_t markup_for_charset(char* out, size_t capacity, std::string_view markup,
                                        Charset charset) noexcept;

}  // namespace abm::rewrite
