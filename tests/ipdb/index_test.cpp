#include "ipdb/index.h"

#include <maxminddb.h>

#include "base/hash.h"
#include "ipdb/mmdb_data_writer.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

void put_account(mmdb::DataWriter& data, std::string_view id, uint64_t key, std::string_view confidence,
                 std::string_view source) {
  data.map(4);
  data.text("source");
  data.text(source);
  data.text("confidence");
  data.text(confidence);
  data.text("key");
  data.number(mmdb::Type::kUint64, key);
  data.text("account");
  data.text(id);
}

TEST(Index, SaysAccountSourceConfidenceAndNetwork) {
  MmdbWriter writer;
  writer.insert(prefix("164.121.0.0/16"),
                writer.add_record(account("deere", Source::kAsn, Confidence::kMedium)));
  writer.insert(prefix("2620:0:1cfe::/48"), writer.add_record(account("deere")));
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok()) << index.message();
  const Match four = index->lookup(address("164.121.3.4"));
  EXPECT_TRUE(four.identified());
  EXPECT_EQ(four.account, "deere");
  EXPECT_EQ(four.key, hash64("deere"));
  EXPECT_EQ(four.source, Source::kAsn);
  EXPECT_EQ(four.confidence, Confidence::kMedium);
  EXPECT_EQ(four.network.to_string(), "164.121.0.0/16");
  const Match six = index->lookup(address("2620:0:1cfe:1::9"));
  EXPECT_EQ(six.confidence, Confidence::kHigh);
  EXPECT_EQ(six.network.to_string(), "2620:0:1cfe::/48");
}

TEST(Index, MappedAddressFindsItsIpv4Entry) {
  MmdbWriter writer;
  writer.insert(prefix("164.121.0.0/16"), writer.add_record(account("deere")));
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok());
  const Match match = index->lookup(address("::ffff:164.121.3.4"));
  EXPECT_EQ(match.account, "deere");
  EXPECT_EQ(match.network.to_string(), "164.121.0.0/16");
}

TEST(Index, ExclusionIsNotIdentifiedAndSaysItsKind) {
  for (const Exclusion kind :
       {Exclusion::kIsp, Exclusion::kHosting, Exclusion::kVpn, Exclusion::kCrawler, Exclusion::kEducation}) {
    MmdbWriter writer;
    writer.insert(prefix("10.0.0.0/8"), writer.add_record(excluded(kind)));
    auto index = open_bytes(*std::move(writer).finish(1, ""));
    ASSERT_TRUE(index.ok());
    const Match match = index->lookup(address("10.1.2.3"));
    EXPECT_FALSE(match.identified());
    EXPECT_EQ(match.exclusion, kind);
    EXPECT_EQ(match.key, 0u);
    EXPECT_EQ(match.network.to_string(), "10.0.0.0/8");
  }
}

TEST(Index, RecordWhoseKeyIsNotTheAccountsHashIdentifiesNothing) {
  const std::string good =
      file_with_record([](auto& d) { put_account(d, "deere", hash64("deere"), "low", "mmdb"); });
  auto index = open_bytes(good);
  ASSERT_TRUE(index.ok()) << index.message();
  EXPECT_EQ(index->lookup(address("8.8.8.8")).account, "deere");
  const std::string bad =
      file_with_record([](auto& d) { put_account(d, "deere", hash64("acme"), "low", "mmdb"); });
  index = open_bytes(bad);
  ASSERT_TRUE(index.ok()) << index.message();
  EXPECT_FALSE(index->lookup(address("8.8.8.8")).identified());
}

TEST(Index, RecordsWithoutOurFieldsIdentifyNothing) {
  const auto not_identified = [](auto&& fill) {
    auto index = open_bytes(file_with_record(fill));
    ASSERT_TRUE(index.ok()) << index.message();
    EXPECT_FALSE(index->lookup(address("8.8.8.8")).identified());
    EXPECT_FALSE(index->lookup(address("2620::8")).identified());
  };
  const uint64_t key = hash64("deere");
  not_identified([&](auto& d) { put_account(d, "deere", key, "sure", "feed"); });
  not_identified([&](auto& d) { put_account(d, "deere", key, "high", "rumour"); });
  not_identified([&](auto& d) { put_account(d, "", hash64(""), "high", "feed"); });
  not_identified(
      [&](auto& d) { put_account(d, std::string(65, 'a'), hash64(std::string(65, 'a')), "high", "feed"); });
  not_identified([&](auto& d) { d.text("deere"); });
  not_identified([&](auto& d) { d.map(0); });
  not_identified([&](auto& d) { d.array(1), d.text("account"); });
  not_identified([&](auto& d) { d.map(1), d.text("exclude"), d.text("everyone"); });
}

TEST(Index, VendorFilesOpenAndIdentifyNobody) {
  const auto folder = test_data("maxmind-db/test-data");
  if (!folder) GTEST_SKIP() << "no maxmind-db test data";
  int opened = 0;
  for (const auto& file : mmdb_files(*folder)) {
    auto fd = open_regular_file(file.string());
    ASSERT_TRUE(fd.ok());
    auto index = Index::open(fd->get());
    if (!index) continue;  // the validator's test says which must open
    ++opened;
    for (const char* ip : {"1.1.1.1", "81.2.69.142", "::1", "2001:218::1", "2002:102:304::"}) {
      EXPECT_FALSE(index->lookup(address(ip)).identified()) << file;
    }
  }
  EXPECT_GE(opened, 30);
}

TEST(Index, NeedsAnOpenFile) {
  auto index = Index::open(-1);
  ASSERT_FALSE(index.ok());
  EXPECT_NE(index.message().find("index:"), std::string::npos) << index.message();
}

TEST(IndexLoader, SmallSlicesGiveTheSameIndex) {
  std::mt19937_64 random(3);
  MmdbWriter writer;
  std::vector<IpPrefix> networks;
  for (int i = 0; i < 500; ++i) {
    networks.push_back(random_prefix(random, networks));
    writer.insert(networks.back(), writer.add_record(account("a" + std::to_string(i))));
  }
  const std::string bytes = *std::move(writer).finish(1, "");
  auto whole = open_bytes(bytes);
  ASSERT_TRUE(whole.ok());
  auto fd = sealed_copy("test.mmdb", bytes);
  ASSERT_TRUE(fd.ok());
  auto loader = IndexLoader::start(fd->get());
  ASSERT_TRUE(loader.ok());
  fd->reset();  // the loader has its own descriptor
  int slices = 0;
  for (;; ++slices) {
    auto done = loader->step(100);
    ASSERT_TRUE(done.ok()) << done.message();
    if (*done) break;
  }
  EXPECT_GT(slices, 100);
  const Index sliced = std::move(*loader).take();
  for (const IpPrefix& network : networks) {
    const Match a = whole->lookup(network.address), b = sliced.lookup(network.address);
    EXPECT_EQ(a.account, b.account);
    EXPECT_EQ(a.network, b.network);
  }
}

// Writer, validator, libmaxminddb and Index against a linear scan: the last network painted
// over an address answers.
TEST(Index, AgreesWithAPlainReferenceAndWithLibmaxminddb) {
  for (const uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    std::mt19937_64 random(seed);
    MmdbWriter writer;
    std::vector<IpPrefix> networks;
    std::vector<int> owner;
    for (int i = 0; i < 1000; ++i) {
      networks.push_back(random_prefix(random, networks));
      owner.push_back(random() % 8 == 0 ? -1 : static_cast<int>(random() % 50));
      if (owner.back() < 0) {
        writer.erase(networks.back());
      } else {
        writer.insert(networks.back(), writer.add_record(account("a" + std::to_string(owner.back()))));
      }
    }
    const std::string bytes = *std::move(writer).finish(1, "");
    auto index = open_bytes(bytes);
    ASSERT_TRUE(index.ok()) << index.message();
    const std::string file = ::testing::TempDir() + "/abm_ipdb_reference.mmdb";
    ASSERT_TRUE(write_file_atomically(file, bytes).ok());
    MMDB_s db;
    ASSERT_EQ(MMDB_open(file.c_str(), MMDB_MODE_MMAP, &db), MMDB_SUCCESS);

    const auto check = [&](const IpAddress& ip) {
      int expected = -1;
      for (size_t i = 0; i < networks.size(); ++i) {
        if (networks[i].contains(ip)) expected = owner[i];
      }
      const Match match = index->lookup(ip);
      ASSERT_EQ(match.identified(), expected >= 0) << ip.to_string() << " seed " << seed;
      if (expected >= 0) {
        ASSERT_EQ(match.account, "a" + std::to_string(expected)) << ip.to_string();
      }
      ASSERT_TRUE(match.network.contains(ip)) << ip.to_string();
      int gai = 0, status = 0;
      const auto found = MMDB_lookup_string(&db, ip.to_string().c_str(), &gai, &status);
      ASSERT_EQ(found.found_entry, match.identified()) << ip.to_string();
      const unsigned bits = ip.is_v4 && found.netmask >= 96 ? found.netmask - 96u : found.netmask;
      if (found.found_entry) {
        ASSERT_EQ(bits, match.network.length) << ip.to_string();
      }
    };
    for (const IpPrefix& network : networks) {
      check(edge(network, false));
      check(edge(network, true));
    }
    for (int i = 0; i < 2000; ++i) check(random_address(random, i % 2 == 0));
    MMDB_close(&db);
    std::filesystem::remove(file);
  }
}

}  // namespace
}  // namespace abm::ipdb
