// Published lists of networks into files that site.yaml can name: asked for conditionally, bounded, checked,
// and put in place whole. Whatever goes wrong, the last good files stay.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/http/http.h"
#include "connect/networks/published.h"
#include "connect/sync/state.h"

namespace abm::connect {

inline constexpr std::string_view kNetworksFolder = "networks";  ///< in the data folder
inline constexpr std::string_view kNetworksState = "networks.json";

/// What is remembered of one list.
struct ListState {
  std::string name;
  std::string from;        ///< address without password, or file
  std::string etag;        ///< of what was accepted, at `from`
  std::string version;     ///< of the npm package; "" for others
  uint64_t networks = 0;   ///< in all its files
  int64_t changed_at = 0;  ///< when the files became what they are; Unix seconds, 0: never
  Attempts attempts;
};

/// In the order of published_lists(); none if nothing was ever fetched.
[[nodiscard]] Result<std::vector<ListState>> read_list_states(const std::string& data_dir);

struct FetchOptions {
  std::string data_dir;
  std::string from;  ///< instead of the list's own address: a URL, or a file; "": for npm, see npm_registry.h
  std::optional<uint32_t> max_shrink_percent = 50;
  bool allow_shrink = false;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct FetchOutcome {
  enum class Kind : uint8_t {
    kUpdated,
    kUnchanged,
    kRefused,  ///< the source could not be reached, or what it sent was not accepted
    kFailed,   ///< this machine failed
  };
  Kind kind = Kind::kFailed;
  std::string message;
  std::vector<std::string> files;  ///< paths, whether they changed or not; empty if there are none yet
  ListState state;
};

/// One attempt.
[[nodiscard]] FetchOutcome fetch_list(HttpClient& client, const PublishedList& list,
                                      const FetchOptions& options);

}  // namespace abm::connect
