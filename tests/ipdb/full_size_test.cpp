// The routed internet (npm @ip-location-db/asn, 515,158 ranges) with 10,000 accounts: the index against a
// reference that knows nothing of trees, and against two third-party readers. Skipped unless `npm install`
// has been run in tests/ipdb/asn; ./run test does that.
#include <unistd.h>

#include <fstream>
#include <map>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using uint128 = unsigned __int128;

constexpr uint32_t kAccounts = 10'000;

std::filesystem::path asn_folder() {
  return std::filesystem::path(places::source_folder()) / "tests/ipdb/asn";
}

uint128 value_of(const IpAddress& ip) {
  uint128 value = 0;
  for (const uint8_t byte : ip.bytes) value = value << 8 | byte;
  return value;
}

/// A line of the data; its AS number decides who owns it.
struct Range {
  IpAddress first, last;
  uint128 from = 0, to = 0;  // the same as numbers
  uint32_t account = 0;
};

/// The ranges of one family; finds an address's owner by looking at all ranges that contain it.
class Ranges {
 public:
  void add(Range range) { all_.push_back(range); }
  void sort() {
    std::sort(all_.begin(), all_.end(), [](const Range& a, const Range& b) { return a.from < b.from; });
    for (const Range& range : all_) {
      widest_.push_back(std::max(range.to, widest_.empty() ? uint128{0} : widest_.back()));
    }
  }
  [[nodiscard]] const std::vector<Range>& all() const { return all_; }

  /// The account, or nullopt: no range, or two accounts with networks of equal length.
  [[nodiscard]] std::optional<uint32_t> owner(uint128 ip, unsigned bits) const {
    const auto behind = std::upper_bound(
        all_.begin(), all_.end(), ip, [](uint128 value, const Range& range) { return value < range.from; });
    std::optional<uint32_t> owner;
    unsigned longest = 0;
    bool contested = false;
    for (auto i = static_cast<size_t>(behind - all_.begin()); i-- > 0 && widest_[i] >= ip;) {
      if (all_[i].to < ip) continue;
      const unsigned length = network_length(all_[i], ip, bits);
      if (!owner || length > longest) {
        owner = all_[i].account;
        longest = length;
        contested = false;
      } else if (length == longest && owner != all_[i].account) {
        contested = true;
      }
    }
    return contested ? std::nullopt : owner;
  }

 private:
  /// The prefix length of the largest aligned block of the range that contains `ip`, as in a
  /// minimal list for the range.
  static unsigned network_length(const Range& range, uint128 ip, unsigned bits) {
    for (unsigned length = 0; length < bits; ++length) {
      const unsigned host = bits - length;
      const uint128 mask = host == 128 ? ~uint128{0} : (uint128{1} << host) - 1;
      if ((ip & ~mask) >= range.from && (ip | mask) <= range.to) return length;
    }
    return bits;
  }

  std::vector<Range> all_;
  std::vector<uint128> widest_;  // the last address of any range so far
};

/// IPv4 within an alias of the index (ipdb/FORMAT.md), or nullopt.
std::optional<IpAddress> behind_alias(const IpAddress& ip) {
  if (ip.is_v4) return std::nullopt;
  if (ip.bytes[0] == 0x20 && ip.bytes[1] == 0x02) return IpAddress::v4(ip.bytes.data() + 2);
  if (ip.bytes[0] == 0x20 && ip.bytes[1] == 0x01 && ip.bytes[2] == 0 && ip.bytes[3] == 0)
    return IpAddress::v4(ip.bytes.data() + 4);
  return std::nullopt;
}

/// Built once: data, index and reference.
class Internet {
 public:
  static const Internet& get() {
    static const Internet internet;
    return internet;
  }
  NetworkSite site;
  Ranges v4, v6;

  [[nodiscard]] std::optional<uint32_t> expected(const IpAddress& ip) const {
    if (const auto inner = behind_alias(ip)) return v4.owner(value_of(*inner), 32);
    return ip.is_v4 ? v4.owner(value_of(ip), 32) : v6.owner(value_of(ip), 128);
  }

 private:
  Internet() {
    for (uint32_t i = 0; i < kAccounts; ++i) site.account(fmt::format("account-{}", i).c_str());
    std::map<uint32_t, uint32_t> account_of;  // by AS number
    for (const char* name : {"asn-ipv4.csv", "asn-ipv6.csv"}) {
      const std::string path = (asn_folder() / "node_modules/@ip-location-db/asn" / name).string();
      NetworkSource& source = site.inputs.sources.emplace_back();
      source.kind = NetworkSource::Kind::kAsn;
      source.path = path;
      source.name = name;
      std::ifstream lines(path);
      for (std::string line; std::getline(lines, line);) {
        const size_t comma = line.find(','), second = line.find(',', comma + 1);
        Range range;
        range.first = IpAddress::parse(line.substr(0, comma)).value();
        range.last = IpAddress::parse(line.substr(comma + 1, second - comma - 1)).value();
        range.from = value_of(range.first);
        range.to = value_of(range.last);
        const auto asn = static_cast<uint32_t>(std::stoul(line.substr(second + 1)));
        const auto number = static_cast<uint32_t>(account_of.size() % kAccounts);
        range.account = account_of.try_emplace(asn, number).first->second;
        (range.first.is_v4 ? v4 : v6).add(range);
      }
    }
    for (const auto& [asn, account] : account_of) site.accounts()[account].asns.push_back(asn);
    v4.sort();
    v6.sort();
    site.options.max_as_addresses =
        UINT64_MAX;  // every range is mapped: the largest index this data can give
    EXPECT_TRUE(site.build()) << site.diagnostics.first_error();
  }
};

class FullSize : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(asn_folder() / "node_modules/@ip-location-db/asn")) {
      GTEST_SKIP() << "@ip-location-db/asn is not installed: run npm install in tests/ipdb/asn";
    }
    internet_ = &Internet::get();
    ASSERT_TRUE(internet_->site.reader.has_value());
  }

  /// Random addresses: half IPv4, half in or around the IPv6 ranges.
  [[nodiscard]] std::vector<IpAddress> addresses(size_t count, uint64_t seed) const {
    std::mt19937_64 random(seed);
    std::vector<IpAddress> ips;
    while (ips.size() < count) {
      if (ips.size() % 2 == 0) {
        ips.push_back(IpAddress::v4(static_cast<uint32_t>(random())));
        continue;
      }
      IpAddress ip = internet_->v6.all()[random() % internet_->v6.all().size()].first;
      for (size_t i = 2 + random() % 6; i < 16; ++i) ip.bytes[i] = static_cast<uint8_t>(random());
      ips.push_back(ip);
    }
    return ips;
  }
  /// "account-7", or "" for nobody.
  [[nodiscard]] std::string expected(const IpAddress& ip) const {
    const auto account = internet_->expected(ip);
    return account ? fmt::format("account-{}", *account) : std::string();
  }
  [[nodiscard]] Match found(const IpAddress& ip) const { return internet_->site.reader->lookup(ip); }

  const Internet* internet_ = nullptr;
};

TEST_F(FullSize, TheFileHasAtMostTwentyMegabytes) {
  EXPECT_EQ(internet_->v4.all().size() + internet_->v6.all().size(), 515'158u);
  EXPECT_LE(internet_->site.index->bytes.size(), 20'000'000u);
  EXPECT_EQ(internet_->site.index->report.sources[1].mapped, internet_->v4.all().size());
  EXPECT_EQ(internet_->site.index->report.sources[2].mapped, internet_->v6.all().size());
}

TEST_F(FullSize, EveryRangesFirstAndLastAddressHasTheReferencesAnswer) {
  size_t identified = 0;
  for (const Ranges* family : {&internet_->v4, &internet_->v6}) {
    for (const Range& range : family->all()) {
      for (const IpAddress& ip : {range.first, range.last}) {
        const Match match = found(ip);
        ASSERT_EQ(match.account, expected(ip)) << ip.to_string();
        identified += match.identified() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(identified, 1'000'000u);
}

TEST_F(FullSize, AHundredThousandRandomAddressesHaveTheReferencesAnswer) {
  size_t identified = 0, nobody = 0;
  for (const IpAddress& ip : addresses(100'000, 1)) {
    const Match match = found(ip);
    ASSERT_EQ(match.account, expected(ip)) << ip.to_string();
    (match.identified() ? identified : nobody) += 1;
  }
  EXPECT_GT(identified, 50'000u);
  EXPECT_GT(nobody, 10'000u);
}

TEST_F(FullSize, TheSameInputsGiveTheSameBytes) {
  Diagnostics diagnostics;
  const auto again = build_networks(internet_->site.inputs, internet_->site.options, diagnostics);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->bytes == internet_->site.index->bytes);
  EXPECT_EQ(again->inputs, internet_->site.index->inputs);
}

TEST_F(FullSize, MmdblookupAndMmdbLibAgreeOnAThousandAddresses) {
  const std::vector<IpAddress> ips = addresses(1000, 2);
  const std::filesystem::path file = internet_->site.folder / "full.mmdb",
                              list = internet_->site.folder / "ips";
  ASSERT_TRUE(write_file_atomically(file.string(), internet_->site.index->bytes).ok());
  {
    std::ofstream out(list);
    for (const IpAddress& ip : ips) out << ip.to_string() << '\n';
  }
  const std::vector<std::string> tool = mmdblookup(file.string(), ips);
  ASSERT_EQ(tool.size(), ips.size()) << "is mmdblookup (package mmdb-bin) installed?";
  FILE* node = ::popen(
      fmt::format("node '{}' '{}' '{}'", (asn_folder() / "agree.mjs").string(), file.string(), list.string())
          .c_str(),
      "r");
  ASSERT_NE(node, nullptr);
  std::array<char, 512> line{};
  simdjson::dom::parser parser;
  size_t identified = 0;
  for (size_t i = 0; i < ips.size(); ++i) {
    ASSERT_NE(std::fgets(line.data(), line.size(), node), nullptr) << "is node installed?";
    const Match match = found(ips[i]);
    const simdjson::dom::element said = parser.parse(std::string(line.data()));
    if (!match.identified()) {
      EXPECT_TRUE(said.is_null()) << ips[i].to_string() << ' ' << line.data();
      EXPECT_NE(tool[i].find("Could not find an entry"), std::string::npos) << ips[i].to_string() << tool[i];
      continue;
    }
    ++identified;
    const std::string key = std::to_string(hash64(match.account));
    EXPECT_EQ(std::string_view(said["account"]), match.account) << ips[i].to_string();
    EXPECT_EQ(std::string_view(said["key"]), key);
    EXPECT_EQ(std::string_view(said["confidence"]), "medium");
    EXPECT_EQ(std::string_view(said["source"]), "asn");
    for (const std::string& text : {'"' + std::string(match.account) + '"', key + " <uint64>",
                                    std::string("\"medium\""), std::string("\"asn\"")}) {
      EXPECT_NE(tool[i].find(text), std::string::npos) << ips[i].to_string() << ' ' << text << tool[i];
    }
  }
  EXPECT_EQ(::pclose(node), 0);
  EXPECT_GT(identified, 500u);
}

}  // namespace
}  // namespace abm::ipdb
