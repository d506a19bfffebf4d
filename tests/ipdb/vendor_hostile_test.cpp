// Vendors' files made to do harm: each is refused by name and reason, or read for no more than its size
// allows; nobody is mistaken for somebody else.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <limits>
#include <thread>

#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/hostile_mmdb.h"
#include "tests/ipdb/memory_testing.h"
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;
using mmdb::Type;

constexpr uint32_t kNothing = HostileMmdb::kNothing;

NetworkSource& vendor(NetworkSite& site, std::string bytes, const char* match = "id",
                      const char* confidence = "") {
  NetworkSource& source = site.source(Kind::kMmdb, "v.mmdb", std::move(bytes));
  source.key = "k";
  source.match = match;
  source.confidence = confidence;
  return source;
}

/// {"k": text}
std::string record_of(std::string_view text) {
  RawData data;
  data.map(1);
  data.text("k");
  data.text(text);
  return data.bytes();
}

std::string all_findings(const NetworkSite& site) {
  return site.diagnostics.format();
}

bool finds(const NetworkSite& site, std::string_view what) {
  return all_findings(site).find(what) != std::string::npos;
}

/// Both sides of every node lead to the same next node: 2^depth networks in `depth` nodes, well-formed.
HostileMmdb doubling(uint32_t depth, bool both_sides) {
  HostileMmdb file;
  file.data = record_of("deere");
  for (uint32_t i = 1; i < depth; ++i) file.nodes.push_back({i, i});
  file.nodes.push_back({HostileMmdb::record(0), both_sides ? HostileMmdb::record(0) : kNothing});
  return file;
}

TEST(HostileVendor, SharedNodesEndAfterWorkThatTheirNumberBounds) {
  for (const unsigned version : {4u, 6u}) {
    for (const char* text : {"deere", "nobody"}) {
      for (const bool both_sides : {true, false}) {
        HostileMmdb file = doubling(version == 4 ? 32 : 128, both_sides);
        file.ip_version = version;
        file.data = record_of(text);
        NetworkSite site;
        site.account("deere");
        vendor(site, file.bytes());
        EXPECT_FALSE(site.build());
        EXPECT_TRUE(finds(site, "v.mmdb: its ")) << all_findings(site);
        EXPECT_TRUE(finds(site, " nodes are shared so that they lead to more than ")) << all_findings(site);
      }
    }
  }
}

TEST(HostileVendor, ASmallFileTakesLittleMemoryWhateverItsNodesShare) {
  NetworkSite site;
  for (int i = 0; i < 2000; ++i) site.account(("a" + std::to_string(i)).c_str()).domains = {"shared.com"};
  HostileMmdb file = doubling(128, true);
  file.data = record_of("shared.com");
  vendor(site, file.bytes(), "domain");
  site.packed();
  const uint64_t added = memory_of([&] {
    if (build_networks(site.inputs, site.options, site.diagnostics)) ::_exit(1);
  });
  EXPECT_LE(added, 64 * kMebibyte);
}

TEST(HostileVendor, AFewSharedSubtreesAreReadLikeAnAlias) {
  // 64:ff9b::/96 (NAT64) leads to the IPv4 part, as some writers do it.
  HostileMmdb file;
  file.data = record_of("deere");
  file.nodes.push_back({kNothing, kNothing});
  const auto add = [&](std::string_view address_bits, uint32_t target) {
    uint32_t node = 0;
    for (size_t i = 0; i < address_bits.size(); ++i) {
      uint32_t& side = file.nodes[node][address_bits[i] == '1'];
      if (i + 1 == address_bits.size()) {
        side = target;
      } else if (side == kNothing) {
        side = static_cast<uint32_t>(file.nodes.size());
        node = side;
        file.nodes.push_back({kNothing, kNothing});
      } else {
        node = side;
      }
    }
  };
  const std::string zeros(96, '0');
  add(zeros + "00001010", HostileMmdb::record(0));  // 10.0.0.0/8
  uint32_t ipv4 = 0;
  for (int i = 0; i < 96; ++i) ipv4 = file.nodes[ipv4][0];
  add("00101010000000010000000000000000" + std::string(64, '0'), ipv4);  // 2a01::/96
  add("00000000011001001111111110011011" + std::string(64, '0'), ipv4);  // NAT64
  NetworkSite site;
  site.account("deere");
  vendor(site, file.bytes());
  ASSERT_TRUE(site.build()) << all_findings(site);
  EXPECT_EQ(site.who("10.1.2.3"), "deere low mmdb 10.0.0.0/8");
  EXPECT_EQ(site.who("2a01::a01:203").substr(0, 14), "deere low mmdb");
  EXPECT_EQ(site.who("64:ff9b::a01:203"), "nobody");  // the address of a gateway
  EXPECT_EQ(site.who("11.1.2.3"), "nobody");
}

TEST(HostileVendor, RecordsThatShareOneLargeMapEndByCountedWork) {
  RawData data;
  data.map(30'000);
  for (int i = 0; i < 30'000 - 1; ++i) {
    data.text("x");
    data.boolean(true);
  }
  data.text("k");
  data.text("deere");
  std::vector<uint32_t> offsets;
  for (int i = 0; i < 4096; ++i) {
    offsets.push_back(data.size());
    data.pointer(0);
  }
  const auto build = [&](NetworkSite& site, size_t leaves) {
    HostileMmdb file;
    file.data = data.bytes();
    file.leaves({offsets.begin(), offsets.begin() + static_cast<std::ptrdiff_t>(leaves)});
    site.account("deere");
    site.options.limits.max_vendor_steps = 1000;  // in addition to what the file's size allows
    vendor(site, file.bytes());
    return site.build();
  };
  NetworkSite few, many;
  EXPECT_TRUE(build(few, 4)) << all_findings(few);
  EXPECT_EQ(few.who("2a00::1").substr(0, 14), "deere low mmdb");
  EXPECT_FALSE(build(many, offsets.size()));
  EXPECT_TRUE(finds(
      many, "v.mmdb: looking for the key in its records takes more work than the limit; the file is refused"))
      << all_findings(many);
}

TEST(HostileVendor, ALargeTextThatManyRecordsShareIsNotCopied) {
  RawData data;
  data.text(std::string(size_t{16} << 20, 'd'));
  const uint32_t map = data.size();
  data.map(1);
  data.text("k");
  data.pointer(0);
  std::vector<uint32_t> offsets;
  for (int i = 0; i < 100'000; ++i) {
    offsets.push_back(data.size());
    data.pointer(map);
  }
  HostileMmdb file;
  file.data = data.bytes();
  file.leaves(offsets);
  const std::string bytes = file.bytes();
  for (const char* match : {"organization", "id", "domain", "asn"}) {
    NetworkSite site;
    OwnedAccount& deere = site.account("deere");
    deere.organizations = {"Deere & Company"};
    deere.domains = {"deere.com"};
    deere.asns = {7};
    vendor(site, bytes, match);
    site.packed();
    // The file itself, and what the validator needs for it.
    const uint64_t added = memory_of([&] {
      if (!build_networks(site.inputs, site.options, site.diagnostics)) ::_exit(1);
    });
    EXPECT_LE(added, bytes.size() * 3 / 2 + 8 * kMebibyte) << match;
  }
}

TEST(HostileVendor, OneRecordOfThousandsOfAccountsIsClaimedAFewTimes) {
  NetworkSite site;
  for (int i = 0; i < 5000; ++i) site.account(("a" + std::to_string(i)).c_str()).domains = {"shared.com"};
  HostileMmdb file;
  RawData data;
  std::vector<uint32_t> offsets;
  for (int i = 0; i < 5000; ++i) {
    offsets.push_back(data.size());
    data.raw(record_of("shared.com"));
  }
  file.data = data.bytes();
  file.leaves(offsets);
  vendor(site, file.bytes(), "domain");
  ASSERT_TRUE(site.build()) << all_findings(site);
  EXPECT_EQ(site.who("2a00::1"), "nobody");
  EXPECT_EQ(site.index->report.sources[1].accounts, 5000u);
  EXPECT_LE(site.index->report.claims, 4u * 5001);
  EXPECT_LE(site.index->report.conflicts.size(), 3u);
}

TEST(HostileVendor, AKeyOfAnyOtherTypeIdentifiesNobody) {
  using Fill = std::function<void(RawData&)>;
  const std::pair<const char*, Fill> values[] = {
      {"map", [](RawData& d) { d.map(1), d.text("deere"), d.text("deere"); }},
      {"array", [](RawData& d) { d.array(1), d.text("deere"); }},
      {"bytes", [](RawData& d) { d.head(Type::kBytes, 5), d.raw("deere"); }},
      {"true", [](RawData& d) { d.boolean(true); }},
      {"NaN",
       [](RawData& d) {
         d.number(Type::kDouble, std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN()), 8);
       }},
      {"infinity",
       [](RawData& d) {
         d.number(Type::kDouble, std::bit_cast<uint64_t>(std::numeric_limits<double>::infinity()), 8);
       }},
      {"1.5", [](RawData& d) { d.number(Type::kDouble, std::bit_cast<uint64_t>(1.5), 8); }},
      {"float NaN", [](RawData& d) { d.number(Type::kFloat, 0x7fc00000, 4); }},
      {"-1", [](RawData& d) { d.number(Type::kInt32, 0xffffffff, 4); }},
      {"2^32 + 1", [](RawData& d) { d.number(Type::kUint64, (uint64_t{1} << 32) + 1, 8); }},
      {"uint128 1", [](RawData& d) { d.number(Type::kUint128, 1, 16); }},
      {"empty text", [](RawData& d) { d.text(""); }},
      {"AS", [](RawData& d) { d.text("AS"); }},
      {"AS 1", [](RawData& d) { d.text("AS 1"); }},
      {"AS4294967297", [](RawData& d) { d.text("AS4294967297"); }},
      {"nan", [](RawData& d) { d.text("nan"); }},
      {"deere with NUL", [](RawData& d) { d.text(std::string_view("deere\0", 6)); }},
      {"domain with NUL", [](RawData& d) { d.text(std::string_view("deere.com\0.evil.example", 23)); }},
      {"control character", [](RawData& d) { d.text("deere\x1b[2J"); }},
      {"bidirectional override",
       [](RawData& d) {
         d.text(
             "\xe2\x80\xae"
             "deere");
       }},
      {"blank", [](RawData& d) { d.text("deere "); }},
  };
  for (const auto& [name, fill] : values) {
    for (const char* match : {"id", "asn", "organization", "domain"}) {
      RawData data;
      data.map(1);
      data.text("k");
      fill(data);
      HostileMmdb file;
      file.data = data.bytes();
      file.everywhere();
      NetworkSite site;
      OwnedAccount& deere = site.account("deere");
      deere.asns = {0, 1};
      deere.organizations = {"deere"};
      deere.domains = {"deere.com"};
      site.options.max_as_addresses = UINT64_MAX;
      vendor(site, file.bytes(), match);
      ASSERT_TRUE(site.build()) << name << all_findings(site);
      // Names of organizations match but for blanks and punctuation.
      const bool is_its_name = std::string_view(name) == "blank" && std::string_view(match) == "organization";
      EXPECT_EQ(site.who("8.8.8.8") != "nobody", is_its_name) << name << " as " << match;
      EXPECT_NE(finds(site, "no record's 'k' matches any account by"), is_its_name) << name;
    }
  }
}

TEST(HostileVendor, AnUnreadableConfidenceIsLowAndReported) {
  const auto high_bits = [](double value) { return std::bit_cast<uint64_t>(value); };
  const std::pair<const char*, std::function<void(RawData&)>> values[] = {
      {"NaN",
       [&](RawData& d) { d.number(Type::kDouble, high_bits(std::numeric_limits<double>::quiet_NaN()), 8); }},
      {"infinity",
       [&](RawData& d) { d.number(Type::kDouble, high_bits(std::numeric_limits<double>::infinity()), 8); }},
      {"another scale", [](RawData& d) { d.number(Type::kUint16, 950, 2); }},
      {"1e30", [](RawData& d) { d.text("1e30"); }},
      {"inf", [](RawData& d) { d.text("inf"); }},
      {"minus", [](RawData& d) { d.number(Type::kInt32, 0xffffff00, 4); }},
      {"true", [](RawData& d) { d.boolean(true); }},
      {"a map", [](RawData& d) { d.map(0); }},
      {"HIGH", [](RawData& d) { d.text("HIGH"); }},
  };
  for (const auto& [name, fill] : values) {
    RawData data;
    data.map(2);
    data.text("k");
    data.text("deere");
    data.text("sure");
    fill(data);
    HostileMmdb file;
    file.data = data.bytes();
    file.everywhere();
    NetworkSite site;
    site.account("deere");
    vendor(site, file.bytes(), "id", "sure");
    ASSERT_TRUE(site.build()) << name;
    EXPECT_EQ(site.who("8.8.8.8"), "deere low mmdb 0.0.0.0/0") << name;
    EXPECT_TRUE(finds(site, "'sure' of 1 records is neither a level nor a score from 0 to 100")) << name;
  }
}

TEST(HostileVendor, MetadataThatLiesIsRefusedOrHarmless) {
  for (const unsigned bits : {24u, 28u, 32u}) {
    for (const unsigned said : {0u, 24u, 28u, 32u, 31u, 0xffffu}) {
      for (const unsigned version : {4u, 6u, 5u, 0u}) {
        for (const uint64_t count :
             {UINT64_MAX, uint64_t{0}, uint64_t{2}, uint64_t{31}, uint64_t{33}, uint64_t{1} << 31}) {
          HostileMmdb file;
          file.data = record_of("deere");
          for (uint32_t i = 1; i < 32; ++i) file.nodes.push_back({i, kNothing});
          file.nodes.push_back({HostileMmdb::record(0), HostileMmdb::record(0)});
          file.bits = bits;
          file.said_bits = said;
          file.ip_version = version;
          file.node_count = count;
          NetworkSite site;
          site.account("deere");
          vendor(site, file.bytes());
          if (!site.build()) {
            EXPECT_TRUE(finds(site, "v.mmdb: ")) << all_findings(site);
            continue;
          }
          EXPECT_EQ(site.who("128.0.0.1"), version == 6 ? "deere low mmdb 0.0.0.0/0" : "nobody");
        }
      }
    }
  }
}

TEST(HostileVendor, AHugeDatabaseTypeAndAnAbsurdEpochAreRefused) {
  HostileMmdb file = doubling(1, true);
  file.database_type = std::string(kMebibyte, 'x');
  NetworkSite site;
  site.account("deere");
  vendor(site, file.bytes());
  EXPECT_FALSE(site.build());
  EXPECT_TRUE(finds(site, "v.mmdb: metadata: the marker is missing")) << all_findings(site);
  file.database_type = "x";
  file.build_epoch = uint64_t{1} << 63;  // 292 billion years
  NetworkSite late;
  late.account("deere");
  vendor(late, file.bytes());
  EXPECT_FALSE(late.build());
  EXPECT_TRUE(finds(late, "after the year 9999")) << all_findings(late);
}

TEST(HostileVendor, TextThatIsNotUtf8IsRefusedAndNotShown) {
  HostileMmdb file;
  file.data = record_of("deere\xff");
  file.everywhere();
  NetworkSite site;
  site.account("deere");
  vendor(site, file.bytes());
  EXPECT_FALSE(site.build());
  EXPECT_TRUE(finds(site, "v.mmdb: data offset ")) << all_findings(site);
  EXPECT_FALSE(finds(site, "\xff"));
}

TEST(HostileVendor, TwoFilesThatContradictEachOtherIdentifyNobody) {
  const auto file = [](const char* one, const char* other) {
    HostileMmdb made;
    RawData data;
    data.raw(record_of(one));
    const uint32_t second = data.size();
    data.raw(record_of(other));
    made.data = data.bytes();
    made.nodes = {{HostileMmdb::record(0), HostileMmdb::record(second)}};
    return made.bytes();
  };
  NetworkSite site;
  site.account("deere");
  site.account("acme");
  vendor(site, file("deere", "acme"));
  vendor(site, file("acme", "acme"));
  ASSERT_TRUE(site.build()) << all_findings(site);
  EXPECT_EQ(site.who("8.8.8.8"), "nobody");
  EXPECT_EQ(site.who("ff00::1").substr(0, 4), "acme");
  ASSERT_EQ(site.index->report.conflicts.size(), 1u);
}

TEST(HostileVendor, AFileThatIsOverwrittenAndCutWhileItIsReadIsReadWholeOrRefused) {
  HostileMmdb file = doubling(1, true);
  file.data += std::string(kMebibyte, '\0');
  const std::string whole = file.bytes();
  NetworkSite site;
  site.account("deere");
  const std::string path = vendor(site, whole).path;
  site.packed();
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    while (!stop) {
      if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), whole.data(), whole.size(), 0) < 0) return;
    }
  });
  for (int i = 0; i < 200; ++i) {
    Diagnostics diagnostics;
    const auto index = build_networks(site.inputs, site.options, diagnostics);
    EXPECT_NE(index.has_value(), diagnostics.errors() > 0);
    EXPECT_TRUE(index.has_value() || diagnostics.first_error().find("v.mmdb") != std::string::npos)
        << diagnostics.format();
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace abm::ipdb
