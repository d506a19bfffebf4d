#include "tools/report_plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "generation/folder.h"
#include "generation/publish.h"
#include "rules/match/lot.h"
#include "rules/program/arms.h"
#include "rules/program/program.h"

namespace abm::tools {
namespace {

constexpr size_t kMostGenerations = 64;  // whose rules are read; the newest

double share_of_buckets(uint32_t buckets) {
  return buckets / static_cast<double>(rules::kBuckets);
}

/// The control groups of kept generations: what cannot be read is left out, and then not known.
std::map<uint64_t, measure::ControlOfRules> controls_in(const std::string& data) {
  std::map<uint64_t, measure::ControlOfRules> controls;
  const auto listed = generation::list_generations(data);
  const auto folder = generation::open_folder(data);
  if (!listed || !folder) return controls;
  const size_t first = listed->size() > kMostGenerations ? listed->size() - kMostGenerations : 0;
  for (size_t i = first; i < listed->size(); ++i) {
    const uint64_t number = (*listed)[i].number;
    const auto of = generation::open_folder_at(*folder, generation::generation_name(number));
    if (!of) continue;
    const auto manifest = generation::read_manifest_in(*of, number);
    if (!manifest) continue;
    const auto& file = manifest->file(generation::Part::kRules);
    const auto bytes = generation::read_file_in(*of, generation::kPartNames[2], file.size);
    if (!bytes) continue;
    const auto program = rules::Program::open(*bytes);
    if (!program) continue;
    controls.emplace(
        number, measure::ControlOfRules{share_of_buckets(program->control_buckets()),
                                        std::string(program->control_salt()), program->draws_by_family()});
  }
  return controls;
}

/// What site.yaml moves depends on visits, too.
Result<std::vector<std::string>> visit_rules(const rules::Program& program, const SiteOptions& options) {
  rules::MovedFields moved;
  if (options.data.empty()) {
    Diagnostics diagnostics;
    const auto site = load_site(options, diagnostics);
    if (!site.has_value()) return Error{diagnostics.first_error()};
    moved = {!site->moves.stages.empty(), !site->moves.tiers.empty(), !site->moves.plays.empty()};
  }
  std::vector<std::string> rules;
  for (uint32_t i = 0; i < program.rule_count(); ++i) {
    if (program.depends_on_visits(i, moved)) rules.emplace_back(program.rule(i).id);
  }
  return rules;
}

Result<double> control_option(const std::string& text) {
  double percent = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, percent);
  if (read.ec != std::errc{} || read.ptr != end || !(percent >= 0 && percent <= 100))
    return Error{fmt::format("--control '{}' is not a percentage from 0 to 100, such as 10 or 12.5", text)};
  return percent / 100;
}

/// Whose lot an account draws; that of one which the generation does not have, its own.
std::string owner_of(const generation::Generation& generation, const std::string& account) {
  const auto found = generation.accounts().find_id(account);
  return found.has_value() ? std::string(rules::lot_owner(generation.rules(), *found)) : account;
}

/// Accounts of a list that draw lots; those of a family that draws one count once.
uint64_t count_drawing(const AccountList& list, const generation::Generation* generation) {
  std::unordered_set<std::string> units;
  for (const measure::ListedAccount& account : list.accounts) {
    if (!account.excluded)
      units.insert(generation == nullptr ? account.id : owner_of(*generation, account.id));
  }
  return units.size();
}

}  // namespace

Result<ReportPlan> make_report_plan(const ReportPlanOptions& options, const SiteOptions& site,
                                    const std::optional<AccountList>& list) {
  ReportPlan made;
  measure::Plan& plan = made.plan;
  plan.days = options.within;
  if (options.within < 1 || options.within > 365)
    return Error{fmt::format("--within {} is not 1 to 365 days", options.within)};
  if (!options.control.empty()) {
    const auto control = control_option(options.control);
    if (!control) return control.error();
    plan.control = *control;
  }
  const auto generation = find_generation(site);
  if (!generation) return generation.error();
  if (list.has_value()) plan.accounts = count_drawing(*list, generation->get());
  if (*generation == nullptr) return made;
  const rules::Program& program = (*generation)->rules();
  const double of_rules = share_of_buckets(program.control_buckets());
  if (!plan.control.has_value()) plan.control = of_rules;
  plan.holdouts.emplace();
  for (uint32_t i = 0; i < program.rule_count(); ++i)
    plan.holdouts->emplace(program.rule(i).id, share_of_buckets(program.tables().rules[i].holdout));
  auto of_visits = visit_rules(program, site);
  if (!of_visits) return of_visits.error();
  plan.visit_rules = std::move(*of_visits);
  if (const auto data = data_folder(site); data) plan.controls = controls_in(*data);
  const bool is_other = std::fabs(*plan.control - of_rules) > 0.5 / rules::kBuckets;
  if (is_other || program.control_buckets() == 0 || !list.has_value()) return made;
  plan.drawn.emplace();
  std::unordered_set<std::string> units;
  for (const measure::ListedAccount& account : list->accounts) {
    if (account.excluded) continue;
    std::string owner = owner_of(**generation, account.id);
    const bool control = rules::in_control(program, owner);
    if (units.insert(owner).second) ++(control ? plan.drawn->control : plan.drawn->treated);
    made.arms.push_back({account.id, control, std::move(owner)});
  }
  return made;
}

}  // namespace abm::tools
