#include "measure/engagement/standings.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "measure/engagement/day_figures.h"
#include "measure/engagement/histories.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/retention.h"
#include "measure/engagement/roll_up.h"

namespace abm::measure {
namespace {

using accounts::TextField;

constexpr std::string_view kPublishedDay = "published_day", kPublishedGeneration = "published_generation";
constexpr size_t kFields = 12;

/// The fields that visits change, each on a line of its own; pages with tabs between.
std::string fields_text(const Standing& standing, Day today) {
  const Activity& activity = standing.activity;
  std::string pages;
  for (const accounts::VisitedPage& page : standing.pages)
    pages += fmt::format("{}{} {}", pages.empty() ? "" : "\t", page.days, page.path);
  const auto days = [](std::optional<Day> value) { return value.has_value() ? std::to_string(*value) : ""; };
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", activity.engagement,
                     activity.visits_7d, activity.visits_30d, activity.people_7d, activity.people_30d,
                     days(activity.quiet_days), days(activity.first_seen_days), pages, standing.stage,
                     accounts::to_string(standing.tier), standing.play, standing.moved(today));
}

std::vector<std::string_view> pieces_of(std::string_view text, char between) {
  std::vector<std::string_view> pieces;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(between, at), text.size());
    pieces.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return pieces;
}

std::optional<int64_t> number_of(std::string_view text) {
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The inverse of fields_text(), as an account has them; std::nullopt if it is none.
std::optional<accounts::Account> account_of(std::string_view text) {
  const auto lines = pieces_of(text, '\n');
  if (lines.size() != kFields) return std::nullopt;
  accounts::Account account;
  size_t line = 0;
  for (auto i = static_cast<size_t>(accounts::NumberField::kEngagement); i < accounts::kNumberFields; ++i)
    account.numbers[i] = number_of(lines[line++]);
  for (const std::string_view page : pieces_of(lines[line++], '\t')) {
    const size_t space = std::min(page.find(' '), page.size());
    if (space < page.size())
      account.pages.push_back({std::string(page.substr(space + 1)),
                               static_cast<uint32_t>(number_of(page.substr(0, space)).value_or(0))});
  }
  account.text[static_cast<size_t>(TextField::kStage)] = lines[line++];
  account.tier = accounts::tier_from(lines[line++]).value_or(accounts::Tier::kUntiered);
  account.text[static_cast<size_t>(TextField::kPlay)] = lines[line++];
  account.text[static_cast<size_t>(TextField::kMoved)] = lines[line];
  return account;
}

bool looks_other(std::string_view before, std::string_view now, const rules::VisitSight* sight) {
  if (before == now) return false;
  if (sight == nullptr) return true;
  const auto was = account_of(before), is = account_of(now);
  return !was.has_value() || !is.has_value() || sight->of(*was) != sight->of(*is);
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

rules::VisitMoves moves_of(const generation::MovesInput& input) {
  rules::VisitMoves moves;
  moves.engagement = true;
  for (const generation::NamedMove& stage : input.stages) moves.stages.push_back(folded(stage.name));
  for (const generation::NamedMove& play : input.plays) moves.plays.push_back(folded(play.name));
  for (const generation::TierMove& tier : input.tiers)
    moves.tiers.emplace_back(accounts::to_string(tier.tier));
  return moves;
}

Standings::Standings(std::vector<Standing> standings, Day today, rules::VisitMoves moves)
    : standings_(std::move(standings)), moves_(std::move(moves)), today_(today) {
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

std::string Standings::summary() const {
  size_t visited = 0, moved = 0;
  for (const Standing& standing : standings_) {
    visited += standing.listed && standing.activity.first_seen_days.has_value() ? 1 : 0;
    moved += standing.listed && !standing.moves.empty() ? 1 : 0;
  }
  return fmt::format("{} (UTC): visits of {} listed account{} are known, and {} moved", to_string(today_),
                     visited, visited == 1 ? "" : "s",
                     moved == 1 ? "1 account is" : fmt::format("{} accounts are", moved));
}

Result<std::shared_ptr<const Standings>> judge_all(EngagementStore& store, const JudgeInputs& inputs) {
  const PointTable points(inputs.engagement);
  if (auto done = refresh_days(store, points, inputs.progress); !done) return done.error();
  const bool rolls_up = inputs.engagement.roll_up;
  HistoryDays days;
  days.first = first_kept(inputs.engagement, inputs.today);
  days.today = inputs.today;
  days.pages_from = pages_wanted_from(inputs.moves, inputs.today);
  days.before_journal = inputs.before_journal;
  auto histories = load_histories(store, journal_fields(inputs.moves, rolls_up), days);
  if (!histories) return histories.error();
  const Decay decay(inputs.engagement.half_life_days);
  if (rolls_up) roll_up(*histories, decay, inputs.today);
  return std::make_shared<const Standings>(judge(*histories, inputs.moves, decay, inputs.today), inputs.today,
                                           moves_of(inputs.moves));
}

Result<std::vector<std::string>> changed_since_published(EngagementStore& store, const Standings& standings,
                                                         const rules::VisitSight* sight) {
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
    if (looks_other(said, fields_text(standing, standings.today()), sight))
      changed.push_back(standing.account);
  }
  return changed;
}

Result<LastPublished> last_published(EngagementStore& store) {
  const auto day = store.meta(kPublishedDay), generation = store.meta(kPublishedGeneration);
  if (!day || !generation) return (!day ? day : generation).error();
  LastPublished last;
  last.day = static_cast<Day>(number_of(*day).value_or(0));
  last.generation = static_cast<uint64_t>(number_of(*generation).value_or(0));
  return last;
}

Result<void> note_published(EngagementStore& store, const Standings& standings, uint64_t generation) {
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
  if (auto set = store.set_meta(kPublishedDay, std::to_string(standings.today())); !set) return set;
  if (auto set = store.set_meta(kPublishedGeneration, std::to_string(generation)); !set) return set;
  return store.commit();
}

}  // namespace abm::measure
