#include <fmt/format.h>

#include "base/file.h"
#include "generation/file_pattern.h"
#include "generation/folder.h"
#include "generation/site_files.h"
#include "tools/doctor/checks.h"
#include "tools/opportunity_list.h"
#include "tools/site_publish.h"

namespace abm::tools::doctor {
namespace {

/// Whether what serves was published without the tests that there are.
void check_tests(const generation::Site& site, Findings& findings) {
  Diagnostics told_already;
  const std::vector<std::string> files = generation::tests_files(site, told_already);
  if (!told_already.ok()) return;
  const auto data = generation::open_folder(site.data);
  const auto serving = data ? generation::read_current_facts(*data) : std::nullopt;
  if (files.empty()) {
    findings.note("tests", fmt::format("{}: the site has no tests", path_for_people(site.file)),
                  fmt::format("write what must never break into {} beside it: publish then checks it",
                              generation::kDefaultTests));
  } else if (serving.has_value() &&
             generation::text_of(serving->made, generation::kMadeTests) == generation::kTestsSkipped) {
    findings.note("tests", fmt::format("generation {} was published without its tests", serving->number),
                  "abmctl test says whether they pass now; the next publish runs them");
  } else {
    findings.ok("tests", fmt::format("{} file{} must pass before anything is published", files.size(),
                                     files.size() == 1 ? "" : "s"));
  }
}

/// A pattern that names another file than the one that nginx writes looks like a site that nobody visits.
void check_logs(const generation::Site& site, Findings& findings) {
  if (!site.engagement.has_value() || site.engagement->stream.has_value()) return;
  size_t files = 0;
  for (const std::string& pattern : site.engagement->visits) {
    const generation::PatternFiles found = generation::files_of_pattern(site.folder, pattern);
    files += found.files.size();
    if (!found.files.empty() || !found.faults.empty()) continue;
    findings.note("visits",
                  fmt::format("{}: '{}' of 'visits' names no file", path_for_people(site.file), pattern),
                  "name the log that access_log writes with abm_visit; nginx makes it when it starts");
  }
  if (files != 0)
    findings.ok("visits", fmt::format("visits are read from {} file{}", files, files == 1 ? "" : "s"));
}

}  // namespace

void check_site(const generation::Site& site, Findings& findings) {
  SitePublishOptions options;
  options.dry_run = true;
  const SitePublication next = publish_site(site, options);
  const std::string name = path_for_people(site.file);
  if (next.kind == SitePublication::Kind::kPublished) {
    findings.ok("publication", fmt::format("{}: what it names could be published now", name));
  } else {
    const size_t more = next.findings.errors() - 1;
    findings.problem("publication",
                     fmt::format("{}{} {}", next.findings.first_error(),
                                 more == 0 ? "" : fmt::format(" (and {} more)", more), next.serving()),
                     "the next publication is refused until then: abmctl publish tells everything");
  }
  check_tests(site, findings);
  check_logs(site, findings);
  for (const std::string& missing : missing_opportunities(site))
    findings.note("outcomes", missing, "the report shows visits and goals; opportunities are not in it");
}

}  // namespace abm::tools::doctor
