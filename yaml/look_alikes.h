// Characters that an editor, a browser or a word processor puts where YAML needs another one: quotes that are
// none, blanks that are none, and what cannot be seen at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "yaml/source_text.h"

namespace abm::yaml {

/// U+00A0 and other blanks that YAML takes for letters; U+200B and others that show nothing.
[[nodiscard]] bool is_blank_or_invisible(char32_t point) noexcept;

/// "a typographic quote “ instead of \"", "a no-break space (U+00A0) instead of a space", "an invisible
/// character (U+200B)"; "" for a character that looks like no other.
[[nodiscard]] std::string look_alike(char32_t point);

struct FoundLookAlike {
  size_t offset = 0;  ///< in the text that was searched
  std::string what;   ///< look_alike()
};

/// The first in a key, which never has one on purpose: a blank or an invisible character anywhere, a quote at
/// an end, a dash that was to begin an entry of a list.
[[nodiscard]] std::optional<FoundLookAlike> look_alike_in_key(std::string_view key);

/// A sentence about an unquoted value that was probably not meant like this: it is in typographic quotes,
/// which belong to it then, or begins or ends with something that cannot be seen. "" for any other.
[[nodiscard]] std::string odd_value(std::string_view plain);

/// The first on lines `from` to `to` that stands where YAML's own characters stand: "3:9: a typographic quote
/// …"; "" if there is none. What is in quotes or a comment does not count, except a typographic quote that
/// should have closed one.
[[nodiscard]] std::string look_alike_on_lines(const SourceText& source, uint32_t from, uint32_t to);

/// `text` with what cannot be seen as its number: "one<U+00A0>". For messages.
[[nodiscard]] std::string with_visible_blanks(std::string_view text);

}  // namespace abm::yaml
