// Every kind of damage to a small index: each damaged file is refused, or answers within its own bounds.
#include <gtest/gtest.h>
#include <maxminddb.h>

#include <cstring>
#include <set>

#include "base/hash.h"
#include "ipdb/index.h"
#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

std::string small_index() {
  MmdbWriter writer;
  writer.insert(prefix("164.121.0.0/16"), writer.add_record(account("deere")));
  writer.insert(prefix("192.0.2.0/24"),
                writer.add_record(account("acme", Source::kAsn, Confidence::kMedium)));
  writer.insert(prefix("198.51.100.0/24"), writer.add_record(excluded(Exclusion::kIsp)));
  writer.insert(prefix("2620:0:1cfe::/48"), writer.add_record(account("deere")));
  return *std::move(writer).finish(1763780000, "small");
}

std::vector<IpAddress> probes() {
  std::vector<IpAddress> all;
  for (const char* ip : {"0.0.0.0", "164.121.3.4", "192.0.2.1", "198.51.100.1", "255.255.255.255", "::1",
                         "2620:0:1cfe::1", "2001:0:a479::1", "2002:a479::1", "ffff:ffff::1"}) {
    all.push_back(address(ip));
  }
  std::mt19937_64 random(11);
  for (int i = 0; i < 40; ++i) all.push_back(random_address(random, i % 2 == 0));
  return all;
}

// No answer may name an account whose hash is not its key, or bytes outside the file.
bool answers_are_sound(const Index& index, const std::vector<IpAddress>& ips) {
  for (const IpAddress& ip : ips) {
    const Match match = index.lookup(ip);
    if (!match.network.contains(ip)) return false;
    if (match.identified() && (match.key != hash64(match.account) || match.account.size() > 64)) return false;
    if (!match.identified() && (match.key != 0 || !match.account.empty())) return false;
  }
  return true;
}

TEST(HostileMmdb, TruncationAtEveryLengthIsRefusedOrHarmless) {
  const std::string whole = small_index();
  const auto ips = probes();
  for (size_t length = 0; length < whole.size(); ++length) {
    auto index = open_bytes(std::string_view(whole).substr(0, length));
    EXPECT_FALSE(index.ok()) << length;
    if (index) {
      EXPECT_TRUE(answers_are_sound(*index, ips)) << length;
    }
  }
}

TEST(HostileMmdb, EveryFlippedBitIsRefusedOrHarmless) {
  const std::string whole = small_index();
  const auto ips = probes();
  const std::set<std::string_view> accounts = {"", "deere", "acme"};
  size_t refused = 0, accepted = 0;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    auto index = open_bytes(damaged);
    index ? ++accepted : ++refused;
    if (!index) continue;
    ASSERT_TRUE(answers_are_sound(*index, ips)) << "bit " << bit;
    // A flipped account text no longer matches its key: no third account can appear.
    for (const IpAddress& ip : ips) ASSERT_EQ(accounts.count(index->lookup(ip).account), 1u) << "bit " << bit;
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(accepted, 0u);
}

TEST(HostileMmdb, RandomDamageNeverSetsIndexAndLibmaxminddbAgainstEachOther) {
  const std::string whole = small_index();
  const auto ips = probes();
  std::mt19937_64 random(5);
  int agreed = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (size_t n = 1 + random() % 4; n > 0; --n)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    auto fd = sealed_copy("test.mmdb", damaged);
    ASSERT_TRUE(fd.ok());
    auto index = Index::open(fd->get());
    if (!index) continue;
    MMDB_s db;
    const std::string path = "/proc/self/fd/" + std::to_string(fd->get());
    ASSERT_EQ(MMDB_open(path.c_str(), MMDB_MODE_MMAP, &db), MMDB_SUCCESS);
    for (const IpAddress& ip : ips) {
      int gai = 0, status = 0;
      const auto found = MMDB_lookup_string(&db, ip.to_string().c_str(), &gai, &status);
      const Match match = index->lookup(ip);
      if (match.identified() || match.exclusion != Exclusion::kNone) {
        ASSERT_EQ(status, MMDB_SUCCESS);
        ASSERT_TRUE(found.found_entry) << ip.to_string() << " round " << round;
        ++agreed;
      }
      if (!found.found_entry) {
        ASSERT_FALSE(match.identified());
      }
    }
    MMDB_close(&db);
  }
  EXPECT_GT(agreed, 100);
}

}  // namespace
}  // namespace abm::ipdb
