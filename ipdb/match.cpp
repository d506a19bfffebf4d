#include "ipdb/match.h"

#include <array>

namespace abm::ipdb {
namespace {

constexpr std::array<std::string_view, 5> kSources = {"", "feed", "csv", "asn", "mmdb"};
constexpr std::array<std::string_view, 6> kExclusions = {"", "isp", "hosting", "vpn", "crawler", "education"};

}  // namespace

std::string_view to_string(Source source) noexcept {
  return kSources[static_cast<size_t>(source)];
}
std::string_view to_string(Exclusion kind) noexcept {
  return kExclusions[static_cast<size_t>(kind)];
}

Source source_from(std::string_view text) noexcept {
  for (size_t i = 1; i < kSources.size(); ++i) {
    if (kSources[i] == text) return static_cast<Source>(i);
  }
  return Source::kNone;
}

Exclusion exclusion_from(std::string_view text) noexcept {
  for (size_t i = 1; i < kExclusions.size(); ++i) {
    if (kExclusions[i] == text) return static_cast<Exclusion>(i);
  }
  return Exclusion::kNone;
}

}  // namespace abm::ipdb
