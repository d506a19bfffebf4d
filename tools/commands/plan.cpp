// abmctl plan: what a list of accounts can show, before the start.
#include "tools/plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/result.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

constexpr uint64_t kMostAccounts = 10'000'000;
constexpr size_t kMostValues = 12;  // of --control, of --rate and of --days
constexpr uint32_t kLongestDays = 1095;

struct PlanOptions {
  GenerationOptions generation;
  uint64_t accounts = 0;  ///< 0: those of the site
  std::vector<std::string> controls, rates;
  std::string alpha = "5", power = "80";
  std::vector<std::string> days;
  std::string rate_days;
  std::string output;
  bool json = false;
};

/// "12.5" or "12.5%" → 0.125; both bounds in percent, included.
Result<double> share_of(std::string_view option, std::string_view text, double least, double most) {
  std::string_view digits = text;
  while (!digits.empty() && (digits.back() == '%' || digits.back() == ' ')) digits.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !(value >= least && value <= most)) {
    return Error{fmt::format("{} '{}' is not a percentage from {} to {}, such as {}", option, text, least,
                             most, option == "--power" ? 80 : 5)};
  }
  return value / 100;
}

Result<std::vector<double>> shares_of(std::string_view option, const std::vector<std::string>& texts) {
  if (texts.size() > kMostValues)
    return Error{fmt::format("{} takes at most {} values", option, kMostValues)};
  std::vector<double> shares;
  for (const std::string& text : texts) {
    const auto share = share_of(option, text, 0.5, 99.5);
    if (!share) return share.error();
    shares.push_back(std::round(*share * 1e4) / 1e4);  // two decimals, as in rules
  }
  return shares;
}

Result<uint32_t> days_of(std::string_view option, const std::string& text) {
  uint32_t days = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, days);
  if (read.ec != std::errc() || read.ptr != end || days < 1 || days > kLongestDays)
    return Error{fmt::format("{} '{}' is not a number of days from 1 to {}", option, text, kLongestDays)};
  return days;
}

/// Ascending, each once. `window`: that of the site's outcomes, if it declares one.
Result<std::vector<uint32_t>> horizons_of(const std::vector<std::string>& texts,
                                          std::optional<uint32_t> window) {
  if (texts.size() > kMostValues) return Error{fmt::format("--days takes at most {} values", kMostValues)};
  std::vector<uint32_t> horizons;
  for (const std::string& text : texts) {
    const auto days = days_of("--days", text);
    if (!days) return days.error();
    horizons.push_back(*days);
  }
  if (texts.empty()) {
    horizons = {30, 90, 180};
    if (window.has_value()) horizons.push_back(*window);
  }
  std::sort(horizons.begin(), horizons.end());
  horizons.erase(std::unique(horizons.begin(), horizons.end()), horizons.end());
  return horizons;
}

/// What the site that is planned with declares of opportunities.
struct DeclaredOutcomes {
  std::optional<uint32_t> window;  ///< how many days one counts
  bool is_primary = false;         ///< the comparison that was meant is of them, and of no goal
};

DeclaredOutcomes declared_outcomes(const PlanOptions& options) {
  const SiteOptions& site = options.generation.site;
  if (options.accounts != 0 || (site.site.empty() && !site.data.empty())) return {};
  Diagnostics ignored;  // the generation is what counts; check tells of the file's faults
  const auto loaded = load_site(site, ignored);
  if (!loaded.has_value() || !loaded->outcomes.has_value() || !loaded->outcomes->window_declared) return {};
  return {.window = loaded->outcomes->window_days,
          .is_primary = loaded->primary.has_value() && !loaded->primary->outcome.empty()};
}

Result<PlanQuestion> question_of(const PlanOptions& options) {
  PlanQuestion question;
  auto controls = shares_of("--control", options.controls);
  if (!controls) return controls.error();
  auto rates = shares_of("--rate", options.rates);
  if (!rates) return rates.error();
  const auto alpha = share_of("--alpha", options.alpha, 0.1, 50);
  if (!alpha) return alpha.error();
  const auto power = share_of("--power", options.power, 50, 99.9);
  if (!power) return power.error();
  question.controls = std::move(*controls);
  if (question.controls.empty()) question.controls = {0.05, 0.1, 0.2, 0.3, 0.5};
  question.rates = std::move(*rates);
  if (question.rates.empty()) question.rates = {0.05, 0.1, 0.2, 0.4};
  question.alpha = *alpha;
  question.power = *power;
  const DeclaredOutcomes declared = declared_outcomes(options);
  question.window = declared.window;
  if (declared.is_primary) question.rate_days = declared.window.value_or(kRateDays);
  auto horizons = horizons_of(options.days, question.window);
  if (!horizons) return horizons.error();
  question.horizons = std::move(*horizons);
  if (!options.rate_days.empty()) {
    const auto days = days_of("--rate-days", options.rate_days);
    if (!days) return days.error();
    question.rate_days = *days;
  }
  return question;
}

Status run(const PlanOptions& options, Context& context) {
  Output& out = context.out;
  const auto question = question_of(options);
  if (!question) return out.failure(question.message());
  Listed listed;
  const SiteOptions& site = options.generation.site;
  if (options.accounts != 0 && !(site.site.empty() && site.data.empty()))
    return out.failure("--accounts takes the place of the site's list: leave out --site and --data");
  if (options.accounts != 0) {
    listed = listed_as(options.accounts);
  } else {
    const OpenResult opened = open_generation(options.generation, out);
    if (opened.generation == nullptr) return opened.status;
    listed = listed_in(*opened.generation);
  }
  if (listed.groups.front().accounts == 0) return out.failure("there is no account to plan with");
  const Plan plan = make_plan(*question, listed);
  if (!options.output.empty() && options.output != "-") {
    if (auto done = write_file_atomically(options.output, plan_page(plan)); !done)
      return out.failure(done.message());
    if (!options.json) out.line(fmt::format("{}: {}", options.output, plan_sentence(plan)));
  } else if (options.output == "-") {
    if (options.json) return out.failure("-o - and --json both want standard output: name a file");
    out.bytes(plan_page(plan));
  } else if (!options.json) {
    out.bytes(plan_text(plan));
  }
  if (options.json) out.line(plan_json(plan));
  return Status::kOk;
}

}  // namespace

void add_plan(Command& app, Context& context) {
  auto options = std::make_shared<PlanOptions>();
  Command* command = app.add_subcommand(
      "plan", "Says what effect so many accounts can show at all, by the size of the control group");
  options->generation.site.add_to(*command);
  Option draft = command->add_flag("--draft", options->generation.draft,
                                   "the site's list as it is now, without publishing it");
  command->add_option("--accounts", options->accounts, "so many accounts, in place of the site's list")
      .in_range(1, kMostAccounts)
      .excludes(draft);
  command
      ->add_option(
          "--control", options->controls,
          "size of the control group in percent, may be repeated; default: 5, 10, 20, 30, 50, and the site's")
      .repeatable();
  command
      ->add_option(
          "--rate", options->rates,
          "percent of accounts that reach the goal in 30 days (--rate-days) without personalization, may be "
          "repeated; default: 5, 10, 20, 40")
      .repeatable();
  command->add_option(
      "--rate-days", options->rate_days,
      "the days that --rate is of; default: 30, or outcomes: window: if primary: names an outcome");
  command->add_option("--power", options->power, "how likely an effect should be found, in percent")
      .show_default();
  command->add_option("--alpha", options->alpha, "level of the two-sided test, in percent").show_default();
  command
      ->add_option(
          "--days", options->days,
          "how long it will run, may be repeated; default: 30, 90, 180, and outcomes: window: of the "
          "site")
      .repeatable();
  command->add_option("-o,--output", options->output,
                      "a page with the table and curves; '-': to standard output");
  command->add_flag("--json", options->json, "the same as JSON");
  command->footer(
      "Shares, not visits: an account reaches a goal if anybody from it does. measure/README.md has the method.\n"
      "Examples:\n"
      "  abmctl plan\n"
      "  abmctl plan --accounts 400 --control 20 --rate 8\n"
      "  abmctl plan --accounts 900 --rate 10 -o plan.html\n"
      "  abmctl plan --rate 5 --rate-days 180 --days 180   (5 % of accounts have an opportunity in half a year)\n"
      "  abmctl plan --draft --days 90 --json");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
