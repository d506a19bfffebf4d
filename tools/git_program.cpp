#include "tools/git_program.h"

#include <array>

#include <fmt/format.h>

#include "base/child.h"

namespace abm::tools {
namespace {

/// Whatever the repository configures, this holds: the command line comes last.
constexpr std::array<std::string_view, 8> kSettings = {
    // Whoever publishes seldom owns the repository. That it is somebody else's is why nothing of it is run.
    "safe.directory=*", "core.hooksPath=/dev/null",   "core.fsmonitor=false", "core.attributesFile=/dev/null",
    "core.pager=cat",   "core.alternateRefsCommand=", "protocol.allow=never", "gc.auto=0"};

std::vector<std::string> git_environment() {
  return {"LC_ALL=C", "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
          "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
          // A partial clone would fetch what it lacks; replaced objects are not what was reviewed.
          "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_REPLACE_OBJECTS=1"};
}

}  // namespace

Result<std::string> ask_git(const GitPlace& place, const std::vector<std::string>& arguments,
                            std::string_view input, const GitLimits& limits) {
  ChildRequest request;
  request.words = {"git", "--no-pager", "--no-replace-objects", "--literal-pathspecs"};
  if (place.repository) {
    request.words.push_back(fmt::format("--git-dir={}", place.path));
  } else {
    request.words.insert(request.words.end(), {"-C", place.path});
  }
  for (const std::string_view setting : kSettings) {
    request.words.emplace_back("-c");
    request.words.emplace_back(setting);
  }
  request.words.insert(request.words.end(), arguments.begin(), arguments.end());
  request.environment = git_environment();
  request.input = input;
  request.what = fmt::format("git {}", arguments.front());
  request.max_output = limits.max_output;
  request.longest = limits.longest;
  auto answer = ask_child(request);
  if (!answer) return answer.error();
  if (answer->status == 0) return std::move(answer->out);
  std::string complaint = std::move(answer->complaint);
  for (const std::string_view prefix : {"fatal: ", "error: "}) {
    if (complaint.starts_with(prefix)) complaint.erase(0, prefix.size());
  }
  if (complaint.empty()) complaint = fmt::format("{} failed with status {}", request.what, answer->status);
  return Error{fmt::format("{}: {}", place.path, complaint)};
}

}  // namespace abm::tools
