// When two texts that people wrote are the same text: Unicode's simple case folding and normalization form C,
// without regard to any locale. The one definition for values in rules, what accounts say of themselves,
// paths and names of fragments. Words of protocols (hosts, header fields, names in HTML) are ASCII:
// base/text.h.
//
// "ÖPNV" equals "öpnv", also where one of them has U+0308 after the letter; "РОСТЕХ" equals "Ростех"; "ß"
// equals "ẞ" but not "ss"; "ı" equals nothing else. In text that is not UTF-8, each byte that is not stands
// for itself.
//
// A newer Unicode version never changes how characters fold and compose that an older one knew (the stability
// policies for case folding and normalization). So programs built with different versions of utf8proc agree
// on every character that both know; one that only the newer knows equals only itself in the older.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace abm {

/// Text whose folded form is longer than this compares as bytes, but for the case of ASCII letters.
inline constexpr size_t kMaxFoldedBytes = 4096;

/// Room for one folded text; its contents are not initialized.
struct FoldBuffer {
  std::array<char, kMaxFoldedBytes> bytes;
};

/// Eight bytes at a time.
[[nodiscard]] inline bool has_only_ascii(std::string_view text) noexcept {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + sizeof bits <= text.size(); i += sizeof bits) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    bits |= word;
  }
  for (; i < text.size(); ++i) bits |= static_cast<unsigned char>(text[i]);
  return (bits & 0x8080808080808080u) == 0;
}

/// fold_beyond_ascii() for text that is not ASCII.
[[nodiscard]] std::string_view fold_letters(std::string_view text, FoldBuffer& buffer) noexcept;

/// `text` with everything folded that is not ASCII: a view of `text`, unchanged, if it is ASCII or too long,
/// else of `buffer`, in which ASCII letters are lower case too. Takes time linear in the text. Of more than
/// 30 combining marks in a row, only 30 at a time are put in order (as in the Stream-Safe Text Format, UAX
/// #15).
[[nodiscard]] inline std::string_view fold_beyond_ascii(std::string_view text, FoldBuffer& buffer) noexcept {
  return has_only_ascii(text) ? text : fold_letters(text, buffer);
}

/// `text` as it compares: two texts are the same if their folded forms have the same bytes. Folding it again
/// changes nothing.
[[nodiscard]] std::string folded(std::string_view text);
[[nodiscard]] bool is_folded(std::string_view text) noexcept;

/// Negative, zero or positive as `a` sorts before, with or after `b`, by the bytes of their folded forms.
[[nodiscard]] int compare_without_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool equal_without_case(std::string_view a, std::string_view b) noexcept;

/// `text` in normalization form C, its case kept; bytes that are not UTF-8 stay.
[[nodiscard]] std::string composed(std::string_view text);
/// The same without allocation: a view of `text`, unchanged, if it is ASCII or too long, else of `buffer`.
[[nodiscard]] std::string_view composed(std::string_view text, FoldBuffer& buffer) noexcept;

/// Whether a name can hold the character: a letter, a mark on one, or a digit of any script.
[[nodiscard]] bool is_word_character(char32_t point) noexcept;

}  // namespace abm
