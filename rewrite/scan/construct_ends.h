// Where a comment, a CDATA section or a raw text element ends, found in bytes that come piece by piece; and
// matches that more bytes may decide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "rewrite/scan/charset.h"
#include "rewrite/scan/token.h"

namespace abm::rewrite {

/// Whether bytes are what is looked for, as far as they go.
enum class Match : uint8_t { kNo, kYes, kIncomplete };

/// Whether `bytes` begin with `word`.
[[nodiscard]] constexpr Match match_prefix(std::string_view bytes, std::string_view word) noexcept {
  for (size_t i = 0; i < word.size(); ++i) {
    if (i == bytes.size()) return Match::kIncomplete;
    if (bytes[i] != word[i]) return Match::kNo;
  }
  return Match::kYes;
}
/// The same, with ASCII letters of any case in `bytes`.
[[nodiscard]] constexpr Match match_prefix_ignoring_case(std::string_view bytes,
                                                         std::string_view lower_word) noexcept {
  for (size_t i = 0; i < lower_word.size(); ++i) {
    if (i == bytes.size()) return Match::kIncomplete;
    if (ascii_lower(bytes[i]) != lower_word[i]) return Match::kNo;
  }
  return Match::kYes;
}

/// The end of a comment (HTML 13.2.5.43–52).
class CommentEnd {
 public:
  /// After "<!--".
  void reset() noexcept { state_ = State::kStart; }
  /// The place after the comment's ">", or nullptr where it is not among the bytes.
  [[nodiscard]] const char* find(const char* p, const char* end) noexcept;
  /// Bytes of the comment's end that are not its data, ">" included, once it is found.
  [[nodiscard]] size_t size() const noexcept { return size_at_end_of_file() + 1; }
  /// The same where the page ends inside the comment.
  [[nodiscard]] size_t size_at_end_of_file() const noexcept;

 private:
  enum class State : uint8_t { kStart, kStartDash, kBody, kDash, kEnd, kBang };
  State state_ = State::kStart;
};

/// The end of a CDATA section, "]]>". In a double-byte charset "]" may be half a character.
class CdataEnd {
 public:
  /// After "<![CDATA[".
  void reset() noexcept {
    brackets_ = 0;
    after_lead_ = false;
  }
  /// The place after the section's ">", or nullptr where it is not among the bytes.
  [[nodiscard]] const char* find(const char* p, const char* end, Charset charset) noexcept;

 private:
  uint8_t brackets_ = 0;     // that stand before the next byte: two at most are counted
  bool after_lead_ = false;  // the byte before opens a double-byte character
};

/// The end tag of an element whose content is raw text or RCDATA (HTML 13.2.5.9–31).
class RawTextEnd {
 public:
  /// After the element's start tag.
  void reset(Content content, std::string_view name) noexcept;

  /// Where the scan stands, and what is there: kYes the end tag's "<", kIncomplete a "<" that more bytes
  /// decide on, kNo the end of the bytes.
  struct Found {
    const char* at;
    Match match;
  };
  [[nodiscard]] Found find(const char* p, const char* end) noexcept;

 private:
  /// kPlain: every content but a script.
  enum class State : uint8_t { kPlain, kScript, kEscaped, kDoubleEscaped };
  static constexpr size_t kMaxName = 16;

  [[nodiscard]] Found find_in_plain(const char* p, const char* end) const noexcept;
  [[nodiscard]] Found find_in_script(const char* p, const char* end) noexcept;
  [[nodiscard]] const char* skip_to_less_than(const char* p, const char* end) noexcept;
  [[nodiscard]] Match match_end_tag(const char* name, const char* end) const noexcept;
  /// At "<" in a script: kYes where the end tag is there. Else `p` moves behind what the "<" begins.
  [[nodiscard]] Match match_in_script(const char*& p, const char* end) noexcept;

  State state_ = State::kPlain;
  uint8_t dashes_ = 0;  // in an escaped script, before the next byte: two at most are counted
  uint8_t name_size_ = 0;
  char name_[kMaxName] = {};
};

}  // namespace abm::rewrite
