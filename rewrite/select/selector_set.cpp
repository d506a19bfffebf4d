// Opens a compiled program. Every offset, count and operator is checked once, so that the matcher need not
// check them.
#include "rewrite/select/selector_set.h"

#include <bit>

#include <fmt/format.h>

#include "base/hash.h"
#include "rewrite/select/selector_program.h"

namespace abm::rewrite {
namespace {

using namespace program;

/// Checks one program, section by section; `refusal` returns the first thing that is wrong.
class Checker {
 public:
  explicit Checker(std::string_view bytes) noexcept : bytes_(bytes), view_(bytes) {}

  std::string refusal() {
    const bool ok = check_header() && check_sections() && check_slots() && check_compounds() &&
                    check_tests() && check_nesting() && check_tables() && check_postings();
    return ok ? std::string() : refusal_;
  }

 private:
  bool refuse(std::string_view what) {
    refusal_ = what;
    return false;
  }
  const Header& header() const noexcept { return view_.header(); }

  bool check_header() {
    if (bytes_.size() < sizeof(Header)) return refuse("shorter than its header");
    if (!is_record_aligned(bytes_.data())) return refuse("not 8-byte aligned in memory");
    if (std::string_view(header().magic, sizeof kMagic) != std::string_view(kMagic, sizeof kMagic)) {
      return refuse("does not begin like a selector program");
    }
    if (header().version == 0 || header().version > kVersion)
      return refuse(fmt::format("version {} is not known", header().version));
    if (header().size != bytes_.size() || bytes_.size() > kMaxBytes) return refuse("size is not as stated");
    if (header().checksum != hash64(bytes_.substr(offsetof(Header, steps))))
      return refuse("checksum differs");
    if (header().steps > kMaxSteps || header().reserved != 0) return refuse("too many steps");
    return true;
  }

  bool check_sections() {
    const Header& h = header();
    const std::pair<Section, size_t> sections[] = {{h.slots, sizeof(Slot)},
                                                   {h.compounds, sizeof(Compound)},
                                                   {h.tests, sizeof(Test)},
                                                   {h.entries, sizeof(Entry)},
                                                   {h.groups, sizeof(Group)},
                                                   {h.keys, sizeof(Key)},
                                                   {h.buckets, sizeof(Bucket)},
                                                   {h.group_table, 4},
                                                   {h.postings, 4},
                                                   {h.strings, 1}};
    uint64_t expected = sizeof(Header);
    for (const auto& [section, record] : sections) {
      if (section.offset != expected) return refuse("a section is not where it belongs");
      expected = (expected + uint64_t{section.count} * record + 7) / 8 * 8;
      if (expected > bytes_.size()) return refuse("a section reaches past the end");
    }
    if (expected != bytes_.size()) return refuse("bytes after the last section");
    if (h.slots.count > kMaxSlots) return refuse("too many slots");
    if (h.groups.count == 0) return refuse("no group for elements of any name");
    return true;
  }

  static bool inside(Range range, const Section& section) noexcept {
    return range.begin <= section.count && range.count <= section.count - range.begin;
  }
  bool inside(Text text) const noexcept { return inside(Range{text.offset, text.size}, header().strings); }

  bool check_slots() {
    uint32_t compounds = 0, entries = 0, steps = 0;
    for (uint32_t i = 0; i < header().slots.count; ++i) {
      const Slot& slot = view_.slots()[i];
      if (slot.compounds.begin != compounds || !inside(slot.compounds, header().compounds) ||
          slot.entries.begin != entries || !inside(slot.entries, header().entries)) {
        return refuse("a slot's records are not its own");
      }
      compounds += slot.compounds.count;
      entries += slot.entries.count;
      if (slot.steps > slot.compounds.count) return refuse("a slot has more steps than compounds");
      steps += slot.steps;
    }
    if (entries != header().entries.count || steps != header().steps) return refuse("records without a slot");
    top_level_ = compounds;
    return true;
  }

  bool check_compounds() {
    uint32_t tests = 0;
    for (uint32_t i = 0; i < header().compounds.count; ++i) {
      const Compound& compound = view_.compounds()[i];
      if (!inside(compound.type) || compound.tests.begin != tests ||
          !inside(compound.tests, header().tests)) {
        return refuse("a compound's tests are not its own");
      }
      tests += compound.tests.count;
      if (compound.combinator > static_cast<uint32_t>(Combinator::kSubsequentSibling)) {
        return refuse("unknown combinator");
      }
      if (i >= top_level_) {
        if (compound.slot != kNone) return refuse("an argument claims a slot");
        continue;
      }
      if (compound.slot >= header().slots.count) return refuse("a compound of no slot");
      const Slot& slot = view_.slots()[compound.slot];
      if (i < slot.compounds.begin || i - slot.compounds.begin >= slot.compounds.count) {
        return refuse("a compound of another slot");
      }
      const bool subject = (compound.flags & kSubject) != 0;
      if ((compound.before != kNone && compound.before >= slot.steps) ||
          (subject ? compound.step != kNone : compound.step >= slot.steps)) {
        return refuse("a step that its slot does not have");
      }
    }
    return tests == header().tests.count || refuse("tests without a compound");
  }

  bool check_tests() {
    for (uint32_t i = 0; i < header().tests.count; ++i) {
      const Test& test = view_.tests()[i];
      if (!inside(test.name) || !inside(test.value)) return refuse("a test's text lies outside");
      if (test.kind > TestKind::kSpace ||
          test.letter_case > static_cast<uint32_t>(LetterCase::kIgnoredInQuirks) ||
          test.op > static_cast<uint32_t>(AttributeOperator::kSubstring)) {
        return refuse("unknown test");
      }
      const bool takes_argument = test.kind == TestKind::kNot || test.kind == TestKind::kIs;
      if (!inside(test.argument, header().compounds) || (!takes_argument && test.argument.count != 0)) {
        return refuse("a test's argument lies outside");
      }
    }
    return true;
  }

  /// Arguments are used in the order in which they stand, each once, behind their user: no cycle, no blow-up.
  bool check_nesting() {
    std::vector<uint8_t> depth(header().compounds.count, 0);
    uint32_t next = top_level_;
    for (uint32_t i = 0; i < header().compounds.count; ++i) {
      const Range tests = view_.compounds()[i].tests;
      if (i >= next) return refuse("an argument that nothing names");
      for (uint32_t t = tests.begin; t < tests.begin + tests.count; ++t) {
        const Range argument = view_.tests()[t].argument;
        if (argument.count == 0) continue;
        if (argument.begin != next) return refuse("an argument that is not its test's own");
        if (depth[i] == kMaxArguments) return refuse("arguments nested too deep");
        next += argument.count;
        for (uint32_t a = argument.begin; a < next; ++a) depth[a] = static_cast<uint8_t>(depth[i] + 1);
      }
    }
    return next == header().compounds.count || refuse("an argument that nothing names");
  }

  bool check_tables() {
    const Header& h = header();
    for (uint32_t i = 0; i < h.entries.count; ++i) {
      const Entry& entry = view_.entries()[i];
      if (entry.compound >= top_level_ || entry.group >= h.groups.count) return refuse("an entry of nothing");
      if (entry.attribute_bit != kNone && entry.attribute_bit > 62) return refuse("an entry's attribute bit");
    }
    for (uint32_t i = 0; i < h.groups.count; ++i) {
      const Group& group = view_.groups()[i];
      if (!inside(group.name) || !inside(group.always, h.postings) || !inside(group.attributes, h.keys)) {
        return refuse("a group's records lie outside");
      }
    }
    for (uint32_t i = 0; i < h.keys.count; ++i) {
      const Key& key = view_.keys()[i];
      if (!inside(key.name) || !inside(key.present, h.postings)) return refuse("a key's records lie outside");
    }
    bool bucket_free = false, group_free = false;
    for (uint32_t i = 0; i < h.buckets.count; ++i) {
      const Range postings = view_.buckets()[i].postings;
      if (!inside(postings, h.postings)) return refuse("a bucket's records lie outside");
      bucket_free = bucket_free || postings.count == 0;
    }
    for (uint32_t i = 0; i < h.group_table.count; ++i) {
      const uint32_t group = view_.group_table()[i];
      if (group != kNone && group >= h.groups.count) return refuse("a name of no group");
      group_free = group_free || group == kNone;
    }
    // A probe ends at a free place.
    if (!std::has_single_bit(h.buckets.count) || !bucket_free) return refuse("the value table is full");
    if (!std::has_single_bit(h.group_table.count) || !group_free) return refuse("the name table is full");
    return true;
  }

  bool check_postings() {
    for (uint32_t i = 0; i < header().postings.count; ++i) {
      if (view_.postings()[i] >= top_level_) return refuse("a posting of no slot");
    }
    return true;
  }

  std::string_view bytes_;
  View view_;
  std::string refusal_;
  uint32_t top_level_ = 0;  ///< compounds of slots, before those of arguments
};

}  // namespace

Result<SelectorSet> SelectorSet::open(std::string_view bytes) {
  const std::string refusal = Checker(bytes).refusal();
  if (!refusal.empty()) return Error{fmt::format("selector program: {}; it was refused", refusal)};
  SelectorSet set;
  set.bytes_ = bytes;
  return set;
}

uint32_t SelectorSet::size() const noexcept {
  return bytes_.empty() ? 0 : View(bytes_).header().slots.count;
}

}  // namespace abm::rewrite
