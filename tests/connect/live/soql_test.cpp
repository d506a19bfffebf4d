#include "connect/live/soql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSince = 1'795'888'800;  // 2026-11-28T18:00:00Z

std::string columns_of(std::string_view text) {
  const auto query = parse_soql(text);
  if (!query) return query.message();
  std::string out;
  for (const SoqlColumn& column : query->columns) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", column.header, fmt::join(column.path, "/"));
  }
  return out;
}

std::string since_of(std::string_view text) {
  const auto query = parse_soql(text);
  if (!query) return query.message();
  return query->why_whole.empty() ? soql_since(*query, kSince) : query->why_whole;
}

TEST(Soql, KnowsTheColumnsOfItsAnswer) {
  EXPECT_EQ(columns_of("SELECT Id, Name FROM Account"), "Id=Id Name=Name");
  EXPECT_EQ(columns_of("select  Id ,\n Owner.Email,ABM_Tier__c\tfrom Account ;"),
            "Id=Id Owner.Email=Owner/Email ABM_Tier__c=ABM_Tier__c");
  EXPECT_EQ(columns_of("SELECT a.Id, a.Owner.Email, Account.Name FROM Account a"),
            "Id=Id Owner.Email=Owner/Email Name=Name");
  EXPECT_EQ(
      columns_of(
          "SELECT Id, toLabel(Industry), FORMAT(AnnualRevenue) Money FROM Account AS x WHERE x.Name LIKE 'FROM %'"),
      "Id=Id Industry=Industry Money=Money");
}

TEST(Soql, AsksForChangesWhereAConditionFits) {
  EXPECT_EQ(since_of("SELECT Id FROM Account"),
            "SELECT Id FROM Account WHERE SystemModstamp >= 2026-11-28T18:00:00Z");
  EXPECT_EQ(
      since_of("SELECT Id FROM Account WHERE A__c = true OR Name = 'x'"),
      "SELECT Id FROM Account WHERE (A__c = true OR Name = 'x') AND SystemModstamp >= 2026-11-28T18:00:00Z");
  EXPECT_EQ(since_of("SELECT Id FROM Account a ORDER BY Name NULLS LAST"),
            "SELECT Id FROM Account a WHERE SystemModstamp >= 2026-11-28T18:00:00Z ORDER BY Name NULLS LAST");
  // Words in quotes and in parentheses are no clauses.
  EXPECT_EQ(
      since_of(
          "SELECT Id FROM Account WHERE Name = 'it\\'s LIMIT 5' AND Id IN (SELECT AccountId FROM Opportunity LIMIT 9)"),
      "SELECT Id FROM Account WHERE (Name = 'it\\'s LIMIT 5' AND Id IN (SELECT AccountId FROM Opportunity LIMIT 9)) "
      "AND SystemModstamp >= 2026-11-28T18:00:00Z");
  EXPECT_EQ(soql_touched(*parse_soql("SELECT Id FROM Account a WHERE A__c = true"), kSince),
            "SELECT Id FROM Account WHERE SystemModstamp >= 2026-11-28T18:00:00Z");
}

TEST(Soql, ReadsEverythingWhereNoConditionFits) {
  EXPECT_EQ(since_of("SELECT Id FROM Account LIMIT 50"), "it has LIMIT");
  EXPECT_EQ(since_of("SELECT Id FROM Account WHERE A__c = true ORDER BY Name LIMIT 50 OFFSET 10"),
            "it has LIMIT");
  EXPECT_EQ(since_of("SELECT Id FROM Account GROUP BY Id HAVING COUNT(Id) > 1"), "it has GROUP");
  EXPECT_EQ(since_of("SELECT Id FROM Account USING SCOPE mine"), "it has USING");
  EXPECT_EQ(since_of("SELECT Id FROM Account FOR VIEW"), "it has FOR");
  EXPECT_EQ(since_of("SELECT Id FROM Account WITH SECURITY_ENFORCED"), "it has WITH");
}

TEST(Soql, RefusesWhatHasNoColumnsOfItsOwn) {
  const auto fault = [](std::string_view text) {
    const auto query = parse_soql(text);
    return query ? "accepted" : query.message();
  };
  EXPECT_EQ(fault(""), "it is empty");
  EXPECT_EQ(fault("DELETE FROM Account"),
            "it must begin with SELECT, such as SELECT Id, Name, Website FROM Account");
  EXPECT_EQ(fault("SELECT Id"), "it names no object: FROM Account");
  EXPECT_EQ(fault("SELECT Name FROM Account"), "'Id' is not among its fields: records are told by it");
  EXPECT_THAT(fault("SELECT Id, (SELECT Id FROM Contacts) FROM Account"),
              HasSubstr("a query within the query"));
  EXPECT_THAT(fault("SELECT FIELDS(ALL) FROM Account LIMIT 200"), HasSubstr("name the fields"));
  EXPECT_THAT(fault("SELECT Id, TYPEOF Owner WHEN User THEN Email END FROM Account"), HasSubstr("TYPEOF"));
  EXPECT_EQ(fault("SELECT COUNT(Id) FROM Account"),
            "the column that 'COUNT(…)' makes has no name: write one behind it");
  EXPECT_EQ(fault("SELECT Id Name FROM Account"), "'Id' and 'Name' have no comma between them");
  EXPECT_EQ(fault("SELECT Id,, Name FROM Account"), "a field's name is missing between two commas");
  EXPECT_EQ(fault("SELECT Id, id FROM Account"), "'id' is named twice");
  EXPECT_EQ(fault("SELECT Id, .Name FROM Account"), "'.Name' is not a field's name");
  EXPECT_EQ(fault("SELECT Id FROM Account WHERE Name = 'x"), "a text in quotes does not end");
  EXPECT_EQ(fault("SELECT Id FROM Account WHERE (A = 1"), "a '(' has no ')'");
  EXPECT_EQ(fault("SELECT Id FROM Account WHERE A = 1)"), "a ')' has no '('");
  EXPECT_THAT(fault("SELECT Id FROM Account WHERE Name = '" + std::string(9000, 'x') + "'"),
              HasSubstr("longer than"));
}

TEST(Soql, IsReadToItsEndHoweverItIsCut) {
  const std::string_view whole =
      "SELECT Id, Owner.Email, toLabel(Industry) FROM Account a WHERE (Name = 'it\\'s') ORDER BY Name LIMIT 5";
  for (size_t size = 0; size <= whole.size(); ++size) {
    const auto query = parse_soql(whole.substr(0, size));
    EXPECT_TRUE(!query || !query->columns.empty()) << size;
  }
}

}  // namespace
}  // namespace abm::connect
