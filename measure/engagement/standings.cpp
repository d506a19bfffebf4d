#include "measure/engagement/standings.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "measure/engagement/day_figures.h"
#include "measure/engagement/histories.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/roll_up.h"

namespace abm::measure {
namespace {

using accounts::TextField;

/// A value of each of standing_fields(), on a line of its own.
std::string fields_text(const Standing& standing, Day today) {
  const Activity& activity = standing.activity;
  std::string pages;
  for (const accounts::VisitedPage& page : standing.pages)
    pages += fmt::format("{} {} ", page.days, page.path);
  const auto days = [](std::optional<Day> value) { return value.has_value() ? std::to_string(*value) : ""; };
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", activity.engagement,
                     activity.visits_7d, activity.visits_30d, activity.people_7d, activity.people_30d,
                     days(activity.quiet_days), days(activity.first_seen_days), pages, standing.stage,
                     accounts::to_string(standing.tier), standing.play, standing.moved(today));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool differs(std::string_view before, std::string_view now, const std::vector<std::string>& fields) {
  if (fields.empty()) return before != now;
  const auto old_lines = lines_of(before), new_lines = lines_of(now);
  const auto& names = standing_fields();
  if (old_lines.size() != names.size() || new_lines.size() != names.size()) return true;
  for (size_t i = 0; i < names.size(); ++i) {
    if (old_lines[i] != new_lines[i] && std::find(fields.begin(), fields.end(), names[i]) != fields.end())
      return true;
  }
  return false;
}

/// What would be published of an account that nobody came from and nothing moved.
Standing untouched(const Standing& standing) {
  Standing plain;
  plain.account = standing.account;
  plain.listed = standing.listed;
  plain.stage = standing.stage;
  plain.play = standing.play;
  plain.tier = standing.tier;
  for (const Move& move : standing.moves) {
    if (move.what == Move::What::kStage) plain.stage = move.from;
    if (move.what == Move::What::kPlay) plain.play = move.from;
    if (move.what == Move::What::kTier) plain.tier = accounts::tier_from(move.from).value_or(plain.tier);
  }
  return plain;
}

void move_text(std::string& text, const Move& move) {
  if (equal_without_case(text, move.from)) text = move.to;
}

}  // namespace

const std::vector<std::string_view>& standing_fields() {
  static const std::vector<std::string_view> kNames = {
      "engagement",      "visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days",
      "first_seen_days", "pages_30d", "stage",      "tier",      "play",       "moved"};
  return kNames;
}

Standings::Standings(std::vector<Standing> standings, Day today)
    : standings_(std::move(standings)), today_(today) {
  Hasher64 hasher;
  for (const Standing& standing : standings_) {
    hasher.update(standing.account);
    hasher.update("\n");
    hasher.update(fields_text(standing, today_));
    hasher.update("\n\n");
  }
  hash_ = hasher.digest();
}

const Standing* Standings::find(std::string_view account) const {
  const auto found = std::lower_bound(standings_.begin(), standings_.end(), account,
                                      [](const Standing& s, std::string_view id) { return s.account < id; });
  return found == standings_.end() || found->account != account ? nullptr : &*found;
}

void Standings::apply(accounts::Account& account) const {
  static const Standing kNobodyCame;
  const Standing* const found = find(account.id());
  const Standing& standing = found == nullptr ? kNobodyCame : *found;
  set_activity(standing.activity, account);
  account.pages = standing.pages;
  account.text[static_cast<size_t>(TextField::kMoved)].clear();
  if (account.exclude || standing.moves.empty()) return;
  for (const Move& move : standing.moves) {
    switch (move.what) {
      case Move::What::kStage:
        move_text(account.text[static_cast<size_t>(TextField::kStage)], move);
        break;
      case Move::What::kPlay:
        move_text(account.text[static_cast<size_t>(TextField::kPlay)], move);
        break;
      case Move::What::kTier:
        if (accounts::to_string(account.tier) == move.from) account.tier = standing.tier;
        break;
    }
  }
  account.text[static_cast<size_t>(TextField::kMoved)] = standing.moved(today_);
}

std::string Standings::version() const {
  return fmt::format("{} {:016x}", to_string(today_), hash_);
}

Result<std::shared_ptr<const Standings>> judge_all(EngagementStore& store, const JudgeInputs& inputs) {
  const PointTable points(inputs.engagement);
  if (auto done = refresh_days(store, points, inputs.progress); !done) return done.error();
  const bool rolls_up = inputs.engagement.roll_up;
  auto histories = load_histories(store, journal_fields(inputs.moves, rolls_up), inputs.today,
                                  pages_wanted_from(inputs.moves, inputs.today), inputs.before_journal);
  if (!histories) return histories.error();
  const Decay decay(inputs.engagement.half_life_days);
  if (rolls_up) roll_up(*histories, decay, inputs.today);
  return std::make_shared<const Standings>(judge(*histories, inputs.moves, decay, inputs.today),
                                           inputs.today);
}

Result<std::vector<std::string>> changed_since_published(EngagementStore& store, const Standings& standings,
                                                         const std::vector<std::string>& fields) {
  auto select = store.database().prepare("SELECT account, fields FROM published");
  if (!select) return select.error();
  std::map<std::string, std::string, std::less<>> before;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    before.emplace(select->text(0), select->text(1));
  }
  std::vector<std::string> changed;
  for (const Standing& standing : standings.all()) {
    if (!standing.listed) continue;
    const auto found = before.find(standing.account);
    const std::string said =
        found == before.end() ? fields_text(untouched(standing), standings.today()) : found->second;
    if (differs(said, fields_text(standing, standings.today()), fields)) changed.push_back(standing.account);
  }
  return changed;
}

Result<void> note_published(EngagementStore& store, const Standings& standings) {
  if (auto begun = store.begin(); !begun) return begun;
  if (auto done = store.database().execute("DELETE FROM published"); !done) return done;
  auto insert = store.database().prepare("INSERT INTO published VALUES (?1, ?2)");
  if (!insert) return insert.error();
  for (const Standing& standing : standings.all()) {
    if (!standing.listed) continue;
    const std::string fields = fields_text(standing, standings.today());
    insert->bind_text(1, standing.account);
    insert->bind_text(2, fields);
    if (auto done = insert->run(); !done) return done;
  }
  return store.commit();
}

}  // namespace abm::measure
