#include "generation/list_checks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/confidence.h"
#include "base/folding.h"
#include "base/text.h"
#include "generation/families.h"
#include "rules/ast.h"
#include "rules/lint_codes.h"
#include "rules/match/matcher.h"
#include "rules/placeholder.h"
#include "rules/read/conditions.h"
#include "rules/read/vocabulary.h"

namespace abm::generation {
namespace {

using accounts::AccountView;
using accounts::NumberField;
using accounts::Snapshot;
using accounts::TextField;
using accounts::Tier;

constexpr std::array<Tier, 4> kTiersFromTop = {Tier::kOneToOne, Tier::kOneToFew, Tier::kOneToMany,
                                               Tier::kUntiered};

/// Accounts by tier.
struct TierCounts {
  std::array<uint64_t, 4> of{};

  uint64_t& operator[](Tier tier) { return of[static_cast<size_t>(tier)]; }
  uint64_t operator[](Tier tier) const { return of[static_cast<size_t>(tier)]; }
  [[nodiscard]] uint64_t all() const { return of[0] + of[1] + of[2] + of[3]; }
  /// "one-to-one 3, untiered 12"
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const Tier tier : kTiersFromTop) {
      if ((*this)[tier] != 0)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", accounts::to_string(tier), (*this)[tier]);
    }
    return out;
  }
};

std::string accounts_text(uint64_t count) {
  return fmt::format("{} account{}", count, count == 1 ? "" : "s");
}

class ListChecker {
 public:
  ListChecker(const ListCheck& check, Diagnostics& diagnostics)
      : check_(check), list_(check.generation.accounts()), diagnostics_(diagnostics) {}

  void run() {
    check_parents();
    check_capacity();
    check_untouched();
    check_size();
    check_industries();
    check_reach();
    check_signals();
    check_moves();
  }

 private:
  [[nodiscard]] bool wanted(std::string_view code) const {
    return std::find(check_.silenced.begin(), check_.silenced.end(), code) == check_.silenced.end();
  }
  void warn(std::string_view code, std::string message) {
    diagnostics_.warning(check_.feed, {}, std::string(code), std::move(message));
  }
  /// Calls `take` with each account that may be personalized.
  template <typename Take>
  void each(Take&& take) const {
    for (uint32_t i = 0; i < list_.size(); ++i) {
      if (const AccountView account = list_.at(i); !account.excluded()) take(account);
    }
  }
  [[nodiscard]] static TierCounts tiers_of(const Snapshot& list) {
    TierCounts counts;
    for (uint32_t i = 0; i < list.size(); ++i) {
      if (!list.at(i).excluded()) ++counts[list.at(i).tier()];
    }
    return counts;
  }

  void check_parents();
  void check_capacity();
  void check_untouched();
  void check_size();
  void check_industries();
  void check_reach();
  void check_signals();
  void check_moves();

  const ListCheck& check_;
  const Snapshot& list_;
  Diagnostics& diagnostics_;
};

void ListChecker::check_parents() {
  if (!check_.inherits && !check_.generation.rules().draws_by_family()) return;
  if (!wanted(rules::kLintParents)) return;
  const Families families = families_of(list_);
  if (families.in_circles.count != 0) {
    warn(rules::kLintParents,
         fmt::format("the parents of {} go round in a circle: {}; these accounts stand by themselves: they "
                     "inherit nothing and draw their own lots; correct 'parent' where the list comes from",
                     accounts_text(families.in_circles.count), families.in_circles.text()));
  }
  if (families.too_deep.count != 0) {
    warn(rules::kLintParents,
         fmt::format("{} more than {} levels below the top, or below a circle: {}; these accounts stand by "
                     "themselves; correct 'parent' where the list comes from",
                     families.too_deep.count == 1 ? "1 account is"
                                                  : fmt::format("{} accounts are", families.too_deep.count),
                     accounts::kMaxLevels, families.too_deep.text()));
  }
}

void ListChecker::check_capacity() {
  if (!wanted(rules::kLintCapacity)) return;
  const TierCounts counts = tiers_of(list_);
  for (const Tier tier : kTiersFromTop) {
    const auto& limit = check_.capacity[static_cast<size_t>(tier)];
    if (!limit.has_value() || counts[tier] <= limit->most) continue;
    diagnostics_.warning(
        check_.site_file, limit->at, std::string(rules::kLintCapacity),
        fmt::format(
            "{} {} {}, and 'capacity' says that people can serve {}: move {} to another tier, or raise "
            "'capacity' once there is somebody for them",
            accounts_text(counts[tier]), counts[tier] == 1 ? "is" : "are", accounts::to_string(tier),
            limit->most, counts[tier] - limit->most));
  }
}

void ListChecker::check_untouched() {
  if (!wanted(rules::kLintUntouched)) return;
  TierCounts counts;
  NamedAccounts named;
  each([&](const AccountView& account) {
    // A feed may say when it was first seen and nothing since: that is the last there is to know.
    const auto quiet = account.number(NumberField::kQuietDays);
    const auto days = quiet.has_value() ? quiet : account.number(NumberField::kFirstSeenDays);
    if (days.value_or(0) < kUntouchedDays) return;
    ++counts[account.tier()];
    named.add(account.id());
  });
  if (counts.all() == 0) return;
  warn(
      rules::kLintUntouched,
      fmt::format("nobody of {} has come for a year ({}): {}; let somebody call them, or give their place on "
                  "the list to others",
                  accounts_text(counts.all()), counts.text(), named.text()));
}

void ListChecker::check_size() {
  if (check_.before == nullptr || !wanted(rules::kLintListSize)) return;
  const TierCounts now = tiers_of(list_), before = tiers_of(check_.before->accounts());
  if (before.all() == 0) return;  // the first list there is
  std::string moved;
  for (const Tier tier : kTiersFromTop) {
    const uint64_t more = std::max(now[tier], before[tier]), fewer = std::min(now[tier], before[tier]);
    if (more - fewer < kFewestMoved || (more - fewer) * 3 <= before[tier]) continue;
    moved += fmt::format("{}{} {} → {}", moved.empty() ? "" : ", ", accounts::to_string(tier), before[tier],
                         now[tier]);
  }
  if (moved.empty()) return;
  warn(rules::kLintListSize,
       fmt::format("since generation {} the number of accounts changes by more than a third: {}; if that is "
                   "not meant, look at what the list is made of",
                   check_.before->number(), moved));
}

void ListChecker::check_industries() {
  if (!wanted(rules::kLintIndustries)) return;
  const rules::ProgramTables& t = check_.generation.rules().tables();
  std::set<std::string> named;  // folded
  for (const rules::format::Test& test : t.tests) {
    if (test.subject != static_cast<uint8_t>(rules::Subject::kIndustry)) continue;
    for (const rules::format::Text& value : t.values.subspan(test.values.begin, test.values.count))
      named.emplace(t[value]);
  }
  // Rules that never look at it are for all; a placeholder has something for each.
  const bool shown = std::any_of(t.parts.begin(), t.parts.end(), [](const rules::format::Part& part) {
    return part.source == static_cast<uint32_t>(TextField::kIndustry);
  });
  if (named.empty() || shown) return;
  std::map<std::string, std::pair<std::string_view, uint64_t>> without;  // folded → as written, accounts
  each([&](const AccountView& account) {
    const std::string_view industry = account.text(TextField::kIndustry);
    if (industry.empty()) return;
    std::string key = folded(industry);
    if (named.contains(key)) return;
    ++without.try_emplace(std::move(key), industry, 0).first->second.second;
  });
  if (without.empty()) return;
  std::vector<std::pair<std::string_view, uint64_t>> largest;
  for (const auto& [key, industry] : without) largest.push_back(industry);
  std::stable_sort(largest.begin(), largest.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (size_t i = 0; i < std::min(largest.size(), NamedAccounts::kNamed); ++i)
    text +=
        fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", largest[i].first, accounts_text(largest[i].second));
  if (largest.size() > NamedAccounts::kNamed)
    text += fmt::format(" and {} more", largest.size() - NamedAccounts::kNamed);
  warn(
      rules::kLintIndustries,
      fmt::format("rules name industries, but not {}: write a rule or a segment for them, or correct how the "
                  "list spells them",
                  text));
}

void ListChecker::check_reach() {
  const rules::Program& program = check_.generation.rules();
  if (program.rule_count() == 0 || !wanted(rules::kLintUnreached)) return;
  const auto matcher = rules::Matcher::create(program, check_.now);
  if (matcher == nullptr) return warn(rules::kLintUnreached, "no memory to see which accounts rules reach");
  TierCounts counts;
  NamedAccounts named;
  each([&](const AccountView& account) {
    for (const Confidence level : {Confidence::kHigh, Confidence::kMedium, Confidence::kLow}) {
      if (matcher->may_match(account, level)) return;
    }
    ++counts[account.tier()];
    if (account.tier() != Tier::kUntiered) named.add(account.id());
  });
  if (named.count == 0) return;  // a list may have accounts that nobody has plans for
  warn(rules::kLintUnreached,
       fmt::format("no rule reaches {} ({}), such as {}: their visitors see the original on every page; "
                   "'abmctl explain --account ID' says for one account why",
                   accounts_text(counts.all()), counts.text(), named.text()));
}

/// They earn nothing, which nobody would notice.
void ListChecker::check_signals() {
  const rules::Program& rules = check_.generation.rules();
  std::vector<std::string_view> raised;
  std::set<std::string> known;  // folded, as points take them
  for (uint32_t i = 0; i < rules.rule_count(); ++i) {
    const std::string_view name = rules.rule(i).signal_name;
    if (!name.empty() && known.insert(folded(name)).second) raised.push_back(name);
  }
  for (const PointsInput::Named& entry : check_.signal_points) {
    if (known.contains(folded(entry.name))) continue;
    diagnostics_.warning(check_.site_file, entry.at, {},
                         fmt::format("points: no rule raises the signal '{}'{}", entry.name,
                                     did_you_mean(entry.name, raised)));
  }
}

/// A stage, play, industry or segment in a condition of site.yaml that nobody has, and that no entry there
/// gives. What the list itself says is not known any more where an entry may override it.
void ListChecker::check_moves() {
  if (check_.moves.empty() || !wanted(rules::kLintUnknownValue)) return;
  const auto names = [](const std::vector<NamedMove>& moves) {
    std::vector<std::string> folded_names;
    for (const NamedMove& move : moves) folded_names.push_back(folded(move.name));
    return folded_names;
  };
  const auto overrides = [](const std::vector<NamedMove>& moves) {
    return std::any_of(moves.begin(), moves.end(), [](const NamedMove& move) { return move.override_feed; });
  };
  rules::Vocabulary known = rules::collect_vocabulary(list_);
  rules::VisitMoves given;
  given.stages = names(check_.moves.stages);
  given.plays = names(check_.moves.plays);
  rules::add_moves(std::move(given), known);
  const auto values_of = [&](rules::Subject subject) -> const std::vector<std::string>* {
    if (subject == rules::Subject::kStage) return overrides(check_.moves.stages) ? nullptr : &known.stages;
    if (subject == rules::Subject::kPlay) return overrides(check_.moves.plays) ? nullptr : &known.plays;
    if (subject == rules::Subject::kIndustry) return &known.industries;
    return subject == rules::Subject::kSegment ? &known.segments : nullptr;
  };
  const auto look_at = [&](const rules::Condition& when) {
    rules::for_each_test(when, [&](const rules::Test& test, bool) {
      const std::vector<std::string>* const values = values_of(test.subject);
      if (values == nullptr) return;
      for (const std::string& value : test.values) {
        if (std::binary_search(values->begin(), values->end(), value)) continue;
        const std::vector<std::string_view> candidates(values->begin(), values->end());
        diagnostics_.warning(
            check_.site_file, test.at.at, std::string(rules::kLintUnknownValue),
            fmt::format("no account of the list has {} '{}'{}", rules::subject_name(test.subject), value,
                        did_you_mean(value, candidates)));
      }
    });
  };
  for (const NamedMove& move : check_.moves.stages) look_at(move.when);
  for (const TierMove& move : check_.moves.tiers) look_at(move.when);
  for (const NamedMove& move : check_.moves.plays) look_at(move.when);
}

}  // namespace

void check_list(const ListCheck& check, Diagnostics& diagnostics) {
  ListChecker(check, diagnostics).run();
}

}  // namespace abm::generation
