#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <ctime>

#include <fmt/format.h>

#include "base/closed_path.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "connect/sync/state.h"
#include "generation/coverage.h"
#include "generation/folder.h"
#include "generation/hold.h"
#include "generation/publish.h"
#include "tools/age.h"
#include "tools/doctor/checks.h"
#include "tools/readers.h"

namespace abm::tools::doctor {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kOldFeed = 7 * kDay;

void check_ages(const generation::Generation& current, const std::string& folder, Findings& findings) {
  const int64_t now = ::time(nullptr);
  const int64_t age = now - current.accounts().generated_at();
  const auto expires = current.accounts().expires_at();
  if (current.expired(now)) {
    findings.problem("age",
                     fmt::format("{}: the feed expired at {}: all pages are original", folder,
                                 format_rfc3339(expires.value_or(now))),
                     "publish a newer feed; 'abmctl sync' or the agent's log says why none came");
  } else if (expires.has_value() && *expires - now < kDay) {
    findings.note("age", fmt::format("{}: the feed expires at {}", folder, format_rfc3339(*expires)),
                  "make sure that a newer one arrives before then");
  } else if (age > kOldFeed) {
    findings.note("age", fmt::format("{}: the feed is {} days old", folder, age / kDay),
                  "accounts change: make sure that 'abmctl agent' runs, or publish a newer feed");
  } else {
    findings.ok("age", fmt::format("{}: the feed is {} hours old", folder, age / kHour));
  }
}

void check_coverage(const generation::Generation& current, const std::string& folder, Findings& findings) {
  const generation::Coverage coverage = generation::coverage_of(current);
  const std::string message = fmt::format("{}: {}", folder, generation::to_text(coverage));
  if (coverage.accounts != 0 && coverage.identifiable() == 0) {
    findings.note(
        "identification", message,
        "list networks or AS numbers in the feed, or name a network source in site.yaml, unless all "
        "visitors are identified by abm_identity");
  } else {
    findings.ok("identification", message);
  }
}

void check_hold(const std::string& folder, Findings& findings) {
  const auto data = generation::open_folder(folder);
  if (!data) return;  // told already
  const auto hold = generation::read_hold(*data);
  if (!hold) {
    findings.problem("hold", hold.message(), "do one of the two; until then, nothing is published");
  } else if (hold->has_value()) {
    const std::string name = generation::generation_name((*hold)->generation);
    findings.note("hold",
                  fmt::format("{}: rules are {}, rolled back by {}", folder, to_text(**hold), (*hold)->by),
                  "rule changes wait: mend them, then 'abmctl publish --resume', or on a mirror 'abmctl sync "
                  "--mirror … --resume'");
    if (const auto opened = generation::Generation::open(folder, (*hold)->generation); !opened)
      findings.problem("hold", fmt::format("the held rules cannot be used: {}", opened.message()),
                       "no feed is published any more: 'abmctl publish --resume', or roll back to another");
  } else {
    findings.ok("hold", fmt::format("{}: no rules are held", folder));
  }
}

/// Rules that a signal or a commit was to publish.
void check_rules_fault(const std::string& folder, Findings& findings) {
  const auto state = connect::read_agent_state(folder);
  if (!state || !state->has_value() || (*state)->rules_fault.empty()) return;
  findings.problem("agent",
                   fmt::format("{}: rules not published since {}: {}", folder,
                               format_rfc3339((*state)->rules_refused_at), (*state)->rules_fault),
                   "the rules that serve stay; mend it, and commit or reload");
}

void check_key(const std::string& path, std::string_view what, mode_t forbidden, std::string_view who,
               Findings& findings) {
  if (path.empty()) return;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    findings.problem("permissions", fmt::format("{}: {}", what, errno_error(path, errno).message),
                     "put the key there, or correct site.yaml");
  } else if ((facts.st_mode & forbidden) != 0) {
    findings.problem("permissions", fmt::format("{} {} {}", what, path, who),
                     fmt::format("chmod go= {}", path));
  } else {
    findings.ok("permissions", fmt::format("{} {}", what, path));
  }
}

/// What the generations take, and whether the next one fits.
void check_disk(const generation::Manifest& current, const std::string& folder, Findings& findings) {
  const auto kept = generation::list_generations(folder);
  const auto taken = generation::disk_use(folder);
  struct statvfs disk {};
  if (!kept || !taken || ::statvfs(folder.c_str(), &disk) != 0) return;
  const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  uint64_t next = 0;
  for (const generation::FileEntry& file : current.files) next += file.size;
  const std::string text = fmt::format("{}: {} generation{} take{} {}, and {} are free", folder, kept->size(),
                                       kept->size() == 1 ? "" : "s", kept->size() == 1 ? "s" : "",
                                       byte_text(*taken), byte_text(free));
  if (free < 2 * next) {
    findings.problem("disk", fmt::format("{}: the next one may need {}", text, byte_text(next)),
                     "free some space, or keep fewer: `keep:` in site.yaml");
  } else {
    findings.ok("disk", text);
  }
}

}  // namespace

void check_data(const std::string& folder, const std::vector<Reader>& workers, Findings& findings) {
  bool closed = false;
  for (const Reader& reader : workers) {
    const auto path = first_closed(reader, folder);
    if (!path.has_value()) continue;
    closed = true;
    findings.problem("permissions", fmt::format("{}: pages stay original", path->why), path->remedy);
  }
  if (const auto opened = generation::open_folder(folder); !opened) {
    if (const std::string why = why_closed(folder); closed && !why.empty()) return;
    findings.problem(
        "permissions", opened.message(),
        "only the user who publishes may write this folder: chmod go-w, or publish to create it");
    return;
  }
  if (!closed && !workers.empty()) {
    findings.ok("permissions", fmt::format("{}: {} can read it", folder, workers.front().name));
  } else if (const std::string warning = shut_out_warning(folder); !closed && !warning.empty()) {
    findings.note("permissions", warning, "run doctor where nginx runs: it looks as nginx's workers do");
  }
  check_hold(folder, findings);
  check_rules_fault(folder, findings);
  const auto current = generation::Generation::open(folder);
  if (!current) {
    findings.problem("data", current.message(), "abmctl publish makes a generation");
    return;
  }
  findings.ok("data",
              fmt::format("{}: generation {} opens, {} accounts and {} rules", folder, (*current)->number(),
                          (*current)->accounts().size(), (*current)->rules().rule_count()));
  check_ages(**current, folder, findings);
  check_disk((*current)->manifest(), folder, findings);
  check_coverage(**current, folder, findings);
}

void check_special(const generation::Site& site, Findings& findings) {
  if (!site.allow_special) return;
  findings.note(
      "special-networks",
      fmt::format("{}: allow_special is true: private networks may be an account's", site.file),
      "right for an intranet or a test; behind a balancer that nginx was not told of, everybody comes from "
      "such a network: take it out of the site.yaml of a public website");
}

void check_keys(const generation::Site& site, Findings& findings) {
  check_key(site.sign_key, "sign_key", S_IRWXG | S_IRWXO, "may be used by others", findings);
  check_key(site.link_key, "link_key", S_IWGRP | S_IRWXO, "may be used by others", findings);
  check_key(site.accounts.verify_key, "verify_key", S_IWGRP | S_IWOTH, "may be replaced by others", findings);
}

}  // namespace abm::tools::doctor
