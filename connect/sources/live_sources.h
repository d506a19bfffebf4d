// The live sources of a site: what site.yaml says of them, and what of them is in the data folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "connect/live/settings.h"
#include "generation/account_sources.h"
#include "generation/site.h"

namespace abm::connect {

/// `source` has `live`. HubSpot is also asked for the properties that its `map` names.
[[nodiscard]] LiveSettings live_settings(const generation::AccountSource& source);
/// Of all that the site has, in its order: those of accounts, then those of opportunities.
[[nodiscard]] std::vector<LiveSettings> live_sources(const generation::Site& site);
/// Errors at their places in site.yaml for what only these systems know: queries, properties, addresses.
void check_live_sources(const generation::Site& site, Diagnostics& diagnostics);

/// What people call it: "HubSpot (crm)".
[[nodiscard]] std::string live_source_name(generation::SourceKind kind, std::string_view name);
/// How messages call any source: its path, its address, or as above.
[[nodiscard]] std::string name_for_people(const generation::AccountSource& source);
/// Why the table of a source that has `live` cannot be imported: it was never read. "" if it can, and for
/// all others.
[[nodiscard]] std::string why_no_table(const generation::AccountSource& source);

/// When the system was asked with success last, Unix seconds; std::nullopt: never, or it is a file.
[[nodiscard]] std::optional<int64_t> asked_at(const generation::AccountSource& source);

/// Names of those that the data folder knows something of, sorted.
[[nodiscard]] std::vector<std::string> kept_live_sources(const std::string& data_dir);
/// Deletes tables and states of all but `wanted`. One that is being read stays until the next time, and so
/// does what cannot be deleted.
void forget_live_sources(const std::string& data_dir, const std::vector<LiveSettings>& wanted);

}  // namespace abm::connect
