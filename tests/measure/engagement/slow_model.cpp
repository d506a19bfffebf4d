#include "tests/measure/engagement/slow_model.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "rules/account_condition.h"
#include "rules/program/glob_match.h"

namespace abm::measure::testing {
namespace {

using accounts::Account;
using accounts::NumberField;
using accounts::TextField;
using accounts::Tier;

class Model {
 public:
  Model(const generation::Site& site, const std::vector<ModelVisit>& visits, const ModelLists& lists,
        Day today)
      : site_(site),
        lists_(lists),
        today_(today),
        first_kept_(today - static_cast<Day>(site.engagement->keep_days) + 1) {
    std::copy_if(visits.begin(), visits.end(), std::back_inserter(visits_),
                 [this](const ModelVisit& visit) { return visit.day >= first_kept_; });
  }

  std::map<std::string, ModelStanding> run();

 private:
  const Account* said(const std::string& id, Day day) const;
  bool is_listed(const std::string& id, Day day) const {
    return said(id, day) != nullptr && !said(id, day)->exclude;
  }
  Day first(const std::string& id) const;
  double sum(const std::string& id, Day day) const;
  uint32_t points(const ModelVisit& visit) const;
  Account make_plain(const std::string& id, Day day) const;
  Account make_staged(const std::string& id, Day day) const;
  Account make_tiered(const std::string& id, Day day) const;
  // Computed once: else a test takes hours.
  using Made = std::map<std::pair<std::string, Day>, Account>;
  const Account& plain(const std::string& id, Day day) const {
    return once(plain_, id, day, &Model::make_plain);
  }
  const Account& staged(const std::string& id, Day day) const {
    return once(staged_, id, day, &Model::make_staged);
  }
  const Account& tiered(const std::string& id, Day day) const {
    return once(tiered_, id, day, &Model::make_tiered);
  }
  const Account& once(Made& made, const std::string& id, Day day,
                      Account (Model::*make)(const std::string&, Day) const) const {
    const auto found = made.find({id, day});
    return found != made.end() ? found->second
                               : made.emplace(std::pair(id, day), (this->*make)(id, day)).first->second;
  }
  Account moved(const std::string& id, Day day) const;
  template <typename At>
  bool held(const rules::Condition& when, uint32_t hold, const std::string& id, Day day, const At& at) const;
  bool promoted_among(const generation::TierMove& move, const std::string& id, Day day) const;
  Day began(const generation::TierMove& move, const std::string& id, Day day) const;
  std::set<std::string> ids() const;

  const generation::Site& site_;
  std::vector<ModelVisit> visits_;
  const ModelLists& lists_;
  Day today_, first_kept_;
  mutable Made plain_, staged_, tiered_;
  mutable std::map<std::pair<const generation::TierMove*, Day>, std::set<std::string>> promoted_;
};

std::set<std::string> Model::ids() const {
  std::set<std::string> all;
  for (const ModelVisit& visit : visits_) {
    if (visit.day <= today_) all.insert(visit.account);
  }
  for (const auto& [day, list] : lists_) {
    for (const auto& [id, account] : list) {
      if (day <= today_) all.insert(id);
    }
  }
  return all;
}

/// What the list said at the end of the day; before the account was listed first, what it said then.
const Account* Model::said(const std::string& id, Day day) const {
  const Account* found = nullptr;
  bool ever = false;
  for (const auto& [noted, list] : lists_) {
    if (noted > today_) break;
    const auto in_it = list.find(id);
    if (noted <= day && ever) found = in_it == list.end() ? nullptr : &in_it->second;
    if (!ever && in_it != list.end()) {
      ever = true;
      found = &in_it->second;
    }
  }
  return found;
}

Day Model::first(const std::string& id) const {
  Day day = today_ + 1;
  for (const ModelVisit& visit : visits_) {
    if (visit.account == id) day = std::min(day, visit.day);
  }
  for (const auto& [noted, list] : lists_) {
    if (list.contains(id)) day = std::min(day, noted);
  }
  return std::max(day, first_kept_);
}

uint32_t Model::points(const ModelVisit& visit) const {
  const auto& points = site_.engagement->points;
  std::optional<uint32_t> best;
  for (const auto& [glob, value, at] : points.paths) {
    if (rules::glob_matches(*rules::parse_glob(glob), visit.path)) best = std::max(best.value_or(0), value);
  }
  uint32_t total = best.value_or(points.page);
  for (const std::string& signal : std::set<std::string>(visit.signals.begin(), visit.signals.end())) {
    for (const auto& [name, value, at] : points.signals) total += name == signal ? value : 0;
  }
  return total;
}

double Model::sum(const std::string& id, Day day) const {
  const auto& input = *site_.engagement;
  std::map<std::pair<Day, std::string>, uint32_t> earned;  // by person-day
  for (const ModelVisit& visit : visits_) {
    if (visit.account != id || visit.day > day) continue;
    auto [entry, is_new] = earned.emplace(std::pair(visit.day, visit.person), input.points.person);
    entry->second += points(visit);
  }
  double sum = 0;
  for (const auto& [person_day, value] : earned) {
    const Day age = day - person_day.first;
    if (age > static_cast<Day>(10 * input.half_life_days)) continue;
    sum += std::min(value, input.most_per_person_day) *
           std::exp2(-static_cast<double>(age) / input.half_life_days);
  }
  return sum;
}

Account Model::make_plain(const std::string& id, Day day) const {
  Account account;
  if (const Account* listed = said(id, day); listed != nullptr) account = *listed;
  account.text[static_cast<size_t>(TextField::kId)] = id;
  const auto set = [&account](NumberField field, std::optional<int64_t> value) {
    account.numbers[static_cast<size_t>(field)] = value;
  };
  int64_t visits_7d = 0, visits_30d = 0;
  std::set<std::pair<Day, std::string>> people_7d, people_30d;
  std::optional<Day> quiet, seen;
  for (const ModelVisit& visit : visits_) {
    if (visit.account != id || visit.day > day) continue;
    const Day age = day - visit.day;
    quiet = std::min(quiet.value_or(age), age);
    seen = std::max(seen.value_or(age), age);
    if (age < 7) ++visits_7d, people_7d.emplace(visit.day, visit.person);
    if (age < 30) ++visits_30d, people_30d.emplace(visit.day, visit.person);
  }
  set(NumberField::kEngagement, std::min<int64_t>(100, std::llround(sum(id, day))));
  set(NumberField::kVisits7d, visits_7d);
  set(NumberField::kVisits30d, visits_30d);
  set(NumberField::kPeople7d, static_cast<int64_t>(people_7d.size()));
  set(NumberField::kPeople30d, static_cast<int64_t>(people_30d.size()));
  set(NumberField::kQuietDays, quiet);
  set(NumberField::kFirstSeenDays, seen);
  return account;
}

template <typename At>
bool Model::held(const rules::Condition& when, uint32_t hold, const std::string& id, Day day,
                 const At& at) const {
  for (Day on = day; on >= day - static_cast<Day>(hold) && on >= first(id); --on) {
    if (is_listed(id, on) && rules::holds_for(when, at(on))) return true;
  }
  return false;
}

Account Model::make_staged(const std::string& id, Day day) const {
  Account account = plain(id, day);
  if (!is_listed(id, day)) return account;
  std::string& stage = account.text[static_cast<size_t>(TextField::kStage)];
  for (const auto& move : site_.moves.stages) {
    if (!stage.empty() && !move.override_feed) continue;
    if (!held(move.when, move.hold_days, id, day, [&](Day on) -> const Account& { return plain(id, on); }))
      continue;
    stage = move.name;
    break;
  }
  return account;
}

Day Model::began(const generation::TierMove& move, const std::string& id, Day day) const {
  Day since = day;
  while (since > first(id) && held(move.when, move.hold_days, id, since - 1,
                                   [&](Day on) -> const Account& { return staged(id, on); }))
    --since;
  return since;
}

bool Model::promoted_among(const generation::TierMove& move, const std::string& id, Day day) const {
  const auto [entry, is_new] = promoted_.try_emplace(std::pair(&move, day));
  if (!is_new) return entry->second.contains(id);
  std::set<std::pair<Day, std::string>> candidates;
  for (const std::string& other : ids()) {
    if (day < first(other) || !is_listed(other, day) || said(other, day)->tier >= move.tier) continue;
    if (held(move.when, move.hold_days, other, day,
             [&](Day on) -> const Account& { return staged(other, on); }))
      candidates.emplace(began(move, other, day), other);
  }
  for (const auto& [since, other] : candidates) {
    if (entry->second.size() < *move.at_most) entry->second.insert(other);
  }
  return entry->second.contains(id);
}

Account Model::make_tiered(const std::string& id, Day day) const {
  Account account = staged(id, day);
  if (!is_listed(id, day)) return account;
  const Tier said_tier = account.tier;
  Tier up = said_tier, down = said_tier;
  bool promoted = false;
  for (const auto& move : site_.moves.tiers) {
    if (!held(move.when, move.hold_days, id, day, [&](Day on) -> const Account& { return staged(id, on); }))
      continue;
    if (!move.promote) {
      if (std::find(move.keep.begin(), move.keep.end(), said_tier) == move.keep.end())
        down = std::min(down, move.tier);
      continue;
    }
    if (move.at_most.has_value() && said_tier < move.tier && !promoted_among(move, id, day)) continue;
    promoted = true;
    up = std::max(up, move.tier);
  }
  account.tier = promoted ? up : down;
  return account;
}

Account Model::moved(const std::string& id, Day day) const {
  Account account = tiered(id, day);
  if (!is_listed(id, day)) return account;
  std::string& play = account.text[static_cast<size_t>(TextField::kPlay)];
  for (const auto& move : site_.moves.plays) {
    if (!play.empty() && !move.override_feed) continue;
    if (!held(move.when, move.hold_days, id, day, [&](Day on) -> const Account& { return tiered(id, on); }))
      continue;
    play = move.name;
    break;
  }
  return account;
}

std::map<std::string, ModelStanding> Model::run() {
  std::map<std::string, ModelStanding> all;
  for (const std::string& id : ids()) {
    ModelStanding& standing = all[id];
    standing.account = moved(id, today_);
    standing.listed = is_listed(id, today_);
    standing.sum = sum(id, today_);
    if (!standing.listed) continue;
    standing.said_stage = said(id, today_)->text[static_cast<size_t>(TextField::kStage)];
    standing.said_play = said(id, today_)->text[static_cast<size_t>(TextField::kPlay)];
    standing.said_tier = said(id, today_)->tier;
  }
  return all;
}

}  // namespace

std::map<std::string, ModelStanding> slow_model(const generation::Site& site,
                                                const std::vector<ModelVisit>& visits,
                                                const ModelLists& lists, Day today) {
  return Model(site, visits, lists, today).run();
}

}  // namespace abm::measure::testing
