// What cannot be seen changes no page: accounts with the same sight match alike, whatever else differs.
#include "rules/match/visit_sight.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "rules/compile/compile.h"
#include "tests/rules/reference.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

using accounts::Account;
using accounts::NumberField;
using accounts::TextField;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

/// A program and its bytes.
class Seen {
 public:
  explicit Seen(const Ruleset& ruleset) : bytes_(*compile_rules(ruleset)), program_(*Program::open(bytes_)) {}
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] VisitSight sight() const { return VisitSight(program_); }
  [[nodiscard]] bool alike(const Account& a, const Account& b) const {
    return sight().of(a) == sight().of(b);
  }

 private:
  std::string bytes_;
  Program program_;
};

Account with(NumberField field, std::optional<int64_t> value) {
  Account account = samples::account("a");
  account.numbers[static_cast<size_t>(field)] = value;
  return account;
}

Ruleset only(Condition when, std::string_view shows = "x") {
  return samples::ruleset(1, {samples::rule("r", std::move(when), {samples::content(0, shows)})});
}

TEST(VisitSight, SeesOfANumberWhichBoundsItIsBeyond) {
  const NumberField visits = NumberField::kVisits30d;
  const Seen seen(only(
      samples::any({samples::range(Subject::kVisits30d, 10, 20), samples::range(Subject::kVisits30d, 100),
                    samples::range(Subject::kVisits30d, std::nullopt, kLargest)})));
  const auto alike = [&](std::optional<int64_t> a, std::optional<int64_t> b) {
    return seen.alike(with(visits, a), with(visits, b));
  };
  EXPECT_TRUE(alike(0, 9));
  EXPECT_FALSE(alike(9, 10));
  EXPECT_TRUE(alike(10, 20));
  EXPECT_FALSE(alike(20, 21));
  EXPECT_TRUE(alike(21, 99));
  EXPECT_FALSE(alike(99, 100));
  EXPECT_TRUE(alike(100, kLargest));
  EXPECT_FALSE(alike(std::nullopt, 0));
  // Other numbers are not looked at.
  EXPECT_TRUE(seen.alike(with(NumberField::kVisits7d, 1), with(NumberField::kVisits7d, 1000)));
}

TEST(VisitSight, SeesSingleValuesAndSegments) {
  Condition exact = samples::test(Subject::kQuietDays, {});
  exact.test.numbers = {7, kLargest};
  Ruleset ruleset = only(samples::test(Subject::kSegment, {"silent"}));
  ruleset.segments = {{"silent", exact, {}}};
  const Seen seen(ruleset);
  const auto alike = [&](int64_t a, int64_t b) {
    return seen.alike(with(NumberField::kQuietDays, a), with(NumberField::kQuietDays, b));
  };
  EXPECT_TRUE(alike(0, 6));
  EXPECT_FALSE(alike(6, 7));
  EXPECT_FALSE(alike(7, 8));
  EXPECT_TRUE(alike(8, kLargest - 1));
  EXPECT_FALSE(alike(8, kLargest));
}

TEST(VisitSight, SeesEachValueThatAPlaceholderOrSomebodyElseShows) {
  const Seen seen(only(samples::test(Subject::kPath, {"/"}), "{{account.visits_7d|0}}{{account.moved|x}}"));
  EXPECT_FALSE(seen.alike(with(NumberField::kVisits7d, 1), with(NumberField::kVisits7d, 2)));
  EXPECT_TRUE(seen.alike(with(NumberField::kEngagement, 1), with(NumberField::kEngagement, 2)));
  VisitSight sight = seen.sight();
  sight.show(NumberField::kEngagement);
  EXPECT_NE(sight.of(with(NumberField::kEngagement, 1)), sight.of(with(NumberField::kEngagement, 2)));
  Account moved = samples::account("a");
  moved.text[static_cast<size_t>(TextField::kMoved)] = "stage engaged";
  EXPECT_FALSE(seen.alike(samples::account("a"), moved));
  const Seen blind(only(samples::test(Subject::kPath, {"/"})));
  EXPECT_TRUE(blind.alike(samples::account("a"), moved));
}

TEST(VisitSight, SeesOfPagesWhetherATestHolds) {
  Condition visited = samples::test(Subject::kVisited, {"/pricing/**", "/Öl"});
  visited.test.days = 7;
  const Seen seen(only(visited));
  const auto with_page = [](std::string path, uint32_t days) {
    Account account = samples::account("a");
    account.pages = {{"/", 0}, {std::move(path), days}};
    return account;
  };
  EXPECT_TRUE(seen.alike(with_page("/a", 0), with_page("/b", 3)));
  EXPECT_TRUE(seen.alike(with_page("/pricing/a", 0), with_page("/ÖL", 6)));
  EXPECT_FALSE(seen.alike(with_page("/pricing/a", 6), with_page("/pricing/a", 7)));
}

TEST(VisitSight, SeesTierStageAndPlayInAnyCase) {
  const Seen seen(only(samples::test(Subject::kPath, {"/"})));
  Account other = samples::account("a");
  other.tier = accounts::Tier::kOneToOne;
  EXPECT_FALSE(seen.alike(samples::account("a"), other));
  for (const TextField field : {TextField::kStage, TextField::kPlay}) {
    other = samples::account("a");
    other.text[static_cast<size_t>(field)] = "w0";
    EXPECT_FALSE(seen.alike(samples::account("a"), other));
  }
}

/// The account, with other fields that visits change.
Account after_visits(Account account, const Account& other) {
  account.numbers = other.numbers;
  account.pages = other.pages;
  account.tier = other.tier;
  for (const TextField field : {TextField::kStage, TextField::kPlay, TextField::kMoved})
    account.text[static_cast<size_t>(field)] = other.text[static_cast<size_t>(field)];
  return account;
}

TEST(VisitSight, OfTwoAccountsThatIsTheSameMeansThatTheyMatchAlike) {
  size_t same = 0, others = 0, changed = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(1 + generator.below(3));
    const Seen seen(ruleset);
    const VisitSight sight = seen.sight();
    const Account listed = generator.accounts(1)[0];
    const std::vector<Account> states = generator.accounts(60);
    std::map<std::string, Account> by_sight;
    for (const Account& state : states) {
      Account now = after_visits(listed, state);
      // Few stages, so that pairs are alike.
      for (const TextField field : {TextField::kStage, TextField::kPlay})
        now.text[static_cast<size_t>(field)] = generator.below(2) == 0 ? "" : "w1";
      now.tier = accounts::Tier::kOneToFew;
      const auto [found, is_new] = by_sight.emplace(sight.of(now), now);
      if (is_new) {
        ++others;
        continue;
      }
      const Account& before = found->second;
      ++same;
      changed += before.numbers != now.numbers || before.pages != now.pages ? 1 : 0;
      for (int i = 0; i < 20; ++i) {
        const Visit visit = generator.visit();
        ASSERT_EQ(reference::decide(ruleset, before, visit), reference::decide(ruleset, now, visit))
            << "seed " << seed << ", path " << visit.path;
      }
      ASSERT_EQ(reference::defined_segments(ruleset, before), reference::defined_segments(ruleset, now));
    }
  }
  EXPECT_GT(same, 500u);
  EXPECT_GT(others, 500u);
  EXPECT_GT(changed, 500u);
}

/// The converse for one field and one bound: what differs in sight makes a difference.
TEST(VisitSight, DiffersOnlyWhereAConditionDoes) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    samples::Generator generator(seed);
    const auto bound = static_cast<int64_t>(generator.below(10));
    const Condition when = samples::range(Subject::kEngagement, bound);
    const Ruleset ruleset = only(when);
    const Seen seen(ruleset);
    const Account a = with(NumberField::kEngagement, static_cast<int64_t>(generator.below(10)));
    const Account b = with(NumberField::kEngagement, static_cast<int64_t>(generator.below(10)));
    Visit visit = generator.visit();
    visit.confidence = Confidence::kHigh;
    EXPECT_EQ(seen.alike(a, b), reference::decide(ruleset, a, visit) == reference::decide(ruleset, b, visit));
  }
}

}  // namespace
}  // namespace abm::rules
