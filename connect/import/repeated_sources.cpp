#include "connect/import/repeated_sources.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "connect/import/source_file.h"

namespace abm::connect {
namespace {

using generation::AccountSource;

constexpr size_t kComparedBytes = 64u << 10;

/// Fills `buffer` as far as the file goes; the bytes that are there, nothing on errors.
std::optional<std::string_view> fill(accounts::FeedSource& file, std::string& buffer) {
  buffer.resize(kComparedBytes);
  size_t filled = 0;
  while (filled < buffer.size()) {
    const auto got = file.read(buffer.data() + filled, buffer.size() - filled);
    if (!got) return std::nullopt;
    if (*got == 0) break;
    filled += *got;
  }
  return std::string_view(buffer).substr(0, filled);
}

bool has_same_bytes(const std::string& a, const std::string& b) {
  auto first = open_source_file(a), second = open_source_file(b);
  if (!first || !second || (*first)->size() != (*second)->size()) return false;
  std::string of_first, of_second;
  while (true) {
    const auto x = fill(**first, of_first), y = fill(**second, of_second);
    if (!x.has_value() || !y.has_value() || *x != *y) return false;
    if (x->empty()) return true;
  }
}

bool is_same_file(const AccountSource& a, const AccountSource& b) {
  if (a.live.has_value() || b.live.has_value()) return false;
  std::error_code fault;
  return std::filesystem::equivalent(a.from, b.from, fault) || has_same_bytes(a.from, b.from);
}

}  // namespace

std::vector<std::optional<size_t>> repeated_sources(std::span<const AccountSource> sources) {
  std::vector<std::optional<size_t>> of(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    for (size_t before = 0; before < i && !of[i].has_value(); ++before) {
      if (of[before].has_value() || !is_same_file(sources[before], sources[i])) continue;
      if (sources[before].map.empty() && !sources[i].map.empty()) {
        of[before] = i;
        // What was the other one's repetition is this one's.
        std::replace(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(i), std::optional(before),
                     std::optional(i));
      } else {
        of[i] = before;
      }
    }
  }
  return of;
}

}  // namespace abm::connect
