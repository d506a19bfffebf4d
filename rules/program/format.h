// The records of rules.bin, drawn in FORMAT.md: fixed sizes, offsets instead of pointers, little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace abm::rules::format {

inline constexpr std::string_view kMagic = "ABMRULES";
/// A file has the lowest version that says all of it, so that older readers go on reading what they
/// understand. Values, globs and paths of fragments are folded (base/folding.h): in version 1 all of them are
/// ASCII, since its readers fold only ASCII letters.
inline constexpr uint32_t kAsciiVersion = 1;
inline constexpr uint32_t kFoldedVersion = 2;
/// Some slot's edits are for abm.js: older readers would make them in the HTML.
inline constexpr uint32_t kScriptVersion = 3;
/// Some condition or placeholder is about what visits made of an account: older readers know no such subject
/// and no such source.
inline constexpr uint32_t kActivityVersion = 4;
/// Lots are drawn by family: older readers would draw them by account, and show a family two stories.
inline constexpr uint32_t kFamilyVersion = 5;
inline constexpr uint32_t kVersion = kFamilyVersion;
inline constexpr size_t kHashedFrom = 32;        ///< the header's hash covers the file from here to its end
inline constexpr uint32_t kNone = 0xffffffff;    ///< "no template", "no entry"
inline constexpr uint32_t kAccept = 0xffffffff;  ///< jump target: the condition holds
inline constexpr uint32_t kReject = 0xfffffffe;  ///< jump target: it does not

/// Bytes of the text section.
struct Text {
  uint32_t offset = 0, size = 0;
  friend bool operator==(const Text&, const Text&) = default;
};
/// Records of the section that the member's name refers to.
struct Range {
  uint32_t begin = 0, count = 0;
};
/// Where something was written: index into the file section, 1-based line and column.
struct Place {
  uint32_t file = 0, line = 0, column = 0;
};

enum class Section : uint32_t {
  kText,
  kSelectors,
  kSlots,
  kSegments,
  kTests,
  kPlaces,
  kValues,
  kGlobs,
  kNumbers,
  kRefs,
  kRules,
  kVariants,
  kRewrites,
  kAttributes,
  kClasses,
  kTemplates,
  kParts,
  kFragments,
  kFiles,
  kAccountTable,
  kPostings,
  kPageTable,
  kFiled,
};
inline constexpr size_t kSections = 23;

struct SectionPlace {
  uint64_t offset = 0;  ///< from the file's start, a multiple of 8
  uint32_t count = 0;   ///< records; bytes in kText and kSelectors
  uint32_t reserved = 0;
};

struct Header {
  std::array<char, 8> magic{};
  uint32_t version = 0;
  uint32_t header_bytes = 0;
  uint64_t file_bytes = 0;
  uint64_t hash = 0;             ///< XXH3-64 of everything from kHashedFrom on
  uint32_t control_buckets = 0;  ///< percent × 100
  uint32_t signals = 0;          ///< rules that carry one
  Text control_salt;
  uint32_t account_subjects = 0;  ///< one bit per rules::Subject with keys in the account table
  uint32_t flags = 0;
  std::array<SectionPlace, kSections> sections{};
};
inline constexpr uint32_t kByFamily = 1;  ///< flag: lots are drawn by family

struct Slot {
  Text name, selector;
  uint64_t hash = 0;  ///< of name and selector, for ETags
};

/// A segment defined in rules; `tests` as in Rule.
struct Segment {
  Text name;
  Range tests;
  uint32_t posting = kNone;  ///< rules filed under this segment
  uint32_t reserved = 0;
};

/// One test of a condition and where to go next: `yes` and `no` are indexes into the same
/// rule's tests, always greater than this test's own, or kAccept or kReject. So no run takes
/// more steps than there are tests.
struct Test {
  uint8_t subject = 0;     ///< rules::Subject
  uint8_t confidence = 0;  ///< of kConfidence
  uint8_t has_min = 0, has_max = 0;
  uint32_t yes = 0, no = 0;
  Range values;        ///< kValues (sorted, folded), kGlobs for kPath and kVisited, kNumbers for numbers
  Range segments;      ///< kRefs: defined segments that kSegment also asks for
  Text name;           ///< of kAttribute and kQuery
  uint32_t tiers = 0;  ///< of kTier: bit per accounts::Tier
  int64_t min = 0, max = 0;  ///< of kVisited: `max` is the most days since the visit
};

enum class GlobKind : uint32_t { kExact, kTree, kFolder, kGeneral };
/// A path pattern, folded. kTree: `prefix**`, kFolder: `prefix*`.
struct Glob {
  Text text;
  uint32_t prefix = 0;  ///< bytes before the first wildcard
  uint32_t suffix = 0;  ///< bytes after the last one
  GlobKind kind = GlobKind::kExact;
};

struct Rule {
  Text id;
  Range tests;                  ///< none: always holds
  Range variants;               ///< a single unnamed one when `plain`
  int64_t from = 0, until = 0;  ///< Unix seconds
  int32_t priority = 0;
  uint32_t rank = 0;     ///< place in the winning order; 0 is strongest
  uint32_t holdout = 0;  ///< buckets
  uint8_t needs = 0;     ///< Confidence
  uint8_t plain = 0;
  uint8_t has_signal = 0;
  uint8_t specificity = 0;
  Text signal_name, signal_next;
  Place at;
  uint32_t reserved = 0;
};

struct Variant {
  Text id;
  uint32_t share_end = 0;    ///< weights up to and including this one
  uint32_t share_total = 0;  ///< of all weights of the rule
  Range rewrites;            ///< ascending by slot
};

struct Rewrite {
  uint32_t slot = 0;
  uint32_t content = kNone;  ///< kTemplates, like the next four
  uint32_t html_file = kNone;
  uint32_t before = kNone, prepend = kNone, append = kNone, after = kNone;
  Range fragments, attributes, add_classes, remove_classes;
  uint8_t hide = 0, remove = 0;
  uint8_t guarded = 0;  ///< rewrite::Edit::guarded
  uint8_t deliver = 0;  ///< rules::Deliver, of its slot
};

struct Attribute {
  Text name;
  uint32_t value = kNone;  ///< kTemplates; kNone removes the attribute
};

/// What the parts of a template are on a page that is not UTF-8.
enum class TemplateForm : uint32_t { kMarkup, kAttribute, kPath };
struct Template {
  Range parts;  ///< at most one literal part if there is no placeholder
  TemplateForm form = TemplateForm::kMarkup;
  uint32_t ascii = 0;  ///< all literal parts and defaults are ASCII
  uint64_t hash = 0;   ///< of the bytes of a template without placeholders
};

/// A literal (source kNone), or a placeholder.
struct Part {
  Text text;                ///< the literal, or the default value
  Text name;                ///< of an attribute placeholder
  uint32_t source = kNone;  ///< rules::Source
  uint8_t place = 0;        ///< rewrite::Place
  uint8_t has_default = 0;
  uint16_t reserved = 0;
};

struct Fragment {
  Text path;             ///< as written; sorted by its folded form
  uint32_t content = 0;  ///< kTemplates
};

/// Open addressing by the low bits of `key`; `posting` kNone marks an empty place. Power-of-two size or none.
struct AccountEntry {
  uint64_t key = 0;
  uint32_t posting = kNone;
  uint32_t reserved = 0;
};

/// A rule as filed in the index, with what is needed to tell that it can no longer win without
/// looking at the rule itself.
struct Filed {
  uint32_t rule = 0;
  uint32_t rank = 0;
  uint64_t slots = 0;  ///< one bit per slot of any variant; kAnySlot for all others, and for a signal
};
inline constexpr uint32_t kAnySlot = 63;

/// Everything filed under one account-side key; posting 0 holds what no key selects.
struct Posting {
  Range any_page;           ///< kFiled, strongest first
  Range paged;              ///< kRefs: rules in the page table, strongest first
  Range segments;           ///< kRefs: defined segments to try
  uint32_t page_kinds = 0;  ///< bit per page key kind (index_key.h) that has entries in the page table
  uint32_t reserved = 0;
};

/// Like AccountEntry; the key combines posting and page key. `rules.count` 0 marks an empty place.
struct PageEntry {
  uint64_t key = 0;
  Range rules;  ///< kFiled, strongest first
};

inline constexpr std::array<size_t, kSections> kRecordBytes = {1,
                                                               1,
                                                               sizeof(Slot),
                                                               sizeof(Segment),
                                                               sizeof(Test),
                                                               sizeof(Place),
                                                               sizeof(Text),
                                                               sizeof(Glob),
                                                               sizeof(int64_t),
                                                               sizeof(uint32_t),
                                                               sizeof(Rule),
                                                               sizeof(Variant),
                                                               sizeof(Rewrite),
                                                               sizeof(Attribute),
                                                               sizeof(Text),
                                                               sizeof(Template),
                                                               sizeof(Part),
                                                               sizeof(Fragment),
                                                               sizeof(Text),
                                                               sizeof(AccountEntry),
                                                               sizeof(Posting),
                                                               sizeof(PageEntry),
                                                               sizeof(Filed)};

static_assert(sizeof(Header) == 56 + kSections * 16 && sizeof(SectionPlace) == 16);
static_assert(sizeof(Slot) == 24 && sizeof(Segment) == 24 && sizeof(Test) == 56 && sizeof(Glob) == 20);
static_assert(sizeof(Rule) == 88 && sizeof(Variant) == 24 && sizeof(Rewrite) == 64 &&
              sizeof(Attribute) == 12);
static_assert(sizeof(Template) == 24 && sizeof(Part) == 24 && sizeof(Fragment) == 12);
static_assert(sizeof(AccountEntry) == 16 && sizeof(Posting) == 32 && sizeof(PageEntry) == 16 &&
              sizeof(Filed) == 16);
static_assert(std::is_trivially_copyable_v<Rule> && std::has_unique_object_representations_v<Test>);

}  // namespace abm::rules::format
