// abmctl review: one page for the weekly meeting of sales and marketing.
#include "measure/review/review.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/folding.h"
#include "base/text.h"
#include "connect/sync/state.h"
#include "measure/engagement/day_figures.h"
#include "measure/engagement/points.h"
#include "measure/review/show.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"
#include "tools/site_visits.h"

namespace abm::tools {
namespace {

constexpr size_t kMostOwners = 20;  // in a message

struct ReviewOptions {
  SiteOptions site;
  std::string owner, week, html, mail;
  std::vector<std::string> customers;
  bool json = false;
};

/// Accounts of the generation, without excluded ones.
std::vector<measure::ReviewSubject> listed_accounts(const generation::Generation& generation) {
  using accounts::TextField;
  std::vector<measure::ReviewSubject> list;
  for (uint32_t i = 0; i < generation.accounts().size(); ++i) {
    const accounts::AccountView account = generation.accounts().at(i);
    if (account.excluded()) continue;
    list.push_back({.id = std::string(account.id()),
                    .name = std::string(account.name()),
                    .owner = std::string(account.text(TextField::kOwner)),
                    .intent = account.number(accounts::NumberField::kIntent)});
  }
  return list;
}

/// What is missing because it could not be read; "": nothing, as far as is known.
std::string unread_visits(const std::string& data) {
  const auto state = connect::read_visits_state(data);
  if (!state || !state->has_value()) return {};
  const std::string& fault = (*state)->attempts.failures > 0 ? (*state)->attempts.fault : (*state)->unread;
  return fault.empty() ? "" : fmt::format("Visits are missing, for not all could be read: {}", fault);
}

measure::NextSteps next_steps(const rules::Program& program) {
  measure::NextSteps steps;
  for (uint32_t i = 0; i < program.rule_count(); ++i) {
    const rules::RuleInfo rule = program.rule(i);
    if (rule.signal_name.empty() || rule.signal_next.empty()) continue;
    std::vector<std::string>& next = steps[std::string(rule.signal_name)];
    if (std::find(next.begin(), next.end(), rule.signal_next) == next.end())
      next.emplace_back(rule.signal_next);
  }
  return steps;
}

Result<void> check_owner(const std::string& owner, const std::vector<measure::ReviewSubject>& list) {
  std::vector<std::string_view> owners;
  for (const measure::ReviewSubject& account : list) {
    if (equal_without_case(account.owner, owner)) return {};
    if (!account.owner.empty()) owners.push_back(account.owner);
  }
  std::sort(owners.begin(), owners.end());
  owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
  if (owners.empty()) return Error{fmt::format("--owner '{}': no account of the list has an owner", owner)};
  const std::string meant = did_you_mean(owner, owners);
  if (!meant.empty()) return Error{fmt::format("--owner '{}' has no account of the list{}", owner, meant)};
  const size_t more = owners.size() > kMostOwners ? owners.size() - kMostOwners : 0;
  owners.resize(owners.size() - more);
  return Error{fmt::format("--owner '{}' has no account of the list; owners are {}{}", owner,
                           fmt::join(owners, ", "), more > 0 ? fmt::format(" and {} more", more) : "")};
}

struct JudgedWeek {
  std::shared_ptr<const measure::Standings> now, before;
  measure::WeekFacts facts;
};

/// All of one state of the database, whatever is read meanwhile.
Result<JudgedWeek> judge_week(const generation::Site& site, SiteVisits& visits,
                              const measure::ReviewDays& days, Output& out) {
  measure::EngagementStore& store = visits.store();
  const auto progress = [&out](uint64_t done, uint64_t total) { out.progress("counting days", done, total); };
  const measure::PointTable points(*site.engagement);
  if (auto done = measure::refresh_days(store, points, progress); !done) return visits.healed(done.error());
  if (auto begun = store.begin_trial(); !begun) return visits.healed(begun.error());
  const auto judge = [&](measure::Day day) {
    measure::JudgeInputs inputs{*site.engagement, site.moves, day, progress};
    inputs.before_journal = true;
    return measure::judge_all(store, inputs);
  };
  auto now = judge(days.until);
  if (!now) return visits.healed(now.error());
  auto before = judge(days.before);
  if (!before) return visits.healed(before.error());
  auto facts = measure::week_facts(store, days, measure::first_kept(*site.engagement, days.until));
  if (!facts) return visits.healed(facts.error());
  if (auto ended = store.end_trial(); !ended) return ended.error();
  return JudgedWeek{std::move(*now), std::move(*before), std::move(*facts)};
}

Status show(const ReviewOptions& options, const measure::Review& review, const Output& out) {
  if (!options.mail.empty()) {
    const auto message = measure::review_message(review, options.mail);
    if (!message) return out.failure(fmt::format("--mail '{}': {}", options.mail, message.message()));
    out.bytes(*message);
    return Status::kOk;
  }
  if (options.html == "-") {
    if (options.json) return out.failure("--html - and --json both want standard output: name a file");
    out.bytes(measure::review_page(review));
    return Status::kOk;
  }
  if (!options.html.empty()) {
    if (auto done = write_file_atomically(options.html, measure::review_page(review)); !done)
      return out.failure(done.message());
  }
  if (options.json) {
    out.line(measure::review_json(review));
  } else if (options.html.empty()) {
    out.bytes(measure::review_text(review, out.color()));
  }
  return Status::kOk;
}

Status run(const ReviewOptions& options, Context& context) {
  Output& out = context.out;
  const auto days = measure::review_days(options.week, measure::day_of_seconds(::time(nullptr)));
  if (!days) return out.failure(days.message());
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    out.findings(diagnostics);
    return Status::kCouldNotRun;
  }
  if (!site->engagement.has_value())
    return out.failure(
        fmt::format("{}: there is no 'engagement:', which says where visits are logged, such as "
                    "engagement: {{ visits: [ /var/log/nginx/abm-visits.jsonl* ] }}",
                    site->file));
  GenerationOptions current;
  current.site = options.site;
  const OpenResult opened = open_generation(current, out);
  if (opened.generation == nullptr) return opened.status;
  const auto list = listed_accounts(*opened.generation);
  if (!options.owner.empty()) {
    if (const auto known = check_owner(options.owner, list); !known) return out.failure(known.message());
  }
  std::error_code code;
  if (!std::filesystem::exists(visits_database(*site), code))
    return out.failure(fmt::format("{}: no visits have been read yet: abmctl engagement --fold", site->data));
  SiteVisitsOptions with;
  with.note = [&out](std::string_view text) { out.note(fmt::format("abmctl: {}", text)); };
  with.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  auto visits = SiteVisits::open(*site, with);
  if (!visits) return out.failure(visits.message());
  const auto missing = (*visits)->missing_on(days->before);
  if (!missing) return out.failure(missing.message());
  if (!missing->empty()) out.note(fmt::format("abmctl: {}", *missing));
  const auto judged = judge_week(*site, **visits, *days, out);
  out.clear_progress();
  if (!judged) return out.failure(judged.message());
  const measure::NextSteps next = next_steps(opened.generation->rules());
  measure::ReviewInputs inputs{.days = *days,
                               .now = *judged->now,
                               .before = *judged->before,
                               .facts = judged->facts,
                               .list = list,
                               .next = next,
                               .moves = site->moves,
                               .owner = options.owner};
  // How many of them one owner can serve, site.yaml does not say.
  const auto& capacity = site->capacity[static_cast<size_t>(accounts::Tier::kOneToOne)];
  if (capacity.has_value() && options.owner.empty()) inputs.capacity = capacity->most;
  if (!options.customers.empty()) inputs.customer_stages = options.customers;
  measure::Review review = measure::review_of(inputs);
  if (std::string fault = unread_visits(site->data); !fault.empty())
    review.remarks.insert(review.remarks.begin(), std::move(fault));
  return show(options, review, out);
}

}  // namespace

void add_review(Command& app, Context& context) {
  auto options = std::make_shared<ReviewOptions>();
  Command* command = app.add_subcommand(
      "review", "One page for the week's meeting: who to call, who moved and why, who has gone quiet");
  options->site.add_to(*command);
  command->add_option("--owner", options->owner,
                      "only the accounts of this owner, as the account list says it");
  command->add_option(
      "--week", options->week,
      "a calendar week, such as 2026-W48, Monday to Sunday (UTC), or `last`; else the last seven days");
  Option html = command->add_option("--html", options->html,
                                    "writes a page that can be mailed to this file; '-': standard output");
  Option json = command->add_flag("--json", options->json, "for programs: all accounts of every section");
  command
      ->add_option("--mail", options->mail,
                   "prints a message to this address, page and text, for a program such as `sendmail -t`")
      .excludes(html)
      .excludes(json);
  command
      ->add_option(
          "--customers", options->customers,
          "a stage whose accounts are customers, which are told apart; may be repeated; default: customer")
      .repeatable();
  command->footer(
      "It compares the list as of the last day with the list as of the day before the first. Visits are those that\n"
      "`abmctl engagement` or the agent has read. Owners, names, intent and next steps are of the generation that\n"
      "serves.\n"
      "Examples:\n"
      "  abmctl review\n"
      "  abmctl review --week 2026-W48 --html review.html\n"
      "  abmctl review --week last --mail sales@halden.example | sendmail -t\n"
      "  abmctl review --owner maren.holt@halden.example");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
