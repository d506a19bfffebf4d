#include "rules/globs.h"

#include <fmt/format.h>

#include "rules/glob_match.h"

namespace abm::rules {
namespace {

/// A segment that nginx resolves before anything is matched (RFC 3986 5.2.4).
bool has_dot_segment(std::string_view glob) noexcept {
  for (size_t i = 0; i < glob.size();) {
    const size_t end = glob.find('/', i + 1);
    const std::string_view segment = glob.substr(i + 1, end == glob.npos ? glob.npos : end - i - 1);
    if (segment == "." || segment == "..") return true;
    if (end == glob.npos) break;
    i = end;
  }
  return false;
}

bool has_escape(std::string_view glob) noexcept {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  for (size_t i = glob.find('%'); i != glob.npos; i = glob.find('%', i + 1)) {
    if (i + 2 < glob.size() && is_hex(glob[i + 1]) && is_hex(glob[i + 2])) return true;
  }
  return false;
}

size_t star_runs(std::string_view glob) noexcept {
  size_t runs = 0;
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '*' && (i == 0 || glob[i - 1] != '*')) ++runs;
  }
  return runs;
}

}  // namespace

std::string glob_fault(std::string_view glob) {
  if (glob.empty() || glob[0] != '/') return "must start with '/'";
  if (glob.size() > kMaxGlobBytes) return fmt::format("is longer than {} bytes", kMaxGlobBytes);
  if (glob.find('?') != glob.npos) return "holds a '?': test arguments with 'query.NAME'";
  if (glob.find('#') != glob.npos) return "holds a '#': a browser never sends what follows it";
  if (glob.find("//") != glob.npos) return "holds '//': nginx merges slashes before matching, write one";
  if (has_dot_segment(glob))
    return "holds '.' or '..': nginx resolves them before matching, write the path without";
  if (has_escape(glob))
    return "holds a percent escape: nginx decodes them before matching, write the character itself";
  if (glob.find("***") != glob.npos) return "holds '***': '*' stays within a segment, '**' crosses them";
  if (!parse_glob(glob)) {
    return fmt::format("holds more than {} bytes after its first wildcard", kMaxGlobStates - 2);
  }
  if (star_runs(glob) > kMaxGlobStars) return fmt::format("holds more than {} wildcards", kMaxGlobStars);
  return {};
}

}  // namespace abm::rules
