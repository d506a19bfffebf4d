// Tags read in pieces against the same tags read whole.
#include "rewrite/scan/long_tag.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "rewrite/scan/attributes.h"

namespace abm::rewrite {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

constexpr LongTag::Asked kAll = {~uint64_t{0}, [](const void*, std::string_view) noexcept { return true; },
                                 nullptr};

/// Each name once, in lower case.
Attributes attributes_of(std::string_view rest) {
  Attributes all;
  AttributeCursor cursor(rest);
  for (RawAttribute raw; cursor.next(raw);) {
    std::string name(raw.name);
    for (char& c : name) c = ascii_lower(c);
    bool known = false;
    for (const auto& [earlier, value] : all) known |= earlier == name;
    if (!known) all.emplace_back(name, raw.value);
  }
  return all;
}

std::string random_tag(std::mt19937& random) {
  static const char* const kPieces[] = {" ",   "\n", "/",   "=",   "a",     "B",  "src", "'",    "\"",
                                        "=\"", "='", "\" ", "x=1", "y = 2", "<c", "=",   "/ a=", "\t"};
  std::string rest = random() % 2 != 0 ? " " : "/";
  for (size_t i = 0, n = random() % 24; i < n; ++i) rest += kPieces[random() % std::size(kPieces)];
  return "<tag" + rest + "\"'>'>\">";  // whatever is open, ends
}

TEST(LongTag, ReadsWhatTheWholeTagSays) {
  std::mt19937 random(3);
  LongTag tag(MemorySource::heap(), 4096);
  for (int i = 0; i < 20000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = random_tag(random);
    SCOPED_TRACE(page);
    const TagWalk walk = walk_attributes(page.data() + 4, page.data() + page.size());
    ASSERT_NE(walk.end, nullptr);
    const std::string_view rest(page.data() + 4, static_cast<size_t>(walk.end - page.data() - 4));
    ASSERT_TRUE(tag.start("<tag", kAll, true));
    const size_t step = 1 + random() % 5;
    const char* p = page.data() + 4;
    const char* const end = page.data() + page.size();
    const char* after = nullptr;
    while (after == nullptr && p != end) {
      const char* const to = p + std::min<size_t>(step, static_cast<size_t>(end - p));
      after = tag.feed(p, to);
      p = to;
    }
    EXPECT_EQ(after, walk.end);
    const TagToken token = tag.token(7, 7 + page.size());
    EXPECT_EQ(token.begin, 7u);
    EXPECT_EQ(token.name, "tag");
    EXPECT_EQ(token.attribute_bits, walk.attribute_bits);
    EXPECT_EQ(token.self_closing, walk.self_closing);
    EXPECT_EQ(token.cut_bits, 0u);
    EXPECT_EQ(attributes_of(token.rest()), attributes_of(rest));
  }
}

TEST(LongTag, KeepsWhatIsAskedForAndSaysWhatHadNoRoom) {
  LongTag tag(MemorySource::heap(), 64);
  const LongTag::Asked two = {
      ~uint64_t{0},
      [](const void*, std::string_view name) noexcept { return name == "class" || name == "src"; }, nullptr};
  const std::string page = " a=1 class='x y' src=\"" + std::string(100, 'z') + "\" class=z>";
  ASSERT_TRUE(tag.start("<img", two, false));
  ASSERT_NE(tag.feed(page.data(), page.data() + page.size()), nullptr);
  EXPECT_EQ(tag.token(0, page.size()).whole(), "<img class='x y' >");
  EXPECT_EQ(tag.token(0, page.size()).cut_bits, attribute_bit("src"));
}

TEST(LongTag, KeepsABoundedNumberOfAttributes) {
  LongTag tag(MemorySource::heap(), 1 << 16);
  ASSERT_TRUE(tag.start("<p", kAll, false));
  for (int i = 0; i < 100'000; ++i) {
    const std::string attribute = " a" + std::to_string(i) + "=1";
    EXPECT_EQ(tag.feed(attribute.data(), attribute.data() + attribute.size()), nullptr);
  }
  static constexpr char kEnd[] = ">";
  ASSERT_NE(tag.feed(kEnd, kEnd + 1), nullptr);
  EXPECT_EQ(attributes_of(tag.token(0, 9).rest()).size(), LongTag::kMostKept);
  EXPECT_NE(tag.token(0, 9).cut_bits, 0u);
}

}  // namespace
}  // namespace abm::rewrite
