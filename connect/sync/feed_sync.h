// One attempt to bring the account feed up to date: fetch, verify, check against the present ones, accept.
// Whatever goes wrong, the last good feed stays.
//
//   GET URL (If-None-Match) ─ 304 ─► unchanged
//     └─ 200 ─► DATA/feed/.tmp-… ─► GET URL.minisig ─► signature ─► parse ─► guards ─► rename ─► accepted
//   a file ───────────────────────► FILE.minisig ───┘                    (it stays where it is)
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "connect/http/http.h"
#include "connect/sync/state.h"
#include "generation/site.h"

namespace abm::connect {

struct FeedSyncOptions {
  generation::AccountsInput source;
  std::string data_dir;
  bool allow_older = false;
  bool allow_other_tenant = false;
  bool allow_shrink = false;
  std::chrono::seconds longest{1800};  ///< of the attempt: feed, signature, and both once more
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct SyncOutcome {
  enum class Kind : uint8_t {
    kAccepted,   ///< a new feed
    kUnchanged,  ///< the present one is the newest
    kRefused,    ///< the source cannot be reached, or what it sent is not acceptable
    kFailed,     ///< this machine could not: configuration, lock, disk
  };
  Kind kind = Kind::kFailed;
  std::string message;   ///< one line for people; after a refusal it ends with what stays in use
  Diagnostics findings;  ///< errors in the feed itself, with places
  std::string warning;   ///< the state could not be read or written; "" if it could
  std::optional<std::chrono::seconds> retry_after;
  FeedState state;  ///< as it is now
};

/// HTTP settings of a source.
[[nodiscard]] HttpSettings http_settings(const generation::AccountsInput& source);

class FeedSync {
 public:
  /// Starts; a local file is done at once. `client` is borrowed until done(), and must not be used for
  /// anything else until then.
  FeedSync(HttpClient& client, FeedSyncOptions options);
  ~FeedSync();

  /// Goes on after client.poll() has finished something.
  void advance();
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] SyncOutcome& outcome() noexcept;

  /// Runs the whole attempt.
  [[nodiscard]] static SyncOutcome run(HttpClient& client, FeedSyncOptions options);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace abm::connect
