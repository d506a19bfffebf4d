#include "measure/report/goal_pages.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace abm::measure {
namespace {

constexpr auto kFileEndings = std::to_array<std::string_view>(
    {"/index.html", "/index.htm", "/index.php", ".html", ".htm", ".php", ".aspx"});

/// What is left of a path, or of a goal's glob, without what people forget: case, slashes at the end,
/// endings.
std::string bare_path(std::string_view path) {
  std::string bare = ascii_lower(path.substr(0, path.find('*')));
  for (const std::string_view ending : kFileEndings) {
    if (!bare.ends_with(ending)) continue;
    bare.resize(bare.size() - ending.size());
    break;
  }
  while (bare.ends_with('/')) bare.pop_back();
  return bare;
}

/// How little `path` resembles `goal`, both bare: 0 is the same; std::nullopt: not at all.
std::optional<int> unlikeness(std::string_view goal, std::string_view path) {
  if (path == goal) return 0;
  if (goal.empty() || path.empty()) return std::nullopt;
  if (path.ends_with(goal) || goal.ends_with(path)) return 1;  // both begin with a slash
  if (path.starts_with(goal) && path[goal.size()] == '/') return 2;
  const std::string_view last = goal.substr(goal.rfind('/'));
  if (last.size() > 1 && last != goal && path.ends_with(last)) return 3;
  return std::nullopt;
}

}  // namespace

std::vector<SeenPath> nearest_paths(const std::string& goal, const std::vector<SeenPath>& seen) {
  const std::string bare_goal = bare_path(goal);
  std::vector<std::pair<int, const SeenPath*>> ranked;
  std::vector<std::string_view> others;
  for (const SeenPath& path : seen) {
    if (const auto far = unlikeness(bare_goal, bare_path(path.path))) {
      ranked.emplace_back(*far, &path);
    } else {
      others.push_back(path.path);
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, -a.second->visits) < std::pair(b.first, -b.second->visits);
  });
  if (ranked.size() < kNearestPaths && !bare_goal.empty()) {
    if (const auto typo = nearest(goal.substr(0, goal.find('*')), others)) {
      const auto place =
          std::find_if(seen.begin(), seen.end(), [&](const SeenPath& path) { return path.path == *typo; });
      ranked.emplace(ranked.begin(), 0, &*place);
    }
  }
  std::vector<SeenPath> best;
  for (const auto& [far, path] : ranked) {
    if (best.size() == kNearestPaths) break;
    best.push_back(*path);
  }
  return best;
}

Result<std::vector<GoalPages>> goal_pages(Database& database) {
  auto goals = database.prepare(
      "SELECT g.name, (SELECT count(*) FROM goal_page p WHERE p.goal = g.goal), "
      "(SELECT ifnull(sum(b.visits), 0) FROM by_page b JOIN goal_page p ON p.page = b.page "
      " WHERE p.goal = g.goal AND b.bot = 0) FROM goal g ORDER BY g.goal");
  if (!goals) return goals.error();
  std::vector<GoalPages> all;
  for (;;) {
    const auto row = goals->step();
    if (!row) return row.error();
    if (!*row) break;
    all.push_back({std::string(goals->text(0)), goals->integer(1), goals->integer(2), {}, false});
  }
  if (std::none_of(all.begin(), all.end(), [](const GoalPages& goal) { return goal.pages == 0; })) return all;
  auto paths = database.prepare(
      "SELECT p.path, ifnull(sum(b.visits), 0) AS visits FROM page p LEFT JOIN by_page b ON b.page = p.id AND b.bot = 0 "
      "GROUP BY p.path ORDER BY visits DESC, p.path");
  if (!paths) return paths.error();
  std::vector<SeenPath> seen;
  for (;;) {
    const auto row = paths->step();
    if (!row) return row.error();
    if (!*row) break;
    seen.push_back({std::string(paths->text(0)), paths->integer(1)});
  }
  for (GoalPages& goal : all) {
    if (goal.pages != 0) continue;
    goal.nearest = nearest_paths(goal.goal, seen);
    goal.guessed = !goal.nearest.empty();
    if (!goal.guessed)
      goal.nearest.assign(seen.begin(),
                          seen.begin() + static_cast<ptrdiff_t>(std::min(seen.size(), kNearestPaths)));
  }
  return all;
}

}  // namespace abm::measure
