#include "generation/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kDay = 86'400;
constexpr int64_t kToday = 20'000 * kDay;

/// Generations from 1 on, made so many days ago, each of one file of its own of 100 bytes.
std::vector<StoredGeneration> made_days_ago(const std::vector<int64_t>& days) {
  std::vector<StoredGeneration> stored;
  for (const int64_t ago : days) {
    const uint64_t number = stored.size() + 1;
    stored.push_back({number, kToday - ago * kDay, number - 1, {{1000 + number, 100}}});
  }
  return stored;
}

std::vector<uint64_t> forgotten(const std::vector<StoredGeneration>& stored, const Retention& keep,
                                uint64_t current = 0, uint64_t held = 0) {
  return choose_forgotten(stored, current == 0 ? stored.back().number : current, held, keep, kToday).numbers;
}

Retention kept(uint32_t count, uint32_t days, uint64_t bytes = 0) {
  Retention keep(count);
  keep.days = days;
  keep.bytes = bytes;
  return keep;
}

TEST(Retention, KeepsTheNewestByNumberAlone) {
  EXPECT_THAT(forgotten(made_days_ago({50, 40, 30, 20, 10}), kept(3, 0)), ElementsAre(1, 2));
  EXPECT_THAT(forgotten(made_days_ago({1, 0}), kept(3, 0)), IsEmpty());
  EXPECT_THAT(forgotten(made_days_ago({1, 0}), kept(0, 0)), ElementsAre(1)) << "the last one always stays";
}

TEST(Retention, NeverForgetsTheCurrentOne) {
  EXPECT_THAT(forgotten(made_days_ago({50, 40, 30, 20, 10}), kept(1, 0), 2), ElementsAre(1, 3, 4));
}

TEST(Retention, ForgetsOnlyWhatIsBeyondTheNumberAndOlderThanTheDays) {
  EXPECT_THAT(forgotten(made_days_ago({3, 2, 1, 0, 0, 0}), kept(2, 30)), IsEmpty()) << "a lively feed";
  EXPECT_THAT(forgotten(made_days_ago({400, 300, 200, 100}), kept(4, 30)), IsEmpty()) << "a quiet one";
  EXPECT_THAT(forgotten(made_days_ago({90, 80, 70, 2, 1, 0}), kept(2, 30)), ElementsAre(1, 2));
}

TEST(Retention, CountsTheDaysSinceAGenerationWasReplaced) {
  // Number 1 was made 40 days ago and served until 10 days ago.
  EXPECT_THAT(forgotten(made_days_ago({40, 10, 5, 0}), kept(1, 30)), IsEmpty());
  EXPECT_THAT(forgotten(made_days_ago({40, 31, 5, 0}), kept(1, 30)), ElementsAre(1));
  EXPECT_THAT(forgotten(made_days_ago({40, 30, 5, 0}), kept(1, 30)), IsEmpty()) << "exactly 30 days ago";
}

TEST(Retention, KnowsThatARollbackBroughtOneBack) {
  auto stored = made_days_ago({90, 80, 70, 2, 1});
  stored[3].replaces = 1;  // number 1 served again until then
  EXPECT_THAT(forgotten(stored, kept(1, 30)), ElementsAre(2));
}

TEST(Retention, TakesOneThatCannotBeReadForAsOldAsItsNeighbours) {
  auto stored = made_days_ago({90, 80, 70, 2, 1});
  stored[1].created_at = 0;
  EXPECT_THAT(forgotten(stored, kept(1, 30)), ElementsAre(1, 2));
  for (StoredGeneration& one : stored) one.created_at = 0;
  EXPECT_THAT(forgotten(stored, kept(1, 30)), IsEmpty()) << "nothing says how old they are";
}

TEST(Retention, SizeGoesBeforeDaysAndNeverBeforeTheNumber) {
  const auto stored = made_days_ago({5, 4, 3, 2, 1, 0});
  const Forgetting some = choose_forgotten(stored, 6, 0, kept(2, 30, 400), kToday);
  EXPECT_THAT(some.numbers, ElementsAre(1, 2));
  EXPECT_EQ(some.early, 2u);
  EXPECT_EQ(some.limit, "keep: size");
  EXPECT_THAT(forgotten(stored, kept(2, 30, 50)), ElementsAre(1, 2, 3, 4));
  const Forgetting old = choose_forgotten(made_days_ago({90, 80, 2, 1}), 4, 0, kept(1, 30, 300), kToday);
  EXPECT_THAT(old.numbers, ElementsAre(1));
  EXPECT_EQ(old.early, 0u) << "it was old enough";
}

TEST(Retention, CountsAHardLinkOnceForAsLongAsAnybodyHasIt) {
  auto stored = made_days_ago({5, 4, 3, 2});
  for (StoredGeneration& one : stored) one.files.push_back({7, 10'000});
  EXPECT_EQ(stored_bytes(stored), 10'400u);
  EXPECT_THAT(forgotten(stored, kept(1, 30, 10'300)), ElementsAre(1)) << "its own 100 bytes are enough";
}

TEST(Retention, HasAnUpperBoundOfItsOwn) {
  std::vector<int64_t> days(kMostGenerations + 3, 1);
  const Forgetting out = choose_forgotten(made_days_ago(days), days.size(), 0, kept(1, 30), kToday);
  EXPECT_THAT(out.numbers, ElementsAre(1, 2, 3));
  EXPECT_EQ(out.early, 3u);
  EXPECT_EQ(out.limit, "the limit of 10,000 generations");
}

TEST(Retention, KeepsTheGenerationWhoseRulesAreHeldAndCountsItNeither) {
  const auto stored = made_days_ago({5, 4, 3, 2, 1});
  EXPECT_THAT(forgotten(stored, kept(2, 0), 5, 1), ElementsAre(2, 3));
  const Forgetting sized = choose_forgotten(stored, 5, 1, kept(1, 30, 300), kToday);
  EXPECT_THAT(sized.numbers, ElementsAre(2, 3));  // 300 bytes are left, with the held one
  EXPECT_EQ(sized.early, 2u);
}

}  // namespace
}  // namespace abm::generation
