// The JSON Schemas of what people write and read, built in.
#pragma once

#include <array>
#include <string_view>

namespace abm::tools {

struct Schema {
  std::string_view name;  ///< as `abmctl schema NAME` takes it
  std::string_view what;
  std::string_view text;
};

extern const std::string_view kRulesSchema, kSiteSchema, kAccountsSchema, kTestsSchema, kVisitSchema,
    kReviewSchema;

/// The first is what `abmctl schema` prints without a name.
[[nodiscard]] inline std::array<Schema, 6> schemas() {
  return {{{"rules", "rules files", kRulesSchema},
           {"site", "site.yaml", kSiteSchema},
           {"accounts", "a line of the account feed", kAccountsSchema},
           {"tests", "files of expectations", kTestsSchema},
           {"visit", "a line of the visit log", kVisitSchema},
           {"review", "what `abmctl review --json` prints", kReviewSchema}}};
}

}  // namespace abm::tools
