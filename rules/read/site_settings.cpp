#include "rules/read/site_settings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/confidence.h"
#include "base/text.h"
#include "rules/read/conditions.h"
#include "rules/read/edits.h"
#include "rules/read/schedule.h"

namespace abm::rules {
namespace {

constexpr auto kControlKeys = std::to_array<std::string_view>({"percent", "salt", "by"});
constexpr auto kLotOwners = std::to_array<std::string_view>({"account", "parent"});
constexpr auto kConfidenceKeys = std::to_array<std::string_view>({"one-to-one", "one-to-few", "default"});

std::optional<Control> read_control(Checker& check, const yaml::Node& node) {
  if (!check.mapping(node, "'control'")) return std::nullopt;
  bool ok = check.known_keys(node, "'control'", kControlKeys);
  Control control;
  const yaml::Node* percent = node.find("percent");
  if (percent == nullptr) {
    check.error(node.at, "'control' needs 'percent'");
    ok = false;
  } else if (const auto hundredths = check.percent(*percent, "'percent'")) {
    control.percent = *hundredths;
  } else {
    ok = false;
  }
  if (const yaml::Node* salt = node.find("salt")) {
    auto name = check.name(*salt, "'salt'", false);
    ok = ok && name.has_value();
    control.salt = std::move(name).value_or("");
  }
  if (const yaml::Node* by = node.find("by")) {
    const auto owner = check.text(*by, "'by'", yaml::kMaxValueBytes);
    if (owner && std::find(kLotOwners.begin(), kLotOwners.end(), *owner) == kLotOwners.end()) {
      check.error(by->at, fmt::format("'by' {} is not account or parent{}", yaml::in_quotes(*owner),
                                      did_you_mean(*owner, kLotOwners)));
      ok = false;
    }
    ok = ok && owner.has_value();
    control.by_family = owner == "parent";
  }
  if (!ok) return std::nullopt;
  return control;
}

std::optional<ConfidencePolicy> read_policy(Checker& check, const yaml::Node& node) {
  if (!check.mapping(node, "'confidence'")) return std::nullopt;
  bool ok = check.known_keys(node, "'confidence'", kConfidenceKeys);
  ConfidencePolicy policy;
  for (const yaml::Node::Member& m : node.members) {
    if (std::find(kConfidenceKeys.begin(), kConfidenceKeys.end(), m.key) == kConfidenceKeys.end()) continue;
    const auto text = check.text(m.value, fmt::format("'{}'", m.key), yaml::kMaxValueBytes);
    const auto level = text ? confidence_from(ascii_lower(*text)) : std::nullopt;
    if (text && !level) {
      check.error(m.value.at, fmt::format("confidence {} is not low, medium or high{}",
                                          yaml::in_quotes(*text), did_you_mean(*text, kConfidenceNames)));
    }
    ok = ok && level.has_value();
    if (!level) continue;
    (m.key == "one-to-one"   ? policy.one_to_one
     : m.key == "one-to-few" ? policy.one_to_few
                             : policy.others) = *level;
  }
  if (!ok) return std::nullopt;
  return policy;
}

}  // namespace

template <typename T>
void SiteSettings::make(Checker& check, Setting<T>& setting, T value, bool same, std::string_view name,
                        Position at) {
  if (setting.place.empty()) {
    setting = {std::move(value), check.place(at)};
  } else if (!same) {
    check.error(at, fmt::format("'{}' differs from the one at {}: a site has one", name, setting.place));
  }
}

void SiteSettings::read(Checker& check, const yaml::Node& root) {
  for (const yaml::Node::Member& m : root.members) {
    if (m.key == "timezone") {
      auto name = check.text(m.value, "'timezone'", yaml::kMaxValueBytes);
      if (!name) continue;
      if (const std::string fault = timezone_fault(*name); !fault.empty()) {
        check.error(m.value.at, fmt::format("timezone {} {}", yaml::in_quotes(*name), fault));
        continue;
      }
      const bool same = *name == timezone_.value;
      make(check, timezone_, *std::move(name), same, m.key, m.key_at);
    } else if (m.key == "control") {
      auto control = read_control(check, m.value);
      if (!control) continue;
      control->at = check.ref(m.key_at);
      const bool same = control->percent == control_.value.percent && control->salt == control_.value.salt &&
                        control->by_family == control_.value.by_family;
      make(check, control_, *std::move(control), same, m.key, m.key_at);
    } else if (m.key == "confidence") {
      const auto policy = read_policy(check, m.value);
      if (!policy) continue;
      const ConfidencePolicy& made = confidence_.value;
      const bool same = policy->one_to_one == made.one_to_one && policy->one_to_few == made.one_to_few &&
                        policy->others == made.others;
      make(check, confidence_, *policy, same, m.key, m.key_at);
    }
  }
}

Confidence needed_confidence(const Rule& rule, const ConfidencePolicy& policy) noexcept {
  bool deep = specificity(rule.when) == Specificity::kAccount;
  deep = deep || std::any_of(rule.rewrite.begin(), rule.rewrite.end(), names_account);
  for (const Variant& variant : rule.variants) {
    deep = deep || std::any_of(variant.rewrite.begin(), variant.rewrite.end(), names_account);
  }
  if (deep) return policy.one_to_one;
  bool few = false;
  for_each_test(rule.when, [&](const Test& test, bool negated) {
    few = few || (!negated && test.subject == Subject::kTier &&
                  std::find(test.values.begin(), test.values.end(), "one-to-few") != test.values.end());
  });
  return few ? policy.one_to_few : policy.others;
}

}  // namespace abm::rules
