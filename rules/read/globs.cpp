#include "rules/read/globs.h"

#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/folding.h"
#include "rules/program/glob_match.h"

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

/// One step of a glob: a byte or a run of stars.
struct Step {
  enum class Kind : uint8_t { kByte, kFolder, kTree, kOptionalSlash };
  Kind kind = Kind::kByte;
  char byte = 0;

  [[nodiscard]] bool loops() const noexcept { return kind == Kind::kFolder || kind == Kind::kTree; }
  [[nodiscard]] bool may_be_nothing() const noexcept { return kind != Kind::kByte; }
};

std::vector<Step> steps_of(std::string_view pattern) {
  const std::string glob = folded(pattern);
  std::vector<Step> steps;
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] != '*') {
      steps.push_back({Step::Kind::kByte, glob[i]});
      continue;
    }
    const bool tree = std::string_view(glob).substr(i).starts_with("**");
    steps.push_back({tree ? Step::Kind::kTree : Step::Kind::kFolder, 0});
    if (!tree) continue;
    ++i;
    // "/a/**/b" also matches "/a/b".
    if (i >= 2 && glob[i - 2] == '/' && i + 1 < glob.size() && glob[i + 1] == '/') {
      steps.push_back({Step::Kind::kOptionalSlash, '/'});
      ++i;
    }
  }
  return steps;
}

/// Whether some byte satisfies both steps.
bool share_byte(const Step& a, const Step& b) noexcept {
  const auto takes = [](const Step& step, char c) {
    return step.kind == Step::Kind::kTree || (step.kind == Step::Kind::kFolder ? c != '/' : c == step.byte);
  };
  if (!a.loops()) return takes(b, a.byte);
  if (!b.loops()) return takes(a, b.byte);
  return true;
}

}  // namespace

std::string glob_fault(std::string_view glob) {
  if (glob.empty() || glob[0] != '/') return "must start with '/'";
  if (glob.find('?') != glob.npos) return "holds a '?': test arguments with 'query.NAME'";
  if (glob.find('#') != glob.npos) return "holds a '#': a browser never sends what follows it";
  if (glob.find("//") != glob.npos) return "holds '//': nginx merges slashes before matching, write one";
  if (has_dot_segment(glob))
    return "holds '.' or '..': nginx resolves them before matching, write the path without";
  if (has_escape(glob))
    return "holds a percent escape: nginx decodes them before matching, write the character itself";
  if (glob.find("***") != glob.npos) return "holds '***': '*' stays within a segment, '**' crosses them";
  if (!parse_glob(glob)) {
    return fmt::format("is too long: at most {} bytes, and at most {} around its wildcards", kMaxPatternBytes,
                       kMaxGlobStates - 2);
  }
  return {};
}

bool globs_overlap(std::string_view a, std::string_view b) {
  if (a.find('*') == a.npos && b.find('*') == b.npos) return equal_without_case(a, b);
  const std::vector<Step> left = steps_of(a);
  const std::vector<Step> right = steps_of(b);
  // reachable[i][j]: some text matches the first i steps of one and the first j of the other. Row by row,
  // since every move goes right, down or both.
  std::vector<char> row(right.size() + 1, 0), next;
  row[0] = 1;
  for (size_t i = 0;; ++i) {
    next.assign(right.size() + 1, 0);
    for (size_t j = 0; j <= right.size(); ++j) {
      if (row[j] == 0) continue;
      if (j < right.size() && right[j].may_be_nothing()) row[j + 1] = 1;
      if (i == left.size()) continue;
      if (left[i].may_be_nothing()) next[j] = 1;
      if (j == right.size() || !share_byte(left[i], right[j])) continue;
      next[j + 1] = 1;
      if (left[i].loops()) row[j + 1] = 1;
      if (right[j].loops()) next[j] = 1;
    }
    if (i == left.size()) return row[right.size()] != 0;
    std::swap(row, next);
  }
}

}  // namespace abm::rules
