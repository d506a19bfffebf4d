#include "rules/read/slots.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rules/lint_codes.h"

namespace abm::rules {
namespace {

constexpr auto kSlotKeys = std::to_array<std::string_view>({"selector", "deliver"});
constexpr auto kDeliveries = std::to_array<std::string_view>({"html", "script"});

std::string implied_selector(std::string_view name) {
  return fmt::format("[data-abm-slot=\"{}\"]", name);
}

void read_deliver(Checker& check, const yaml::Node& node, Slot& slot) {
  const auto text = check.text(node, fmt::format("'deliver' of slot '{}'", slot.name), yaml::kMaxValueBytes);
  if (!text) return;
  if (*text == "html") {
    slot.deliver = Deliver::kHtml;
  } else if (*text == "script") {
    slot.deliver = Deliver::kScript;
  } else {
    check.error(node.at, fmt::format("'deliver' of slot '{}' is html or script, not {}{}", slot.name,
                                     yaml::in_quotes(*text), did_you_mean(*text, kDeliveries)));
  }
}

}  // namespace

std::optional<uint32_t> SlotTable::add(Checker& check, Slot slot, Position at) {
  if (entries_.size() == max_slots_) {
    check.error(at, fmt::format("slot {} is one more than the {} that a site may have",
                                yaml::in_quotes(slot.name), max_slots_));
    return std::nullopt;
  }
  const auto index = static_cast<uint32_t>(entries_.size());
  Entry entry{std::move(slot), check.place(at), {}, false};
  for (const std::string& type : rewrite::subject_types(entry.slot.selector)) {
    if (rewrite::is_void_element(type) || rewrite::is_raw_text_element(type)) entry.uneditable_type = type;
  }
  by_name_.emplace(entry.slot.name, index);
  entries_.push_back(std::move(entry));
  return index;
}

void SlotTable::declare(Checker& check, const yaml::Node& slots) {
  if (!check.mapping(slots, "'slots'")) return;
  for (const yaml::Node::Member& member : slots.members) {
    if (!yaml::is_name(member.key)) {
      check.error(member.key_at,
                  fmt::format("slot name {} must be ASCII letters, digits, '.', '_' or '-', begin with a "
                              "letter or digit, and have at most {} characters",
                              yaml::in_quotes(member.key), yaml::kMaxNameBytes));
      continue;
    }
    Slot slot{member.key, {}, {}, Deliver::kAsConfigured, false, check.ref(member.key_at)};
    const yaml::Node* selector = &member.value;
    if (member.value.kind == yaml::Node::Kind::kMapping) {
      const std::string what = fmt::format("slot '{}'", member.key);
      if (!check.mapping(member.value, what)) continue;
      static_cast<void>(check.known_keys(member.value, what, kSlotKeys));
      selector = member.value.find("selector");
      if (const yaml::Node* deliver = member.value.find("deliver")) read_deliver(check, *deliver, slot);
    }
    const std::optional<std::string> text =
        selector == nullptr ? implied_selector(member.key)
                            : check.text(*selector, fmt::format("the selector of slot '{}'", member.key),
                                         rewrite::kMaxSelectorBytes);
    if (!text) continue;
    if (const auto known = by_name_.find(member.key); known != by_name_.end()) {
      check.error(member.key_at, fmt::format("slot '{}' is already declared at {}", member.key,
                                             entries_[known->second].place));
      continue;
    }
    slot.selector_text = *text;
    if (const auto fault = rewrite::parse_selector(*text, slot.selector)) {
      check.error(selector == nullptr ? member.key_at : check.position_in(*selector, fault->offset),
                  fmt::format("selector of slot '{}': {}", member.key, fault->message));
      // Kept as a known name, so that its uses do not cause errors of their own.
      slot.selector = {};
    }
    (void)add(check, std::move(slot), member.key_at);
  }
}

std::optional<uint32_t> SlotTable::use(Checker& check, const std::string& name, Position at) {
  if (const auto known = by_name_.find(name); known != by_name_.end()) {
    entries_[known->second].used = true;
    return known->second;
  }
  if (!yaml::is_name(name)) {
    check.error(
        at, fmt::format("slot name {} must be ASCII letters, digits, '.', '_' or '-', begin with a letter or "
                        "digit, and have at most {} characters",
                        yaml::in_quotes(name), yaml::kMaxNameBytes));
    return std::nullopt;
  }
  std::vector<std::string_view> declared;
  for (const Entry& entry : entries_) {
    if (!entry.slot.implicit) declared.push_back(entry.slot.name);
  }
  const std::string hint = did_you_mean(name, declared);
  Slot slot{name, implied_selector(name), {}, Deliver::kAsConfigured, true, check.ref(at)};
  if (!hint.empty()) {
    check.warning(at, kLintSlotNearMiss,
                  fmt::format("slot '{}' is not declared, so it means {}{}", name, slot.selector_text, hint));
  }
  if (const auto fault = rewrite::parse_selector(slot.selector_text, slot.selector)) {
    check.error(at, fmt::format("slot '{}': {}", name, fault->message));
    return std::nullopt;
  }
  const auto index = add(check, std::move(slot), at);
  if (index) entries_[*index].used = true;
  return index;
}

std::vector<Slot> SlotTable::take() {
  std::vector<Slot> slots;
  slots.reserve(entries_.size());
  for (Entry& entry : entries_) slots.push_back(std::move(entry.slot));
  entries_.clear();
  by_name_.clear();
  return slots;
}

}  // namespace abm::rules
