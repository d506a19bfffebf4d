#include "tools/git.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/file.h"
#include "generation/file_pattern.h"
#include "tools/git_program.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds kPatience{5000};
constexpr size_t kMaxFileBytes = 64u << 20;  // of one that is compared; rules and fragments are far smaller

Result<std::string> in_work_tree(const std::string& folder, const std::vector<std::string>& words) {
  return ask_git({.path = folder, .repository = false}, words, "", {.longest = kPatience});
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

std::optional<GitCommit> commit_of_rules(const generation::Site& site, const generation::ReadFiles& files) {
  const std::string first = files.empty() ? site.file : files.front().path;
  const auto asked =
      in_work_tree(fs::path(first).parent_path().string(), {"rev-parse", "--show-toplevel", "HEAD^{commit}"});
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
  const auto listing = in_work_tree(top, words);
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
