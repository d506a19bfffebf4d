#include "generation/inheritance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace abm::generation {
namespace {

using accounts::Account;
using accounts::InheritedField;
using accounts::InheritedSet;
using accounts::TextField;
using accounts::Tier;

constexpr InheritedSet kAll(7);

struct Given {
  std::string id, parent;
  Tier tier = Tier::kUntiered;
  std::vector<std::string> segments = {};
  std::string owner = {};
};

Account account_of(const Given& given) {
  Account account;
  account.text[static_cast<size_t>(TextField::kId)] = given.id;
  account.text[static_cast<size_t>(TextField::kParent)] = given.parent;
  account.text[static_cast<size_t>(TextField::kOwner)] = given.owner;
  account.tier = given.tier;
  account.segments = given.segments;
  return account;
}

/// "tier segments owner" of the last one; what was inherited is marked.
std::string last_of(const std::vector<Given>& list, InheritedSet fields = kAll) {
  Inheritance inheritance(fields);
  for (const Given& given : list) inheritance.learn(account_of(given));
  inheritance.settle();
  Account account = account_of(list.back());
  inheritance.apply(account);
  const auto mark = [&](InheritedField field) { return account.inherited.has(field) ? "*" : ""; };
  std::string text = std::string(accounts::to_string(account.tier)) + mark(InheritedField::kTier) + " ";
  for (const std::string& segment : account.segments) text += segment + "+";
  return text + mark(InheritedField::kSegments) + " " + account.text[static_cast<size_t>(TextField::kOwner)] +
         mark(InheritedField::kOwner);
}

TEST(Inheritance, GivesWhatAnAccountLacksFromTheNearestThatHasItItself) {
  const Given top{"top", "", Tier::kOneToOne, {"ag", "oem"}, "jo"};
  EXPECT_EQ(last_of({top, {"low", "top"}}), "one-to-one* ag+oem+* jo*");
  EXPECT_EQ(last_of({top, {"low", "top", Tier::kOneToMany, {"x"}, "ann"}}), "one-to-many x+ ann");
  const Given middle{"mid", "top", Tier::kOneToFew};
  EXPECT_EQ(last_of({top, middle, {"low", "mid"}}), "one-to-few* ag+oem+* jo*");
  EXPECT_EQ(last_of({top, middle, {"low", "mid"}}, InheritedSet(1)), "one-to-few*  ");
  EXPECT_EQ(last_of({top, {"mid", "top"}, {"low", "mid"}}, InheritedSet(4)), "untiered  jo*");
  EXPECT_EQ(last_of({top, {"low", "gone"}}), "untiered  ");
  EXPECT_EQ(last_of({top, {"low", ""}}), "untiered  ");
}

TEST(Inheritance, GivesNothingWhereParentsHaveNoEnd) {
  EXPECT_EQ(last_of({{"a", "b", Tier::kOneToOne, {}, "jo"}, {"b", "a"}}), "untiered  ");
  EXPECT_EQ(last_of({{"a", "b", Tier::kOneToOne}, {"b", "a"}, {"c", "a"}}), "untiered  ");
  EXPECT_EQ(last_of({{"a", "a"}}), "untiered  ");
  std::vector<Given> chain = {{"n0", "", Tier::kOneToOne}};
  for (uint32_t i = 1; i <= accounts::kMaxLevels; ++i)
    chain.push_back({"n" + std::to_string(i), chain.back().id});
  EXPECT_EQ(last_of(chain), "one-to-one*  ");
  chain.push_back({"deeper", chain.back().id});
  EXPECT_EQ(last_of(chain), "untiered  ");
}

/// What an account gets does not depend on the order of the list.
TEST(Inheritance, DoesNotDependOnTheOrderOfTheList) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<Given> list;
    for (int i = 0; i < 30; ++i) {
      Given given{"a" + std::to_string(i), random() % 3 == 0 ? "" : "a" + std::to_string(random() % 32)};
      if (random() % 2 == 0) given.tier = static_cast<Tier>(random() % 4);
      if (random() % 3 == 0) given.segments = {"s" + std::to_string(random() % 3)};
      if (random() % 3 == 0) given.owner = "o" + std::to_string(random() % 3);
      list.push_back(given);
    }
    std::vector<std::string> before;
    for (size_t i = 0; i < list.size(); ++i) {
      std::rotate(list.begin(), list.begin() + 1, list.end());
      before.push_back(last_of(list));
    }
    std::vector<Given> shuffled = list;
    for (size_t i = 0; i < list.size(); ++i) {
      std::rotate(list.begin(), list.begin() + 1, list.end());
      const std::string id = list.back().id;
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      std::iter_swap(
          std::find_if(shuffled.begin(), shuffled.end(), [&](const Given& given) { return given.id == id; }),
          shuffled.end() - 1);
      EXPECT_EQ(last_of(shuffled), before[i]) << "seed " << seed << ", " << id;
    }
  }
}

}  // namespace
}  // namespace abm::generation
