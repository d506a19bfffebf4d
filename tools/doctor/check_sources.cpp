// What the accounts and networks of a data folder are made from: exports, live sources, published lists.
#include <sys/stat.h>

#include <ctime>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/live/live_state.h"
#include "connect/networks/fetch.h"
#include "connect/sources/live_sources.h"
#include "connect/sync/state.h"
#include "tools/age.h"
#include "tools/doctor/checks.h"
#include "tools/live_status.h"

namespace abm::tools::doctor {
namespace {

constexpr int64_t kBriefly = 3600;        // a system that is away for less is nobody's fault yet
constexpr int64_t kUnasked = 2 * 86'400;  // nobody runs the agent, or a timer with sync
constexpr int64_t kOldList = 30 * 86'400;

/// Told as a problem once it has lasted.
void tell_failing(const std::string& name, const connect::Attempts& attempts, std::string remedy,
                  Findings& findings) {
  const std::string message = fmt::format(
      "{}: cannot be read since {}, last {} ago: {}{}", name, format_rfc3339(attempts.failing_since),
      age(::time(nullptr) - attempts.tried_at), attempts.fault,
      attempts.succeeded_at == 0
          ? ""
          : fmt::format("; in use is what it said {} ago", age(::time(nullptr) - attempts.succeeded_at)));
  if (::time(nullptr) - attempts.failing_since > kBriefly) {
    findings.problem("sources", message, std::move(remedy));
  } else {
    findings.note("sources", message, std::move(remedy));
  }
}

void check_exports(const std::string& folder, Findings& findings) {
  const auto state = connect::read_sources_state(folder);
  if (!state) findings.problem("sources", state.message(), "let its owner read it, or publish again");
  if (!state || !state->has_value()) return;
  for (const connect::SourceState& source : (*state)->sources) {
    if (!source.attempts.fault.empty())
      tell_failing(source.name, source.attempts, "mend or export it again: abmctl check says what is wrong",
                   findings);
  }
}

void check_live_states(const std::string& folder, Findings& findings) {
  const int64_t now = ::time(nullptr);
  for (const std::string& name : connect::kept_live_sources(folder)) {
    const auto read = connect::read_live_state(folder, name);
    if (!read) findings.problem("sources", read.message(), "abmctl sync writes it anew");
    if (!read || !read->has_value()) continue;
    const connect::LiveState& state = **read;
    const std::string called = fmt::format("live source {} ({})", name, state.from);
    const std::string text = fmt::format("{}: {}", called, live_text(state, now));
    if (state.attempts.failures != 0) {
      tell_failing(called, state.attempts, "connect/live/README.md says what to do for each message",
                   findings);
    } else if (now - state.attempts.succeeded_at > kUnasked) {
      findings.note("sources", text, "keep 'abmctl agent' running, or 'abmctl sync' in a timer");
    } else if (!state.note.empty()) {
      findings.note("sources", fmt::format("{}; {}", text, state.note),
                    "connect/live/README.md says what is read when");
    } else {
      findings.ok("sources", text);
    }
  }
}

void check_lists(const std::string& folder, Findings& findings) {
  const auto lists = connect::read_list_states(folder);
  if (!lists) return findings.problem("lists", lists.message(), "abmctl networks writes it anew");
  for (const connect::ListState& list : *lists) {
    const int64_t now = ::time(nullptr);
    const std::string text =
        list.changed_at == 0
            ? fmt::format("list {}: never fetched", list.name)
            : fmt::format("list {}: {} networks, {} old, asked for {} ago", list.name, list.networks,
                          age(now - list.changed_at), age(now - list.attempts.succeeded_at));
    if (list.attempts.failures != 0) {
      findings.note("lists",
                    fmt::format("{}; failing since {}: {}", text, format_rfc3339(list.attempts.failing_since),
                                list.attempts.fault),
                    "abmctl networks fetches it again; the last good one stays");
    } else if (now - list.attempts.succeeded_at > kOldList) {
      findings.note("lists", text, "abmctl networks fetches what is newer; a timer does so regularly");
    } else {
      findings.ok("lists", text);
    }
  }
}

}  // namespace

void check_sources(const std::string& folder, Findings& findings) {
  check_exports(folder, findings);
  check_live_states(folder, findings);
  check_lists(folder, findings);
}

void check_secrets(const generation::Site& site, Findings& findings) {
  struct stat data {};
  const bool has_data = ::stat(site.data.c_str(), &data) == 0;
  for (const connect::LiveSettings& settings : connect::live_sources(site)) {
    for (const std::string& file :
         {settings.token_file, settings.client_id_file, settings.client_secret_file}) {
      if (file.empty()) continue;
      if (const auto secret = connect::read_secret_file(file); !secret) {
        findings.problem("permissions", fmt::format("live source {}: {}", settings.name, secret.message()),
                         "only the user that asks the system may read it");
        continue;
      }
      struct stat info {};
      const bool others = has_data && ::stat(file.c_str(), &info) == 0 && info.st_uid != data.st_uid;
      if (others) {
        findings.problem("permissions",
                         fmt::format("live source {}: {} belongs to {}, and {} to {}, who could not read it",
                                     settings.name, path_for_people(file), user_text(info.st_uid), site.data,
                                     user_text(data.st_uid)),
                         "chown it to the owner of the data folder, who runs sync and the agent");
      } else {
        findings.ok("permissions", fmt::format("live source {}: {}", settings.name, path_for_people(file)));
      }
    }
  }
}

}  // namespace abm::tools::doctor
