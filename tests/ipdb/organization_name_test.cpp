#include "ipdb/organization_name.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace abm::ipdb {
namespace {

TEST(OrganizationName, SpellingsOfOneNameCompareTheSame) {
  const std::vector<std::vector<std::string>> names = {
      {"Deere & Company", "DEERE AND CO", "Deere and Company", "deere & co."},
      {"Caterpillar, Inc.", "Caterpillar Inc", "CATERPILLAR INCORPORATED"},
      {"The Boeing Company", "Boeing Co", "boeing company"},
      {"Robert Bosch GmbH", "Robert Bosch Gesellschaft mit beschränkter Haftung",
       "ROBERT BOSCH GESELLSCHAFT MIT BESCHRAENKTER HAFTUNG"},
      {"Volkswagen AG", "Volkswagen Aktiengesellschaft", "VOLKSWAGEN A.G."},
      {"Renault SAS", "RENAULT S.A.S.", "Renault S. A. S."},
      {"Foo L.L.C.", "Foo LLC", "Foo Limited Liability Company"},
      {"Mercedes-Benz Group AG", "Mercedes Benz Group AG"},
      {"McDonald's Corporation", "McDonald’s Corp.", "MCDONALDS CORP"},
      {"Acme Co., Ltd.", "Acme Co.Ltd", "ACME COMPANY LIMITED"},
      {"Schaeffler Technologies AG & Co. KG", "Schaeffler Technologies AG und Co KG"},
      {"A.P. Moller - Maersk A/S", "A. P. Moller Maersk A/S", "AP Moller-Maersk AS"},
      {"Acme\xc2\xa0Tools Ltd", "Acme Tools Ltd"},
      {"O\u0308sterreichische Post AG", "ÖSTERREICHISCHE POST AG"},
  };
  for (const auto& same : names) {
    for (const std::string& name : same) {
      EXPECT_EQ(organization_key(name), organization_key(same.front())) << name;
      EXPECT_NE(organization_key(name), "") << name;
    }
  }
}

TEST(OrganizationName, WhatNobodyIsCalledHasNoKey) {
  using namespace std::string_literals;
  const std::vector<std::string> names = {"deere\0"s,
                                          "de\x01"
                                          "ere"s,
                                          "deere\n"s,
                                          "deere\x7f"s,
                                          "deere\xc2\x9b"s,
                                          "\u202edeere"s,
                                          "dee\u2066re"s,
                                          "deere\xff"s,
                                          "\xc3"s};
  for (const std::string& name : names) EXPECT_EQ(organization_key(name), "") << name;
  EXPECT_NE(organization_key("deere\t"), "");
}

TEST(OrganizationName, OtherNamesStayOthers) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"Delta Corp", "Delta Ltd"},
      {"Deere & Company", "Deere & Company Corp"},
      {"Deere & Company", "Deere"},
      {"Siemens AG", "Siemens Healthcare AG"},
      {"Österreichische Post", "Osterreichische Post"},
      {"Portland General Electric", "General Electric"},
      {"3M Company", "M3 Company"},
      {"Amazon.com, Inc.", "Amazon Inc"},
      {"Company Store Inc", "Store Inc"},
  };
  for (const auto& [one, other] : names) EXPECT_NE(organization_key(one), organization_key(other)) << one;
}

TEST(OrganizationName, WithoutItsLegalFormANameIsForPeopleToJudge) {
  EXPECT_EQ(organization_core("Deere & Company Corp"), "deere");
  EXPECT_EQ(organization_core("Delta Corp"), organization_core("DELTA LTD."));
  EXPECT_EQ(organization_core("JSC Rostelecom"), "rostelecom");
  EXPECT_EQ(organization_core("SAS AB"), "");  // two legal forms, as far as anybody can tell
  EXPECT_EQ(organization_core("SE"), "");
  EXPECT_EQ(organization_core("Industrias John Deere Argentina S.A"), "industrias john deere argentina");
}

TEST(OrganizationName, WhatNamesNobodyHasNoKey) {
  for (const char* name :
       {"", " ", "-", "Inc.", "The Company", "& Co.", "X Corp", "A/S", "GmbH & Co. KG", "\xff\xfe"})
    EXPECT_EQ(organization_key(name), "") << name;
  EXPECT_EQ(organization_key(std::string(5000, 'a')), "");
  EXPECT_NE(organization_key("3M"), "");
  EXPECT_NE(organization_key("株式会社東芝"), "");
}

}  // namespace
}  // namespace abm::ipdb
