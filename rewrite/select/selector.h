// CSS selectors: the part of Selectors Level 4 that a start tag decides. From text to a syntax tree, or a
// refusal that names the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/select/selector_error.h"

namespace abm::rewrite {

enum class AttributeOperator : uint8_t { kExists, kEquals, kIncludes, kDash, kPrefix, kSuffix, kSubstring };
/// Whether two texts that differ in the case of ASCII letters are the same.
enum class LetterCase : uint8_t {
  kCounts,
  kIgnored,          ///< `i`
  kIgnoredInHtml,    ///< on HTML elements: an attribute whose values HTML matches so (4.16.2), and no `s`
  kIgnoredInQuirks,  ///< in quirks mode: ids and classes
};

struct AttributeTest {
  std::string name;  ///< ASCII lower case
  AttributeOperator op = AttributeOperator::kExists;
  std::string value;
  LetterCase value_case = LetterCase::kCounts;
  std::string written = {};    ///< the name as written, where that differs: svg and math elements need it so
  bool any_namespace = false;  ///< `[*|name]`
  bool in_namespace = false;   ///< `name` is the qualified name of one that svg and math have in a namespace
};

struct SelectorList;

enum class PseudoKind : uint8_t { kRoot, kNthChild, kNthOfType, kNot, kIs };
struct PseudoTest {
  PseudoKind kind = PseudoKind::kRoot;
  int32_t a = 0, b = 0;                          ///< an+b; :first-child is 0n+1
  std::shared_ptr<const SelectorList> argument;  ///< of :not and :is; compound selectors only
};

/// Type, ids, classes, attributes, pseudo-classes of one element. `#id` and `.class` are case-sensitive
/// except in quirks mode. The case of types and attribute names is ignored on HTML elements; on svg and math
/// elements they are compared with the names that the parser gives those (`viewBox`, `foreignObject`). `*|`
/// before a type says nothing, since no default namespace can be declared (Selectors 4, 5.3).
struct CompoundSelector {
  std::string type;          ///< ASCII lower case; empty for none or `*`
  std::string written = {};  ///< the type as written, where that differs
  bool nothing = false;      ///< `|type`: elements without a namespace, of which HTML pages have none
  std::vector<std::string> ids;
  std::vector<std::string> classes;
  std::vector<AttributeTest> attributes;
  std::vector<PseudoTest> pseudos;
};

enum class Combinator : uint8_t { kDescendant, kChild, kNextSibling, kSubsequentSibling };
struct ComplexSelector {
  std::vector<CompoundSelector> compounds;  ///< left to right; the last is the subject
  std::vector<Combinator> combinators;      ///< combinators[i] stands between compounds i and i + 1
};

struct SelectorList {
  std::vector<ComplexSelector> selectors;
};

// Limits: a selector beyond them is refused with the limit in the message.
inline constexpr size_t kMaxSelectorBytes = 4096;
inline constexpr size_t kMaxCompounds = 16;     ///< in one complex selector
inline constexpr size_t kMaxAlternatives = 64;  ///< in one list
inline constexpr size_t kMaxSimple = 32;        ///< in one compound
inline constexpr size_t kMaxValueBytes = 256;   ///< of an attribute's wanted value: bounds a substring search
inline constexpr size_t kMaxNesting = 4;        ///< :not and :is inside one another
inline constexpr int32_t kMaxNth = 1'000'000;   ///< magnitude of a and b in an+b

/// Parses a selector list. On refusal returns the error and leaves `out` unspecified.
[[nodiscard]] std::optional<SelectorError> parse_selector(std::string_view text, SelectorList& out);
/// Canonical text; parse(to_string(x)) == x (escapes may make it longer than kMaxSelectorBytes: then it is
/// refused).
[[nodiscard]] std::string to_string(const SelectorList& list);
/// The subject's type of each alternative ("" where it names none): lets `check` refuse edits of content that
/// such an element does not have.
[[nodiscard]] std::vector<std::string> subject_types(const SelectorList& list);
/// Attributes whose values match without case unless `s` says otherwise (HTML 4.16.2, "Case-sensitivity of
/// selectors").
[[nodiscard]] bool is_caseless_attribute(std::string_view lower_name) noexcept;
/// Elements that never have content (HTML 13.1.2 "void elements"); lower-case name.
[[nodiscard]] bool is_void_element(std::string_view name) noexcept;
/// HTML elements whose content is script, style or text without markup: nothing is ever inserted there.
/// Lower-case name.
[[nodiscard]] bool is_raw_text_element(std::string_view name) noexcept;

}  // namespace abm::rewrite
