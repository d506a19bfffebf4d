#include "tools/git_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kMaxComplaint = 4096;

/// Whatever the repository configures, this holds: the command line comes last.
constexpr std::array<std::string_view, 8> kSettings = {
    // Whoever publishes seldom owns the repository. That it is somebody else's is why nothing of it is run.
    "safe.directory=*", "core.hooksPath=/dev/null",   "core.fsmonitor=false", "core.attributesFile=/dev/null",
    "core.pager=cat",   "core.alternateRefsCommand=", "protocol.allow=never", "gc.auto=0"};

std::vector<std::string> git_environment() {
  const char* path = std::getenv("PATH");
  return {fmt::format("PATH={}", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"), "LC_ALL=C",
          "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
          "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
          // A partial clone would fetch what it lacks; replaced objects are not what was reviewed.
          "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_REPLACE_OBJECTS=1"};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The first line of what git said, without its "fatal: ".
std::string complaint_of(const Fd& file) {
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return {};
  std::string text(kMaxComplaint, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  text.resize(std::min(text.find('\n'), text.size()));
  for (const std::string_view prefix : {"fatal: ", "error: "}) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  return text;
}

class GitProcess {
 public:
  explicit GitProcess(pid_t child) : child_(child) {}
  GitProcess(const GitProcess&) = delete;
  GitProcess& operator=(const GitProcess&) = delete;
  ~GitProcess() {
    if (ended_) return;
    ::kill(-child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  /// The exit status; 128 + signal. std::nullopt: it is still running at `until`.
  std::optional<int> status_by(SteadyClock::time_point until) {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(child_, &status, WNOHANG);
      if (ended == child_) {
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      if ((ended < 0 && errno != EINTR) || SteadyClock::now() >= until) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  pid_t child_;
  bool ended_ = false;
};

Result<pid_t> spawn_git(std::vector<std::string> words, const Fd& in, const Fd& out, const Fd& err) {
  std::vector<std::string> environment = git_environment();
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> variables = pointers_to(environment);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  // The agent blocks signals that must reach it alone; git starts with none blocked, in a group of its own.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "git", &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT) return Error{"there is no program 'git' on this machine: install it"};
  if (failed != 0) return errno_error("git", failed);
  return child;
}

Error too_late(std::string_view what, const GitLimits& limits) {
  return Error{fmt::format("git {} took longer than {:.0f} s", what,
                           std::chrono::duration<double>(limits.longest).count())};
}

/// Reads until the other end closes. An error: too much, or too late.
Result<std::string> read_git(int fd, SteadyClock::time_point until, const GitLimits& limits,
                             std::string_view what) {
  std::string text;
  std::vector<char> piece(64u << 10);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return too_late(what, limits);
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("git", errno);
    if (got == 0) return text;
    if (text.size() + static_cast<size_t>(got) > limits.max_output)
      return Error{fmt::format("git {} answers more than {} bytes", what, limits.max_output)};
    text.append(piece.data(), static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::string> ask_git(const GitPlace& place, const std::vector<std::string>& arguments,
                            std::string_view input, const GitLimits& limits) {
  std::vector<std::string> words = {"git", "--no-pager", "--no-replace-objects", "--literal-pathspecs"};
  if (place.repository) {
    words.push_back(fmt::format("--git-dir={}", place.path));
  } else {
    words.insert(words.end(), {"-C", place.path});
  }
  for (const std::string_view setting : kSettings) {
    words.emplace_back("-c");
    words.emplace_back(setting);
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  // A file, so that git never waits for us to write while we wait for it.
  auto in = sealed_copy("git-stdin", input);
  if (!in) return in.error();
  if (::lseek(in->get(), 0, SEEK_SET) != 0) return errno_error("git", errno);
  auto err = create_memfd("git-stderr", 0);
  if (!err) return err.error();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("git", errno);
  const Fd out(ends[0]);
  Fd out_of_git(ends[1]);
  const auto until = SteadyClock::now() + limits.longest;
  const auto child = spawn_git(std::move(words), *in, out_of_git, *err);
  if (!child) return child.error();
  out_of_git.reset();
  GitProcess process(*child);
  auto text = read_git(out.get(), until, limits, arguments.front());
  if (!text) return text;
  const auto status = process.status_by(until);
  if (!status.has_value()) return too_late(arguments.front(), limits);
  if (*status != 0) {
    const std::string complaint = complaint_of(*err);
    return Error{fmt::format("{}: {}", place.path,
                             complaint.empty()
                                 ? fmt::format("git {} failed with status {}", arguments.front(), *status)
                                 : complaint)};
  }
  return text;
}

}  // namespace abm::tools
