#include "tools/doctor/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/file.h"

extern char** environ;

namespace abm::tools::doctor {
namespace {

constexpr size_t kMaxOutput = 64u << 20;

Result<std::string> read_back(const Fd& file, const std::string& name) {
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return errno_error(name, errno);
  return read_all(file.get(), name, kMaxOutput);
}

std::string find_program(const std::string& name) {
  if (name.find('/') != name.npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
  std::string all = std::string(folders) + ":/usr/local/sbin:/usr/sbin:/sbin";
  for (std::string_view rest = all; !rest.empty();) {
    const size_t end = std::min(rest.find(':'), rest.size());
    std::string candidate = fmt::format("{}/{}", rest.substr(0, end), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace

Result<ProgramOutput> run_program(const std::vector<std::string>& words) {
  const std::string program = find_program(words.front());
  if (program.empty()) return Error{fmt::format("there is no program '{}' on this machine", words.front())};
  // Files, not pipes: neither side can wait for the other.
  auto out = create_memfd("stdout", 0);
  auto err = create_memfd("stderr", 0);
  if (!out) return out.error();
  if (!err) return err.error();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out->get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err->get(), STDERR_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return errno_error(program, failed);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno_error(program, errno);
  }
  ProgramOutput result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  auto out_text = read_back(*out, program);
  auto err_text = read_back(*err, program);
  if (!out_text) return out_text.error();
  if (!err_text) return err_text.error();
  result.out = std::move(*out_text);
  result.err = std::move(*err_text);
  return result;
}

}  // namespace abm::tools::doctor
