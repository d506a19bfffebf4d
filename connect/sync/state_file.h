// DATA/state/: what survives a restart of the programs that fetch and publish, one small JSON file for each.
//
//   DATA/state/            0755
//     feed.json            abmctl sync: what was accepted, and how the last attempts went (state.h)
//     mirror.json          abmctl sync --mirror, the same of a mirror
//     sources.json         how the sources of `accounts: sources:` were read (merged_feed.h)
//     agent.json           abmctl agent: how the last publication went
//     networks.json        abmctl networks: what was fetched, and how the last attempts went
//     live-NAME.json       a live source (connect/live/FORMAT.md)
//     .lock                flock(2) while a program fetches
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "generation/folder.h"

namespace abm::connect {

inline constexpr std::string_view kStateFolder = "state";
inline constexpr std::string_view kFeedFolder = "feed";

/// DATA and DATA/state, made if they are missing, with the lock held that keeps a second fetcher out.
struct LockedState {
  generation::Folder data;
  generation::Folder state;
  Fd lock;

  [[nodiscard]] static Result<LockedState> open(const std::string& data_dir);
};

/// A folder of the data folder, made with `mode` if it is missing.
[[nodiscard]] Result<generation::Folder> make_folder_in(const generation::Folder& data, std::string_view name,
                                                        mode_t mode);
/// Deletes files and folders in `folder` that killed fetchers left under temporary names.
[[nodiscard]] Result<void> remove_leftovers(const generation::Folder& folder);

/// The text of DATA/state/NAME; "" if there is none.
[[nodiscard]] Result<std::string> read_state(const std::string& data_dir, std::string_view name);
[[nodiscard]] Result<void> write_state(const std::string& data_dir, std::string_view name,
                                       std::string_view text);

}  // namespace abm::connect
