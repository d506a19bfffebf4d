// What the programs that write a data folder left there: whose it is, and how they say they are doing.
#include <grp.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/sync/state.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxEntries = 100'000;
constexpr size_t kNamed = 3;
constexpr int64_t kVisitsStale = 25 * 3600;
constexpr int64_t kBrief = 3600;  // a server that is away for less is nobody's fault yet

/// "abm:abm", or numbers.
std::string owner_for_chown(const struct stat& info) {
  std::string user = user_text(info.st_uid);
  const size_t quote = user.find('\'');
  user =
      quote == user.npos ? fmt::format("{}", info.st_uid) : user.substr(quote + 1, user.size() - quote - 2);
  const group* entry = ::getgrgid(info.st_gid);
  return fmt::format("{}:{}", user, entry != nullptr ? entry->gr_name : fmt::format("{}", info.st_gid));
}

/// What belongs to others below a folder.
struct Foreign {
  size_t count = 0;
  std::string named;  ///< the first few
};

void look_below(const std::string& folder, uid_t owner, Foreign& foreign) {
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, code);
  size_t seen = 0;
  for (; !code && entry != fs::recursive_directory_iterator() && seen < kMaxEntries;
       entry.increment(code), ++seen) {
    struct stat info {};
    if (::lstat(entry->path().c_str(), &info) != 0 || info.st_uid == owner) continue;
    if (foreign.count++ >= kNamed) continue;
    foreign.named += fmt::format("{}{} ({})", foreign.named.empty() ? "" : ", ",
                                 entry->path().lexically_relative(folder).string(), user_text(info.st_uid));
  }
}

void check_attempts(const connect::Attempts& attempts, std::string_view what, Findings& findings) {
  if (attempts.failures == 0) return;
  const std::string message = fmt::format("{}: {} attempts failed since {}: {}", what, attempts.failures,
                                          format_rfc3339(attempts.failing_since), attempts.fault);
  const std::string remedy = "the guide's table of messages of sync says what to do; the last good one stays";
  if (::time(nullptr) - attempts.failing_since > kBrief) {
    findings.problem("agent", message, remedy);
  } else {
    findings.note("agent", message, remedy);
  }
}

/// What visits make of accounts is as of a day, and wrong a day later.
void check_visits(const connect::VisitsState& state, const std::string& folder, Findings& findings) {
  const connect::Attempts& attempts = state.attempts;
  if (!state.unread.empty()) {
    findings.problem("agent", fmt::format("{}: a log of visits is not read: {}", folder, state.unread),
                     "let the user of the agent read it: Debian's nginx gives its logs to the group adm");
  }
  if (attempts.failures > 0) {
    const std::string message = fmt::format("{}: visits cannot be read since {}: {}", folder,
                                            format_rfc3339(attempts.failing_since), attempts.fault);
    const std::string remedy = "correct what it names; the visits that were read before count";
    ::time(nullptr) - attempts.failing_since > kBrief ? findings.problem("agent", message, remedy)
                                                      : findings.note("agent", message, remedy);
  } else if (::time(nullptr) - attempts.succeeded_at > kVisitsStale) {
    findings.problem(
        "agent",
        fmt::format("{}: visits were read last at {}: engagement and what it moves are of that day", folder,
                    format_rfc3339(attempts.succeeded_at)),
        "keep abmctl agent running, or run abmctl publish at least once a day, after midnight UTC");
  }
}

}  // namespace

void check_owner(const std::string& folder, Findings& findings) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return;  // check_data has said so
  Foreign foreign;
  look_below(folder, info.st_uid, foreign);
  if (foreign.count == 0) {
    findings.ok("owner", fmt::format("{}: everything in it belongs to {}", folder, user_text(info.st_uid)));
    return;
  }
  findings.problem(
      "owner",
      fmt::format(
          "{}: {}{} {} not belong to {}, whose folder it is: whoever publishes as that user, such as the "
          "agent, can neither replace nor delete them",
          folder, foreign.named,
          foreign.count > kNamed ? fmt::format(" and {} more", foreign.count - kNamed) : "",
          foreign.count == 1 ? "does" : "do", user_text(info.st_uid)),
      fmt::format("chown -R {} {}", owner_for_chown(info), folder));
}

void check_agent(const std::string& folder, Findings& findings) {
  const auto agent = connect::read_agent_state(folder);
  const auto feed = connect::read_feed_state(folder);
  const auto mirror = connect::read_mirror_state(folder);
  for (const std::string& fault :
       {agent ? "" : agent.message(), feed ? "" : feed.message(), mirror ? "" : mirror.message()}) {
    if (!fault.empty())
      findings.problem("agent", fault,
                       "let its owner read and write it: chown -R and chmod u+rw the data folder");
  }
  const size_t before = findings.all().size();
  if (agent && agent->has_value() && !(*agent)->fault.empty()) {
    findings.problem("agent",
                     fmt::format("{}: the agent has not published since {}: {}", folder,
                                 format_rfc3339((*agent)->refused_at), (*agent)->fault),
                     "correct what it names; the last good generation goes on serving");
  }
  if (feed && feed->has_value())
    check_attempts((*feed)->attempts, fmt::format("{}: the feed", folder), findings);
  if (mirror && mirror->has_value())
    check_attempts((*mirror)->attempts, fmt::format("{}: the mirror", folder), findings);
  if (const auto visits = connect::read_visits_state(folder); !visits) {
    findings.problem("agent", visits.message(), "remove the file: it is written again when visits are read");
  } else if (visits->has_value()) {
    check_visits(**visits, folder, findings);
  }
  if (findings.all().size() == before && agent && agent->has_value())
    findings.ok("agent", fmt::format("{}: the agent reports no problem", folder));
}

}  // namespace abm::tools::doctor
