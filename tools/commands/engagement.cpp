// abmctl engagement: what visits make of accounts, and how.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"
#include "tools/site_accounts.h"
#include "tools/site_standings.h"
#include "tools/site_visits.h"
#include "tools/standing_text.h"

namespace abm::tools {
namespace {

using measure::Day;
using measure::Standing;
using measure::Standings;

struct EngagementOptions {
  SiteOptions site;
  std::string account, day, forget;
  bool fold = false, rebuild = false, all = false, json = false;
};

Result<Day> day_of(const std::string& text) {
  if (text.empty()) return measure::day_of_seconds(::time(nullptr));
  const auto seconds = parse_rfc3339(text + "T00:00:00Z");
  if (!seconds.has_value() || *seconds < 0)
    return Error{fmt::format("--day '{}' is not a day such as 2026-11-29", text)};
  return measure::day_of_seconds(*seconds);
}

std::string counted(uint64_t count, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", count, count == 1 ? one : more);
}

std::string counts_text(const measure::FoldCounts& counts) {
  std::string text = counted(counts.counted, "page load of people was new", "page loads of people were new");
  const auto add = [&text](uint64_t count, std::string_view one, std::string_view more) {
    if (count > 0) text += ", " + counted(count, one, more);
  };
  add(counts.known, "was known already", "were known already");
  add(counts.robots, "line is of a robot", "lines are of robots");
  add(counts.no_pages, "line is no page load", "lines are no page loads");
  add(counts.all_damaged(), "line is damaged", "lines are damaged");
  add(counts.too_old, "line is older than what is kept", "lines are older than what is kept");
  return text;
}

/// The busiest first.
std::vector<const Standing*> ranked(const Standings& standings, bool all) {
  std::vector<const Standing*> shown;
  for (const Standing& standing : standings.all()) {
    const bool silent = !standing.activity.first_seen_days.has_value() && standing.moves.empty();
    if (standing.listed && (all || !silent)) shown.push_back(&standing);
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Standing* a, const Standing* b) {
    return a->activity.engagement > b->activity.engagement;
  });
  return shown;
}

void tell_table(const Standings& standings, bool all, const Output& out) {
  const auto shown = ranked(standings, all);
  const auto listed = std::count_if(standings.all().begin(), standings.all().end(),
                                    [](const Standing& s) { return s.listed; });
  size_t account = 8, stage = 6, play = 5;
  for (const Standing* standing : shown) {
    account = std::max(account, standing->account.size() + 1);
    stage = std::max(stage, standing->stage.size() + 1);
    play = std::max(play, standing->play.size() + 1);
  }
  out.line(fmt::format("{:<{}}{:>10} {:>10} {:>10} {:>10}  {:<{}}{:<13}{:<{}}{}", "account", account,
                       "engagement", "visits_30d", "people_30d", "quiet_days", "stage", stage, "tier", "play",
                       play, "moved"));
  for (const Standing* standing : shown) {
    const measure::Activity& activity = standing->activity;
    out.line(fmt::format("{:<{}}{:>10} {:>10} {:>10} {:>10}  {:<{}}{:<13}{:<{}}{}", standing->account,
                         account, activity.engagement, activity.visits_30d, activity.people_30d,
                         days_or_dash(activity.quiet_days), or_dash(standing->stage), stage,
                         accounts::to_string(standing->tier), or_dash(standing->play), play,
                         or_dash(standing->moved(standings.today()))));
  }
  const auto silent = static_cast<uint64_t>(listed) - shown.size();
  if (silent > 0) out.line(fmt::format("{} more listed accounts without a visit or a move", silent));
}

/// The list is noted as of now, whatever day is asked for.
Result<void> bring_up_to_date(const EngagementOptions& options, const generation::Site& site,
                              SiteVisits& visits, Output& out) {
  const auto counts = options.rebuild ? visits.rebuild() : visits.fold();
  out.clear_progress();
  counts ? note_fold(site, visits, counts->unread) : note_no_fold(site, counts.message());
  if (!counts) return counts.error();
  out.note(counts_text(*counts));
  if (const measure::Dropped& dropped = visits.dropped(); dropped.visits + dropped.list_entries > 0)
    out.note(
        fmt::format("{} page loads and {} entries of the account list's journal were too old, and are "
                    "deleted (engagement: {{ keep: {}d }})",
                    dropped.visits, dropped.list_entries, site.engagement->keep_days));
  Diagnostics diagnostics;
  SiteInputsOptions of_accounts;
  of_accounts.with_rules = false;
  of_accounts.with_visits = false;
  const SiteInputs inputs = site_inputs(site, diagnostics, of_accounts);
  if (diagnostics.errors() > 0 || inputs.build.feed.empty())
    return Error{diagnostics.errors() > 0 ? diagnostics.first_error() : "there is no account list"};
  const std::string& name = inputs.build.feed_name.empty() ? inputs.build.feed : inputs.build.feed_name;
  const Day now = measure::day_of_seconds(::time(nullptr));
  if (const auto noted = visits.record_list(inputs.build.feed, name, now); !noted) return noted.error();
  return {};
}

Status show_account(const EngagementOptions& options, const generation::Site& site, SiteVisits& visits,
                    const Standings& standings, const Output& out) {
  const Standing* const standing = standings.find(options.account);
  if (standing == nullptr) {
    std::vector<std::string_view> ids;
    for (const Standing& other : standings.all()) ids.push_back(other.account);
    return out.failure(fmt::format(
        "--account '{}': nobody came from an account with this id, and the list has none{}; abmctl "
        "explain --account takes names and domains, too",
        options.account, did_you_mean(options.account, ids)));
  }
  const auto story = story_of(visits.store(), site, standings, options.account);
  if (!story) return out.failure(story.message());
  if (!options.json) {
    tell_account_story(site, *story, standings.today(), out);
    return Status::kOk;
  }
  std::string text;
  Json json(text);
  write_standing(json, *standing, standings.today());
  write_account_story(json, *story);
  json.end_object();
  out.line(text);
  return Status::kOk;
}

void show_json(const Standings& standings, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("day").string(measure::to_string(standings.today()));
  json.key("version").string(standings.version()).key("accounts").begin_array();
  for (const Standing* standing : ranked(standings, true)) {
    write_standing(json, *standing, standings.today());
    json.end_object();
  }
  json.end_array().end_object();
  out.line(text);
}

Status forget(const EngagementOptions& options, SiteVisits& visits, const Output& out) {
  const auto dropped = measure::forget_account(visits.store(), options.forget);
  if (!dropped) return out.failure(visits.healed(dropped.error()).message);
  const uint64_t all = dropped->visits + dropped->list_entries + dropped->published;
  if (all == 0)
    return out.failure(fmt::format("--forget '{}': nothing is kept of this account", options.forget));
  out.line(fmt::format("{}: deleted {} of {}, {} of the account list's journal{}", options.forget,
                       counted(dropped->visits, "page load", "page loads"),
                       counted(dropped->days, "day", "days"),
                       counted(dropped->list_entries, "entry", "entries"),
                       dropped->published > 0 ? ", and what was published last" : ""));
  if (!dropped->not_smaller.empty())
    out.note(
        fmt::format("abmctl: copies may still be in the free parts of the file, for it could not be written "
                    "anew: {}; try again when nobody uses it",
                    dropped->not_smaller));
  out.note(
      "abmctl: visits come back with --rebuild, and when the database is made again, as long as logs or "
      "the stream have their lines: delete them there, too; the journal begins again with the next "
      "publication if the account list has the account; generations, reports and copies of the database "
      "are not changed");
  return Status::kOk;
}

Status run(const EngagementOptions& options, Context& context) {
  Output& out = context.out;
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    out.findings(diagnostics);
    return Status::kCouldNotRun;
  }
  const auto today = day_of(options.day);
  if (!today) return out.failure(today.message());
  const bool reads = options.fold || options.rebuild;
  std::error_code code;
  if (site->engagement.has_value() && !reads && !std::filesystem::exists(visits_database(*site), code))
    return out.failure(fmt::format("{}: no visits have been read yet: abmctl engagement --fold", site->data));
  SiteVisitsOptions with;
  with.note = [&out](std::string_view text) { out.note(fmt::format("abmctl: {}", text)); };
  with.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  with.retain = reads;
  auto visits = SiteVisits::open(*site, with);
  if (!visits) return out.failure(visits.message());
  if (reads) {
    if (auto done = bring_up_to_date(options, *site, **visits, out); !done)
      return out.failure(done.message());
  }
  if (!options.forget.empty()) return forget(options, **visits, out);
  const auto missing = (*visits)->missing_on(*today);
  if (!missing) return out.failure(missing.message());
  if (!missing->empty()) out.note(fmt::format("abmctl: {}", *missing));
  const auto standings = (*visits)->judge(*today, true);
  out.clear_progress();
  if (!standings) return out.failure(standings.message());
  if (!options.account.empty()) return show_account(options, *site, **visits, **standings, out);
  options.json ? show_json(**standings, out) : tell_table(**standings, options.all, out);
  return Status::kOk;
}

}  // namespace

void add_engagement(Command& app, Context& context) {
  auto options = std::make_shared<EngagementOptions>();
  Command* command = app.add_subcommand(
      "engagement", "Says what visits make of accounts: engagement, stage, tier, play, and why");
  options->site.add_to(*command);
  Option fold = command->add_flag("--fold", options->fold, "read what is new in the site's visits first");
  Option rebuild =
      command->add_flag("--rebuild", options->rebuild, "read all visits again from the start first")
          .excludes(fold);
  Option account = command->add_option("--account", options->account,
                                       "one account only, by its id: with all its arithmetic");
  Option day =
      command->add_option("--day", options->day, "as of this day (UTC), such as 2026-11-29; else today");
  Option all =
      command->add_flag("--all", options->all, "also accounts without a visit or a move").excludes(account);
  Option json = command->add_flag("--json", options->json, "for programs: all listed accounts, or the one");
  command
      ->add_option("--forget", options->forget,
                   "delete what is known of one account, by its id: visits and journal")
      .excludes(account)
      .excludes(day)
      .excludes(json)
      .excludes(all)
      .excludes(fold)
      .excludes(rebuild);
  command->footer(
      "What counts is in site.yaml under `engagement:`, what moves accounts under `stages:`, `tiers:` and `plays:`.\n"
      "Examples:\n"
      "  abmctl engagement --fold\n"
      "  abmctl engagement --account deere\n"
      "  abmctl engagement --day 2026-11-01 --json\n"
      "  abmctl engagement --forget deere");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
