#include "accounts/account_copy.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/memory.h"
#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

/// Everything an AccountView says, but only the first domain.
std::vector<std::string> told(const AccountView& account) {
  std::vector<std::string> all = {std::to_string(account.ordinal()), std::to_string(account.key()),
                                  std::string(to_string(account.tier())),
                                  account.excluded() ? "excluded" : ""};
  for (size_t i = 0; i < kTextFields; ++i) all.emplace_back(account.text(static_cast<TextField>(i)));
  for (size_t i = 0; i < kNumberFields; ++i) {
    const auto number = account.number(static_cast<NumberField>(i));
    all.push_back(number ? std::to_string(*number) : "none");
  }
  for (uint32_t i = 0; i <= account.segment_count(); ++i) all.emplace_back(account.segment(i));
  all.emplace_back(account.domain(0));
  for (uint32_t i = 0; i <= account.attribute_count(); ++i) {
    all.emplace_back(account.attribute_name(i));
    all.emplace_back(account.attribute_value(i));
    all.emplace_back(account.attribute(account.attribute_name(i)));
  }
  all.emplace_back(account.attribute("no such attribute"));
  all.emplace_back(account.family());
  all.push_back(std::to_string(account.inherited().bits()));
  const VisitedPageViews pages = account.pages();
  for (uint32_t i = 0; i < pages.size(); ++i) {
    all.emplace_back(pages[i].path);
    all.push_back(std::to_string(pages[i].days));
  }
  return all;
}

/// Memory that a test can refuse, in pieces of exactly the size asked for so that a
/// sanitizer sees where they end.
struct Pieces {
  std::vector<std::unique_ptr<char[]>> all;
  bool refuse = false;
  MemorySource source() {
    return {this,
            [](void* context, size_t size) noexcept -> void* {
              auto& pieces = *static_cast<Pieces*>(context);
              if (pieces.refuse) return nullptr;
              return pieces.all.emplace_back(new char[size]).get();
            },
            [](void*, void*, size_t) noexcept {}};
  }
};

TEST(AccountCopy, SaysTheSameWhenTheSnapshotIsGone) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    const auto parsed = samples::parse(samples::generated_feed(seed * 100, seed));
    ASSERT_TRUE(parsed.summary) << parsed.diagnostics.format();
    std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
    const auto snapshot = Snapshot::open(file);
    ASSERT_TRUE(snapshot) << snapshot.message();
    Pieces pieces;
    std::vector<AccountView> copies;
    std::vector<std::vector<std::string>> expected;
    for (uint32_t i = 0; i < snapshot->size(); ++i) {
      const auto copy = copy_account(snapshot->at(i), pieces.source());
      ASSERT_TRUE(copy);
      copies.push_back(*copy);
      expected.push_back(told(snapshot->at(i)));
    }
    file.assign(file.size(), '\xff');
    for (uint32_t i = 0; i < copies.size(); ++i) EXPECT_EQ(told(copies[i]), expected[i]) << i;
  }
}

TEST(AccountCopy, OfACopyIsTheSame) {
  const auto parsed = samples::parse(samples::feed_of(samples::kDeere));
  const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
  const auto snapshot = Snapshot::open(file);
  ASSERT_TRUE(snapshot) << snapshot.message();
  Pieces pieces;
  const auto copy = copy_account(snapshot->at(0), pieces.source());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->name(), "Deere & Company");
  EXPECT_EQ(copy->domain_count(), 1u);
  const auto again = copy_account(*copy, pieces.source());
  ASSERT_TRUE(again);
  EXPECT_EQ(told(*again), told(snapshot->at(0)));
}

TEST(AccountCopy, HasTheRoleThatItIsGiven) {
  for (const std::string_view attributes :
       {"", R"("a":"1")", R"("z":"1")", R"("role":"buyer")", R"("a":"1","role":"buyer","z":"2")",
        R"("rol":"1","roles":"2")", R"("a":"1","b":"2","role":"")"}) {
    const std::string line =
        R"({"id":"deere","name":"Deere","domains":["a.com"],"segments":["s"],"attributes":{)" +
        std::string(attributes) + "}}";
    const auto parsed = samples::parse(samples::feed_of(line));
    ASSERT_TRUE(parsed.summary) << parsed.diagnostics.format();
    const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
    const auto snapshot = Snapshot::open(file);
    ASSERT_TRUE(snapshot) << snapshot.message();
    const AccountView account = snapshot->at(0);
    Pieces pieces;
    const auto copy = copy_account(account, pieces.source(), "plant manager");
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->attribute("role"), "plant manager") << attributes;
    EXPECT_EQ(copy->segment(0), "s");
    EXPECT_EQ(copy->domain(0), "a.com");
    uint32_t others = 0;
    for (uint32_t i = 0; i < account.attribute_count(); ++i) {
      const std::string_view name = account.attribute_name(i);
      if (name == "role") continue;
      ++others;
      EXPECT_EQ(copy->attribute(name), account.attribute_value(i)) << attributes;
    }
    EXPECT_EQ(copy->attribute_count(), others + 1) << attributes;
    for (uint32_t i = 1; i < copy->attribute_count(); ++i)
      EXPECT_LT(copy->attribute_name(i - 1), copy->attribute_name(i)) << attributes;
    const auto without = copy_account(account, pieces.source(), "");
    ASSERT_TRUE(without);
    EXPECT_EQ(told(*without), told(account)) << attributes;
  }
}

TEST(AccountCopy, FailsWithoutMemory) {
  const auto parsed = samples::parse(samples::feed_of(samples::kDeere));
  const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
  const auto snapshot = Snapshot::open(file);
  ASSERT_TRUE(snapshot) << snapshot.message();
  Pieces pieces;
  pieces.refuse = true;
  EXPECT_FALSE(copy_account(snapshot->at(0), pieces.source()));
}

}  // namespace
}  // namespace abm::accounts
