#include "measure/engagement/account_past.h"

#include <algorithm>

#include "rules/account_condition.h"
#include "rules/read/conditions.h"

namespace abm::measure {
namespace {

using accounts::TextField;

std::string& text_of(accounts::Account& account, TextField field) {
  return account.text[static_cast<size_t>(field)];
}

}  // namespace

bool tests_pages(const generation::MovesInput& moves) {
  bool found = false;
  const auto look = [&found](const rules::Condition& condition) {
    rules::for_each_test(condition, [&found](const rules::Test& test, bool) {
      found = found || test.subject == rules::Subject::kVisited;
    });
  };
  for (const auto& move : moves.stages) look(move.when);
  for (const auto& move : moves.tiers) look(move.when);
  for (const auto& move : moves.plays) look(move.when);
  return found;
}

AccountPast::AccountPast(const History& history, const JournalFields& fields,
                         const generation::MovesInput& moves, const Decay& decay, Day today)
    : history_(history),
      fields_(fields),
      moves_(moves),
      decay_(decay),
      today_(today),
      first_(today + 1),
      wants_pages_(tests_pages(moves)),
      memory_(moves.stages.size() + moves.tiers.size() + moves.plays.size()) {
  for (const FieldPast& field : history.list.fields) {
    for (const auto& [day, value] : field.entries) list_changes_.push_back(day);
  }
  std::sort(list_changes_.begin(), list_changes_.end());
  list_changes_.erase(std::unique(list_changes_.begin(), list_changes_.end()), list_changes_.end());
  if (!list_changes_.empty()) first_ = std::min(first_, list_changes_.front());
  if (!history.days.empty()) first_ = std::min(first_, history.days.front().day);
  text_of(account_, TextField::kId) = history.account;
}

/// Which of the list's states holds on a day. The first one also holds before it was noted.
size_t AccountPast::list_entry(Day day) const {
  const auto after = std::upper_bound(list_changes_.begin(), list_changes_.end(), day);
  return after == list_changes_.begin() ? 0 : static_cast<size_t>(after - list_changes_.begin()) - 1;
}

bool AccountPast::listed(Day day) {
  static_cast<void>(on(day));
  return account_listed_;
}

const accounts::Account& AccountPast::on(Day day) {
  if (account_day_ == day) return account_;
  account_day_ = day;
  if (const size_t entry = list_entry(day); account_entry_ != entry) {
    account_entry_ = entry;
    account_listed_ = false;
    for (size_t i = 0; i < history_.list.fields.size(); ++i) {
      const auto* value = history_.list.fields[i].on(day);
      set_journal_value(account_, fields_[i], value == nullptr ? std::nullopt : *value);
      if (fields_[i] == "tier") account_listed_ = value != nullptr && value->has_value();
    }
  }
  set_activity(activity_on(history_.days, decay_, day), account_);
  if (wants_pages_) account_.pages = pages_on(history_.days, day);
  return account_;
}

const accounts::Account& AccountPast::for_tiers(Day day) {
  const auto stage = stage_on(day);
  const accounts::Account& plain = on(day);
  if (!stage.has_value()) return plain;
  moved_ = plain;
  text_of(moved_, TextField::kStage) = moves_.stages[*stage].name;
  return moved_;
}

const accounts::Account& AccountPast::for_plays(Day day) {
  const accounts::Account& staged = for_tiers(day);
  if (day < tiers_from_ || static_cast<size_t>(day - tiers_from_) >= tiers_.size()) return staged;
  const accounts::Tier tier = tiers_[static_cast<size_t>(day - tiers_from_)];
  if (staged.tier == tier) return staged;
  if (&staged != &moved_) moved_ = staged;
  moved_.tier = tier;
  return moved_;
}

void AccountPast::set_tiers(Day from, std::vector<accounts::Tier> tiers) {
  tiers_from_ = from;
  tiers_ = std::move(tiers);
}

uint32_t AccountPast::hold_of(Kind kind, size_t index) const {
  return kind == Kind::kStage  ? moves_.stages[index].hold_days
         : kind == Kind::kTier ? moves_.tiers[index].hold_days
                               : moves_.plays[index].hold_days;
}

bool AccountPast::condition_holds(Kind kind, size_t index, Day day) {
  if (day < first_) return false;
  // Before the first visit, every day is like the one on which the list changed last: one answer serves all
  // of them. But a stage that is held ends between two changes, so this is not so for what may test stages.
  const bool by_list_alone = kind == Kind::kStage || (kind == Kind::kTier && moves_.stages.empty());
  if (by_list_alone && (history_.days.empty() || day < history_.days.front().day))
    day = list_changes_.empty() ? first_ : std::max(first_, list_changes_[list_entry(day)]);
  const size_t move = index + (kind == Kind::kStage ? 0 : moves_.stages.size()) +
                      (kind == Kind::kPlay ? moves_.tiers.size() : 0);
  const auto ago = static_cast<size_t>(today_ - day);
  std::vector<Held>& memory = memory_[move];
  if (memory.size() <= ago) memory.resize(ago + 1);
  if (memory[ago] != Held::kUnknown) return memory[ago] == Held::kYes;
  bool holds = false;
  if (listed(day)) {
    switch (kind) {
      case Kind::kStage:
        holds = rules::holds_for(moves_.stages[index].when, for_stages(day));
        break;
      case Kind::kTier:
        holds = rules::holds_for(moves_.tiers[index].when, for_tiers(day));
        break;
      case Kind::kPlay:
        holds = rules::holds_for(moves_.plays[index].when, for_plays(day));
        break;
    }
  }
  memory_[move][ago] = holds ? Held::kYes : Held::kNo;
  return holds;
}

std::optional<Day> AccountPast::held(Kind kind, size_t index, Day day) {
  const Day hold = static_cast<Day>(hold_of(kind, index));
  for (Day at = day; at >= day - hold && at >= first_; --at) {
    if (condition_holds(kind, index, at)) return at;
  }
  return std::nullopt;
}

std::optional<Day> AccountPast::stage_held(size_t stage, Day day) {
  return held(Kind::kStage, stage, day);
}

std::optional<Day> AccountPast::tier_held(size_t move, Day day) {
  return held(Kind::kTier, move, day);
}

std::optional<Day> AccountPast::play_held(size_t play, Day day) {
  return held(Kind::kPlay, play, day);
}

Day AccountPast::tier_held_since(size_t move, Day day) {
  // From one day on which the condition held to the one before it, as long as that reaches the day after.
  Day since = day;
  for (auto last = tier_held(move, day); last.has_value(); last = tier_held(move, since - 1)) {
    since = *last;
    if (since <= first_) break;
  }
  return since;
}

std::optional<size_t> AccountPast::named_on(Kind kind, Day day) {
  const auto& moves = kind == Kind::kStage ? moves_.stages : moves_.plays;
  if (day < first_ || !listed(day)) return std::nullopt;
  const TextField field = kind == Kind::kStage ? TextField::kStage : TextField::kPlay;
  const bool says = !on(day).text[static_cast<size_t>(field)].empty();
  for (size_t i = 0; i < moves.size(); ++i) {
    if ((!says || moves[i].override_feed) && held(kind, i, day).has_value()) return i;
  }
  return std::nullopt;
}

std::optional<size_t> AccountPast::stage_on(Day day) {
  if (moves_.stages.empty() || day < first_) return std::nullopt;
  const auto ago = static_cast<size_t>(today_ - day);
  if (stages_.size() <= ago) stages_.resize(ago + 1);
  if (!stages_[ago].has_value()) stages_[ago] = named_on(Kind::kStage, day);
  return *stages_[ago];
}

std::optional<size_t> AccountPast::play_on(Day day) {
  return named_on(Kind::kPlay, day);
}

}  // namespace abm::measure
