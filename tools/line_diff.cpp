#include "tools/line_diff.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace abm::tools {
namespace {

constexpr size_t kContext = 3;

enum class Kind : char { kSame = ' ', kOld = '-', kNew = '+' };

struct Line {
  Kind kind;
  std::string_view text;  ///< with its newline, if it has one
};

using Lines = std::vector<std::string_view>;

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// Myers' greedy walk: furthest[k] is the furthest x on diagonal k = x - y with d edits; one copy is kept per
/// d, to walk back. False when more than kMaxDiffSteps edits would be needed.
bool shortest_script(const Lines& a, const Lines& b, std::vector<Line>& out) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  const int limit = std::min(n + m, kMaxDiffSteps);
  std::vector<int> furthest(2 * static_cast<size_t>(limit) + 3, 0);
  std::vector<std::vector<int>> trace;
  const auto at = [limit](int k) { return static_cast<size_t>(k + limit + 1); };
  const auto down = [&](const std::vector<int>& v, int k, int d) {
    return k == -d || (k != d && v[at(k - 1)] < v[at(k + 1)]);
  };
  int edits = -1;
  for (int d = 0; d <= limit && edits < 0; ++d) {
    trace.push_back(furthest);
    for (int k = -d; k <= d; k += 2) {
      int x = down(furthest, k, d) ? furthest[at(k + 1)] : furthest[at(k - 1)] + 1;
      while (x < n && x - k < m && a[static_cast<size_t>(x)] == b[static_cast<size_t>(x - k)]) ++x;
      furthest[at(k)] = x;
      if (x >= n && x - k >= m) {
        edits = d;
        break;
      }
    }
  }
  if (edits < 0) return false;
  std::vector<Line> backward;
  int x = n;
  int y = m;
  for (int d = edits; d >= 0; --d) {
    const std::vector<int>& v = trace[static_cast<size_t>(d)];
    const int k = x - y;
    const int before_k = down(v, k, d) ? k + 1 : k - 1;
    const int before_x = d == 0 ? 0 : v[at(before_k)];
    const int before_y = d == 0 ? 0 : before_x - before_k;
    while (x > before_x && y > before_y) {
      backward.push_back({Kind::kSame, a[static_cast<size_t>(--x)]});
      --y;
    }
    if (d == 0) break;
    if (x == before_x) {
      backward.push_back({Kind::kNew, b[static_cast<size_t>(--y)]});
    } else {
      backward.push_back({Kind::kOld, a[static_cast<size_t>(--x)]});
    }
  }
  out.insert(out.end(), backward.rbegin(), backward.rend());
  return true;
}

std::vector<Line> script(Lines a, Lines b) {
  std::vector<Line> out;
  const auto [a_end, b_end] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto line = a.begin(); line != a_end; ++line) out.push_back({Kind::kSame, *line});
  a.erase(a.begin(), a_end);
  b.erase(b.begin(), b_end);
  size_t tail = 0;
  while (tail < std::min(a.size(), b.size()) && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const Lines common(a.end() - static_cast<std::ptrdiff_t>(tail), a.end());
  a.resize(a.size() - tail);
  b.resize(b.size() - tail);
  if (!shortest_script(a, b, out)) {
    for (const std::string_view line : a) out.push_back({Kind::kOld, line});
    for (const std::string_view line : b) out.push_back({Kind::kNew, line});
  }
  for (const std::string_view line : common) out.push_back({Kind::kSame, line});
  return out;
}

void append_line(std::string& out, const Line& line, bool color) {
  const bool paint = color && line.kind != Kind::kSame;
  if (paint) out += line.kind == Kind::kOld ? "\x1b[31m" : "\x1b[32m";
  out += static_cast<char>(line.kind);
  out += line.text.substr(0, line.text.size() - (line.text.ends_with('\n') ? 1 : 0));
  if (paint) out += "\x1b[0m";
  out += line.text.ends_with('\n') ? "\n" : "\n\\ No newline at end of file\n";
}

/// "start,count" with the 1-based start that `diff -u` gives.
std::string range(size_t before, size_t count) {
  const size_t start = count == 0 ? before : before + 1;
  return count == 1 ? fmt::format("{}", start) : fmt::format("{},{}", start, count);
}

}  // namespace

std::string unified_diff(std::string_view old_name, std::string_view old_text, std::string_view new_name,
                         std::string_view new_text, bool color) {
  if (old_text == new_text) return {};
  const std::vector<Line> lines = script(split(old_text), split(new_text));
  std::string out = fmt::format("--- {}\n+++ {}\n", old_name, new_name);
  size_t old_line = 0;
  size_t new_line = 0;
  size_t i = 0;
  while (i < lines.size()) {
    size_t change = i;
    while (change < lines.size() && lines[change].kind == Kind::kSame) ++change;
    if (change == lines.size()) break;
    const size_t begin = change - std::min(kContext, change - i);
    old_line += begin - i;
    new_line += begin - i;
    size_t end = change;  // one past the last change of this hunk
    for (size_t j = change; j < lines.size() && j - end <= 2 * kContext; ++j) {
      if (lines[j].kind != Kind::kSame) end = j + 1;
    }
    end = std::min(end + kContext, lines.size());
    size_t old_count = 0;
    size_t new_count = 0;
    for (size_t j = begin; j < end; ++j) {
      old_count += lines[j].kind != Kind::kNew;
      new_count += lines[j].kind != Kind::kOld;
    }
    out += fmt::format("@@ -{} +{} @@\n", range(old_line, old_count), range(new_line, new_count));
    for (size_t j = begin; j < end; ++j) append_line(out, lines[j], color);
    old_line += old_count;
    new_line += new_count;
    i = end;
  }
  return out;
}

}  // namespace abm::tools
