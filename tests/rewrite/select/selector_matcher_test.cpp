// The matcher against the reference on random trees, and what it says about elements that it need not see.
#include "rewrite/select/selector_set.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/rewrite/select/selector_reference.h"
#include "tests/rewrite/select/test_program.h"

namespace abm::rewrite {
namespace {

/// Walks a tree in document order as a scanner would: one frame per depth, elements skipped where the masks
/// allow.
class Walk {
 public:
  Walk(const SelectorSet& set, std::span<const uint32_t> active)
      : scratch_(SelectorMatcher::scratch_words(set)), slots_(set.size()), matcher_(set, active, scratch_) {}

  std::map<const Node*, std::vector<uint32_t>> run(const Node& root) {
    frames_.assign(matcher_.frame_words(), 0);
    visit(root, 0);
    return std::move(found_);
  }
  const SelectorMatcher& matcher() const { return matcher_; }
  size_t lookups = 0;
  size_t skipped = 0;

 private:
  void visit(const Node& node, size_t depth) {
    const size_t words = matcher_.frame_words();
    frames_.resize((depth + 2) * words);
    uint64_t* parent = frames_.data() + depth * words;
    const NodeElement element(node);
    if ((matcher_.attribute_mask(node.name) & (element.attribute_bits() | uint64_t{1} << 63)) == 0) {
      ++skipped;
      matcher_.skip_element(parent, parent + words);
    } else {
      std::vector<uint32_t> matched(slots_);
      matched.resize(matcher_.start_element(element, parent, parent + words, matched));
      if (!matched.empty()) found_[&node] = matched;
      lookups += element.lookups;
    }
    for (const auto& child : node.children) visit(*child, depth + 1);
  }

  std::vector<uint64_t> scratch_;
  size_t slots_;
  SelectorMatcher matcher_;
  std::vector<uint64_t> frames_;
  std::map<const Node*, std::vector<uint32_t>> found_;
};

void collect(const Node& node, std::vector<const Node*>& out) {
  out.push_back(&node);
  for (const auto& child : node.children) collect(*child, out);
}

std::vector<uint32_t> expected(std::span<const SelectorList> lists, std::span<const uint32_t> active,
                               const Node& node) {
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < lists.size(); ++i) {
    const bool wanted = active.empty() || std::ranges::find(active, i) != active.end();
    if (wanted && reference_matches(lists[i], node)) slots.push_back(i);
  }
  return slots;
}

TEST(SelectorMatcher, AgreesWithTheReferenceOnRandomTreesSelectorsAndActiveSlots) {
  size_t matches = 0, skipped = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    std::vector<SelectorList> lists(1 + seed % 90);
    for (SelectorList& list : lists) list = random_selectors(random);
    const TestProgram program(lists);
    std::vector<uint32_t> active;
    for (uint32_t i = 0; seed % 2 == 1 && i < lists.size(); ++i) {
      if (random() % 3 == 0) active.push_back(i);
    }
    const auto root = random_tree(random, 60);
    Walk walk(program.set, active);
    auto found = walk.run(*root);
    std::vector<const Node*> nodes;
    collect(*root, nodes);
    for (const Node* node : nodes) {
      const std::vector<uint32_t> slots = expected(lists, active, *node);
      matches += slots.size();
      ASSERT_EQ(found[node], slots) << "seed " << seed << ", <" << node->name << ">";
    }
    skipped += walk.skipped;
  }
  EXPECT_GT(matches, 10000u);
  EXPECT_GT(skipped, 100u) << "the masks ruled nothing out";
}

TEST(SelectorMatcher, NamesThatNoCompoundNamesAreRuledOut) {
  const TestProgram program{"a[data-abm-slot=hero]", "#case-study", "main p.note", "main > h2"};
  const std::vector<uint32_t> only_link = {0};
  Walk link(program.set, only_link);
  EXPECT_EQ(link.matcher().attribute_mask("a"), attribute_bit("data-abm-slot"));
  for (const char* name : {"", "b", "main", "p", "h2", "div", "aa"}) {
    EXPECT_EQ(link.matcher().attribute_mask(name), 0u) << name;
  }
  EXPECT_EQ(link.matcher().frame_words(), 0u);

  Walk all(program.set, {});
  EXPECT_EQ(all.matcher().attribute_mask("div"), attribute_bit("id")) << "any element may have the id";
  EXPECT_EQ(all.matcher().attribute_mask("p"), attribute_bit("id") | attribute_bit("class"));
  EXPECT_EQ(all.matcher().attribute_mask("h2"), SelectorMatcher::kAnyAttributes);
  EXPECT_EQ(all.matcher().frame_words(), 1u);
}

TEST(SelectorMatcher, SaysWhatTheCallerMustCount) {
  const auto needs = [](std::string_view text) {
    const TestProgram program{text};
    Walk walk(program.set, {});
    const SelectorMatcher& matcher = walk.matcher();
    return fmt::format("{}{}{}", matcher.needs_every_element() ? "every " : "",
                       matcher.needs_child_index() ? "child " : "", matcher.needs_type_index() ? "type" : "");
  };
  EXPECT_EQ(needs("a b > c"), "");
  EXPECT_EQ(needs("a + b"), "every ");
  EXPECT_EQ(needs("a ~ b"), "every ");
  EXPECT_EQ(needs("a:first-child"), "every child ");
  EXPECT_EQ(needs("a:not(.x, :is(:nth-of-type(2)))"), "every type");
}

TEST(SelectorMatcher, LooksUpNoMoreAttributesForManySlotsThanForFew) {
  std::vector<SelectorList> lists(200);
  for (size_t i = 0; i < lists.size(); ++i) {
    ASSERT_FALSE(parse_selector(fmt::format("[data-abm-slot=\"s{}\"]", i), lists[i]));
  }
  const TestProgram many(lists);
  const TestProgram few{std::span<const SelectorList>(lists).first(5)};
  std::mt19937 random(7);
  const auto root = random_tree(random, 500);
  size_t next = 0;
  std::vector<const Node*> nodes;
  collect(*root, nodes);
  for (const Node* node : nodes) {
    if (node->name == "a")
      const_cast<Node*>(node)->attributes["data-abm-slot"] = fmt::format("s{}", next++ % 5);
  }
  Walk with_many(many.set, {}), with_few(few.set, {});
  EXPECT_EQ(with_many.run(*root), with_few.run(*root));
  EXPECT_EQ(with_many.lookups, with_few.lookups);
}

TEST(SelectorMatcher, AsksForEachAttributeOnce) {
  const TestProgram program{"p.a:not(.b)", ".a.b", "p#x.c", "[class~=a i]", ":not(#y):is(.d, .a)"};
  std::vector<uint64_t> scratch(SelectorMatcher::scratch_words(program.set));
  SelectorMatcher matcher(program.set, {}, scratch);
  Node node;
  node.name = "p";
  node.attributes = {{"class", "a"}, {"id", "x"}};
  const NodeElement element(node);
  EXPECT_EQ(matcher.start_element(element, nullptr, nullptr, {}), 3u);
  EXPECT_EQ(element.lookups, 2u) << "class and id";
}

TEST(SelectorMatcher, ReportsHowManyMatchedWhenTheyDoNotFit) {
  const TestProgram program{"p", "*", ".x, p", "div"};
  std::vector<uint64_t> scratch(SelectorMatcher::scratch_words(program.set));
  SelectorMatcher matcher(program.set, {}, scratch);
  Node node;
  node.name = "p";
  uint32_t two[2] = {9, 9};
  EXPECT_EQ(matcher.start_element(NodeElement(node), nullptr, nullptr, two), 3u);
  EXPECT_EQ(two[0], 0u);
  EXPECT_EQ(two[1], 1u);
  EXPECT_EQ(matcher.start_element(NodeElement(node), nullptr, nullptr, {}), 3u);
}

TEST(SelectorMatcher, IgnoresActiveSlotsThatAreTwiceOrNotThere) {
  const TestProgram program{"a p", "p"};
  const std::vector<uint32_t> active = {1, 0, 0, 7, 1};
  Walk walk(program.set, active);
  EXPECT_EQ(walk.matcher().frame_words(), 1u);
  Node node;
  node.name = "p";
  EXPECT_EQ(walk.run(node), (std::map<const Node*, std::vector<uint32_t>>{{&node, {1}}}));
}

TEST(SelectorMatcher, OfAnEmptySetMatchesNothing) {
  const SelectorSet closed;
  SelectorMatcher matcher(closed, {}, {});
  EXPECT_EQ(SelectorMatcher::scratch_words(closed), 0u);
  EXPECT_EQ(matcher.attribute_mask("p"), 0u);
  Node node;
  node.name = "p";
  EXPECT_EQ(matcher.start_element(NodeElement(node), nullptr, nullptr, {}), 0u);
}

}  // namespace
}  // namespace abm::rewrite
