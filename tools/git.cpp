#include "tools/git.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/file.h"
#include "generation/file_pattern.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kMaxAnswer = 64u << 20;
constexpr size_t kMaxFileBytes = 64u << 20;  // of one that is compared; rules and fragments are far smaller

constexpr std::array<std::string_view, 8> kEnvironment = {
    "HOME=/nonexistent",       "LC_ALL=C",
    "GIT_CONFIG_NOSYSTEM=1",   "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_ALLOW_PROTOCOL=none",  // no transport may be used, not even to complete a partial clone
    "GIT_NO_LAZY_FETCH=1",     "GIT_OPTIONAL_LOCKS=0",
    "GIT_TERMINAL_PROMPT=0"};

constexpr std::array<std::string_view, 12> kOptions = {
    "--no-pager", "--no-replace-objects", "--literal-pathspecs",
    // The agent's user seldom owns the work tree. That a repository is somebody else's is why nothing of it
    // is run.
    "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c",
    "core.pager=cat", "-C"};

struct Pipe {
  Fd read, write;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// A running git, in a process group of its own, which ends with this object.
class Child {
 public:
  static Result<Child> start(std::vector<std::string> words, std::vector<std::string> environment, int out) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none, defaults;  // the agent blocks some and ignores others
    sigemptyset(&none);
    sigfillset(&defaults);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    Child child;
    const int failed = ::posix_spawnp(&child.id_, "git", &actions, &attributes, pointers(words).data(),
                                      pointers(environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      child.id_ = 0;
      return errno_error("git", failed);
    }
    return child;
  }
  Child(Child&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (id_ == 0) return;
    ::kill(-id_, SIGKILL);
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  /// Whether it ended well before `until`.
  bool ends_well(steady_clock::time_point until) {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(id_, &status, WNOHANG);
      if (ended == id_) {
        id_ = 0;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
      }
      if ((ended < 0 && errno != EINTR) || steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

 private:
  Child() = default;
  pid_t id_ = 0;
};

/// Everything up to the end, or an error.
Result<std::string> read_until(int fd, steady_clock::time_point until) {
  std::string text;
  std::array<char, 64 * 1024> piece;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    pollfd wait{fd, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Error{"git: no answer in time"};
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("git", errno);
    if (got == 0) return text;
    text.append(piece.data(), static_cast<size_t>(got));
    if (text.size() > kMaxAnswer) return Error{"git: too long an answer"};
  }
}

/// The id that git gives a file of these bytes, with as many digits as `like`; "" if that cannot be computed.
std::string blob_id(std::string_view bytes, size_t digits) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
  const std::string head = fmt::format("blob {}", bytes.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  const EVP_MD* const kind = digits == 64 ? ::EVP_sha256() : ::EVP_sha1();
  // The NUL that ends `head` is part of it.
  const bool done = context != nullptr && ::EVP_DigestInit_ex(context.get(), kind, nullptr) == 1 &&
                    ::EVP_DigestUpdate(context.get(), head.c_str(), head.size() + 1) == 1 &&
                    ::EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    ::EVP_DigestFinal_ex(context.get(), hash.data(), &size) == 1;
  std::string text;
  for (unsigned i = 0; done && i < size; ++i) text += fmt::format("{:02x}", hash[i]);
  return text;
}

/// "" if it cannot be resolved.
std::string real_path(const std::string& path) {
  std::error_code code;
  const fs::path real = fs::canonical(path, code);
  return code ? std::string() : real.string();
}

/// A work tree and the files that its commit has below some folders.
class CommittedFiles {
 public:
  /// `top`: as git says it; `listing`: of ls-tree -r -z.
  CommittedFiles(std::string top, std::string_view listing) : top_(std::move(top)) {
    while (!listing.empty()) {
      const size_t end = std::min(listing.find('\0'), listing.size());
      const std::string_view entry = listing.substr(0, end);
      listing.remove_prefix(std::min(end + 1, listing.size()));
      const size_t tab = entry.find('\t');
      const size_t id = entry.substr(0, tab).rfind(' ');
      if (tab == entry.npos || id == entry.npos) continue;
      ids_.emplace(entry.substr(tab + 1), entry.substr(id + 1, tab - id - 1));
    }
  }

  /// Whether the file is committed as it is, and, with `read`, still what was read.
  bool has(const std::string& path, const ContentHash* read) {
    const std::string real = real_path(path);
    if (!real.starts_with(top_ + "/")) return false;
    const std::string name = real.substr(top_.size() + 1);
    const auto found = ids_.find(name);
    if (found == ids_.end()) return false;
    seen_.insert(name);
    const auto bytes = read_file(real, kMaxFileBytes);
    if (!bytes || blob_id(*bytes, found->second.size()) != found->second) return false;
    const auto hash = content_hash(*bytes);
    return read == nullptr || (hash && *hash == *read);
  }
  /// Whether a committed file is not there.
  [[nodiscard]] bool lacks_any() const {
    return std::any_of(ids_.begin(), ids_.end(), [this](const auto& one) {
      std::error_code code;
      return !seen_.contains(one.first) &&
             fs::symlink_status(top_ + "/" + one.first, code).type() == fs::file_type::not_found;
    });
  }

 private:
  std::string top_;
  std::map<std::string, std::string, std::less<>> ids_;  ///< by path below `top_`
  std::set<std::string, std::less<>> seen_;
};

/// The folders that hold the rules and their fragments, below `top`, as git names them. "." for all of it.
std::vector<std::string> folders_of(const generation::Site& site, const std::string& top) {
  std::vector<std::string> names;
  for (const generation::FilePattern& pattern : site.rules) {
    const std::string folder = real_path(generation::pattern_folder(site.folder, pattern.text));
    if (folder == top) return {};
    if (folder.starts_with(top + "/")) names.push_back(folder.substr(top.size() + 1) + "/");
  }
  const std::string file = real_path(site.file);
  if (file.starts_with(top + "/")) names.push_back(file.substr(top.size() + 1));
  return names;
}

}  // namespace

Result<std::string> run_git(const std::string& folder, const std::vector<std::string>& words,
                            milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  std::vector<std::string> arguments = {"git"};
  arguments.insert(arguments.end(), kOptions.begin(), kOptions.end());
  arguments.push_back(folder);
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<std::string> environment(kEnvironment.begin(), kEnvironment.end());
  const char* path = std::getenv("PATH");
  environment.push_back(fmt::format("PATH={}", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
  auto pipe = open_pipe();
  if (!pipe) return pipe.error();
  auto child = Child::start(std::move(arguments), std::move(environment), pipe->write.get());
  if (!child) return child.error();
  pipe->write.reset();
  auto answer = read_until(pipe->read.get(), until);
  if (!answer) return answer;
  if (!child->ends_well(until)) return Error{fmt::format("git {}: it failed", words.front())};
  return answer;
}

std::optional<GitCommit> commit_of_rules(const generation::Site& site, const generation::ReadFiles& files) {
  const std::string first = files.empty() ? site.file : files.front().path;
  const auto asked =
      run_git(fs::path(first).parent_path().string(), {"rev-parse", "--show-toplevel", "HEAD^{commit}"});
  if (!asked) return std::nullopt;
  const size_t line = asked->find('\n');
  if (line == asked->npos) return std::nullopt;
  const std::string top = real_path(asked->substr(0, line));
  GitCommit commit;
  commit.id = asked->substr(line + 1);
  while (commit.id.ends_with('\n')) commit.id.pop_back();
  if (top.empty() || (commit.id.size() != 40 && commit.id.size() != 64) ||
      commit.id.find_first_not_of("0123456789abcdef") != commit.id.npos)
    return std::nullopt;

  std::vector<std::string> words = {"ls-tree", "-r", "-z", "--full-tree", commit.id, "--"};
  for (std::string& name : folders_of(site, top)) words.push_back(std::move(name));
  const auto listing = run_git(top, words);
  if (!listing) return commit;  // not known to be clean
  CommittedFiles committed(top, *listing);
  commit.clean = committed.has(site.file, nullptr);
  for (const generation::ReadFile& file : files) {
    if (!commit.clean) break;
    commit.clean = committed.has(file.path, &file.hash);
  }
  commit.clean = commit.clean && !committed.lacks_any();
  return commit;
}

}  // namespace abm::tools
