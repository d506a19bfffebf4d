// SelectorLists → one flat program: compounds, their tests, and the tables that find a compound from a tag.
#include <bit>
#include <deque>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "base/hash.h"
#include "rewrite/select/foreign_names.h"
#include "rewrite/select/selector_keys.h"
#include "rewrite/select/selector_program.h"
#include "rewrite/select/selector_set.h"

namespace abm::rewrite {
namespace {

using namespace program;

/// Where a compound's type, as written, is the name of elements: on HTML elements it is whatever its case.
uint32_t element_spaces(const CompoundSelector& source) {
  if (source.nothing) return 0;
  const std::string& written = source.written.empty() ? source.type : source.written;
  return kHtmlSpace | (written == svg_element_name(source.type) ? kSvgSpace : 0u) |
         (source.written.empty() ? kMathmlSpace : 0u);
}

/// Where an attribute test, as written, names an attribute that is in no namespace.
uint32_t attribute_spaces(const AttributeTest& source) {
  if (source.in_namespace) return kSvgSpace | kMathmlSpace;
  if (is_namespaced_attribute(source.name)) return kHtmlSpace;
  const std::string& written = source.written.empty() ? source.name : source.written;
  return kHtmlSpace | (written == svg_attribute_name(source.name) ? kSvgSpace : 0u) |
         (written == mathml_attribute_name(source.name) ? kMathmlSpace : 0u);
}

/// The compounds under one attribute of one group, before they are laid out.
struct KeyBuild {
  std::vector<uint32_t> present;
  std::map<std::string, std::vector<uint32_t>> values, words;
};
struct GroupBuild {
  std::vector<uint32_t> always;
  std::map<std::string, KeyBuild> keys;
};

class Compiler {
 public:
  Result<std::string> compile(std::span<const SelectorList> lists) {
    if (lists.size() > kMaxSlots) {
      return Error{
          fmt::format("slots: {} of them, more than {}; the site was not compiled", lists.size(), kMaxSlots)};
    }
    groups_.emplace_back();
    names_.emplace("", 0);
    for (const SelectorList& list : lists) add_slot(list);
    if (steps_ > kMaxSteps) {
      return Error{
          fmt::format("slots: their selectors name {} ancestors and siblings, more than {}; "
                      "the site was not compiled",
                      steps_, kMaxSteps)};
    }
    // Arguments of :not and :is are appended after the compounds that name them.
    for (size_t i = 0; i < sources_.size(); ++i) add_tests(i);
    lay_out_groups();
    return write();
  }

 private:
  Text text(std::string_view value) {
    const auto [found, added] = interned_.try_emplace(
        std::string(value),
        Text{static_cast<uint32_t>(strings_.size()), static_cast<uint32_t>(value.size())});
    if (added) strings_ += value;
    return found->second;
  }

  void add_slot(const SelectorList& list) {
    Slot slot{};
    slot.compounds.begin = static_cast<uint32_t>(compounds_.size());
    slot.entries.begin = static_cast<uint32_t>(entries_.size());
    for (const ComplexSelector& selector : list.selectors) {
      uint32_t before = kNone;
      for (size_t i = 0; i < selector.compounds.size(); ++i) {
        Compound& compound = add_compound(selector.compounds[i]);
        compound.slot = static_cast<uint32_t>(slots_.size());
        compound.before = before;
        if (i + 1 == selector.compounds.size()) {
          compound.flags |= kSubject;
        } else {
          before = compound.step = slot.steps++;
          compound.combinator = static_cast<uint32_t>(selector.combinators[i]);
        }
        add_entries(selector.compounds[i], static_cast<uint32_t>(compounds_.size() - 1));
      }
    }
    slot.compounds.count = static_cast<uint32_t>(compounds_.size()) - slot.compounds.begin;
    slot.entries.count = static_cast<uint32_t>(entries_.size()) - slot.entries.begin;
    steps_ += slot.steps;
    slots_.push_back(slot);
  }

  Compound& add_compound(const CompoundSelector& source) {
    sources_.push_back(&source);
    Compound compound{};
    compound.type = text(source.type);
    compound.slot = compound.before = compound.step = kNone;
    compound.flags = flags_of(source);
    return compounds_.emplace_back(compound);
  }

  static uint32_t flags_of(const CompoundSelector& source) {
    const bool attributes = !source.ids.empty() || !source.classes.empty() || !source.attributes.empty();
    uint32_t flags = attributes ? kTakesAttribute : 0u;
    for (const PseudoTest& test : source.pseudos) {
      if (test.kind == PseudoKind::kNthChild) flags |= kChildIndex;
      if (test.kind == PseudoKind::kNthOfType) flags |= kTypeIndex;
      if (!test.argument) continue;
      for (const ComplexSelector& argument : test.argument->selectors)
        flags |= flags_of(argument.compounds.back());
    }
    return flags;
  }

  void add_entries(const CompoundSelector& source, uint32_t compound) {
    for (const SelectorKey& key : keys_of(source)) {
      const auto [name, added] = names_.try_emplace(key.type, static_cast<uint32_t>(groups_.size()));
      if (added) groups_.emplace_back();
      GroupBuild& group = groups_[name->second];
      const bool keyed = key.kind != SelectorKey::Kind::kNone;
      entries_.push_back(
          {compound, name->second,
           keyed ? static_cast<uint32_t>(std::countr_zero(attribute_bit(key.attribute))) : kNone});
      if (!keyed) {
        group.always.push_back(compound);
        continue;
      }
      KeyBuild& build = group.keys[key.attribute];
      switch (key.kind) {
        case SelectorKey::Kind::kValue:
          build.values[key.value].push_back(compound);
          break;
        case SelectorKey::Kind::kWord:
          build.words[key.value].push_back(compound);
          break;
        default:
          build.present.push_back(compound);
      }
    }
  }

  void add_tests(size_t index) {
    const CompoundSelector& source = *sources_[index];
    const auto begin = static_cast<uint32_t>(tests_.size());
    if (const uint32_t spaces = element_spaces(source); spaces != kEverySpace) {
      Test test{};
      test.kind = TestKind::kSpace;
      test.name = test.value = text("");
      test.a = static_cast<int32_t>(spaces);
      tests_.push_back(test);
    }
    for (const PseudoTest& pseudo : source.pseudos) {
      if (!pseudo.argument) add_pseudo(pseudo);
    }
    for (const std::string& id : source.ids) {
      add_attribute(TestKind::kAttribute,
                    {"id", AttributeOperator::kEquals, id, LetterCase::kIgnoredInQuirks});
    }
    for (const std::string& name : source.classes) {
      add_attribute(TestKind::kWord,
                    {"class", AttributeOperator::kIncludes, name, LetterCase::kIgnoredInQuirks});
    }
    for (const AttributeTest& test : source.attributes) {
      if (test.any_namespace) {
        add_any_namespace(test);
      } else {
        add_attribute(test.op == AttributeOperator::kIncludes ? TestKind::kWord : TestKind::kAttribute, test);
      }
    }
    for (const PseudoTest& pseudo : source.pseudos) {
      if (pseudo.argument) add_pseudo(pseudo);
    }
    compounds_[index].tests = {begin, static_cast<uint32_t>(tests_.size()) - begin};
  }

  void add_attribute(TestKind kind, const AttributeTest& source) {
    Test test{};
    test.kind = kind;
    test.op = static_cast<uint32_t>(source.op);
    test.letter_case = static_cast<uint32_t>(source.value_case);
    test.name = text(source.name);
    test.value = text(source.value);
    const uint32_t spaces = attribute_spaces(source);
    test.a = spaces == kEverySpace ? 0 : static_cast<int32_t>(spaces);
    tests_.push_back(test);
  }

  /// `[*|name]`: a choice of the attributes that have this local name, each an argument of its own.
  void add_any_namespace(const AttributeTest& source) {
    Test test{};
    test.kind = TestKind::kIs;
    test.name = test.value = text("");
    test.argument.begin = static_cast<uint32_t>(compounds_.size());
    const auto add = [&](AttributeTest one) {
      one.any_namespace = false;
      add_compound(choices_.emplace_back(CompoundSelector{{}, {}, false, {}, {}, {std::move(one)}, {}}));
    };
    add(source);
    for (const NamespacedAttribute& attribute : namespaced_attributes()) {
      if (attribute.local != (source.written.empty() ? source.name : source.written)) continue;
      AttributeTest one = source;
      one.name = attribute.written;
      one.written = {};
      one.in_namespace = true;
      add(std::move(one));
    }
    test.argument.count = static_cast<uint32_t>(compounds_.size()) - test.argument.begin;
    tests_.push_back(test);
  }

  void add_pseudo(const PseudoTest& pseudo) {
    constexpr TestKind kKinds[] = {TestKind::kRoot, TestKind::kNthChild, TestKind::kNthOfType, TestKind::kNot,
                                   TestKind::kIs};
    Test test{};
    test.kind = kKinds[static_cast<size_t>(pseudo.kind)];
    test.name = test.value = text("");
    test.a = pseudo.a;
    test.b = pseudo.b;
    if (pseudo.argument) {
      test.argument.begin = static_cast<uint32_t>(compounds_.size());
      for (const ComplexSelector& alternative : pseudo.argument->selectors) {
        add_compound(alternative.compounds.back());
      }
      test.argument.count = static_cast<uint32_t>(compounds_.size()) - test.argument.begin;
    }
    tests_.push_back(test);
  }

  Range post(const std::vector<uint32_t>& compounds) {
    const auto begin = static_cast<uint32_t>(postings_.size());
    postings_.insert(postings_.end(), compounds.begin(), compounds.end());
    return {begin, static_cast<uint32_t>(compounds.size())};
  }

  void lay_out_groups() {
    std::vector<std::string_view> name_of(groups_.size());
    for (const auto& [name, index] : names_) name_of[index] = name;
    std::map<uint64_t, std::vector<uint32_t>> buckets;
    for (size_t i = 0; i < groups_.size(); ++i) {
      Group group{};
      group.name = text(name_of[i]);
      group.always = post(groups_[i].always);
      group.attributes = {static_cast<uint32_t>(keys_.size()), static_cast<uint32_t>(groups_[i].keys.size())};
      for (const auto& [name, build] : groups_[i].keys) {
        const auto index = static_cast<uint32_t>(keys_.size());
        Key key{text(name), post(build.present), !build.values.empty(), !build.words.empty(), 0};
        const auto collect = [&](const auto& table, uint64_t seed) {
          for (const auto& [value, compounds] : table) {
            auto& bucket = buckets[value_hash(value, seed)];
            bucket.insert(bucket.end(), compounds.begin(), compounds.end());
            key.longest = std::max(key.longest, static_cast<uint32_t>(value.size()));
          }
        };
        collect(build.values, value_seed(index));
        collect(build.words, word_seed(index));
        keys_.push_back(key);
      }
      group_records_.push_back(group);
    }

    const uint64_t bucket_mask = std::bit_ceil(2 * buckets.size() + 1) - 1;
    buckets_.resize(bucket_mask + 1);
    for (const auto& [hash, compounds] : buckets) {
      uint64_t place = hash & bucket_mask;
      while (buckets_[place].postings.count != 0) place = (place + 1) & bucket_mask;
      buckets_[place] = {hash, post(compounds)};
    }
    const uint64_t group_mask = std::bit_ceil(2 * group_records_.size() + 1) - 1;
    group_table_.assign(group_mask + 1, kNone);
    for (uint32_t i = 1; i < group_records_.size(); ++i) {
      uint64_t place = name_hash(name_of[i]) & group_mask;
      while (group_table_[place] != kNone) place = (place + 1) & group_mask;
      group_table_[place] = i;
    }
  }

  template <typename Record>
  static void write_section(std::string& out, Section& section, std::span<const Record> records) {
    section = {static_cast<uint32_t>(out.size()), static_cast<uint32_t>(records.size())};
    out.append(static_cast<const char*>(static_cast<const void*>(records.data())), records.size_bytes());
    out.resize((out.size() + 7) / 8 * 8);
  }

  Result<std::string> write() const {
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.steps = steps_;
    std::string out(sizeof header, '\0');
    write_section<Slot>(out, header.slots, slots_);
    write_section<Compound>(out, header.compounds, compounds_);
    write_section<Test>(out, header.tests, tests_);
    write_section<Entry>(out, header.entries, entries_);
    write_section<Group>(out, header.groups, group_records_);
    write_section<Key>(out, header.keys, keys_);
    write_section<Bucket>(out, header.buckets, buckets_);
    write_section<uint32_t>(out, header.group_table, group_table_);
    write_section<uint32_t>(out, header.postings, postings_);
    write_section<char>(out, header.strings, strings_);
    if (out.size() > kMaxBytes) {
      return Error{
          fmt::format("slots: their selectors compile to {} bytes, more than {}; the site was not compiled",
                      out.size(), kMaxBytes)};
    }
    header.size = static_cast<uint32_t>(out.size());
    std::memcpy(out.data(), &header, sizeof header);
    header.checksum = hash64(std::string_view(out).substr(offsetof(Header, steps)));
    std::memcpy(out.data(), &header, sizeof header);
    return out;
  }

  std::vector<const CompoundSelector*> sources_;  ///< of each compound
  std::deque<CompoundSelector> choices_;          ///< made of `[*|name]`
  std::vector<Slot> slots_;
  std::vector<Compound> compounds_;
  std::vector<Test> tests_;
  std::vector<Entry> entries_;
  std::vector<GroupBuild> groups_;
  std::map<std::string, uint32_t> names_;  ///< of groups
  std::vector<Group> group_records_;
  std::vector<Key> keys_;
  std::vector<Bucket> buckets_;
  std::vector<uint32_t> group_table_;
  std::vector<uint32_t> postings_;
  std::string strings_;
  std::unordered_map<std::string, Text> interned_;
  uint32_t steps_ = 0;
};

}  // namespace

Result<std::string> compile_selectors(std::span<const SelectorList> lists) {
  return Compiler().compile(lists);
}

}  // namespace abm::rewrite
