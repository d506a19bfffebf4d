// Characters that come with text from spreadsheets and web pages, and that nobody sees: no-break and other
// wide spaces, zero-width characters, marks of direction, a byte order mark in the middle.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace abm {

/// Whether the character looks like a blank, but is none; whether it has no width. U+202D and U+202E, which
/// make text look like another, are neither.
[[nodiscard]] bool is_wide_blank(char32_t point) noexcept;
[[nodiscard]] bool has_no_width(char32_t point) noexcept;

/// Bytes of the invisible character that starts at `at`; 0 if another one does. Blanks and tabs are not
/// invisible.
[[nodiscard]] size_t invisible_at(std::string_view text, size_t at) noexcept;

/// `text` without blanks, tabs and invisible characters at both ends; a view of `text`.
[[nodiscard]] std::string_view trimmed_of_invisible(std::string_view text) noexcept;

/// `text` as it looks: spaces of any kind as blanks, and without what has no width.
[[nodiscard]] std::string as_it_looks(std::string_view text);

/// "; it holds an invisible U+200B (zero width space) after 'de': delete it", or "" if it holds none.
[[nodiscard]] std::string note_on_invisible(std::string_view text);

/// UTF-16 text as UTF-8, for files that a spreadsheet program saved as "Unicode": with a byte order mark, or
/// without one if it begins with ASCII characters. A unit that is no character becomes a byte that is not
/// UTF-8. False: it is not UTF-16, `out` is unchanged.
[[nodiscard]] bool utf16_to_utf8(std::string_view bytes, std::string& out);

}  // namespace abm
