// Labels of the Encoding standard (section 4.2), sorted into what the scanner must know of each.
#include "rewrite/scan/charset.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::rewrite {
namespace {

struct Label {
  std::string_view name;
  Charset charset;
};
constexpr size_t kLongestLabel = 32;

#include "rewrite/scan/charset_labels.inc"

constexpr bool is_sorted_by_name() {
  for (size_t i = 1; i < kLabels.size(); ++i) {
    if (kLabels[i - 1].name >= kLabels[i].name) return false;
  }
  return true;
}
static_assert(is_sorted_by_name());

bool is_decoration(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '"' || c == '\'';
}

}  // namespace

Charset charset_from_label(std::string_view label) noexcept {
  while (!label.empty() && is_decoration(label.front())) label.remove_prefix(1);
  while (!label.empty() && is_decoration(label.back())) label.remove_suffix(1);
  if (label.empty()) return Charset::kUnlabelled;
  if (label.size() > kLongestLabel) return Charset::kUnsupported;
  char lower[kLongestLabel];
  std::ranges::transform(label, lower, [](char c) { return ascii_lower(c); });
  const std::string_view wanted(lower, label.size());
  const auto at = std::lower_bound(kLabels.begin(), kLabels.end(), wanted,
                                   [](const Label& l, std::string_view name) { return l.name < name; });
  return at != kLabels.end() && at->name == wanted ? at->charset : Charset::kUnsupported;
}

}  // namespace abm::rewrite
