// Reads a live source of site.yaml: a system that is asked itself.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "generation/sources_place.h"
#include "yaml/node.h"

namespace abm::generation {

/// What only a live source has, beside its kind.
inline constexpr std::array<std::string_view, 6> kLiveSourceKeys = {"every", "name", "max_shrink",
                                                                    "proxy", "ca",   "timeout"};

/// `source` is the entry of `sources:`, `settings` the mapping that its kind names. All errors are reported.
[[nodiscard]] std::optional<LiveInput> read_live_source(const yaml::Node& source, const yaml::Node& settings,
                                                        SourceKind kind, const SourcesPlace& place,
                                                        Diagnostics& diagnostics);

}  // namespace abm::generation
