// Compiled programs: the same from the same input, refused when damaged, harmless when the damage is
// consistent.
#include "rewrite/select/selector_set.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "rewrite/select/selector_program.h"
#include "tests/rewrite/select/selector_reference.h"
#include "tests/rewrite/select/test_program.h"

namespace abm::rewrite {
namespace {

using testing::HasSubstr;

TestProgram sample() {
  return {"a[data-abm-slot=\"hero-cta\"]",
          "#case-study",
          "section.pricing > p.note, :is(h1, h2):not(.x, :root) ~ p",
          ":root",
          "li:nth-child(2n+1) + li[class~=x i]",
          "|a, foreignObject[*|href]:not([viewBox])"};
}

/// Makes the checksum right again, as an attacker would.
void reseal(TestProgram& program) {
  constexpr size_t kBegin = offsetof(program::Header, steps);
  const uint64_t checksum = hash64(program.bytes().substr(kBegin));
  std::memcpy(program.data() + offsetof(program::Header, checksum), &checksum, sizeof checksum);
}

/// Runs a program over a few elements; the sanitizers watch.
void exercise(const SelectorSet& set) {
  std::vector<uint64_t> scratch(SelectorMatcher::scratch_words(set));
  SelectorMatcher matcher(set, {}, scratch);
  std::vector<uint64_t> frames(3 * matcher.frame_words());
  uint32_t matched[4];
  Node node;
  for (const char* name : {"html", "a", "section", "p", "li", "li", ""}) {
    node.name = name;
    node.attributes = {
        {"class", "pricing note x"}, {"id", "case-study"}, {"data-abm-slot", "hero-cta"}, {"", ""}};
    static_cast<void>(matcher.attribute_mask(name));
    for (size_t depth = 0; depth < 2; ++depth) {
      static_cast<void>(matcher.start_element(NodeElement(node),
                                              frames.data() + depth * matcher.frame_words(),
                                              frames.data() + (depth + 1) * matcher.frame_words(), matched));
    }
  }
}

TEST(SelectorSet, CompilesTheSameBytesFromTheSameLists) {
  TestProgram one = sample(), two = sample();
  EXPECT_EQ(one.bytes(), two.bytes());
  EXPECT_EQ(one.size % 8, 0u);
  EXPECT_EQ(one.set.size(), 6u);
  EXPECT_EQ(TestProgram(std::span<const SelectorList>()).set.size(), 0u);
}

TEST(SelectorSet, RefusesTruncationAtEveryLength) {
  const TestProgram whole = sample();
  for (size_t size = 0; size < whole.size; ++size) {
    TestProgram cut = whole;
    cut.size = size;
    ASSERT_FALSE(SelectorSet::open(cut.bytes()).ok()) << size;
  }
}

TEST(SelectorSet, RefusesAFlipOfEveryBit) {
  TestProgram program = sample();
  for (size_t bit = 0; bit < program.size * 8; ++bit) {
    program.data()[bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_FALSE(SelectorSet::open(program.bytes()).ok()) << "bit " << bit;
    program.data()[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
}

TEST(SelectorSet, IsSafeToRunWhateverBitIsFlippedBehindARightChecksum) {
  TestProgram program = sample();
  size_t opened = 0, refused = 0;
  for (size_t bit = 0; bit < program.size * 8; ++bit) {
    program.data()[bit / 8] ^= static_cast<char>(1 << bit % 8);
    reseal(program);
    if (const auto set = SelectorSet::open(program.bytes())) {
      exercise(*set);
      ++opened;
    } else {
      ++refused;
    }
    program.data()[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  EXPECT_GT(opened, 0u);
  EXPECT_GT(refused, opened);
}

TEST(SelectorSet, RefusesEveryFieldSetToAllOnes) {
  const TestProgram whole = sample();
  for (size_t at = 0; at + 4 <= sizeof(program::Header); at += 4) {
    TestProgram damaged = whole;
    std::memset(damaged.data() + at, 0xff, 4);
    reseal(damaged);
    const bool is_checksum = at / 8 == offsetof(program::Header, checksum) / 8;
    EXPECT_EQ(SelectorSet::open(damaged.bytes()).ok(), is_checksum) << "header byte " << at;
  }
  for (size_t at = sizeof(program::Header); at + 4 <= whole.size; at += 4) {
    TestProgram damaged = whole;
    std::memset(damaged.data() + at, 0xff, 4);
    reseal(damaged);
    if (const auto set = SelectorSet::open(damaged.bytes())) exercise(*set);
  }
}

TEST(SelectorSet, SaysWhyAProgramIsRefused) {
  TestProgram program = sample();
  EXPECT_THAT(SelectorSet::open(program.bytes().substr(0, 50)).message(),
              HasSubstr("selector program: shorter than its header; it was refused"));
  EXPECT_THAT(SelectorSet::open(program.bytes().substr(4)).message(), HasSubstr("not 8-byte aligned"));
  program.data()[8] = 3;
  EXPECT_THAT(SelectorSet::open(program.bytes()).message(), HasSubstr("version 3 is not known"));
}

TEST(SelectorSet, ReadsProgramsOfVersion1) {
  TestProgram program{"section > p.note", "[type=text i]"};
  program.data()[8] = 1;
  EXPECT_TRUE(SelectorSet::open(program.bytes()).ok());
  program.data()[8] = 0;
  EXPECT_FALSE(SelectorSet::open(program.bytes()).ok());
}

TEST(SelectorSet, TooManySlotsOrStepsAreRefusedWithTheLimit) {
  std::vector<SelectorList> lists(program::kMaxSlots + 1);
  for (SelectorList& list : lists) ASSERT_FALSE(parse_selector("p", list));
  EXPECT_THAT(compile_selectors(lists).message(), HasSubstr("4097 of them, more than 4096"));
  lists.resize(600);
  for (SelectorList& list : lists) ASSERT_FALSE(parse_selector("a b c d e f g h i", list));
  EXPECT_THAT(compile_selectors(lists).message(), HasSubstr("4800 ancestors and siblings, more than 4096"));
}

}  // namespace
}  // namespace abm::rewrite
