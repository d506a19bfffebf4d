#include "ipdb/mmdb_writer.h"

#include <maxminddb.h>

#include <array>
#include <cstdio>

#include "base/hash.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

std::string sample() {
  MmdbWriter writer;
  const uint32_t deere = writer.add_record(account("deere"));
  const uint32_t acme = writer.add_record(account("acme", Source::kAsn, Confidence::kMedium));
  const uint32_t isp = writer.add_record(excluded(Exclusion::kIsp));
  writer.insert(prefix("164.121.0.0/16"), deere);
  writer.insert(prefix("2620:0:1cfe::/48"), deere);
  writer.insert(prefix("203.0.113.0/24"), acme);
  writer.insert(prefix("198.51.100.0/24"), isp);
  return *std::move(writer).finish(1763780000, "test");
}

TEST(MmdbWriter, SameCallsGiveSameBytes) {
  EXPECT_EQ(sample(), sample());
}

TEST(MmdbWriter, EqualRecordsGetEqualNumbers) {
  MmdbWriter writer;
  const uint32_t first = writer.add_record(account("deere"));
  EXPECT_NE(writer.add_record(account("deere", Source::kCsv)), first);
  EXPECT_EQ(writer.add_record(account("deere")), first);
}

TEST(MmdbWriter, EmptyIndexIsAValidFile) {
  const auto bytes = MmdbWriter().finish(1, "empty");
  ASSERT_TRUE(bytes.ok());
  const auto summary = validate_mmdb(*bytes);
  ASSERT_TRUE(summary.ok()) << summary.message();
  EXPECT_EQ(summary->networks, 0u);
  auto index = open_bytes(*bytes);
  ASSERT_TRUE(index.ok()) << index.message();
  EXPECT_FALSE(index->lookup(address("164.121.3.4")).identified());
  EXPECT_FALSE(index->lookup(address("2620::1")).identified());
}

TEST(MmdbWriter, MetadataIsComplete) {
  auto index = open_bytes(sample());
  ASSERT_TRUE(index.ok()) << index.message();
  EXPECT_EQ(index->database_type(), "ABM-Account");
  EXPECT_EQ(index->build_epoch(), 1763780000u);
  const auto summary = validate_mmdb(sample());
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->ip_version, 6);
  EXPECT_EQ(summary->record_size, 24);
  EXPECT_EQ(summary->node_count, index->node_count());
}

TEST(MmdbWriter, EqualSiblingsBecomeOneNetwork) {
  MmdbWriter writer;
  const uint32_t deere = writer.add_record(account("deere"));
  for (const char* part : {"10.0.0.0/10", "10.64.0.0/10", "10.128.0.0/9"}) writer.insert(prefix(part), deere);
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->lookup(address("10.77.0.1")).network.to_string(), "10.0.0.0/8");
}

TEST(MmdbWriter, RecordsThatNothingNamesAreNotWritten) {
  MmdbWriter writer;
  const uint32_t hidden = writer.add_record(account("hidden-account"));
  writer.insert(prefix("10.1.0.0/16"), hidden);
  writer.insert(prefix("10.0.0.0/8"), writer.add_record(account("deere")));
  const std::string bytes = *std::move(writer).finish(1, "");
  EXPECT_EQ(bytes.find("hidden-account"), std::string::npos);
  EXPECT_EQ(validate_mmdb(bytes)->records, 1u);
}

TEST(MmdbWriter, EraseMakesANetworkAnswerNothing) {
  MmdbWriter writer;
  writer.insert(prefix("10.0.0.0/8"), writer.add_record(account("deere")));
  writer.erase(prefix("10.1.0.0/16"));
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok());
  EXPECT_TRUE(index->lookup(address("10.2.0.1")).identified());
  EXPECT_FALSE(index->lookup(address("10.1.2.3")).identified());
  EXPECT_EQ(index->lookup(address("10.1.2.3")).network.to_string(), "10.1.0.0/16");
}

TEST(MmdbWriter, AliasesLeadToTheIpv4Part) {
  auto index = open_bytes(sample());
  ASSERT_TRUE(index.ok());
  IpAddress mapped;  // built by hand: parsing would make it IPv4
  mapped.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 164, 121, 3, 4};
  EXPECT_EQ(index->lookup(mapped).account, "deere");
  EXPECT_EQ(index->lookup(address("2002:a479:304::1")).account, "deere");
  EXPECT_EQ(index->lookup(address("2002:a479:304::1")).network.to_string(), "2002:a479::/32");
  EXPECT_EQ(index->lookup(address("2002:cb00:7101::")).account, "acme");
  EXPECT_FALSE(index->lookup(address("2002:a47a::1")).identified());
}

TEST(MmdbWriter, Ipv6NetworkAroundTheIpv4PartLeavesItAlone) {
  MmdbWriter writer;
  writer.insert(prefix("164.121.0.0/16"), writer.add_record(account("deere")));
  writer.insert(prefix("::/0"), writer.add_record(account("six")));
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->lookup(address("164.121.3.4")).account, "deere");
  EXPECT_FALSE(index->lookup(address("8.8.8.8")).identified());
  EXPECT_EQ(index->lookup(address("2620::1")).account, "six");
  EXPECT_EQ(index->lookup(address("1::1")).account, "six");
}

TEST(MmdbWriter, Ipv6NetworkInsideTheIpv4PartChangesNothing) {
  MmdbWriter writer;
  writer.insert(prefix("::a479:0/112"), writer.add_record(account("six")));
  auto index = open_bytes(*std::move(writer).finish(1, ""));
  ASSERT_TRUE(index.ok());
  EXPECT_FALSE(index->lookup(address("164.121.3.4")).identified());
}

TEST(MmdbWriter, RecordSizeGrowsWithTheFile) {
  // A description cannot move the boundary: only nodes and data count. 16 MiB of distinct long ids can.
  MmdbWriter writer;
  const std::string filler(4096, 'x');
  for (uint32_t i = 0; i < 4200; ++i) {
    const uint32_t record = writer.add_record(account(filler + std::to_string(i)));
    writer.insert({IpAddress::v4(0x0a000000u + i * 256), 24}, record);
  }
  writer.insert(prefix("192.0.2.0/24"), writer.add_record(account("last")));
  const std::string bytes = *std::move(writer).finish(1, "");
  const auto summary = validate_mmdb(bytes);
  ASSERT_TRUE(summary.ok()) << summary.message();
  EXPECT_EQ(summary->record_size, 28);
  auto index = open_bytes(bytes);
  ASSERT_TRUE(index.ok()) << index.message();
  EXPECT_EQ(index->lookup(address("192.0.2.9")).account, "last");
}

TEST(MmdbFormat, NodesOfEverySizeReadBackAtTheirBoundaries) {
  for (const unsigned bits : {24u, 28u, 32u}) {
    const auto largest = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    const std::vector<uint32_t> values = {0, 1, 0xff, 0x100, 0xffffff, largest - 1, largest, largest / 2};
    std::string tree;
    for (const uint32_t left : values) {
      for (const uint32_t right : values) mmdb::append_node(tree, left, right, bits);
    }
    ASSERT_EQ(tree.size(), values.size() * values.size() * bits / 4);
    const auto* raw = reinterpret_cast<const uint8_t*>(tree.data());
    uint32_t node = 0;
    for (const uint32_t left : values) {
      for (const uint32_t right : values) {
        EXPECT_EQ(mmdb::read_record(raw, node, 0, bits), left) << bits;
        EXPECT_EQ(mmdb::read_record(raw, node, 1, bits), right) << bits;
        ++node;
      }
    }
  }
}

TEST(MmdbWriter, MmdblookupAgreesOnAThousandAddresses) {
  if (std::system("command -v mmdblookup >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "mmdblookup (package mmdb-bin) is not installed";
  }
  std::mt19937_64 random(7);
  MmdbWriter writer;
  std::vector<IpPrefix> networks;
  for (int i = 0; i < 300; ++i) {
    networks.push_back(random_prefix(random, networks));
    writer.insert(networks.back(), writer.add_record(account("account-" + std::to_string(i % 40))));
  }
  const std::string bytes = *std::move(writer).finish(1763780000, "agreement");
  const std::string file = ::testing::TempDir() + "/abm_ipdb_agreement.mmdb";
  ASSERT_TRUE(write_file_atomically(file, bytes).ok());
  auto index = open_bytes(bytes);
  ASSERT_TRUE(index.ok());
  std::vector<IpAddress> ips;
  for (int i = 0; i < 1000; ++i) {
    const IpPrefix& near = networks[random() % networks.size()];
    ips.push_back(i % 3 == 0 ? random_address(random, i % 2 == 0) : edge(near, i % 2 == 0));
  }
  const auto answers = mmdblookup(file, ips);
  ASSERT_EQ(answers.size(), ips.size());
  int identified = 0;
  for (size_t i = 0; i < ips.size(); ++i) {
    const Match match = index->lookup(ips[i]);
    const std::string& output = answers[i];
    if (!match.identified()) {
      EXPECT_NE(output.find("Could not find an entry"), std::string::npos) << ips[i].to_string() << output;
      continue;
    }
    ++identified;
    EXPECT_NE(output.find('"' + std::string(match.account) + '"'), std::string::npos)
        << ips[i].to_string() << output;
    EXPECT_NE(output.find(std::to_string(hash64(match.account)) + " <uint64>"), std::string::npos) << output;
    EXPECT_NE(output.find("\"high\""), std::string::npos);
    EXPECT_NE(output.find("\"feed\""), std::string::npos);
  }
  EXPECT_GT(identified, 300);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace abm::ipdb
