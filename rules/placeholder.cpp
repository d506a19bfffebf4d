// Placeholder names to codes.
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

constexpr std::string_view kAccountPrefix = "account.";
constexpr std::string_view kPagePath = "page.path";

/// Of a code that stands for a text or a number; "" for others.
std::string_view field_name(uint32_t code) noexcept {
  if (const auto text = text_of_source(code)) return accounts::kTextFieldNames[static_cast<size_t>(*text)];
  if (const auto number = number_of_source(code))
    return accounts::kNumberFieldNames[static_cast<size_t>(*number)];
  return {};
}

}  // namespace

std::optional<PlaceholderSource> placeholder_source(std::string_view text) noexcept {
  if (text == kPagePath) return PlaceholderSource{static_cast<uint32_t>(Source::kPagePath), {}};
  if (!text.starts_with(kAccountPrefix)) return std::nullopt;
  text.remove_prefix(kAccountPrefix.size());
  if (text.starts_with(kAttributePrefix)) {
    text.remove_prefix(kAttributePrefix.size());
    if (text.empty()) return std::nullopt;
    return PlaceholderSource{static_cast<uint32_t>(Source::kAttribute), text};
  }
  if (text == "tier") return PlaceholderSource{static_cast<uint32_t>(Source::kTier), {}};
  for (uint32_t code = 0; code < kSources; ++code) {
    if (const std::string_view name = field_name(code); !name.empty() && text == name)
      return PlaceholderSource{code, {}};
  }
  return std::nullopt;
}

std::string placeholder_name(uint32_t code, std::string_view attribute) {
  if (code == static_cast<uint32_t>(Source::kPagePath)) return std::string(kPagePath);
  std::string name(kAccountPrefix);
  if (code == static_cast<uint32_t>(Source::kTier)) return name.append("tier");
  if (code == static_cast<uint32_t>(Source::kAttribute))
    return name.append(kAttributePrefix).append(attribute);
  return name.append(field_name(code));
}

std::vector<std::string> placeholder_names() {
  std::vector<std::string> names = {std::string(kPagePath), std::string(kAccountPrefix) + "tier"};
  for (const std::string_view name : accounts::kTextFieldNames)
    names.push_back(std::string(kAccountPrefix).append(name));
  for (const std::string_view name : accounts::kNumberFieldNames)
    names.push_back(std::string(kAccountPrefix).append(name));
  return names;
}

}  // namespace abm::rules
