#include "accounts/snapshot_writer.h"

#include <gtest/gtest.h>

#include "accounts/slot_table.h"
#include "accounts/snapshot.h"
#include "base/file.h"
#include "tests/accounts/feed_samples.h"
#include "tests/accounts/snapshot_walk.h"
#include "tests/places.h"

namespace abm::accounts {
namespace {

constexpr std::string_view kUnclean = "has text that is too long, not UTF-8 or holds control characters";

Account named(std::string id) {
  Account account;
  account.text[static_cast<size_t>(TextField::kId)] = std::move(id);
  account.text[static_cast<size_t>(TextField::kName)] = "Name";
  account.line = 5;
  return account;
}

std::string error_of(const std::vector<Account>& accounts, std::string tenant = "t") {
  SnapshotWriter writer;
  for (const Account& account : accounts) writer.add(account);
  FeedHeader header;
  header.tenant = std::move(tenant);
  const auto file = writer.finish(header);
  return file ? "" : file.message();
}

TEST(SnapshotWriter, WritesTheSameBytesForTheSameAccounts) {
  const std::string feed = samples::generated_feed(500);
  const std::string once = samples::snapshot_of_feed(feed);
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(once, samples::snapshot_of_feed(feed));
}

/// Changing any byte of the format means changing its version and these files.
TEST(SnapshotWriter, WritesTheBytesThatItsVersionNames) {
  const std::string seeds = places::source_folder() + "/tests/fuzz/seeds/";
  const auto feed = read_file(seeds + "core_json/example.ndjson", 1 << 20);
  const auto expected = read_file(seeds + "snapshot/example.bin", 1 << 20);
  ASSERT_TRUE(feed && expected);
  EXPECT_EQ(samples::snapshot_of_feed(*feed), *expected);
}

/// From 16 MiB on a second thread touches the file's memory.
TEST(SnapshotWriter, WritesALargeFileLikeASmallOne) {
  const samples::Parsed parsed = samples::parse(samples::generated_feed(80'000));
  ASSERT_TRUE(parsed.summary);
  const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
  EXPECT_GT(file.size(), 16u << 20);
  const auto snapshot = Snapshot::open(file);
  ASSERT_TRUE(snapshot.ok()) << snapshot.message();
  EXPECT_EQ(samples::difference(*snapshot, parsed.accounts, parsed.summary->header), "");
}

TEST(SnapshotWriter, StoresTextThatAccountsShareOnce) {
  std::vector<Account> accounts;
  for (int i = 0; i < 1000; ++i) {
    accounts.push_back(named("a" + std::to_string(i)));
    accounts.back().segments = {std::string(1000, 'x')};
    accounts.back().attributes = {{"key", std::string(1000, 'y')}};
  }
  EXPECT_LT(samples::snapshot_of(accounts, {}).size(), 200'000u);
}

TEST(SnapshotWriter, RefusesTwoAccountsWithOneId) {
  EXPECT_EQ(error_of({named("a"), named("b"), named("a")}),
            "accounts 1 and 3 of the feed have the same id or key; no snapshot is written");
}

TEST(SnapshotWriter, RefusesTwoIdsWithOneKey) {
  const auto& [one, other] = samples::kIdsOfOneKey;
  EXPECT_EQ(error_of({named(std::string(one)), named("b"), named(std::string(other))}),
            "accounts 1 and 3 of the feed have the same id or key; no snapshot is written");
}

TEST(SnapshotWriter, RefusesWhatOpenWouldRefuse) {
  std::vector<std::pair<Account, std::string_view>> cases;
  const auto bad = [&](std::string_view why) -> Account& {
    return cases.emplace_back(named("a"), why).first;
  };
  bad("has no name").text[1].clear();
  bad("has too many segments").segments.assign(kMaxSegments + 1, "x");
  bad("has too many domains").domains.assign(kMaxDomains + 1, "x");
  bad("has too many attributes").attributes.assign(kMaxAttributes + 1, {"x", "y"});
  bad("has an attribute without a name").attributes = {{"", "y"}};
  bad("has attributes that are not sorted by distinct names").attributes = {{"b", "y"}, {"a", "y"}};
  bad("has attributes that are not sorted by distinct names").attributes = {{"a", "y"}, {"a", "z"}};
  bad("has an empty segment").segments = {""};
  bad("has an empty domain").domains = {"a.com", ""};
  bad("has a negative number").numbers[2] = -1;
  bad("has too many pages").pages.assign(kMaxPages + 1, {"/x", 1});
  bad("has a page that cannot be one").pages = {{"x", 1}};
  bad("has a page that cannot be one").pages = {{"/x", kPageDays}};
  bad("has a page that cannot be one").pages = {{"/" + std::string(kMaxPageBytes, 'x'), 1}};
  bad("has a page that cannot be one").pages = {{"/\n", 1}};
  bad("has pages that are not sorted").pages = {{"/b", 1}, {"/a", 1}};
  bad("has pages that are not sorted").pages = {{"/a", 1}, {"/a", 1}};
  bad("has pages that are not sorted").pages = {{"/a", 2}, {"/b", 1}};
  bad("has a negative number").numbers[static_cast<size_t>(NumberField::kQuietDays)] = -1;
  bad(kUnclean).text[static_cast<size_t>(TextField::kMoved)] = "a\nb";
  bad(kUnclean).text[static_cast<size_t>(TextField::kOwner)] = "a\nb";
  bad(kUnclean).text[static_cast<size_t>(TextField::kName)] = "\xff";
  bad(kUnclean).segments = {std::string(kMaxTextBytes + 1, 'x')};
  bad(kUnclean).domains = {"a\x7f.com"};
  bad(kUnclean).attributes = {{"a", "\xc2\x85"}};
  for (const auto& [account, why] : cases) {
    EXPECT_EQ(error_of({named("good"), account, named("other")}),
              "line 5: account 'a' " + std::string(why) + "; no snapshot is written");
  }
  EXPECT_EQ(error_of({named("A")}), "line 5: account 'A' is not an account id; no snapshot is written");
  EXPECT_EQ(error_of({}, "a\nb"), "tenant 'a\nb' is too long or unclean; no snapshot is written");
}

TEST(SnapshotWriter, TakesALoneDomainForTheDomainList) {
  Account account = named("a");
  account.text[static_cast<size_t>(TextField::kDomain)] = "a.com";
  const std::string file = samples::snapshot_of({account}, {});
  const auto snapshot = Snapshot::open(file);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find_domain("a.com")->text(TextField::kDomain), "a.com");
}

TEST(SnapshotWriter, IsEmptyAfterFinish) {
  SnapshotWriter writer;
  writer.add(named("a"));
  ASSERT_TRUE(writer.finish({}));
  writer.add(named("b"));
  const auto second = writer.finish({});
  ASSERT_TRUE(second);
  const auto snapshot = Snapshot::open(*second);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->size(), 1u);
  EXPECT_TRUE(snapshot->find_id("b"));
}

TEST(SlotTable, DoublesUntilProbesAreShort) {
  const auto never = [](uint32_t, uint32_t) { return false; };
  // Hashes that agree in all bits of the smallest table, but differ in the next.
  const auto crowded = [](uint64_t step) {
    return [step](auto place) {
      for (uint32_t i = 1; i <= 300 && place(i * step, i); ++i) {
      }
    };
  };
  const auto doubled = build_slot_table<uint32_t>(300, crowded(1 << 9), never);
  ASSERT_TRUE(doubled);
  EXPECT_GT(doubled->bits, 10u);
  EXPECT_FALSE(build_slot_table<uint32_t>(300, crowded(uint64_t{1} << 40), never));
}

}  // namespace
}  // namespace abm::accounts
