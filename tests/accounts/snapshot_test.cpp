#include "accounts/snapshot.h"

#include <gtest/gtest.h>

#include "tests/accounts/feed_samples.h"
#include "tests/accounts/snapshot_walk.h"

namespace abm::accounts {
namespace {

TEST(Snapshot, SaysWhatGeneratedFeedsSaid) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    const auto parsed = samples::parse(samples::generated_feed(seed * 400 - 399, seed));
    ASSERT_TRUE(parsed.summary) << parsed.diagnostics.format();
    const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
    const auto snapshot = Snapshot::open(file);
    ASSERT_TRUE(snapshot) << snapshot.message();
    EXPECT_EQ(samples::difference(*snapshot, parsed.accounts, parsed.summary->header), "");
    EXPECT_EQ(samples::walk(*snapshot, file), "");
  }
}

class SnapshotOf : public testing::Test {
 protected:
  const Snapshot& open(std::string_view lines) {
    file_ = samples::snapshot_of_feed(samples::feed_of(lines));
    auto snapshot = Snapshot::open(file_);
    EXPECT_TRUE(snapshot.ok());
    snapshot_.emplace(*snapshot);
    return *snapshot_;
  }
  std::string file_;
  std::optional<Snapshot> snapshot_;
};

TEST_F(SnapshotOf, AnAccountFindsItByKeyIdAndDomain) {
  const Snapshot& snapshot = open(samples::kDeere);
  ASSERT_TRUE(snapshot.find(hash64("deere")));
  EXPECT_EQ(snapshot.find(hash64("deere"))->name(), "Deere & Company");
  EXPECT_EQ(snapshot.find_id("deere")->key(), hash64("deere"));
  EXPECT_EQ(snapshot.find_domain("deere.com")->id(), "deere");
  EXPECT_EQ(snapshot.find_domain("johndeere.com")->id(), "deere");
  for (const char* other : {"", "Deere", "deer", "deere.com"}) EXPECT_FALSE(snapshot.find_id(other)) << other;
  for (const char* other : {"", "deere", "Deere.com", "www.deere.com"})
    EXPECT_FALSE(snapshot.find_domain(other)) << other;
  for (uint64_t key = 0; key < 1000; ++key) EXPECT_FALSE(snapshot.find(key));
}

TEST_F(SnapshotOf, TwoAccountsWithOneDomainGivesItToNeither) {
  const Snapshot& snapshot = open(R"({"id":"a","name":"A","domains":["a.com","both.com"]})"
                                  "\n"
                                  R"({"id":"b","name":"B","domains":["BOTH.com","b.com"]})"
                                  "\n"
                                  R"({"id":"c","name":"C","domains":["both.com"]})");
  EXPECT_FALSE(snapshot.find_domain("both.com"));
  EXPECT_TRUE(snapshot.domain_owner("both.com").listed);
  EXPECT_FALSE(snapshot.domain_owner("neither.com").listed);
  EXPECT_TRUE(snapshot.domain_owner("a.com").listed);
  EXPECT_EQ(snapshot.find_domain("a.com")->id(), "a");
  EXPECT_EQ(snapshot.find_domain("b.com")->id(), "b");
  EXPECT_EQ(snapshot.at(2).domain(0), "both.com");
}

TEST_F(SnapshotOf, NoAccountsIsEmptyAndFindsNothing) {
  const Snapshot& snapshot = open("");
  EXPECT_EQ(snapshot.size(), 0u);
  EXPECT_EQ(snapshot.tenant(), "acme-web");
  EXPECT_EQ(snapshot.feed_version(), 7u);
  EXPECT_EQ(snapshot.expires_at(), std::nullopt);
  EXPECT_FALSE(snapshot.find(0));
  EXPECT_FALSE(snapshot.find_domain("a.com"));
}

TEST_F(SnapshotOf, AnAccountTellsZeroFromMissing) {
  const AccountView account =
      open(R"({"id":"a","name":"A","employees":0,"engagement":9223372036854775807})").at(0);
  EXPECT_EQ(account.number(NumberField::kEmployees), 0);
  EXPECT_EQ(account.number(NumberField::kRevenueUsd), std::nullopt);
  EXPECT_EQ(account.number(NumberField::kIntent), std::nullopt);
  EXPECT_EQ(account.number(NumberField::kEngagement), INT64_MAX);
}

TEST_F(SnapshotOf, AnAccountGivesNothingBeyondItsLists) {
  const AccountView account = open(samples::kDeere).at(0);
  for (const uint32_t i : {2u, 3u, 1000u, UINT32_MAX, UINT32_MAX / 2}) {
    EXPECT_EQ(account.segment(i), "");
    EXPECT_EQ(account.domain(i), "");
    EXPECT_EQ(account.attribute_name(i), "");
    EXPECT_EQ(account.attribute_value(i), "");
  }
  EXPECT_EQ(account.attribute("competitor"), "AGCO");
  EXPECT_EQ(account.attribute("role"), "plant manager");
  for (const char* name : {"", "Competitor", "competito", "competitors", "z"})
    EXPECT_EQ(account.attribute(name), "");
}

TEST_F(SnapshotOf, AFeedWithExpiryKeepsIt) {
  file_ = samples::snapshot_of({}, {"t", UINT64_MAX, -5, 0});
  const auto snapshot = Snapshot::open(file_);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->expires_at(), 0);
  EXPECT_EQ(snapshot->generated_at(), -5);
  EXPECT_EQ(snapshot->feed_version(), UINT64_MAX);
}

}  // namespace
}  // namespace abm::accounts
