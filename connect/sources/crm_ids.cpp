#include "connect/sources/crm_ids.h"

#include <ctime>

#include "connect/import/import.h"
#include "connect/sources/live_sources.h"
#include "connect/sources/merged_feed.h"
#include "connect/sources/source_copies.h"

namespace abm::connect {

Result<void> read_crm_ids(const CrmIdsRequest& request) {
  const generation::Site& site = *request.site;
  SiteCopies copies(site.data, nullptr);
  ImportRequest import;
  import.sources = &site.accounts.merge;
  import.now = static_cast<int64_t>(::time(nullptr));
  import.kept = &copies;
  import.progress = request.progress;
  import.name_of = name_for_people;
  import.why_missing = why_no_table;
  import.file_of = [&site](const generation::AccountSource& source) { return file_of_source(site, source);
};
import.crm_ids = request.take;
ImportReport report("");
Diagnostics diagnostics;
const auto imported =
    import_accounts(import, report, diagnostics, [](std::string_view) { return Result<void>(); });
if (!imported.has_value()) return Error{diagnostics.first_error()};
return {};
}  // namespace abm::connect

}  // namespace abm::connect
