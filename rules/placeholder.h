// What a placeholder may name: `account.FIELD`, `account.attributes.NAME`, `page.path`. One
// table for check and render.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"

namespace abm::rules {

/// Before the name of an account's attribute, in conditions and placeholders.
inline constexpr std::string_view kAttributePrefix = "attributes.";

/// Code of a source in rules.bin, which never changes. 0 to 9: text fields up to `parent`; 11 to 14: numbers
/// up to `engagement`; from kFirstActivity on, which only version 4 has: the numbers after it, then `moved`.
enum class Source : uint32_t {
  kTier = 10,
  kFirstNumber,
  kAttribute = 15,
  kPagePath,
  kFirstActivity,
  kMoved = 23,
};
inline constexpr uint32_t kSources = 24;
[[nodiscard]] constexpr bool is_activity_source(uint32_t code) noexcept {
  return code >= static_cast<uint32_t>(Source::kFirstActivity);
}
/// What the code stands for, if it is a text or a number of the account.
[[nodiscard]] constexpr std::optional<accounts::TextField> text_of_source(uint32_t code) noexcept {
  if (code == static_cast<uint32_t>(Source::kMoved)) return accounts::TextField::kMoved;
  if (code >= static_cast<uint32_t>(Source::kTier)) return std::nullopt;
  return static_cast<accounts::TextField>(code);
}
[[nodiscard]] constexpr std::optional<accounts::NumberField> number_of_source(uint32_t code) noexcept {
  constexpr auto kActivity = static_cast<uint32_t>(accounts::NumberField::kVisits7d);
  const auto field = [](uint32_t i) { return std::optional(static_cast<accounts::NumberField>(i)); };
  const uint32_t first = static_cast<uint32_t>(Source::kFirstNumber),
                 activity = static_cast<uint32_t>(Source::kFirstActivity);
  if (code >= first && code < first + kActivity) return field(code - first);
  if (code >= activity && code < static_cast<uint32_t>(Source::kMoved))
    return field(code - activity + kActivity);
  return std::nullopt;
}
static_assert(text_of_source(9) == accounts::TextField::kParent && !text_of_source(15) &&
              number_of_source(14) == accounts::NumberField::kEngagement && !number_of_source(15) &&
              number_of_source(kSources - 2) == accounts::NumberField::kFirstSeenDays &&
              accounts::kTextFields == 11 && accounts::kNumberFields == 10);

struct PlaceholderSource {
  uint32_t code = 0;           ///< Source
  std::string_view attribute;  ///< of Source::kAttribute; a view into the text given
};

/// From "account.industry", "account.attributes.competitor" …; std::nullopt for an unknown name.
[[nodiscard]] std::optional<PlaceholderSource> placeholder_source(std::string_view text) noexcept;

/// The inverse: the name for a code from placeholder_source(), with its attribute.
[[nodiscard]] std::string placeholder_name(uint32_t code, std::string_view attribute);

/// Every name that placeholder_source() knows except attributes, for "did you mean".
[[nodiscard]] std::vector<std::string> placeholder_names();

}  // namespace abm::rules
