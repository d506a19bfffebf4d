#include "generation/site_values.h"

#include <array>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace abm::generation {

using yaml::Node;

namespace {

constexpr int64_t kMaxEverySeconds = 30 * 86'400;

}  // namespace

std::string SiteValues::absolute(const std::string& path) const {
  std::string absolute = (std::filesystem::path(folder_) / path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  return absolute;
}

bool SiteValues::is_sequence(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kSequence) return true;
  error(node.at, fmt::format("{} must be a list", what));
  return false;
}

std::optional<std::string> SiteValues::word(const Node& node, std::string_view what) {
  if (node.kind != Node::Kind::kScalar || node.is_null() || node.scalar.empty()) {
    error(node.at, fmt::format("{} must be text", what));
    return std::nullopt;
  }
  return node.scalar;
}

std::string SiteValues::path(const Node* node, std::string_view what) {
  if (node == nullptr || node->is_null()) return {};
  const auto value = word(*node, what);
  return value.has_value() ? absolute(*value) : std::string();
}

std::optional<uint64_t> SiteValues::number(const Node& node, std::string_view what, uint64_t min,
                                           uint64_t max) {
  uint64_t value = 0;
  const std::string& digits = node.scalar;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (node.kind != Node::Kind::kScalar || code != std::errc{} || end != digits.data() + digits.size() ||
      value < min || value > max) {
    error(node.at, fmt::format("{} must be a number from {} to {}, not '{}'", what, min, max, digits));
    return std::nullopt;
  }
  return value;
}

std::optional<int64_t> SiteValues::seconds(const Node& node, std::string_view what) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::array<int64_t, 4> kSeconds = {1, 60, 3600, 86'400};
  const std::string& text = node.scalar;
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool one_letter = code == std::errc{} && end + 1 == text.data() + text.size();
  const size_t unit = one_letter ? kUnits.find(*end) : kUnits.npos;
  if (node.kind != Node::Kind::kScalar || unit == kUnits.npos || value < 1 ||
      value > kMaxEverySeconds / kSeconds[unit]) {
    error(node.at,
          fmt::format("{} must be a time such as 30s, 5m, 2h or 1d, at most 30d, not '{}'", what, text));
    return std::nullopt;
  }
  return value * kSeconds[unit];
}

std::optional<uint64_t> SiteValues::bytes(const Node& node, std::string_view what, uint64_t max) {
  constexpr std::string_view kUnits = "KMG";
  const std::string& text = node.scalar;
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool one_letter = code == std::errc{} && end + 1 == text.data() + text.size();
  const size_t unit = one_letter ? kUnits.find(*end) : kUnits.npos;
  const unsigned shift = unit == kUnits.npos ? 0 : 10 * static_cast<unsigned>(unit + 1);
  if (node.kind != Node::Kind::kScalar || unit == kUnits.npos || value < 1 || value > max >> shift) {
    error(node.at, fmt::format("{} must be a size such as 512K, 64M or 2G, at most {}G, not '{}'", what,
                               max >> 30, text));
    return std::nullopt;
  }
  return value << shift;
}

std::optional<uint32_t> SiteValues::share(const Node& node, std::string_view what) {
  const std::string& text = node.scalar;
  uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool sign = code == std::errc{} && std::string_view(end, text.data() + text.size()) == "%";
  if (node.kind != Node::Kind::kScalar || !sign || value > 100) {
    error(node.at, fmt::format("{} must be a share from 0% to 100%, such as 50%, not '{}'", what, text));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> SiteValues::flag(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kScalar && node.scalar == "true") return true;
  if (node.kind == Node::Kind::kScalar && node.scalar == "false") return false;
  error(node.at, fmt::format("{} must be true or false, not '{}'", what, node.scalar));
  return std::nullopt;
}

}  // namespace abm::generation
