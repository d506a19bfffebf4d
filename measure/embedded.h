// Files of this folder that are built into abmctl, so that it works wherever it is installed.
#pragma once

#include <span>
#include <string_view>

namespace abm::measure {

struct EmbeddedFile {
  std::string_view name;  ///< "penetration.sql"
  std::string_view text;
};

extern const std::string_view kSchemaSql;
extern const std::string_view kAssignedSql;
extern const std::string_view kOutcomesSql;
extern const std::string_view kOutcomeAccountsSql;
extern const std::string_view kEngagementSql;  ///< engagement/schema.sql
extern const std::string_view kPageCss;
extern const std::string_view kPageScript;
/// queries/*.sql, by name.
extern const std::span<const EmbeddedFile> kQueries;

}  // namespace abm::measure
