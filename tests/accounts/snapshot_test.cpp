#include "accounts/snapshot.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/accounts/feed_samples.h"
#include "tests/accounts/snapshot_walk.h"
#include "tests/places.h"

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

/// "id:family" of each account, and what each inherited.
std::string families_in(const std::vector<Account>& accounts) {
  const std::string file = samples::snapshot_of(accounts, {});
  const auto snapshot = Snapshot::open(file);
  EXPECT_TRUE(snapshot) << snapshot.message();
  if (!snapshot) return {};
  EXPECT_EQ(samples::walk(*snapshot, file), "");
  std::string out;
  for (uint32_t i = 0; i < snapshot->size(); ++i) {
    const AccountView account = snapshot->at(i);
    out += std::string(account.id()) + ":" + std::string(account.family());
    if (!account.inherited().empty()) out += "/" + std::to_string(account.inherited().bits());
    out += " ";
  }
  return out;
}

Account below(const std::string& id, const std::string& parent) {
  Account account;
  account.text[static_cast<size_t>(TextField::kId)] = id;
  account.text[static_cast<size_t>(TextField::kName)] = id;
  account.text[static_cast<size_t>(TextField::kParent)] = parent;
  return account;
}

TEST(Snapshot, KnowsTheTopmostAccountAboveEach) {
  EXPECT_EQ(families_in({below("c", "b"), below("b", "a"), below("a", ""), below("d", "")}),
            "c:a b:a a:a d:d ");
  EXPECT_EQ(families_in({below("x", "gone"), below("y", "x"), below("z", "gone")}), "x:gone y:gone z:gone ")
      << "a parent that is not on the list makes a family all the same";
  EXPECT_EQ(families_in({below("a", "b"), below("b", "a"), below("c", "a"), below("d", "d")}),
            "a:a b:b c:c d:d ")
      << "a circle has no top";
  Account heir = below("b", "a");
  heir.inherited.add(InheritedField::kOwner);
  heir.inherited.add(InheritedField::kTier);
  Account lone = below("c", "");
  lone.inherited.add(InheritedField::kSegments);
  EXPECT_EQ(families_in({below("a", ""), heir, lone}), "a:a b:a/5 c:c/2 ");
}

TEST(Snapshot, FollowsParentsOnlySoFar) {
  std::vector<Account> chain = {below("n0", "")};
  for (uint32_t i = 1; i <= kMaxLevels + 2; ++i)
    chain.push_back(below("n" + std::to_string(i), "n" + std::to_string(i - 1)));
  const std::string all = families_in(chain);
  EXPECT_NE(all.find("n" + std::to_string(kMaxLevels) + ":n0 "), std::string::npos) << all;
  EXPECT_NE(all.find("n17:n17 n18:n18 "), std::string::npos) << all;
}

/// Before there were families.
TEST(Snapshot, OpensTheFileThatVersion2Wrote) {
  const auto file = read_file(places::source_folder() + "/tests/accounts/accounts_format_2.bin", 1 << 20);
  ASSERT_TRUE(file) << file.message();
  ASSERT_EQ((*file)[8], 2);
  const auto snapshot = Snapshot::open(*file);
  ASSERT_TRUE(snapshot) << snapshot.message();
  EXPECT_EQ(samples::walk(*snapshot, *file), "");
  ASSERT_EQ(snapshot->size(), 3u);
  EXPECT_EQ(snapshot->at(0).id(), "deere");
  EXPECT_EQ(snapshot->at(0).family(), "deere");
  EXPECT_TRUE(snapshot->at(0).inherited().empty());
  EXPECT_TRUE(snapshot->at(0).number(NumberField::kVisits30d).has_value());
  for (size_t length = 0; length < file->size(); ++length)
    EXPECT_FALSE(Snapshot::open(file->substr(0, length))) << length;
  for (size_t bit = 0; bit < file->size() * 8; ++bit) {
    std::string flipped = *file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Snapshot::open(flipped)) << "bit " << bit;
    samples::rehash(flipped);
    const auto damaged = Snapshot::open(flipped);
    if (!damaged) continue;
    EXPECT_EQ(samples::walk(*damaged, flipped), "");
  }
}

/// A generation outlives an upgrade.
TEST(Snapshot, OpensTheFileThatAnOlderVersionWrote) {
  const auto file = read_file(places::source_folder() + "/tests/accounts/accounts_format_1.bin", 1 << 20);
  ASSERT_TRUE(file) << file.message();
  ASSERT_EQ((*file)[8], 1);
  const auto snapshot = Snapshot::open(*file);
  ASSERT_TRUE(snapshot) << snapshot.message();
  EXPECT_EQ(samples::walk(*snapshot, *file), "");
  EXPECT_EQ(snapshot->tenant(), "acme-web");
  EXPECT_EQ(snapshot->feed_version(), 7u);
  EXPECT_TRUE(snapshot->expires_at().has_value());
  ASSERT_EQ(snapshot->size(), 3u);
  const AccountView deere = *snapshot->find_domain("johndeere.com");
  EXPECT_EQ(deere.id(), "deere");
  EXPECT_EQ(deere.name(), "Deere & Company");
  EXPECT_EQ(deere.text(TextField::kOwner), "owner@example.com");
  EXPECT_EQ(deere.number(NumberField::kEngagement), 72);
  EXPECT_EQ(deere.attribute("role"), "plant manager");
  EXPECT_EQ(deere.number(NumberField::kVisits30d), std::nullopt);
  EXPECT_EQ(deere.text(TextField::kMoved), "");
  EXPECT_EQ(deere.pages().size(), 0u);
  EXPECT_EQ(snapshot->find_id("rival")->family(), "rival");
  EXPECT_TRUE(snapshot->find_id("rival")->inherited().empty());
  EXPECT_TRUE(snapshot->find_id("rival")->excluded());
  EXPECT_EQ(snapshot->find_id("rival")->text(TextField::kParent), "deere");
  EXPECT_EQ(snapshot->find_id("oel")->text(TextField::kIndustry), "\u00d6l");
  for (size_t length = 0; length < file->size(); ++length)
    EXPECT_FALSE(Snapshot::open(file->substr(0, length))) << length;
  for (size_t bit = 0; bit < file->size() * 8; ++bit) {
    std::string flipped = *file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Snapshot::open(flipped)) << "bit " << bit;
    samples::rehash(flipped);
    const auto damaged = Snapshot::open(flipped);
    if (!damaged) continue;
    EXPECT_EQ(samples::walk(*damaged, flipped), "");
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

TEST_F(SnapshotOf, AnAccountSaysWhatVisitsMadeOfIt) {
  const Snapshot& snapshot =
      open(R"({"id":"a","name":"A","visits_7d":0,"first_seen_days":9})"
           "\n"
           R"({"id":"b","name":"B","engagement":3})"
           "\n"
           R"({"id":"c","name":"C","moved":"up","pages_30d":{"/b":4,"/a":29,"/c":0}})");
  const AccountView a = snapshot.at(0), b = snapshot.at(1), c = snapshot.at(2);
  EXPECT_EQ(a.number(NumberField::kVisits7d), 0);
  EXPECT_EQ(a.number(NumberField::kVisits30d), std::nullopt);
  EXPECT_EQ(a.number(NumberField::kFirstSeenDays), 9);
  EXPECT_EQ(a.pages().size(), 0u);
  EXPECT_EQ(a.text(TextField::kMoved), "");
  EXPECT_EQ(b.number(NumberField::kEngagement), 3);
  EXPECT_EQ(b.number(NumberField::kQuietDays), std::nullopt);
  EXPECT_EQ(b.text(TextField::kMoved), "");
  EXPECT_EQ(c.text(TextField::kMoved), "up");
  EXPECT_EQ(c.number(NumberField::kVisits7d), std::nullopt);
  ASSERT_EQ(c.pages().size(), 3u);
  EXPECT_EQ(c.pages()[0].path, "/c");
  EXPECT_EQ(c.pages()[0].days, 0u);
  EXPECT_EQ(c.pages()[2].path, "/a");
  EXPECT_EQ(c.pages()[2].days, 29u);
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
