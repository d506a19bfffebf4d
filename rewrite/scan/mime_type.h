// A Content-Type, read as the MIME Sniffing standard (WHATWG, 4.4 "parse a MIME type") reads it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "rewrite/scan/charset.h"

namespace abm::rewrite {

/// Labels of encodings are shorter.
inline constexpr size_t kMaxMimeCharset = 64;

/// Views are of the text that was parsed, or of the memory for the charset.
struct MimeType {
  std::string_view essence;  ///< "Text/HTML": type and subtype as they were written, without blanks around it
  std::string_view
      charset;  ///< of the first parameter of that name, unquoted; data is nullptr: there is none
};

/// std::nullopt where browsers see no MIME type. `charset` is memory for a quoted value, whose escapes are
/// resolved; one that does not fit becomes a text that names no encoding.
[[nodiscard]] std::optional<MimeType> parse_mime_type(std::string_view text,
                                                      std::span<char, kMaxMimeCharset> charset) noexcept;

/// "XML MIME type" (4.6): browsers read it with an XML parser, to which "<a/>text" is a finished element and
/// text.
[[nodiscard]] bool is_xml_type(std::string_view essence) noexcept;

/// The encoding that a charset parameter names ("get an encoding", Encoding standard 4.2): blanks around a
/// label are nothing, quotes are part of it. An empty one is like none.
[[nodiscard]] Charset charset_of_parameter(std::string_view value) noexcept;

}  // namespace abm::rewrite
