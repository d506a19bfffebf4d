// The compiled form of a site's selectors: flat records, offsets only, drawn in rewrite/FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/records.h"
#include "rewrite/scan/name_hash.h"
#include "rewrite/select/selector.h"

namespace abm::rewrite::program {

inline constexpr char kMagic[8] = {'A', 'B', 'M', 'S', 'E', 'L', 'E', 'C'};
inline constexpr uint32_t kVersion = 2;  ///< 1: without letter cases 2 and 3, and without spaces
inline constexpr uint32_t kNone = 0xffffffff;

// Limits of one program, which compile and open both enforce.
inline constexpr uint32_t kMaxSlots = 4096;
inline constexpr uint32_t kMaxSteps = 4096;  ///< bits of a frame: compounds that are not subjects
inline constexpr uint32_t kMaxBytes = 16u << 20;
inline constexpr size_t kMaxArguments =
    kMaxNesting + 1;  ///< arguments in one another: `[*|name]` is one, too

/// `count` records from byte `offset` of the program. Sections follow one another in this order, with no gaps
/// except for alignment.
struct Section {
  uint32_t offset;
  uint32_t count;
};

/// Half-open run of records of another section.
struct Range {
  uint32_t begin;
  uint32_t count;
};

/// Bytes in the strings section.
struct Text {
  uint32_t offset;
  uint32_t size;
};

struct Slot {
  Range compounds;  ///< of all its alternatives, subjects and steps
  Range entries;
  uint32_t steps;  ///< compounds that are not subjects: bits in a frame
};

enum CompoundFlags : uint32_t {
  kSubject = 1,     ///< a match reports the slot; otherwise it sets bit `step`
  kChildIndex = 2,  ///< looks at child_index, or an argument of its does
  kTypeIndex = 4,
  kTakesAttribute = 8,  ///< tests an attribute, or an argument of its does
};

/// One compound selector. Those of slots come first, in slot order; then those of :not and :is arguments,
/// each named by exactly one test of an earlier compound.
struct Compound {
  Text type;  ///< empty: any
  Range tests;
  uint32_t slot;  ///< kNone for an argument
  uint32_t flags;
  uint32_t before;      ///< step of the same slot that must hold to the left, kNone at the left end
  uint32_t step;        ///< own step, kNone for subjects and arguments
  uint32_t combinator;  ///< what follows a step (Combinator)
};

enum class TestKind : uint32_t { kRoot, kNthChild, kNthOfType, kAttribute, kWord, kNot, kIs, kSpace };

/// Namespaces of elements; by the order of Space.
enum SpaceBits : uint32_t { kHtmlSpace = 1, kSvgSpace = 2, kMathmlSpace = 4, kEverySpace = 7 };

/// One condition. kWord: `value` is one of the attribute's blank-separated words (classes, ~=).
struct Test {
  TestKind kind;
  uint32_t op;           ///< AttributeOperator, kAttribute only
  uint32_t letter_case;  ///< LetterCase
  Text name;
  Text value;
  int32_t a, b;    ///< an+b; kSpace, kAttribute, kWord: in `a` the SpaceBits of elements that may hold it
                   ///< (an attribute's 0: all)
  Range argument;  ///< compounds
};

/// How a compound is found from a tag: it is in one or more groups (tag names), in each under one key.
struct Entry {
  uint32_t compound;
  uint32_t group;
  uint32_t attribute_bit;  ///< 0..62 of the attribute without which it cannot match, kNone if there is none
};

/// Compounds that may match elements of one name; group 0 (empty name) is for elements of any name.
struct Group {
  Text name;
  Range always;      ///< in postings: compounds with no key
  Range attributes;  ///< keys
};

/// Compounds of a group that need an attribute.
struct Key {
  Text name;
  Range present;      ///< in postings: to be tried whenever the attribute is there
  uint32_t by_value;  ///< 1: some stand in the table under the attribute's whole value
  uint32_t by_word;   ///< 1: some stand in the table under one of its words
  uint32_t longest;   ///< bytes of the longest value or word in the table
};

/// Open addressing with linear probing: the number of places is a power of two, and at least one is free
/// (`postings.count` is 0).
struct Bucket {
  uint64_t hash;
  Range postings;
};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t size;      ///< of the whole program in bytes, a multiple of 8
  uint64_t checksum;  ///< XXH3-64 of everything after this field
  uint32_t steps;     ///< of all slots
  uint32_t reserved;  ///< 0
  Section slots, compounds, tests, entries, groups, keys, buckets, group_table, postings, strings;
};
static_assert(sizeof(Header) == 112 && sizeof(Bucket) == 16 && sizeof(Compound) == 36 && sizeof(Test) == 44);

/// Seeds of value_hash.
[[nodiscard]] constexpr uint64_t value_seed(uint32_t key) noexcept {
  return uint64_t{key} * 2;
}
[[nodiscard]] constexpr uint64_t word_seed(uint32_t key) noexcept {
  return uint64_t{key} * 2 + 1;
}

/// Typed access to bytes that are 8-byte aligned. Checks nothing: only for a program that was opened, or
/// while it is being opened, once its sections are known to lie inside.
class View {
 public:
  View() = default;
  explicit View(std::string_view bytes) noexcept : data_(bytes.data()) {}

  [[nodiscard]] const Header& header() const noexcept { return *at<Header>(0); }
  [[nodiscard]] const Slot* slots() const noexcept { return at<Slot>(header().slots.offset); }
  [[nodiscard]] const Compound* compounds() const noexcept { return at<Compound>(header().compounds.offset); }
  [[nodiscard]] const Test* tests() const noexcept { return at<Test>(header().tests.offset); }
  [[nodiscard]] const Entry* entries() const noexcept { return at<Entry>(header().entries.offset); }
  [[nodiscard]] const Group* groups() const noexcept { return at<Group>(header().groups.offset); }
  [[nodiscard]] const Key* keys() const noexcept { return at<Key>(header().keys.offset); }
  [[nodiscard]] const Bucket* buckets() const noexcept { return at<Bucket>(header().buckets.offset); }
  /// Group indices, open addressing by name_hash; kNone: free. The number of places is a power of two.
  [[nodiscard]] const uint32_t* group_table() const noexcept {
    return at<uint32_t>(header().group_table.offset);
  }
  [[nodiscard]] const uint32_t* postings() const noexcept { return at<uint32_t>(header().postings.offset); }
  [[nodiscard]] std::string_view text(Text text) const noexcept {
    return {data_ + header().strings.offset + text.offset, text.size};
  }

  /// The group of that name, kNone if no compound names it. Constant time.
  [[nodiscard]] uint32_t find_group(std::string_view lower_name, uint64_t hash) const noexcept {
    const uint32_t mask = header().group_table.count - 1;
    for (uint32_t i = static_cast<uint32_t>(hash) & mask;; i = (i + 1) & mask) {
      const uint32_t group = group_table()[i];
      if (group == kNone || text(groups()[group].name) == lower_name) return group;
    }
  }
  /// Compounds under a value or word hash.
  [[nodiscard]] Range find_bucket(uint64_t hash) const noexcept {
    const uint32_t mask = header().buckets.count - 1;
    for (uint32_t i = static_cast<uint32_t>(hash) & mask;; i = (i + 1) & mask) {
      const Bucket& bucket = buckets()[i];
      if (bucket.postings.count == 0 || bucket.hash == hash) return bucket.postings;
    }
  }

 private:
  template <StoredRecord T>
  [[nodiscard]] const T* at(uint32_t offset) const noexcept {
    return records_at<T>(data_, offset);
  }
  const char* data_ = nullptr;
};

}  // namespace abm::rewrite::program
