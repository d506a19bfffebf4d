// Which framework made a page that it will hydrate in the browser, told from the page's own bytes: elements,
// comments and the beginnings of scripts that its renderer leaves behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rewrite/framework/element_place.h"
#include "rewrite/scan/name_hash.h"
#include "rewrite/scan/tag_names.h"
#include "rewrite/scan/token.h"

namespace abm::rewrite {

enum class Framework : uint8_t {
  kNone,  ///< none was recognized
  kReact,
  kNextPages,  ///< Next.js, pages router
  kNextApp,    ///< Next.js, app router
  kVue,
  kNuxt,
  kSvelte,
  kSvelteKit,
  kAngular,
  kAstro,
  kQwik,
};
/// "react", "next-pages" …; "" for kNone.
[[nodiscard]] std::string_view to_string(Framework framework) noexcept;
/// As people write it: "React", "Next.js (pages router)" …; "" for kNone.
[[nodiscard]] std::string_view title_of(Framework framework) noexcept;

/// Takes a page's tokens and remembers what was seen. Which tags it needs to see does not change.
class PageSigns {
 public:
  /// Attribute bits (scan/name_hash.h) of which an element of that name must have one to be told of. Custom
  /// elements, html and body are told of whatever their attributes; others where may_be_root() says so.
  [[nodiscard]] static uint64_t attribute_mask(Tag tag) noexcept;
  /// Whether a start tag may be that of a root, an island or an element that holds, at a glance: most have an
  /// id of their own.
  [[nodiscard]] static bool may_be_root(Tag tag, uint64_t attribute_bits, std::string_view rest) noexcept {
    if ((attribute_bits & kRootBits) == 0) return false;
    return (attribute_bits & kHoldsBit) != 0 ||
           ((tag == Tag::div_ || tag == Tag::main_) && begins_like_root(attribute_bits, rest));
  }
  /// How many of the first bytes of such an attribute's value, as it stands on the page, decide what it
  /// tells: others may change without that. kAll: every byte does.
  static constexpr size_t kAll = SIZE_MAX;
  [[nodiscard]] static size_t decisive_bytes(Tag tag, std::string_view lower_name,
                                             std::string_view value) noexcept;
  /// The same of a comment's data, and of a script's text.
  [[nodiscard]] static size_t decisive_bytes_of_comment(std::string_view data) noexcept;
  [[nodiscard]] static size_t decisive_bytes_of_script(std::string_view text) noexcept;
  /// The attributes that it looks at: the union of their bits, and whether one of that name is among them.
  [[nodiscard]] static uint64_t asked_attributes() noexcept;
  [[nodiscard]] static bool asks_attribute(std::string_view lower_name) noexcept;

  /// A start tag. One that is not among those above changes nothing: who else wants to see it makes no
  /// difference. Returns what its element lies in or is, given what its parent does.
  [[nodiscard]] Within start_tag(const TagToken& token, Tag tag, Within parent) noexcept;
  /// A comment inside such an element: the first bytes of its data (kCommentHead), and whether these are all.
  void comment(std::string_view head, bool whole, Within within) noexcept;
  /// The first bytes of a script's text (kScriptHead).
  void script(std::string_view head) noexcept;

  /// Final at the page's end.
  [[nodiscard]] Framework framework() const noexcept;
  /// What it was told by, for people: `script id="__NEXT_DATA__"`. "" for kNone.
  [[nodiscard]] std::string_view evidence() const noexcept;
  /// Whether an element so placed is inside what the framework hydrates. Where no root is known, all of the
  /// body is.
  [[nodiscard]] bool is_hydrated(Within within) const noexcept;
  /// Whether parts of the page come later, hidden, and are moved by a script (React's streamed boundaries).
  [[nodiscard]] bool streams_parts() const noexcept;

  bool operator==(const PageSigns&) const = default;

 private:
  static constexpr uint64_t kIslandBit = attribute_bit("data-island-uid");
  static constexpr uint64_t kHoldsBit = attribute_bit(kHoldsAttribute);
  static constexpr uint64_t kRootBits = attribute_bit("id") | kIslandBit | kHoldsBit;
  [[nodiscard]] static bool begins_like_root(uint64_t attribute_bits, std::string_view rest) noexcept;
  [[nodiscard]] static bool begins_like_root(char first) noexcept;

  enum Sign : uint8_t;
  [[nodiscard]] static constexpr uint32_t bit(Sign sign) noexcept { return uint32_t{1} << sign; }
  void see(Sign sign) noexcept { seen_ |= bit(sign); }
  [[nodiscard]] bool saw(Sign sign) const noexcept { return (seen_ & bit(sign)) != 0; }
  struct Verdict;
  struct Beginning;
  [[nodiscard]] static std::span<const Beginning> beginnings() noexcept;
  [[nodiscard]] Verdict verdict() const noexcept;
  void script_tag(const TagToken& token) noexcept;
  [[nodiscard]] Within custom_element(const TagToken& token, Within parent) noexcept;
  [[nodiscard]] Within root_of(std::string_view id) noexcept;

  uint32_t seen_ = 0;
  uint32_t outside_root_ = 0;  ///< comments' signs that were seen outside of every named root
  bool script_runs_ = true;    ///< of the script whose text comes next
  bool react_text_ = false;    ///< one of kReactText outside of a named root, which anybody may have written
  bool boundary_ = false;      ///< <!--$-->, which has to end
};

}  // namespace abm::rewrite
