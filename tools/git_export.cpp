#include "tools/git_export.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "generation/data_folder.h"
#include "tools/git_program.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCopyPrefix = ".commit-";
constexpr size_t kMaxCopiedFiles = 20'000;
constexpr uint64_t kMaxCopiedBytes = 64u << 20;
constexpr size_t kMaxListing = 16u << 20;
constexpr std::string_view kLfsPointer = "version https://git-lfs.github.com/spec/";
constexpr std::string_view kFileType = "100";
constexpr std::string_view kLinkType = "120";

struct CommitEntry {
  bool link = false;
  std::string id;
  uint64_t size = 0;
  std::string path;
};

std::vector<std::string_view> components_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == path.npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

/// git refuses such names, but whoever makes objects by hand does not.
bool is_plain_path(std::string_view path) {
  const auto parts = components_of(path);
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

/// One record of `ls-tree -r -z -l`: "100644 blob ID    SIZE\tPATH".
Result<std::optional<CommitEntry>> parse_entry(std::string_view record) {
  const size_t tab = record.find('\t');
  const auto bad = [&] { return Error{fmt::format("git ls-tree answers '{}'", record.substr(0, 200))}; };
  if (tab == record.npos) return bad();
  std::vector<std::string_view> words;
  for (const std::string_view word : {record.substr(0, tab)}) {
    size_t at = 0;
    while (at < word.size()) {
      const size_t end = std::min(word.find(' ', at), word.size());
      if (end != at) words.push_back(word.substr(at, end - at));
      at = end + 1;
    }
  }
  if (words.size() != 4) return bad();
  // Submodules are other repositories.
  if (words[1] != "blob" || (!words[0].starts_with(kFileType) && !words[0].starts_with(kLinkType)))
    return std::optional<CommitEntry>();
  CommitEntry entry;
  entry.link = words[0].starts_with(kLinkType);
  entry.id = words[2];
  entry.path = record.substr(tab + 1);
  const auto [end, code] = std::from_chars(words[3].data(), words[3].data() + words[3].size(), entry.size);
  if (code != std::errc{} || end != words[3].data() + words[3].size()) return bad();
  if (!is_plain_path(entry.path)) return Error{fmt::format("'{}' is no name for a file", entry.path)};
  return std::optional<CommitEntry>(std::move(entry));
}

Result<std::vector<CommitEntry>> list_commit(const GitRepository& repository, const RefCommit& commit,
                                             const std::vector<std::string>& folders) {
  std::vector<std::string> arguments = {"ls-tree", "-r", "-z", "-l", "--full-tree", commit.id, "--"};
  if (std::find(folders.begin(), folders.end(), "") == folders.end())
    arguments.insert(arguments.end(), folders.begin(), folders.end());
  const auto listing = ask_git({repository.directory}, arguments, "", {.max_output = kMaxListing});
  if (!listing) return listing.error();
  std::vector<CommitEntry> entries;
  uint64_t bytes = 0;
  for (std::string_view rest = *listing; !rest.empty();) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    auto entry = parse_entry(rest.substr(0, end));
    if (!entry) return entry.error();
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!entry->has_value()) continue;
    bytes += (*entry)->size;
    entries.push_back(std::move(**entry));
    if (entries.size() > kMaxCopiedFiles || bytes > kMaxCopiedBytes) {
      return Error{
          fmt::format("more than {} files or {} MB: put site.yaml, rules and fragments into a folder of "
                      "their own",
                      kMaxCopiedFiles, kMaxCopiedBytes >> 20)};
    }
  }
  return entries;
}

Result<void> write_copied(const std::string& path, std::string_view bytes) {
  std::error_code code;
  fs::create_directories(fs::path(path).parent_path(), code);
  if (code) return errno_error(path, code.value());
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return errno_error(path, errno);
  return write_all(fd.get(), bytes, path);
}

/// Takes the blobs from the answer of `cat-file --batch`, in the order in which they were asked for.
Result<void> write_entries(const std::vector<CommitEntry>& entries, std::string_view answer,
                           const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> links;
  for (const CommitEntry& entry : entries) {
    const std::string head = fmt::format("{} blob {}\n", entry.id, entry.size);
    if (!answer.starts_with(head) || answer.size() < head.size() + entry.size + 1)
      return Error{fmt::format("{}: the repository lacks its content", entry.path)};
    const std::string_view bytes = answer.substr(head.size(), entry.size);
    answer.remove_prefix(head.size() + entry.size + 1);
    const std::string path = fmt::format("{}/{}", folder, entry.path);
    if (entry.link) {
      if (!link_stays_inside(bytes, components_of(entry.path).size() - 1)) {
        return Error{
            fmt::format("{}: a symbolic link to '{}', which may lead out of the repository: put the file "
                        "itself there",
                        entry.path, bytes)};
      }
      links.emplace_back(path, bytes);
      continue;
    }
    if (bytes.starts_with(kLfsPointer)) {
      return Error{
          fmt::format("{}: is kept in Git LFS, and its content is not in the repository: add the file "
                      "itself",
                      entry.path)};
    }
    if (auto written = write_copied(path, bytes); !written) return written;
  }
  // Last, and their folders before them, so that nothing is written through one: an entry below a link, which
  // no tree that git makes has, finds the folder in the link's place.
  for (const auto& [path, target] : links) {
    std::error_code code;
    fs::create_directories(fs::path(path).parent_path(), code);
    if (code) return errno_error(path, code.value());
  }
  for (const auto& [path, target] : links) {
    if (::symlink(target.c_str(), path.c_str()) != 0) return errno_error(path, errno);
  }
  return {};
}

/// Copies that killed processes left: nobody holds their lock.
void remove_abandoned(const std::string& data_dir) {
  std::error_code code;
  std::vector<std::string> copies;
  fs::directory_iterator entry(data_dir, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->path().filename().string().starts_with(kCopyPrefix)) copies.push_back(entry->path().string());
  }
  for (const std::string& path : copies) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat copy {};
    // One that root left behind is root's to delete.
    if (!fd.valid() || ::fstat(fd.get(), &copy) != 0 || copy.st_uid != ::geteuid()) continue;
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) (void)generation::remove_tree(path);
  }
}

/// The folder of the repository that a pattern of `rules:` needs, relative to the site's folder.
std::string folder_of_pattern(const std::string& pattern) {
  const size_t slash = pattern.rfind('/', pattern.find_first_of("*?["));
  return slash == pattern.npos ? "" : pattern.substr(0, slash);
}

}  // namespace

bool link_stays_inside(std::string_view target, size_t depth) {
  if (target.empty() || target.starts_with('/') || target.find('\0') != target.npos) return false;
  // "..": only in front, where what is above is a real folder. Behind another name, which may be a link
  // itself, it could lead anywhere.
  bool in_front = true;
  for (const std::string_view part : components_of(target)) {
    if (part == "..") {
      if (!in_front || depth == 0) return false;
      --depth;
    } else if (!part.empty() && part != ".") {
      in_front = false;
    }
  }
  return true;
}

Result<std::unique_ptr<CommitFiles>> CommitFiles::copy(const GitRepository& repository,
                                                       const RefCommit& commit,
                                                       const std::vector<std::string>& folders,
                                                       const std::string& data_dir) {
  const auto entries = list_commit(repository, commit, folders);
  if (!entries) return entries.error();
  std::string questions;
  for (const CommitEntry& entry : *entries) questions += entry.id + "\n";
  const GitLimits limits{.max_output = kMaxCopiedBytes + kMaxListing, .longest = std::chrono::seconds(60)};
  const auto answer = ask_git({repository.directory}, {"cat-file", "--batch"}, questions, limits);
  if (!answer) return answer.error();
  if (auto made = generation::make_folder(data_dir); !made) return made.error();
  // As root, not in a folder of somebody else's, who could put a link in the way of what root writes.
  struct stat owner {};
  if (::stat(data_dir.c_str(), &owner) != 0) return errno_error(data_dir, errno);
  std::error_code code;
  const std::string folder = owner.st_uid == ::geteuid() ? data_dir : fs::temp_directory_path(code).string();
  if (code) return errno_error("the folder for temporary files", code.value());
  if (folder == data_dir) remove_abandoned(data_dir);
  std::unique_ptr<CommitFiles> files(new CommitFiles());
  std::string path = fmt::format("{}/{}XXXXXX", folder, kCopyPrefix);
  if (::mkdtemp(path.data()) == nullptr) return errno_error(path, errno);
  files->path_ = path;
  files->lock_ = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!files->lock_.valid() || ::flock(files->lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return errno_error(path, errno);
  if (auto written = write_entries(*entries, *answer, path); !written) return written.error();
  return files;
}

CommitFiles::~CommitFiles() {
  if (!path_.empty()) (void)generation::remove_tree(path_);
}

Result<CommitSite> site_of_commit(const generation::Site& site) {
  const auto repository = find_repository(site);
  if (!repository) return repository.error();
  const auto commit = resolve_ref(*repository, site.agent.ref);
  if (!commit) return commit.error();
  CommitSite result;
  result.commit = *commit;
  result.site = site;
  const fs::path inside = repository->folder;
  std::vector<std::string> folders = {repository->folder};
  std::vector<generation::FilePattern*> patterns;
  for (generation::FilePattern& pattern : result.site.rules) patterns.push_back(&pattern);
  if (result.site.tests.has_value()) {
    for (generation::FilePattern& pattern : *result.site.tests) patterns.push_back(&pattern);
  }
  for (generation::FilePattern* const named : patterns) {
    generation::FilePattern& pattern = *named;
    // An absolute pattern can be meant in a work tree only.
    if (pattern.text.starts_with('/'))
      pattern.text = fs::path(pattern.text).lexically_relative(site.folder).string();
    const std::string folder = (inside / folder_of_pattern(pattern.text)).lexically_normal().generic_string();
    if (folder == ".." || folder.starts_with("../") || folder.starts_with('/')) {
      return Error{
          fmt::format("{}:{}:{}: '{}' is outside of the repository, and 'publish: on-commit' takes "
                      "rules and tests from it",
                      path_for_people(site.file), pattern.at.line, pattern.at.column, pattern.text)};
    }
    folders.push_back(folder == "." ? "" : folder);
  }
  auto files = CommitFiles::copy(*repository, *commit, folders, site.data);
  if (!files) {
    return Error{fmt::format("commit {} of {}: {}", commit->id.substr(0, 12), commit->ref, files.message())};
  }
  result.files = std::move(*files);
  result.site.folder = (fs::path(result.files->path()) / inside).lexically_normal().string();
  while (result.site.folder.ends_with('/')) result.site.folder.pop_back();
  return result;
}

Diagnostics CommitSite::in_repository(const Diagnostics& findings) const {
  const auto rename = [this](std::string& text) {
    for (const std::string& prefix : {files->path() + "/", path_for_people(files->path()) + "/"}) {
      for (size_t at = text.find(prefix); at != text.npos; at = text.find(prefix, at))
        text.erase(at, prefix.size());
    }
  };
  Diagnostics renamed = findings;
  renamed.for_each([&](Diagnostic& finding) {
    rename(finding.file);
    rename(finding.message);
  });
  return renamed;
}

}  // namespace abm::tools
