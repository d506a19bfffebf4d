#include "base/child.h"

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

namespace abm {
namespace {

using ChildClock = std::chrono::steady_clock;

constexpr size_t kMaxComplaint = 4096;
constexpr size_t kChildPiece = 64u << 10;

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string complaint_of(const Fd& file) {
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return {};
  std::string text(kMaxComplaint, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

class ChildProcess {
 public:
  explicit ChildProcess(pid_t child) : child_(child) {}
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (ended_) return;
    ::kill(-child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  /// The exit status; 128 + signal. std::nullopt: it is still running at `until`.
  std::optional<int> status_by(ChildClock::time_point until) {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(child_, &status, WNOHANG);
      if (ended == child_) {
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      if ((ended < 0 && errno != EINTR) || ChildClock::now() >= until) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  pid_t child_;
  bool ended_ = false;
};

Result<pid_t> spawn_child(const ChildRequest& request, const Fd& in, const Fd& out, const Fd& err) {
  std::vector<std::string> words = request.words;
  std::vector<std::string> environment = request.environment;
  const char* path = std::getenv("PATH");
  environment.push_back(fmt::format("PATH={}", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> variables = pointers_to(environment);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  if (!request.folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, request.folder.c_str());
  // The agent blocks signals that must reach it alone; the child starts with none blocked, in a group of its
  // own.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), &actions, &attributes, arguments.data(),
                                    variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT)
    return Error{fmt::format("there is no program '{}' on this machine: install it", words.front())};
  if (failed != 0) return errno_error(words.front(), failed);
  return child;
}

Error too_late(const ChildRequest& request) {
  return Error{fmt::format("{} took longer than {:.0f} s", request.what,
                           std::chrono::duration<double>(request.longest).count())};
}

/// Reads until the other end closes. An error: too much, or too late.
Result<std::string> read_child(int fd, ChildClock::time_point until, const ChildRequest& request) {
  std::string text;
  std::vector<char> piece(kChildPiece);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - ChildClock::now());
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return too_late(request);
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(request.what, errno);
    if (got == 0) return text;
    if (text.size() + static_cast<size_t>(got) > request.max_output)
      return Error{fmt::format("{} answers more than {} bytes", request.what, request.max_output)};
    text.append(piece.data(), static_cast<size_t>(got));
  }
}

}  // namespace

Result<ChildAnswer> ask_child(const ChildRequest& request) {
  // A file, so that the child never waits for us to write while we wait for it.
  auto in = sealed_copy("child-stdin", request.input);
  if (!in) return in.error();
  if (::lseek(in->get(), 0, SEEK_SET) != 0) return errno_error(request.what, errno);
  auto err = create_memfd("child-stderr", 0);
  if (!err) return err.error();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(request.what, errno);
  const Fd out(ends[0]);
  Fd out_of_child(ends[1]);
  const auto until = ChildClock::now() + request.longest;
  const auto child = spawn_child(request, *in, out_of_child, *err);
  if (!child) return child.error();
  out_of_child.reset();
  ChildProcess process(*child);
  auto text = read_child(out.get(), until, request);
  if (!text) return text.error();
  const auto status = process.status_by(until);
  if (!status.has_value()) return too_late(request);
  return ChildAnswer{*status, std::move(*text), complaint_of(*err)};
}

}  // namespace abm
