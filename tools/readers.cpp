#include "tools/readers.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "generation/generation.h"
#include "generation/manifest.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kRead = 4, kEnter = 1;
constexpr uid_t kNobodyKnown = std::numeric_limits<uid_t>::max() - 1;
constexpr size_t kMaxProcText = 64u << 10;

bool is_in(const Reader& reader, gid_t group) {
  return reader.group == group ||
         std::find(reader.groups.begin(), reader.groups.end(), group) != reader.groups.end();
}

/// What acl(5) keeps in the attribute system.posix_acl_access: a version, then entries; little-endian.
struct AclEntry {
  uint16_t tag, rights;
  uint32_t id;
};
constexpr uint16_t kAclUser = 0x02, kAclGroupOwner = 0x04, kAclGroup = 0x08, kAclMask = 0x10;

std::vector<AclEntry> acl_of(const std::string& path) {
  std::array<char, 4096> bytes;
  const ssize_t size = ::getxattr(path.c_str(), "system.posix_acl_access", bytes.data(), bytes.size());
  std::vector<AclEntry> entries;
  constexpr size_t kHead = 4;
  for (size_t at = kHead; size > 0 && at + sizeof(AclEntry) <= static_cast<size_t>(size);
       at += sizeof(AclEntry)) {
    AclEntry entry{};
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    entries.push_back(entry);
  }
  return entries;
}

/// The rights of the reader, who does not own the file (POSIX.1e 23.1.5).
unsigned rights_by_acl(const std::vector<AclEntry>& acl, const struct stat& info, const Reader& reader) {
  unsigned mask = 7;
  for (const AclEntry& entry : acl) {
    if (entry.tag == kAclMask) mask = entry.rights;
  }
  bool in_group = false;
  unsigned rights = 0;
  for (const AclEntry& entry : acl) {
    if (entry.tag == kAclUser && entry.id == reader.user) return entry.rights & mask;
    const bool mine = (entry.tag == kAclGroupOwner && is_in(reader, info.st_gid)) ||
                      (entry.tag == kAclGroup && is_in(reader, entry.id));
    in_group |= mine;
    if (mine) rights |= entry.rights & mask;
  }
  return in_group ? rights : info.st_mode & 7;
}

unsigned rights_of(const Reader& reader, const std::string& path, const struct stat& info) {
  if (reader.user == 0) return 7;
  if (reader.user == info.st_uid) return (info.st_mode >> 6) & 7;
  // With an empty mask, which shows as the group's rights, Linux looks at no list (acl_permission_check).
  const bool may_have_list = (info.st_mode & S_IRWXG) != 0;
  if (const auto acl = may_have_list ? acl_of(path) : std::vector<AclEntry>(); !acl.empty())
    return rights_by_acl(acl, info, reader);
  return (is_in(reader, info.st_gid) ? info.st_mode >> 3 : info.st_mode) & 7;
}

/// The folder and those above it, from the root on.
void add_way(const fs::path& folder, std::vector<std::string>& way) {
  fs::path at;
  for (const fs::path& name : folder) {
    at /= name;
    if (std::find(way.begin(), way.end(), at.string()) == way.end()) way.push_back(at.string());
  }
}

struct Need {
  std::string path;
  unsigned rights;
};

/// All that a worker opens, in its order.
std::vector<Need> needs_of(const std::string& data) {
  std::error_code code;
  const fs::path full = fs::absolute(data, code).lexically_normal();
  const fs::path plain = full.has_filename() ? full : full.parent_path();
  std::vector<std::string> way;
  add_way(plain.parent_path(), way);
  // Where links lead, too.
  if (const fs::path real = fs::canonical(plain, code); !code) add_way(real.parent_path(), way);
  std::vector<Need> needs;
  for (std::string& folder : way) needs.push_back({std::move(folder), kEnter});
  needs.push_back({plain.string(), kRead | kEnter});
  const std::string current = (plain / generation::kCurrentName).string();
  needs.push_back({current, kRead});
  auto name = read_file(current, 64);
  if (!name) return needs;
  while (name->ends_with('\n')) name->pop_back();
  if (!generation::parse_generation_name(*name)) return needs;
  const fs::path folder = plain / *name;
  needs.push_back({folder.string(), kRead | kEnter});
  needs.push_back({(folder / generation::kManifestName).string(), kRead});
  for (const std::string_view part : generation::kPartNames)
    needs.push_back({(folder / part).string(), kRead});
  return needs;
}

std::string remedy_for(const std::string& path, const struct stat& info, unsigned missing) {
  const std::string rights =
      fmt::format("{}{}", (missing & kRead) != 0 ? "r" : "", (missing & kEnter) != 0 ? "x" : "");
  return fmt::format(
      "chmod o+{} {}{}", rights, path,
      S_ISDIR(info.st_mode) ? ", or put the data folder where nginx may go: /var/lib/abm/SITE" : "");
}

/// Closed to others, but opened to a group that is not just its owner's own.
bool is_for_a_group(const struct stat& info, unsigned rights) {
  if (((info.st_mode >> 3) & rights) != rights) return false;
  const passwd* owner = ::getpwuid(info.st_uid);
  return owner == nullptr || owner->pw_gid != info.st_gid;
}

std::string field(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  if (at == text.npos) return {};
  text.remove_prefix(at + name.size());
  return std::string(text.substr(0, text.find('\n')));
}

std::vector<uint32_t> numbers(std::string_view text) {
  std::vector<uint32_t> all;
  for (size_t at = text.find_first_of("0123456789"); at != text.npos;) {
    uint32_t value = 0;
    const auto end = std::from_chars(text.data() + at, text.data() + text.size(), value).ptr;
    all.push_back(value);
    at = text.find_first_of("0123456789", static_cast<size_t>(end - text.data()));
  }
  return all;
}

bool is_worker(pid_t process) {
  const auto title = read_file(fmt::format("/proc/{}/cmdline", process), kMaxProcText);
  return title && title->starts_with("nginx: worker process");
}

void add_worker(pid_t process, std::vector<Reader>& readers) {
  auto reader = is_worker(process) ? reader_of_process(process) : std::nullopt;
  if (reader.has_value() && std::find(readers.begin(), readers.end(), *reader) == readers.end())
    readers.push_back(std::move(*reader));
}

std::string worker_name(uid_t user) {
  return fmt::format("nginx's workers ({})", user_text(user));
}

}  // namespace

std::optional<Reader> reader_named(const std::string& user, const std::string& group) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return std::nullopt;
  Reader reader;
  reader.user = entry->pw_uid;
  reader.name = worker_name(reader.user);
  const struct group* named = ::getgrnam(group.empty() ? user.c_str() : group.c_str());
  reader.group = named != nullptr ? named->gr_gid : entry->pw_gid;
  int count = 256;  // becomes how many there are
  reader.groups.resize(static_cast<size_t>(count));
  while (::getgrouplist(user.c_str(), reader.group, reader.groups.data(), &count) < 0 &&
         static_cast<size_t>(count) > reader.groups.size())
    reader.groups.resize(static_cast<size_t>(count));
  reader.groups.resize(static_cast<size_t>(count));
  return reader;
}

Reader this_process() {
  Reader reader{worker_name(::geteuid()), ::geteuid(), ::getegid(), {}};
  reader.groups.resize(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (::getgroups(static_cast<int>(reader.groups.size()), reader.groups.data()) < 0) reader.groups.clear();
  return reader;
}

std::optional<Reader> reader_of_process(pid_t process) {
  const auto text = read_file(fmt::format("/proc/{}/status", process), kMaxProcText);
  if (!text) return std::nullopt;
  // Real, effective, saved, of the file system.
  const auto users = numbers(field(*text, "\nUid:")), groups = numbers(field(*text, "\nGid:"));
  if (users.size() != 4 || groups.size() != 4) return std::nullopt;
  const auto further = numbers(field(*text, "\nGroups:"));
  return Reader{worker_name(users[3]), users[3], groups[3], {further.begin(), further.end()}};
}

std::vector<Reader> workers_of(pid_t master) {
  std::vector<Reader> readers;
  const auto text = read_file(fmt::format("/proc/{}/task/{}/children", master, master), kMaxProcText);
  if (!text) return readers;
  for (const uint32_t process : numbers(*text)) add_worker(static_cast<pid_t>(process), readers);
  return readers;
}

std::vector<Reader> running_workers() {
  std::vector<Reader> readers;
  std::error_code code;
  fs::directory_iterator entry("/proc", code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    pid_t process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ec == std::errc{})
      add_worker(process, readers);
  }
  return readers;
}

std::optional<ClosedPath> first_closed(const Reader& reader, const std::string& data) {
  for (const Need& need : needs_of(data)) {
    struct stat info {};
    if (::stat(need.path.c_str(), &info) != 0) {
      if (errno != EACCES) return std::nullopt;
      return ClosedPath{need.path, fmt::format("{}: permission denied to whoever asks here", need.path),
                        "run it as root to look at it"};
    }
    const unsigned missing = need.rights & ~rights_of(reader, need.path, info);
    if (missing == 0) continue;
    return ClosedPath{need.path,
                      fmt::format("{} may not {} {} (mode {:04o}, {})", reader.name,
                                  (missing & kEnter) != 0 ? "enter" : "read", need.path, info.st_mode & 07777,
                                  user_text(info.st_uid)),
                      remedy_for(need.path, info, missing)};
  }
  return std::nullopt;
}

std::string shut_out_warning(const std::string& data) {
  std::optional<ClosedPath> closed;
  const std::vector<Reader> workers = running_workers();
  for (const Reader& reader : workers) {
    closed = first_closed(reader, data);
    if (!closed.has_value()) return {};
  }
  if (closed.has_value()) return fmt::format("{}: pages stay original: {}", closed->why, closed->remedy);
  closed = first_closed({"others", kNobodyKnown, kNobodyKnown, {}}, data);
  struct stat info {};
  if (!closed.has_value() || ::stat(closed->path.c_str(), &info) != 0) return {};
  if (is_for_a_group(info, S_ISDIR(info.st_mode) ? kEnter : kRead)) return {};
  return fmt::format(
      "{}: nginx's workers read nothing here, and pages stay original, unless they run as {}: {}",
      closed->why, user_text(info.st_uid), closed->remedy);
}

}  // namespace abm::tools
