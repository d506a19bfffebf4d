#include "rules/read/rule_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rules/lint_codes.h"
#include "rules/read/schedule.h"

namespace abm::rules {
namespace {

constexpr auto kRuleKeys = std::to_array<std::string_view>(
    {"id", "when", "schedule", "holdout", "variants", "priority", "rewrite", "signal", "silence"});
constexpr auto kVariantKeys = std::to_array<std::string_view>({"id", "weight", "rewrite"});
constexpr auto kScheduleKeys = std::to_array<std::string_view>({"from", "until"});
constexpr auto kSignalKeys = std::to_array<std::string_view>({"name", "next"});
constexpr int64_t kMaxPriority = 1'000'000;
constexpr int64_t kMaxWeight = 10'000;
constexpr size_t kMaxVariants = 100;

class RuleReader {
 public:
  RuleReader(Checker& check, const RuleContext& context) : check_(check), context_(context) {}
  std::optional<Rule> read(const yaml::Node& node);

 private:
  bool id(const yaml::Node& node, Rule& rule);
  bool member(const yaml::Node::Member& member, Rule& rule);
  bool schedule(const yaml::Node& node, Rule& rule);
  bool variants(const yaml::Node& node, Rule& rule);
  bool variant(const yaml::Node& node, Rule& rule);
  bool signal(const yaml::Node& node, Rule& rule);
  bool does_something(const yaml::Node& node, const Rule& rule);

  Checker& check_;
  const RuleContext& context_;
};

std::optional<Rule> RuleReader::read(const yaml::Node& node) {
  if (!check_.mapping(node, "a rule")) return std::nullopt;
  Rule rule;
  rule.at = check_.ref(node.at);
  if (const yaml::Node* silence = node.find("silence")) rule.silenced = read_silence(check_, *silence);
  check_.set_silenced(rule.silenced);
  bool ok = id(node, rule);
  const std::string what = rule.id.empty() ? "a rule" : fmt::format("rule '{}'", rule.id);
  ok = check_.known_keys(node, what, kRuleKeys) && ok;
  for (const yaml::Node::Member& m : node.members) ok = member(m, rule) && ok;
  ok = does_something(node, rule) && ok;
  check_.set_silenced({});
  if (!ok) return std::nullopt;
  const std::vector<std::string>& of_file = check_.file().silenced;
  rule.silenced.insert(rule.silenced.end(), of_file.begin(), of_file.end());
  rule.needs = needed_confidence(rule, context_.settings->confidence());
  return rule;
}

bool RuleReader::id(const yaml::Node& node, Rule& rule) {
  const yaml::Node* value = node.find("id");
  if (value == nullptr) {
    check_.error(node.at, "a rule needs an 'id': reports and logs name it");
    return false;
  }
  auto name = check_.name(*value, "rule id", true);
  if (!name) return false;
  rule.id = *std::move(name);
  const auto [known, is_new] = context_.ids->emplace(rule.id, check_.place(value->at));
  if (is_new) return true;
  check_.error(value->at, fmt::format("rule id '{}' is already taken at {}", rule.id, known->second));
  return false;
}

bool RuleReader::member(const yaml::Node::Member& m, Rule& rule) {
  if (m.key == "when") {
    auto when = read_condition(check_, m.value, context_.conditions);
    if (!when) return false;
    rule.when = *std::move(when);
    return true;
  }
  if (m.key == "priority") {
    const auto priority = check_.integer(m.value, "'priority'", -kMaxPriority, kMaxPriority);
    rule.priority = static_cast<int32_t>(priority.value_or(0));
    return priority.has_value();
  }
  if (m.key == "holdout") {
    const auto percent = check_.percent(m.value, "'holdout'");
    rule.holdout = percent.value_or(0);
    return percent.has_value();
  }
  if (m.key == "rewrite") {
    auto rewrite = read_rewrite(check_, m.value, context_.edits);
    if (!rewrite) return false;
    rule.rewrite = *std::move(rewrite);
    return true;
  }
  if (m.key == "schedule") return schedule(m.value, rule);
  if (m.key == "variants") return variants(m.value, rule);
  if (m.key == "signal") return signal(m.value, rule);
  return true;  // 'id' and 'silence' are read, unknown keys are reported
}

bool RuleReader::schedule(const yaml::Node& node, Rule& rule) {
  if (!check_.mapping(node, "'schedule'")) return false;
  bool ok = check_.known_keys(node, "'schedule'", kScheduleKeys);
  for (const yaml::Node::Member& m : node.members) {
    if (m.key != "from" && m.key != "until") continue;
    const std::string what = fmt::format("'{}'", m.key);
    const auto text = check_.text(m.value, what, yaml::kMaxValueBytes);
    ok = ok && text.has_value();
    if (!text) continue;
    const auto time = read_time(*text, context_.settings->timezone());
    if (time) {
      (m.key == "from" ? rule.from : rule.until) = *time;
    } else {
      check_.error(m.value.at, fmt::format("{} {}", what, time.message()));
      ok = false;
    }
  }
  if (rule.from && rule.until && *rule.from >= *rule.until) {
    check_.error(node.at, "'schedule' can never hold: 'until' is not later than 'from'");
    return false;
  }
  return ok;
}

bool RuleReader::variants(const yaml::Node& node, Rule& rule) {
  if (node.kind != yaml::Node::Kind::kSequence || node.items.empty()) {
    check_.error(node.at, fmt::format("'variants' must be a list with at least one variant, not {}",
                                      yaml::describe(node)));
    return false;
  }
  if (node.items.size() > kMaxVariants) {
    check_.error(node.at, fmt::format("'variants' lists more than {} variants", kMaxVariants));
    return false;
  }
  bool ok = true;
  for (const yaml::Node& item : node.items) ok = variant(item, rule) && ok;
  return ok;
}

bool RuleReader::variant(const yaml::Node& node, Rule& rule) {
  if (!check_.mapping(node, "a variant") || !check_.known_keys(node, "a variant", kVariantKeys)) return false;
  Variant variant;
  const yaml::Node* id = node.find("id");
  const yaml::Node* rewrite = node.find("rewrite");
  bool ok = true;
  if (id == nullptr || rewrite == nullptr) {
    check_.error(node.at, fmt::format("a variant needs {}", id == nullptr ? "an 'id'" : "a 'rewrite'"));
    ok = false;
  }
  if (id != nullptr) {
    auto name = check_.name(*id, "variant id", true);
    ok = ok && name.has_value();
    variant.id = std::move(name).value_or("");
    const bool taken = std::any_of(rule.variants.begin(), rule.variants.end(), [&](const Variant& known) {
      return !known.id.empty() && known.id == variant.id;
    });
    if (taken) {
      check_.error(id->at, fmt::format("variant id '{}' is already taken in this rule", variant.id));
      ok = false;
    }
  }
  if (const yaml::Node* weight = node.find("weight")) {
    const auto number = check_.integer(*weight, "'weight'", 1, kMaxWeight);
    ok = ok && number.has_value();
    variant.weight = static_cast<uint32_t>(number.value_or(1));
  }
  if (rewrite != nullptr) {
    auto edits = read_rewrite(check_, *rewrite, context_.edits);
    ok = ok && edits.has_value();
    if (edits) variant.rewrite = *std::move(edits);
  }
  rule.variants.push_back(std::move(variant));
  return ok;
}

bool RuleReader::signal(const yaml::Node& node, Rule& rule) {
  if (!check_.mapping(node, "'signal'") || !check_.known_keys(node, "'signal'", kSignalKeys)) return false;
  Signal signal;
  const yaml::Node* name = node.find("name");
  if (name == nullptr) {
    check_.error(node.at, "'signal' needs a 'name'");
    return false;
  }
  auto text = check_.name(*name, "signal name", false);
  bool ok = text.has_value();
  signal.name = std::move(text).value_or("");
  if (const yaml::Node* next = node.find("next")) {
    auto advice = check_.text(*next, "'next'", yaml::kMaxValueBytes);
    ok = ok && advice.has_value();
    signal.next = std::move(advice).value_or("");
  }
  rule.signal = std::move(signal);
  return ok;
}

bool RuleReader::does_something(const yaml::Node& node, const Rule& rule) {
  const yaml::Node* rewrite = node.find("rewrite");
  const yaml::Node* variants = node.find("variants");
  const std::string what = rule.id.empty() ? "a rule" : fmt::format("rule '{}'", rule.id);
  if (rewrite != nullptr && variants != nullptr) {
    check_.error(
        rule.at.at,
        fmt::format("{} has both 'rewrite' and 'variants': move the rewrite into the variants", what));
    return false;
  }
  if (rewrite != nullptr || variants != nullptr) return true;
  if (node.find("signal") == nullptr) {
    check_.error(rule.at.at,
                 fmt::format("{} does nothing: it needs 'rewrite', 'variants' or 'signal'", what));
    return false;
  }
  if (node.find("holdout") == nullptr) return true;
  check_.error(rule.at.at,
               fmt::format("{} has a 'holdout' but changes nothing that could be held out", what));
  return false;
}

}  // namespace

std::vector<std::string> read_silence(Checker& check, const yaml::Node& node) {
  std::vector<std::string> codes;
  const auto scalars = check.scalars(node, "'silence'");
  if (!scalars) return codes;
  for (const yaml::Node* scalar : *scalars) {
    const auto text = check.text(*scalar, "'silence'", yaml::kMaxValueBytes);
    if (!text) continue;
    if (const LintCode* known = find_lint_code(*text)) {
      codes.emplace_back(known->code);
    } else {
      check.error(scalar->at,
                  fmt::format("'silence' names {}, which is not a warning code ({} to {})",
                              yaml::in_quotes(*text), lint_codes().front().code, lint_codes().back().code));
    }
  }
  return codes;
}

std::optional<Rule> read_rule(Checker& check, const yaml::Node& node, const RuleContext& context) {
  return RuleReader(check, context).read(node);
}

}  // namespace abm::rules
