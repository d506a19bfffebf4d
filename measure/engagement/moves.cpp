#include "measure/engagement/moves.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "measure/engagement/account_past.h"
#include "measure/engagement/facts.h"
#include "rules/read/conditions.h"

namespace abm::measure {
namespace {

using accounts::Tier;
using generation::MovesInput;
using generation::TierMove;

uint32_t longest_hold(const std::vector<generation::NamedMove>& moves) {
  uint32_t longest = 0;
  for (const auto& move : moves) longest = std::max(longest, move.hold_days);
  return longest;
}

bool plays_test_tiers(const MovesInput& moves) {
  bool found = false;
  for (const auto& play : moves.plays) {
    rules::for_each_test(play.when, [&found](const rules::Test& test, bool) {
      found = found || test.subject == rules::Subject::kTier;
    });
  }
  return found;
}

/// What the tier moves of one account come to on one day.
struct TierResult {
  Tier tier = Tier::kUntiered;
  std::optional<size_t> rule;  ///< that moved it
};

/// All accounts, one rule after the other: who is promoted depends on the others.
class Judge {
 public:
  Judge(const Histories& histories, const MovesInput& moves, const Decay& decay, Day today)
      : histories_(histories), moves_(moves), decay_(decay), today_(today) {}

  std::vector<Standing> run();

 private:
  struct Candidate {
    Day since = 0;
    size_t account = 0;  ///< in the order of ids
  };

  void find_candidates(AccountPast& past, size_t account);
  void take();
  [[nodiscard]] bool is_taken(size_t move, Day day, size_t account) const;
  [[nodiscard]] TierResult tier_of(AccountPast& past, size_t account, Day day) const;
  [[nodiscard]] Standing stand(AccountPast& past, const History& history, size_t account) const;
  void named_moves(AccountPast& past, Standing& standing, const TierResult& tier) const;

  const Histories& histories_;
  const MovesInput& moves_;
  const Decay& decay_;
  const Day today_;
  Day from_ = 0;  ///< the first day whose tiers are wanted
  std::map<std::pair<size_t, Day>, std::vector<Candidate>> candidates_;  ///< by move and day
  std::map<std::pair<size_t, Day>, std::vector<size_t>> taken_;          ///< accounts, ascending
};

void Judge::find_candidates(AccountPast& past, size_t account) {
  for (size_t i = 0; i < moves_.tiers.size(); ++i) {
    const TierMove& move = moves_.tiers[i];
    if (!move.promote || !move.at_most.has_value()) continue;
    for (Day day = std::max(from_, past.first()); day <= today_; ++day) {
      // One that is there already takes no place.
      if (!past.listed(day) || past.on(day).tier >= move.tier) continue;
      if (!past.tier_held(i, day).has_value()) continue;
      candidates_[{i, day}].push_back({past.tier_held_since(i, day), account});
    }
  }
}

void Judge::take() {
  for (auto& [key, candidates] : candidates_) {
    const size_t most = *moves_.tiers[key.first].at_most;
    // Accounts are in the order of their ids.
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(a.since, a.account) < std::tie(b.since, b.account);
    });
    std::vector<size_t>& taken = taken_[key];
    for (size_t i = 0; i < std::min(most, candidates.size()); ++i) taken.push_back(candidates[i].account);
    std::sort(taken.begin(), taken.end());
  }
  candidates_.clear();
}

bool Judge::is_taken(size_t move, Day day, size_t account) const {
  const auto found = taken_.find({move, day});
  return found != taken_.end() && std::binary_search(found->second.begin(), found->second.end(), account);
}

TierResult Judge::tier_of(AccountPast& past, size_t account, Day day) const {
  const bool listed = past.listed(day);
  const Tier said = past.on(day).tier;
  TierResult up{said, std::nullopt}, down{said, std::nullopt};
  if (!listed) return up;
  bool promoted = false;
  for (size_t i = 0; i < moves_.tiers.size(); ++i) {
    const TierMove& move = moves_.tiers[i];
    const bool kept = std::find(move.keep.begin(), move.keep.end(), said) != move.keep.end();
    if (kept || !past.tier_held(i, day).has_value()) continue;
    if (move.promote) {
      if (move.at_most.has_value() && move.tier > said && !is_taken(i, day, account)) continue;
      promoted = true;
      if (move.tier > up.tier) up = {move.tier, i};
    } else if (move.tier < down.tier) {
      down = {move.tier, i};
    }
  }
  return promoted ? up : down;
}

std::string facts_on(AccountPast& past, const Move& move, const MovesInput& moves) {
  switch (move.what) {
    case Move::What::kStage:
      return facts_of(moves.stages[move.rule].when, past.for_stages(move.held_on));
    case Move::What::kTier:
      return facts_of(moves.tiers[move.rule].when, past.for_tiers(move.held_on));
    case Move::What::kPlay:
      return facts_of(moves.plays[move.rule].when, past.for_plays(move.held_on));
  }
  return {};
}

void Judge::named_moves(AccountPast& past, Standing& standing, const TierResult& tier) const {
  const auto add = [&](Move::What what, std::string from, std::string to, size_t rule, Day held_on,
                       uint32_t hold) {
    Move move{what, std::move(from), std::move(to), rule, held_on, held_on + static_cast<Day>(hold), {}};
    move.facts = facts_on(past, move, moves_);
    standing.moves.push_back(std::move(move));
  };
  const std::string said_stage = standing.stage, said_play = standing.play;
  const Tier said_tier = standing.tier;
  if (const auto stage = past.stage_on(today_); stage.has_value()) {
    const auto& rule = moves_.stages[*stage];
    standing.stage = rule.name;
    if (rule.name != said_stage)
      add(Move::What::kStage, said_stage, rule.name, *stage, past.stage_held(*stage, today_).value_or(today_),
          rule.hold_days);
  }
  standing.tier = tier.tier;
  if (tier.rule.has_value()) {
    const TierMove& rule = moves_.tiers[*tier.rule];
    add(Move::What::kTier, std::string(accounts::to_string(said_tier)),
        std::string(accounts::to_string(tier.tier)), *tier.rule,
        past.tier_held(*tier.rule, today_).value_or(today_), rule.hold_days);
  }
  if (const auto play = past.play_on(today_); play.has_value()) {
    const auto& rule = moves_.plays[*play];
    standing.play = rule.name;
    if (rule.name != said_play)
      add(Move::What::kPlay, said_play, rule.name, *play, past.play_held(*play, today_).value_or(today_),
          rule.hold_days);
  }
}

Standing Judge::stand(AccountPast& past, const History& history, size_t account) const {
  Standing standing;
  standing.account = history.account;
  standing.activity = activity_on(history.days, decay_, today_);
  standing.pages = pages_on(history.days, today_);
  standing.pages_left_out = history.pages_left_out;
  standing.below = history.below;
  standing.listed = past.listed(today_);
  if (!standing.listed) return standing;
  const accounts::Account& said = past.on(today_);
  standing.stage = said.text[static_cast<size_t>(accounts::TextField::kStage)];
  standing.play = said.text[static_cast<size_t>(accounts::TextField::kPlay)];
  standing.tier = said.tier;
  const Day first = std::max(from_, past.first());
  std::vector<Tier> tiers;
  TierResult now{standing.tier, std::nullopt};
  for (Day day = first; day <= today_; ++day) {
    now = tier_of(past, account, day);
    tiers.push_back(now.tier);
  }
  past.set_tiers(first, std::move(tiers));
  named_moves(past, standing, now);
  return standing;
}

std::vector<Standing> Judge::run() {
  from_ = today_ - (plays_test_tiers(moves_) ? static_cast<Day>(longest_hold(moves_.plays)) : 0);
  const bool bounded = std::any_of(moves_.tiers.begin(), moves_.tiers.end(),
                                   [](const TierMove& move) { return move.at_most.has_value(); });
  if (bounded) {
    for (size_t i = 0; i < histories_.accounts.size(); ++i) {
      AccountPast past(histories_.accounts[i], histories_.fields, moves_, decay_, today_);
      if (past.first() <= today_) find_candidates(past, i);
    }
    take();
  }
  std::vector<Standing> standings;
  for (size_t i = 0; i < histories_.accounts.size(); ++i) {
    AccountPast past(histories_.accounts[i], histories_.fields, moves_, decay_, today_);
    if (past.first() <= today_) standings.push_back(stand(past, histories_.accounts[i], i));
  }
  return standings;
}

}  // namespace

std::string_view to_string(Move::What what) noexcept {
  switch (what) {
    case Move::What::kStage:
      return "stage";
    case Move::What::kTier:
      return "tier";
    case Move::What::kPlay:
      return "play";
  }
  return "";
}

std::string describe(const Move& move, Day today) {
  std::string text = fmt::format("{} ", to_string(move.what));
  if (!move.from.empty()) text += fmt::format("{} to ", move.from);
  text += fmt::format("{} until {}", move.to, to_string(move.until));
  if (move.facts.empty()) return text;
  const std::string on = move.held_on == today ? "" : fmt::format("on {}: ", to_string(move.held_on));
  return text + fmt::format(" ({}{})", on, move.facts);
}

std::string Standing::moved(Day today) const {
  std::string text;
  for (const Move& move : moves) {
    if (!text.empty()) text += "; ";
    text += describe(move, today);
  }
  if (text.size() <= accounts::kMaxTextBytes) return text;
  constexpr std::string_view kCut = " …";
  size_t end = accounts::kMaxTextBytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text.append(kCut);
}

Day pages_wanted_from(const MovesInput& moves, Day today) {
  if (!tests_pages(moves)) return today - static_cast<Day>(accounts::kPageDays);  // what an account shows
  // A play may look back as far as its hold, from there a tier's move, and from there a stage.
  uint32_t back = accounts::kPageDays + longest_hold(moves.stages) + longest_hold(moves.plays);
  uint32_t tiers = 0;
  for (const TierMove& move : moves.tiers) tiers = std::max(tiers, move.hold_days);
  // How long a bounded promotion has been held goes back as far as it goes.
  for (const TierMove& move : moves.tiers) {
    if (move.at_most.has_value()) return 0;
  }
  return today - static_cast<Day>(back + tiers);
}

std::vector<Standing> judge(const Histories& histories, const MovesInput& moves, const Decay& decay,
                            Day today) {
  return Judge(histories, moves, decay, today).run();
}

}  // namespace abm::measure
