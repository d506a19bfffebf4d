// What is remembered of a live source, DATA/state/live-NAME.json, and where its table is (FORMAT.md): for the
// next reading, and for `abmctl status` and `abmctl doctor`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connect/live/api.h"
#include "connect/sync/state.h"
#include "generation/account_sources.h"

namespace abm::connect {

/// Times are Unix seconds, 0: never.
struct LiveState {
  std::string from;    ///< "hubspot https://api.hubapi.com"
  std::string source;  ///< source_hash() of its settings
  std::string asked;   ///< hash of what the table answers
  uint64_t rows = 0;   ///< of the table
  uint64_t size = 0;   ///< of the table; with `modified_ns`: another one was not written by us
  int64_t modified_ns = 0;
  int64_t changed_at = 0;  ///< when the table was replaced last
  int64_t whole_at = 0;    ///< when everything was read last
  int64_t since = 0;       ///< by the system's own clock: changes from here on may be missing
  ApiUsage usage;
  std::string note;  ///< what people should know although the last reading succeeded; "" if nothing
  Attempts attempts;
};

using generation::kLiveFolder;  // DATA/live

/// "NAME.csv", in kLiveFolder.
[[nodiscard]] std::string live_table_name(std::string_view name);
/// DATA/live/NAME.csv
[[nodiscard]] std::string live_table_path(const std::string& data_dir, std::string_view name);

/// std::nullopt if there is none. An error says that the file exists and cannot be understood.
[[nodiscard]] Result<std::optional<LiveState>> read_live_state(const std::string& data_dir,
                                                               std::string_view name);
[[nodiscard]] Result<void> write_live_state(const std::string& data_dir, std::string_view name,
                                            const LiveState& state);

}  // namespace abm::connect
