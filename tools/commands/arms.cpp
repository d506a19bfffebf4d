// abmctl arms: the arm of every listed account, and what it drew in every rule that may match it.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/csv_cell.h"
#include "base/hash.h"
#include "connect/sources/crm_ids.h"
#include "rules/match/assignments.h"
#include "rules/match/lot.h"
#include "rules/program/arms.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/find_account.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

constexpr size_t kFlushBytes = 1u << 16;
constexpr size_t kProgressEvery = 1024;
constexpr size_t kArmNameColumns = 12;  // "one-to-many "

struct ArmsOptions {
  GenerationOptions generation;
  std::string account;
  bool csv = false;
  bool json = false;
};

/// Accounts of one tier, or of all.
struct TierArms {
  std::string_view name;
  uint64_t treated = 0, control = 0, excluded = 0;
  std::unordered_set<uint64_t> lots;  ///< of accounts that are not excluded, if families draw them
  [[nodiscard]] uint64_t all() const noexcept { return treated + control + excluded; }
};

/// Accounts that one rule may match. Those of the control group are in no other figure.
struct RuleArms {
  uint64_t control = 0, holdout = 0, shown = 0;
  std::vector<uint64_t> variants;  ///< of those shown
};

struct ArmCounts {
  std::array<TierArms, 4> tiers;
  TierArms all{.name = "all", .lots = {}};
  std::vector<RuleArms> rules;
};

/// One-to-one first.
size_t tier_row(accounts::Tier tier) {
  return static_cast<size_t>(accounts::Tier::kOneToOne) - static_cast<size_t>(tier);
}

std::string_view arm_of(const accounts::AccountView& account, const rules::Assignment& assignment) {
  if (account.excluded()) return "excluded";
  return rules::to_string(assignment.control ? rules::Arm::kControl : rules::Arm::kTreated);
}

/// Calls `take(account, assignment)` for each account asked for. False when out of memory.
template <typename Take>
bool for_each_assignment(const generation::Generation& generation, const accounts::AccountView* only,
                         Output& out, Take&& take) {
  const auto assigner = rules::Assigner::create(generation.rules());
  if (assigner == nullptr) return false;
  const auto look = [&](const accounts::AccountView& account) {
    take(account, account.excluded() ? rules::Assignment() : assigner->assignment_of(account));
  };
  if (only != nullptr) {
    look(*only);
    return true;
  }
  const uint32_t size = generation.accounts().size();
  for (uint32_t i = 0; i < size; ++i) {
    if (i % kProgressEvery == 0) out.progress("accounts", i, size);
    look(generation.accounts().at(i));
  }
  out.clear_progress();
  return true;
}

std::string_view assigned_variant(const rules::Program& program, const rules::AssignedRule& rule) {
  return rule.variant < 0 ? std::string_view()
                          : program.variant_id(rule.rule, static_cast<uint32_t>(rule.variant));
}

/// By account; several of one with a space between them.
using CrmIds = std::unordered_map<std::string, std::string>;

/// Of the site's sources, where it has some; what cannot be read is told.
CrmIds crm_ids_of(const GenerationOptions& options, Output& out) {
  CrmIds ids;
  if (options.files.given()) return ids;
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value() || site->accounts.merge.sources.empty()) return ids;
  connect::CrmIdsRequest request;
  request.site = &*site;
  request.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  request.take = [&ids](std::string_view account, const std::vector<std::string>& crm_ids) {
    ids[std::string(account)] = fmt::format("{}", fmt::join(crm_ids, " "));
  };
  if (const auto done = connect::read_crm_ids(request); !done)
    out.note(fmt::format("the CRM ids of accounts are not known: {}", done.message()));
  out.clear_progress();
  return ids;
}

/// One line for each account and rule; an account that no rule may match has one with an empty rule.
class CsvWriter {
 public:
  /// `crm_ids`: of accounts, where they are known.
  CsvWriter(const rules::Program& program, const CrmIds& crm_ids, const Output& out)
      : program_(program), crm_ids_(crm_ids), out_(out) {
    text_ = "account,tier,arm,rule,holdout,variant,crm_id,domain";
    text_ += program.draws_by_family() ? ",family\r\n" : "\r\n";
  }
  ~CsvWriter() { out_.bytes(text_); }
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  void add(const accounts::AccountView& account, const rules::Assignment& assignment) {
    if (assignment.rules.empty()) add_line(account, assignment, "", "", "");
    for (const rules::AssignedRule& rule : assignment.rules) {
      add_line(account, assignment, program_.rule(rule.rule).id, rule.held_out ? "true" : "false",
               assigned_variant(program_, rule));
    }
    if (text_.size() < kFlushBytes) return;
    out_.bytes(text_);
    text_.clear();
  }

 private:
  void add_line(const accounts::AccountView& account, const rules::Assignment& assignment,
                std::string_view rule, std::string_view holdout, std::string_view variant) {
    append_csv_cell(text_, account.id());
    const auto crm_id = crm_ids_.find(std::string(account.id()));
    const std::string_view known = crm_id == crm_ids_.end() ? std::string_view() : crm_id->second;
    const std::string_view domain = account.domain_count() == 0 ? std::string_view() : account.domain(0);
    for (const std::string_view cell : {accounts::to_string(account.tier()), arm_of(account, assignment),
                                        rule, holdout, variant, known, domain}) {
      text_ += ',';
      append_csv_cell(text_, cell);
    }
    if (program_.draws_by_family()) {
      text_ += ',';
      append_csv_cell(text_, account.family());
    }
    text_ += "\r\n";
  }

  const rules::Program& program_;
  const CrmIds& crm_ids_;
  const Output& out_;
  std::string text_;
};

void write_assignment(Json& json, const rules::Program& program, const accounts::AccountView& account,
                      const rules::Assignment& assignment) {
  json.begin_object().key("account").string(account.id()).key("name").string(account.name());
  json.key("tier").string(accounts::to_string(account.tier())).key("arm");
  json.string(arm_of(account, assignment)).key("family");
  json.string(rules::lot_owner(program, account)).key("rules").begin_array();
  for (const rules::AssignedRule& rule : assignment.rules) {
    json.begin_object().key("rule").string(program.rule(rule.rule).id).key("holdout").boolean(rule.held_out);
    json.key("variant").string_or_null(assigned_variant(program, rule));
    json.end_object();
  }
  json.end_array().end_object();
}

void write_arms_head(Json& json, const generation::Generation& generation) {
  const rules::Program& program = generation.rules();
  json.begin_object().key("generation");
  generation.number() == 0 ? json.null() : json.number(generation.number());
  json.key("feed_version").number(generation.accounts().feed_version()).key("control").begin_object();
  json.key("percent").number(program.control_buckets() / 100.0).key("salt").string(program.control_salt());
  json.key("by").string(program.draws_by_family() ? "parent" : "account");
  json.end_object().key("accounts").begin_array();
}

void count_arms(const rules::Program& program, const accounts::AccountView& account,
                const rules::Assignment& assignment, ArmCounts& counts) {
  TierArms& tier = counts.tiers[tier_row(account.tier())];
  for (TierArms* const into : {&tier, &counts.all}) {
    ++(account.excluded() ? into->excluded : assignment.control ? into->control : into->treated);
    if (program.draws_by_family() && !account.excluded())
      into->lots.insert(hash64(rules::lot_owner(program, account)));
  }
  for (const rules::AssignedRule& rule : assignment.rules) {
    RuleArms& into = counts.rules[rule.rule];
    into.variants.resize(program.rule(rule.rule).variants);
    ++(assignment.control ? into.control : rule.held_out ? into.holdout : into.shown);
    if (!assignment.control && !rule.held_out && rule.variant >= 0)
      ++into.variants[static_cast<size_t>(rule.variant)];
  }
}

std::string arms_heading(const generation::Generation& generation) {
  const rules::Program& program = generation.rules();
  const std::string number =
      generation.number() == 0 ? "not published" : fmt::format("generation {}", generation.number());
  const std::string control = program.control_buckets() == 0
                                  ? "no control group"
                                  : fmt::format("control group: {} % with salt '{}'",
                                                program.control_buckets() / 100.0, program.control_salt());
  return fmt::format("{}, feed version {}; {}{}", number, generation.accounts().feed_version(), control,
                     program.draws_by_family() ? "; drawn by parent" : "");
}

std::string variant_counts(const rules::Program& program, uint32_t rule, const RuleArms& arms) {
  std::string text;
  for (uint32_t i = 0; i < program.rule(rule).variants; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "  " : ", ", program.variant_id(rule, i),
                        i < arms.variants.size() ? arms.variants[i] : 0);
  }
  return text;
}

/// The rules that draw lots of their own: with a holdout or variants.
void tell_drawing_rules(const rules::Program& program, const ArmCounts& counts, const Output& out) {
  std::vector<uint32_t> drawing;
  size_t width = kArmNameColumns;
  for (uint32_t i = 0; i < program.rule_count(); ++i) {
    if (program.tables().rules[i].holdout == 0 && program.rule(i).variants == 0) continue;
    drawing.push_back(i);
    width = std::max(width, program.rule(i).id.size() + 1);
  }
  if (drawing.empty()) return;
  out.line("");
  out.line(fmt::format("{:<{}}{:>9}{:>9}{:>9}{:>10}  {}", "rule", width, "accounts", "shown", "holdout",
                       "control", "variants"));
  for (const uint32_t rule : drawing) {
    const RuleArms& arms = counts.rules[rule];
    out.line(fmt::format("{:<{}}{:>9}{:>9}{:>9}{:>10}{}", program.rule(rule).id, width,
                         arms.shown + arms.holdout + arms.control, arms.shown, arms.holdout, arms.control,
                         variant_counts(program, rule, arms)));
  }
}

void tell_arm_counts(const generation::Generation& generation, const ArmCounts& counts, const Output& out) {
  out.line(arms_heading(generation));
  out.line("");
  const bool by_family = generation.rules().draws_by_family();
  out.line(fmt::format("{:<{}}{:>9}{:>9}{:>9}{:>10}{}", "tier", kArmNameColumns, "accounts", "treated",
                       "control", "excluded", by_family ? "     lots" : ""));
  const auto row = [&out, by_family](const TierArms& tier) {
    out.line(fmt::format("{:<{}}{:>9}{:>9}{:>9}{:>10}{}", tier.name, kArmNameColumns, tier.all(),
                         tier.treated, tier.control, tier.excluded,
                         by_family ? fmt::format("{:>9}", tier.lots.size()) : ""));
  };
  for (const TierArms& tier : counts.tiers) {
    if (tier.all() != 0) row(tier);
  }
  row(counts.all);
  tell_drawing_rules(generation.rules(), counts, out);
}

void tell_assignment(const generation::Generation& generation, const accounts::AccountView& account,
                     const rules::Assignment& assignment, const Output& out) {
  const rules::Program& program = generation.rules();
  out.line(arms_heading(generation));
  out.line(fmt::format("{} ({}), {}: {}", out.strong(account.id()), account.name(),
                       accounts::to_string(account.tier()), arm_of(account, assignment)));
  if (const std::string_view owner = rules::lot_owner(program, account); owner != account.id())
    out.line(fmt::format("  drawn with its family '{}'", owner));
  if (account.excluded()) return out.line("  no rule is for an excluded account");
  if (assignment.rules.empty()) out.line("  no rule may match it");
  for (const rules::AssignedRule& rule : assignment.rules) {
    const std::string_view variant = assigned_variant(program, rule);
    out.line(fmt::format("  {}{}{}{}", program.rule(rule.rule).id, rule.held_out ? ", holdout" : "",
                         variant.empty() ? "" : ", variant ", variant));
  }
}

Status run(const ArmsOptions& options, Context& context) {
  Output& out = context.out;
  const OpenResult opened = open_generation(options.generation, out);
  if (opened.generation == nullptr) return opened.status;
  const generation::Generation& generation = *opened.generation;
  const rules::Program& program = generation.rules();
  std::optional<accounts::AccountView> only;
  if (!options.account.empty()) {
    const auto found = find_account(generation.accounts(), options.account);
    if (!found) return out.failure(fmt::format("--account '{}': {}", options.account, found.message()));
    only = *found;
  }
  const accounts::AccountView* const one = only.has_value() ? &*only : nullptr;
  bool done = false;
  if (options.csv) {
    const CrmIds crm_ids = crm_ids_of(options.generation, out);
    CsvWriter csv(program, crm_ids, out);
    done = for_each_assignment(generation, one, out, [&](const auto& account, const auto& assignment) {
      csv.add(account, assignment);
    });
  } else if (options.json) {
    std::string text;
    Json json(text);
    write_arms_head(json, generation);
    done = for_each_assignment(generation, one, out, [&](const auto& account, const auto& assignment) {
      write_assignment(json, program, account, assignment);
    });
    json.end_array().end_object();
    if (done) out.line(text);
  } else if (one != nullptr) {
    done = for_each_assignment(generation, one, out, [&](const auto& account, const auto& assignment) {
      tell_assignment(generation, account, assignment, out);
    });
  } else {
    ArmCounts counts;
    counts.rules.resize(program.rule_count());
    for (const accounts::Tier tier : {accounts::Tier::kOneToOne, accounts::Tier::kOneToFew,
                                      accounts::Tier::kOneToMany, accounts::Tier::kUntiered})
      counts.tiers[tier_row(tier)].name = accounts::to_string(tier);
    done = for_each_assignment(generation, one, out, [&](const auto& account, const auto& assignment) {
      count_arms(program, account, assignment, counts);
    });
    if (done) tell_arm_counts(generation, counts, out);
  }
  return done ? Status::kOk : out.failure("out of memory");
}

}  // namespace

void add_arms(Command& app, Context& context) {
  auto options = std::make_shared<ArmsOptions>();
  Command* command = app.add_subcommand(
      "arms", "Says which arm every listed account is in, and what it drew in each rule that may match it");
  options->generation.add_to(*command);
  command->add_option("--account", options->account, "one account only: its id, name or domain");
  Option csv = command->add_flag(
      "--csv", options->csv,
      "a line for each account and rule: account,tier,arm,rule,holdout,variant,crm_id,domain");
  command->add_flag("--json", options->json, "an object for each account, with its rules").excludes(csv);
  command->footer(
      "Arms are drawn by a hash of the account's id, or with 'control: { by: parent }' of its family's: they are\n"
      "known before anybody comes. A rule counts if it may match on some page; the account's arm goes before the\n"
      "rule's holdout. Where arms are drawn by parent, --csv has a last column, family.\n"
      "Examples:\n"
      "  abmctl arms\n"
      "  abmctl arms --csv > arms.csv\n"
      "  abmctl arms --draft --account deere.com");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
