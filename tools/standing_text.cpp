#include "tools/standing_text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "measure/engagement/retention.h"
#include "measure/review/shown.h"

namespace abm::tools {
namespace {

using measure::Day;
using measure::Standing;

constexpr size_t kPathColumns = 200;

void tell_day(const measure::EarnedDay& day, uint32_t most, const Output& out) {
  out.line(fmt::format("  {}  {:>3} days ago  {:>6} points × {:.4f} = {:>8.3f}   {} {} of {} {}",
                       measure::to_string(day.day), day.age, day.points, day.weight, day.worth, day.visits,
                       day.visits == 1 ? "view" : "views", day.people,
                       day.people == 1 ? "person" : "people"));
  for (const measure::EarnedViews& views : day.views) {
    const std::string signals =
        views.signals.empty() ? "" : fmt::format(", signal {}", fmt::join(views.signals, ", "));
    // A visitor chose the path: it may not steer the terminal.
    out.line(fmt::format("      {} × {} points: {}{}", views.views, views.each,
                         measure::shown(views.path, kPathColumns), signals));
  }
  if (day.capped_people > 0)
    out.line(fmt::format("      {} {} earned the most that one person can on a day, {}", day.capped_people,
                         day.capped_people == 1 ? "person" : "people", most));
}

double worth_of(const measure::RolledUp& below) {
  return static_cast<double>(below.worth) / static_cast<double>(measure::Decay::kWhole);
}

/// Lists are lines there.
std::string listed_text(const std::optional<std::string>& value) {
  std::string text = value.value_or("nothing");
  std::replace(text.begin(), text.end(), '\n', ',');
  return text;
}

void tell_list(const std::vector<measure::ListEntry>& list, const Output& out) {
  for (size_t i = 0; i < list.size();) {
    const std::string& field = list[i].field;
    std::string line = fmt::format("  the list says {}:", field);
    for (bool first = true; i < list.size() && list[i].field == field; ++i, first = false)
      line += fmt::format("{} {} since {}", first ? "" : ",", listed_text(list[i].value),
                          measure::to_string(list[i].day));
    out.line(line);
  }
}

}  // namespace

std::string days_or_dash(std::optional<Day> days) {
  return days.has_value() ? fmt::to_string(*days) : "-";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

Result<StandingStory> story_of(measure::EngagementStore& store, const generation::Site& site,
                               const measure::Standings& standings, const std::string& account) {
  StandingStory story;
  story.standing = standings.find(account);
  if (story.standing == nullptr) return story;
  auto arithmetic = measure::arithmetic_of(store, *site.engagement, account, standings.today());
  if (!arithmetic) return arithmetic.error();
  story.arithmetic = std::move(*arithmetic);
  auto list = measure::list_entries(store, account, measure::first_kept(*site.engagement, standings.today()),
                                    standings.today());
  if (!list) return list.error();
  story.list = std::move(*list);
  return story;
}

void write_standing(Json& json, const Standing& standing, Day today) {
  const measure::Activity& activity = standing.activity;
  const auto days = [&json](std::string_view name, std::optional<Day> value) {
    json.key(name);
    value.has_value() ? json.number(*value) : json.null();
  };
  json.begin_object().key("account").string(standing.account).key("engagement").number(activity.engagement);
  json.key("visits_7d").number(activity.visits_7d).key("visits_30d").number(activity.visits_30d);
  json.key("people_7d").number(activity.people_7d).key("people_30d").number(activity.people_30d);
  days("quiet_days", activity.quiet_days);
  days("first_seen_days", activity.first_seen_days);
  json.key("pages_30d").begin_array();
  for (const accounts::VisitedPage& page : standing.pages)
    json.begin_object().key("path").string(page.path).key("days").number(page.days).end_object();
  json.end_array().key("pages_left_out").number(standing.pages_left_out);
  json.key("stage").string_or_null(standing.stage).key("tier").string(accounts::to_string(standing.tier));
  json.key("play").string_or_null(standing.play).key("moved").string_or_null(standing.moved(today));
  json.key("moves").begin_array();
  for (const measure::Move& move : standing.moves) {
    json.begin_object()
        .key("what")
        .string(measure::to_string(move.what))
        .key("from")
        .string_or_null(move.from);
    json.key("to").string(move.to).key("held_on").string(measure::to_string(move.held_on));
    json.key("until").string(measure::to_string(move.until)).key("facts").string_or_null(move.facts);
    json.end_object();
  }
  json.end_array();
}

void write_account_story(Json& json, const StandingStory& story) {
  const measure::Arithmetic& arithmetic = story.arithmetic;
  json.key("listed").boolean(story.standing->listed).key("list").begin_array();
  for (const measure::ListEntry& entry : story.list) {
    json.begin_object().key("field").string(entry.field).key("since").string(measure::to_string(entry.day));
    json.key("value").string_or_null(entry.value.value_or("")).end_object();
  }
  json.end_array();
  json.key("sum").number(arithmetic.sum).key("days_too_old").number(arithmetic.days_too_old);
  json.key("days").begin_array();
  for (const measure::EarnedDay& day : arithmetic.days) {
    json.begin_object().key("day").string(measure::to_string(day.day)).key("age").number(day.age);
    json.key("visits").number(day.visits).key("people").number(day.people);
    json.key("capped_people").number(day.capped_people).key("points").number(day.points);
    json.key("weight").number(day.weight).key("worth").number(day.worth).key("views").begin_array();
    for (const measure::EarnedViews& views : day.views) {
      json.begin_object().key("path").string(views.path).key("signals").begin_array();
      for (const std::string& signal : views.signals) json.string(signal);
      json.end_array().key("views").number(views.views).key("points_each").number(views.each).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("below").begin_array();
  for (const measure::RolledUp& below : story.standing->below) {
    json.begin_object().key("account").string(below.account);
    json.key("worth").number(worth_of(below)).end_object();
  }
  json.end_array();
}

void tell_account_story(const generation::Site& site, const StandingStory& story, Day today,
                        const Output& out) {
  const generation::EngagementInput& input = *site.engagement;
  const Standing& standing = *story.standing;
  const measure::Arithmetic& arithmetic = story.arithmetic;
  const measure::Activity& activity = standing.activity;
  out.line(fmt::format("{} as of {} (UTC)", out.strong(standing.account), measure::to_string(today)));
  double sum = arithmetic.sum;
  for (const measure::RolledUp& below : standing.below) sum += worth_of(below);
  out.line(fmt::format("  engagement {} = min(100, round({:.3f})): points of each day × 2^(−days ago / {})",
                       activity.engagement, sum, input.half_life_days));
  for (const measure::EarnedDay& day : arithmetic.days) tell_day(day, input.most_per_person_day, out);
  for (const measure::RolledUp& below : standing.below)
    out.line(
        fmt::format("  {:>8.3f} from '{}', which is below it (roll_up)", worth_of(below), below.account));
  if (arithmetic.days_too_old > 0)
    out.line(fmt::format("  {} older days count nothing any more", arithmetic.days_too_old));
  if (input.points.person > 0)
    out.line(fmt::format("  each person adds {} points a day", input.points.person));
  out.line(
      fmt::format("  visits_7d {}, visits_30d {}, people_7d {}, people_30d {} (person-days), quiet_days {}, "
                  "first_seen_days {}",
                  activity.visits_7d, activity.visits_30d, activity.people_7d, activity.people_30d,
                  days_or_dash(activity.quiet_days), days_or_dash(activity.first_seen_days)));
  tell_list(story.list, out);
  if (!standing.listed)
    return out.line("  it is not on the account list, or excluded there: nothing moves it");
  out.line(fmt::format("  stage {}, tier {}, play {}", or_dash(standing.stage),
                       accounts::to_string(standing.tier), or_dash(standing.play)));
  for (const measure::Move& move : standing.moves) out.line("  moved: " + measure::describe(move, today));
  if (standing.moves.empty()) out.line("  nothing has moved it");
}

}  // namespace abm::tools
