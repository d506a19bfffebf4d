// The builder against a reference that knows nothing of trees: a linear scan by strength, then length.
#include <set>
#include <tuple>

#include "ipdb/network_text.h"
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

struct Claimed {
  int strength;  // 0 is the strongest
  IpPrefix network;
  std::string who;  // account, or kind of exclusion
};

struct World {
  NetworkSite site;
  std::vector<Claimed> claims;
  std::optional<Index> vendor;

  std::string expected(const IpAddress& ip) const {
    // Networks that accounts list (0) and exclusions (1) compete by length; of equal ones the exclusion wins.
    for (const int weakest : {1, 2}) {
      int longest = -1;
      bool excluded = false;
      std::set<std::string> owners;
      for (const Claimed& claim : claims) {
        if (claim.strength > weakest || (weakest == 2 && claim.strength != 2) ||
            !claim.network.contains(ip) || claim.network.length < longest)
          continue;
        const bool exclusion = claim.strength == 1;
        if (claim.network.length > longest || (exclusion && !excluded)) owners.clear(), excluded = false;
        longest = claim.network.length;
        if (excluded && !exclusion) continue;
        excluded = exclusion;
        owners.insert(claim.who);
      }
      if (owners.size() > 1) return "nobody";
      if (owners.size() == 1) return *owners.begin();
    }
    const Match match = vendor->lookup(ip);
    return match.identified() ? std::string(match.account) : "nobody";
  }
  std::string actual(const IpAddress& ip) const {
    const Match match = site.reader->lookup(ip);
    if (match.exclusion != Exclusion::kNone) return std::string(to_string(match.exclusion));
    return match.identified() ? std::string(match.account) : "nobody";
  }
};

void fill(World& world, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<IpPrefix> networks;
  const auto network = [&] {
    // Repeats cause conflicts.
    if (!networks.empty() && random() % 6 == 0) return networks[random() % networks.size()];
    networks.push_back(random_prefix(random, networks));
    return networks.back();
  };
  const auto id = [&] { return "a" + std::to_string(random() % 12); };
  for (uint32_t i = 0; i < 12; ++i) {
    OwnedAccount& account = world.site.account(("a" + std::to_string(i)).c_str());
    account.asns = {64500 + i};
    for (int n = 0; n < 10; ++n) {
      account.networks.push_back(network().to_string());
      world.claims.push_back({0, prefix(account.networks.back().c_str()), account.id});
    }
  }
  std::string csv, exclude, asn;
  for (int i = 0; i < 100; ++i) {
    world.claims.push_back({0, network(), id()});
    csv += world.claims.back().network.to_string() + "," + world.claims.back().who + "\n";
  }
  for (int i = 0; i < 100; ++i) {
    const IpPrefix excluded = network();
    bool repeated = false;  // for equal networks the first kind counts; the reference need not know
    for (const Claimed& claim : world.claims) repeated |= claim.strength == 1 && claim.network == excluded;
    if (repeated) continue;
    world.claims.push_back({1, excluded, random() % 2 == 0 ? "crawler" : "education"});
    exclude += excluded.to_string() + "," + world.claims.back().who + "\n";
  }
  for (int i = 0; i < 300; ++i) {
    const auto number = static_cast<uint32_t>(random() % 14);  // two of them belong to nobody
    const IpPrefix base = network();
    IpAddress first = base.address, last = last_address(base);
    if (base.address.is_v4 && base.length < 30 && base.length > 8) {  // a range that is not a prefix
      first = IpAddress::v4(first.v4_value() + static_cast<uint32_t>(random() % 3));
      last = IpAddress::v4(last.v4_value() - static_cast<uint32_t>(random() % 2));
    }
    asn +=
        first.to_string() + "," + last.to_string() + "," + std::to_string(64500 + number) + ",\"O, Inc\"\n";
    if (number >= 12) continue;
    std::vector<IpPrefix> parts;
    append_range(first, last, parts);
    for (const IpPrefix& part : parts) world.claims.push_back({2, part, "a" + std::to_string(number)});
  }
  MmdbWriter writer;
  for (int i = 0; i < 200; ++i) writer.insert(network(), writer.add_record(account(id())));
  const std::string vendor = *std::move(writer).finish(1, "");
  world.vendor.emplace(*open_bytes(vendor));
  world.site.source(Kind::kCsv, "n.csv", csv);
  world.site.source(Kind::kExclude, "e.csv", exclude);
  world.site.source(Kind::kAsn, "a.csv", asn);
  NetworkSource& mmdb = world.site.source(Kind::kMmdb, "v.mmdb", vendor);
  mmdb.key = "account";
  mmdb.match = "id";
  world.site.options.max_as_addresses = UINT64_MAX;
}

TEST(NetworkReference, EveryEdgeAndRandomAddressGetsTheReferencesAnswer) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    World world;
    fill(world, seed);
    ASSERT_TRUE(world.site.build()) << world.site.diagnostics.format();
    EXPECT_FALSE(world.site.index->report.conflicts.empty());
    std::set<std::string> answers;
    const auto check = [&](const IpAddress& ip) {
      const std::string answer = world.actual(ip);
      answers.insert(answer);
      ASSERT_EQ(answer, world.expected(ip)) << ip.to_string() << " seed " << seed;
    };
    for (const Claimed& claim : world.claims) {
      check(claim.network.address);
      check(last_address(claim.network));
    }
    std::mt19937_64 random(seed + 100);
    for (int i = 0; i < 2000; ++i) check(random_address(random, i % 2 == 0));
    EXPECT_GE(answers.size(), 13u);
  }
}

}  // namespace
}  // namespace abm::ipdb
