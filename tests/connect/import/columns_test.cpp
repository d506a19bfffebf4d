#include "connect/import/columns.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace abm::connect {
namespace {

using generation::SourceKind;

/// column → field
std::map<std::string, std::string> taken(const std::vector<std::string>& headers,
                                         generation::AccountSource source = {}) {
  std::map<std::string, std::string> out;
  const ColumnPlan plan = plan_columns(headers, source);
  for (const TakenColumn& column : plan.taken)
    out[plan.headers[column.column]] = field_text(column.field, column.attribute);
  return out;
}

std::string kind(const std::vector<std::string>& headers) {
  const auto found = kind_of_header(headers);
  return found.has_value() ? std::string(generation::kSourceKinds[static_cast<size_t>(*found)]) : "";
}

TEST(Columns, TellWhoseExportATableIs) {
  EXPECT_EQ(kind({"Record ID", "Company name", "Company Domain Name", "Industry"}), "hubspot");
  EXPECT_EQ(kind({"name", "domain", "hs_parent_company_id"}), "hubspot");
  EXPECT_EQ(kind({"Id", "Name", "Website", "BillingCountry", "OwnerId"}), "salesforce");
  EXPECT_EQ(kind({"6sense Company Name", "6sense Domain"}), "6sense");
  EXPECT_EQ(kind({"Account Name", "Account Domain", "Employees"}), "demandbase");
  EXPECT_EQ(kind({"ZoomInfo Company ID", "Company Name"}), "zoominfo");
  EXPECT_EQ(kind({"First Name", "Title", "Company", "Company Name for Emails"}), "apollo");
  EXPECT_EQ(kind({"companyname", "companywebsite", "stocksymbol"}), "linkedin");
  EXPECT_EQ(kind({"Company", "Website"}), "");
}

TEST(Columns, OfHubspotAreTakenByTheirEnglishLabelsAndByTheirNames) {
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(taken({"Record ID", "Company name", "Company Domain Name", "Number of Employees",
                   "Annual Revenue", "Country/Region", "Industry", "Phone Number"}),
            (Map{{"Record ID", "crm_id"},
                 {"Company name", "name"},
                 {"Company Domain Name", "domains"},
                 {"Number of Employees", "employees"},
                 {"Annual Revenue", "revenue_usd"},
                 {"Country/Region", "country"},
                 {"Industry", "industry"}}));
  EXPECT_EQ(taken({"name", "domain", "website", "lifecyclestage", "hubspot_owner_id", "hs_parent_company_id",
                   "numberofemployees"}),
            (Map{{"name", "name"},
                 {"domain", "domains"},
                 {"website", "domains"},
                 {"lifecyclestage", "stage"},
                 {"hubspot_owner_id", "owner"},
                 {"hs_parent_company_id", "parent"},
                 {"numberofemployees", "employees"}}));
}

TEST(Columns, AreReadByGeneralWordsInSeveralLanguages) {
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(taken({"Unternehmensname", "Webseite", "Branche", "Anzahl der Mitarbeiter", "Land", "Telefon"}),
            (Map{{"Unternehmensname", "name"},
                 {"Webseite", "domains"},
                 {"Branche", "industry"},
                 {"Anzahl der Mitarbeiter", "employees"},
                 {"Land", "country"}}));
  EXPECT_EQ(taken({"ACCOUNT_NAME", "Website "}), (Map{{"ACCOUNT_NAME", "name"}, {"Website ", "domains"}}));
}

TEST(Columns, OfAPersonAreNotThoseOfACompany) {
  const auto columns =
      taken({"First Name", "Title", "Company", "Company Name for Emails", "Email", "Website", "# Employees"});
  EXPECT_EQ(columns.at("Company"), "name");
  EXPECT_EQ(columns.at("Title"), "role");
  EXPECT_FALSE(columns.contains("First Name"));
  EXPECT_FALSE(columns.contains("Email"));
  EXPECT_FALSE(columns.contains("Company Name for Emails"));
}

TEST(Columns, AreOverriddenByTheMap) {
  generation::AccountSource source;
  const std::pair<const char*, std::vector<std::string>> choices[] = {{"name", {"firma kurz"}},
                                                                      {"employees", {}},
                                                                      {"attributes.plan", {"Tarif"}},
                                                                      {"domains", {"Web", "Nowhere"}}};
  for (const auto& [field, columns] : choices) {
    source.map.emplace_back();
    source.map.back().field = field;
    source.map.back().columns = columns;
  }
  const ColumnPlan plan = plan_columns({"Firma", "Firma_kurz", "Web", "Mitarbeiter", "Tarif"}, source);
  std::map<std::string, std::string> got;
  for (const TakenColumn& column : plan.taken) {
    got[plan.headers[column.column]] = field_text(column.field, column.attribute);
    EXPECT_EQ(column.reason, ColumnReason::kMap);
  }
  EXPECT_EQ(got, (std::map<std::string, std::string>{
                     {"Firma_kurz", "name"}, {"Web", "domains"}, {"Tarif", "attributes.plan"}}));
  EXPECT_EQ(plan.missing, std::vector<std::string>{"Nowhere"});
  ASSERT_EQ(plan.left.size(), 2u);
  EXPECT_EQ(plan.left[0].reason, "the map decides name");
}

TEST(Columns, OfATableWithoutAHeaderGoByPosition) {
  generation::AccountSource source;
  source.kind = SourceKind::kBombora;
  const ColumnPlan plan = plan_columns(
      {"Deere", "deere.com", "XL", "Machinery", "Industrial", "Tractors", "71", "x", "US"}, source);
  EXPECT_TRUE(plan.headerless);
  EXPECT_TRUE(plan.takes(ImportField::kIntent));
  EXPECT_FALSE(plan_columns({"name", "domain", "score"}, source).headerless);
}

TEST(Columns, TellWhatCouldNotBeVerified) {
  for (size_t i = 1; i < generation::kSourceKinds.size() - 1; ++i) {
    generation::AccountSource source;
    source.kind = static_cast<SourceKind>(i);
    const bool known = source.kind == SourceKind::kDemandbase;
    const ColumnPlan plan = plan_columns({"Company name", "Company Domain Name"}, source);
    EXPECT_EQ(unverified(plan).empty(), known) << generation::kSourceKinds[i];
  }
  // Names of properties are in HubSpot's specification.
  generation::AccountSource hubspot;
  hubspot.kind = SourceKind::kHubspot;
  EXPECT_EQ(unverified(plan_columns({"Record ID", "name", "numberofemployees"}, hubspot)), "");
}

}  // namespace
}  // namespace abm::connect
