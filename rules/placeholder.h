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

/// Code of a source in rules.bin: the text fields in order, the tier, the numbers, then these.
enum class Source : uint32_t {
  kTier = accounts::kTextFields,
  kFirstNumber,
  kAttribute = kFirstNumber + accounts::kNumberFields,
  kPagePath,
};
inline constexpr uint32_t kSources = static_cast<uint32_t>(Source::kPagePath) + 1;

struct PlaceholderSource {
  uint32_t code = 0;           ///< accounts::TextField, or Source
  std::string_view attribute;  ///< of Source::kAttribute; a view into the text given
};

/// From "account.industry", "account.attributes.competitor" …; std::nullopt for an unknown name.
[[nodiscard]] std::optional<PlaceholderSource> placeholder_source(std::string_view text) noexcept;

/// The inverse: the name for a code from placeholder_source(), with its attribute.
[[nodiscard]] std::string placeholder_name(uint32_t code, std::string_view attribute);

/// Every name that placeholder_source() knows except attributes, for "did you mean".
[[nodiscard]] std::vector<std::string> placeholder_names();

}  // namespace abm::rules
