#include "connect/import/account_matcher.h"

#include <gtest/gtest.h>

namespace abm::connect {
namespace {

class Matcher : public ::testing::Test {
 protected:
  Matcher() {
    for (const char* id : {"deere", "maersk", "acme", "acme-emea", "twin-a", "twin-b"})
      matcher_.add_account(id);
    matcher_.add_domain("deere.com", "deere");
    matcher_.add_domain("johndeere.de", "deere");
    matcher_.add_domain("maersk.com", "maersk");
    matcher_.add_domain("acme.com", "acme");
    matcher_.add_domain("emea.acme.com", "acme-emea");
    matcher_.add_domain("twins.com", "twin-a");
    matcher_.add_domain("twins.com", "twin-b");
    matcher_.add_crm_id("101", "deere");
    matcher_.add_crm_id("102", "deere");
    matcher_.add_crm_id("201", "maersk");
    matcher_.add_crm_id("0015e00002aBcDe", "acme");
    matcher_.add_crm_id("301", "twin-a");
    matcher_.add_crm_id("301", "twin-b");
    matcher_.add_crm_id("401", "nobody");
  }
  AccountMatch find(std::string_view id, std::string_view crm, std::vector<std::string_view> domains = {}) {
    return matcher_.find({id, crm, std::move(domains)});
  }
  AccountMatcher matcher_;
};

TEST_F(Matcher, GoesByIdThenCrmIdThenDomain) {
  EXPECT_EQ(find("Deere", "201", {"acme.com"}).account, "deere");
  EXPECT_EQ(find("", "201", {"acme.com"}).account, "maersk");
  EXPECT_EQ(find("unknown", "201", {"acme.com"}).by, MatchedBy::kCrmId);
  EXPECT_EQ(find("", "999", {"acme.com"}).account, "acme");
  EXPECT_EQ(find("", "", {"", "https://www.maersk.com/about?x"}).account, "maersk");
  EXPECT_EQ(find("", "", {"jane@johndeere.de"}).by, MatchedBy::kDomain);
}

TEST_F(Matcher, TakesSalesforceIdsOfBothLengths) {
  EXPECT_EQ(find("", "0015e00002aBcDe").account, "acme");
  EXPECT_EQ(find("", "0015e00002aBcDeAAK").account, find("", "0015e00002aBcDe").account);
  EXPECT_EQ(find("", "0015e00002abcde").account, "");  // another record
}

TEST_F(Matcher, SeveralIdsOfOneAccountAreOneAnswerAndOfTwoNone) {
  EXPECT_EQ(find("", "101;102").account, "deere");
  EXPECT_EQ(find("", "101; 999").account, "deere");
  const AccountMatch two = find("", "101;201", {"acme.com"});
  EXPECT_EQ(two.account, "");
  EXPECT_EQ(two.by, MatchedBy::kNothing);
  EXPECT_EQ(two.told_by, "CRM ids 101, 201, which several accounts have");
  EXPECT_EQ(find("", "301", {"acme.com"}).told_by, "CRM id 301, which several accounts have");
}

TEST_F(Matcher, ADomainOfTwoAccountsTellsNeither) {
  const AccountMatch two = find("", "", {"twins.com"});
  EXPECT_EQ(two.account, "");
  EXPECT_EQ(two.told_by, "domain twins.com, which several accounts have");
  EXPECT_EQ(find("", "", {"deere.com, maersk.com"}).told_by,
            "domain deere.com, maersk.com, which several accounts have");
}

TEST_F(Matcher, ADomainBelowAnotherOneIsItsOwnAccountsOrElseTheUpperOnes) {
  EXPECT_EQ(find("", "", {"emea.acme.com"}).account, "acme-emea");
  EXPECT_EQ(find("", "", {"de.emea.acme.com"}).account, "acme-emea");
  EXPECT_EQ(find("", "", {"shop.acme.com"}).account, "acme");
  EXPECT_EQ(find("", "", {"www.acme.com"}).account, "acme");
  EXPECT_EQ(find("", "", {"notacme.com"}).account, "");
}

TEST_F(Matcher, SaysWhatWasLookedFor) {
  EXPECT_EQ(find("", "999", {"other.com"}).told_by, "CRM id 999, domain other.com");
  EXPECT_EQ(find("", "", {}).told_by, "neither an id nor a domain");
  EXPECT_EQ(find("", "", {"joe@gmail.com"}).told_by,
            "'gmail.com', which is a free-mail provider's, where anybody gets an address");
  EXPECT_EQ(find("", "401").account, "");  // of an account that is not listed
}

TEST_F(Matcher, AnIdInTheCrmsColumnCountsIfItIsNoNumber) {
  AccountMatcher list;
  list.add_account("0015e00002xyzabaau");
  list.add_account("101");
  EXPECT_EQ(list.find({"", "0015e00002XyZABAAU", {}}).by, MatchedBy::kId);
  EXPECT_EQ(list.find({"", "101", {}}).account, "");  // numbers of two systems are not the same
  EXPECT_FALSE(list.has_crm_ids());
  EXPECT_EQ(list.accounts(), 2u);
}

}  // namespace
}  // namespace abm::connect
