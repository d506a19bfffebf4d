#include "ipdb/network_accounts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using testing::OwnedAccount;

std::vector<std::string> texts_of(const PackedList<std::string_view>& list) {
  std::vector<std::string> texts;
  for (const std::string_view text : list) texts.emplace_back(text);
  EXPECT_EQ(texts.size(), list.size());
  return texts;
}

void expect_same(const NetworkAccounts& packed, size_t i, const OwnedAccount& account) {
  const NetworkAccounts::View view = packed[i];
  EXPECT_EQ(view.id, account.id);
  EXPECT_EQ(view.line, account.line);
  std::vector<uint32_t> asns;
  for (const uint32_t asn : view.asns) asns.push_back(asn);
  EXPECT_EQ(asns, account.asns);
  EXPECT_EQ(texts_of(view.networks), account.networks);
  EXPECT_EQ(texts_of(view.organizations), account.organizations);
  EXPECT_EQ(texts_of(view.domains), account.domains);
  EXPECT_EQ(packed.id(i), account.id);
  EXPECT_EQ(packed.line(i), account.line);
}

TEST(NetworkAccounts, GiveBackWhatWasAdded) {
  const std::vector<OwnedAccount> accounts = {
      {"deere",
       {"164.121.0.0/16", "2620:0:1cfe::/48"},
       {10846, 1},
       {"Deere & Company", ""},
       {"deere.com"},
       2},
      {"empty", {}, {}, {}, {}, 3},
      {"one", {}, {4294967295}, {}, {"a.example", "b.example", "c.example"}, uint64_t{1} << 40}};
  NetworkAccounts packed;
  for (const OwnedAccount& account : accounts) packed.add(account.view());
  ASSERT_EQ(packed.size(), accounts.size());
  for (size_t i = 0; i < accounts.size(); ++i) expect_same(packed, i, accounts[i]);
}

TEST(NetworkAccounts, StayWhereTheyAreAsTheirNumberGrows) {
  std::vector<OwnedAccount> accounts;
  NetworkAccounts packed;
  std::string_view first;
  for (uint32_t i = 0; i < 3000; ++i) {
    // One of them is larger than any block.
    const size_t networks = i == 1500 ? 100'000 : i % 7;
    accounts.push_back({"account-" + std::to_string(i),
                        std::vector<std::string>(networks, "198.51.100." + std::to_string(i % 256) + "/32"),
                        std::vector<uint32_t>(i % 3, i),
                        {std::string(i % 1000, 'o')},
                        {},
                        i});
    packed.add(accounts.back().view());
    if (i == 0) first = packed.id(0);
  }
  for (size_t i = 0; i < accounts.size(); ++i) expect_same(packed, i, accounts[i]);
  EXPECT_EQ(packed.id(0).data(), first.data());
  NetworkAccounts copy = packed;
  copy.add(accounts[7].view());
  packed = {};
  for (size_t i = 0; i < accounts.size(); ++i) expect_same(copy, i, accounts[i]);
  expect_same(copy, accounts.size(), accounts[7]);
}

}  // namespace
}  // namespace abm::ipdb
