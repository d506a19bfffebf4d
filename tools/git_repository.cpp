#include "tools/git_repository.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "tools/git_program.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code code;
  return fs::exists(path, code);
}

/// The refs that a name of site.yaml may mean, in order.
std::vector<std::string> full_names(const std::string& ref) {
  if (ref.starts_with("refs/")) return {ref};
  return {"refs/heads/" + ref, "refs/remotes/" + ref, "refs/tags/" + ref};
}

}  // namespace

Result<GitRepository> find_repository(const generation::Site& site) {
  const std::string& named = site.agent.repository;
  std::error_code code;
  const fs::path site_folder = fs::canonical(site.folder, code);
  if (code) return errno_error(site.folder, code.value());
  GitRepository repository;
  for (fs::path at = named.empty() ? site_folder : fs::path(named);; at = at.parent_path()) {
    if (is_there(at / ".git")) {
      repository.directory = (at / ".git").string();
      const fs::path top = fs::canonical(at, code);
      if (code) return errno_error(at.string(), code.value());
      repository.top = top.string();
      const fs::path inside = site_folder.lexically_relative(top);
      if (!inside.empty() && *inside.begin() != "..")
        repository.folder = inside == "." ? "" : inside.generic_string();
      break;
    }
    if (is_there(at / "HEAD") && is_there(at / "objects")) {
      repository.directory = at.string();
      break;
    }
    if (!named.empty()) return Error{fmt::format("{}: no git repository", named)};
    if (!at.has_relative_path()) {
      return Error{fmt::format("{}: in no git repository; name one with 'agent: {{ repository: … }}'",
                               path_for_people(site.folder))};
    }
  }
  if (site.agent.folder.has_value()) repository.folder = *site.agent.folder;
  return repository;
}

Result<RefCommit> resolve_ref(const GitRepository& repository, const std::string& ref) {
  std::string questions;
  const std::vector<std::string> names = full_names(ref);
  for (const std::string& name : names) questions += fmt::format("{}^{{commit}}\n", name);
  const GitLimits limits{.max_output = 64u << 10, .longest = std::chrono::seconds(10)};
  const auto answers = ask_git({repository.directory},
                               {"cat-file", "--batch-check=%(objectname) %(objecttype)"}, questions, limits);
  if (!answers) return answers.error();
  std::string_view rest = *answers;
  for (const std::string& name : names) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.ends_with(" commit")) continue;
    const std::string_view id = line.substr(0, line.find(' '));
    if ((id.size() == 40 || id.size() == 64) && id.find_first_not_of("0123456789abcdef") == id.npos)
      return RefCommit{std::string(id), name};
  }
  return Error{fmt::format("{}: there is no ref '{}', or its commit is missing", repository.directory, ref)};
}

std::vector<std::string> files_of_ref(const GitRepository& repository, const std::string& ref) {
  const GitLimits limits{.max_output = 64u << 10, .longest = std::chrono::seconds(10)};
  std::string directory = repository.directory;
  // A linked work tree keeps its refs in the repository that it belongs to.
  if (auto common = ask_git({repository.directory},
                            {"rev-parse", "--path-format=absolute", "--git-common-dir"}, "", limits);
      common && common->ends_with('\n')) {
    common->pop_back();
    directory = *common;
  }
  std::vector<std::string> files = {directory + "/packed-refs", directory + "/reftable/tables.list"};
  for (const std::string& name : full_names(ref)) files.push_back(fmt::format("{}/{}", directory, name));
  return files;
}

}  // namespace abm::tools
