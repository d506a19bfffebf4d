// One attempt to follow another data folder, which any web server or object store can serve: fetch what is
// new, verify it as a worker would, flip CURRENT.
//
//   CURRENT ─► gen-N/MANIFEST.json (.minisig) ─► per file: link one with this hash, or fetch it
//     ─► open all ─► gen-N ─► CURRENT
//
// An unfinished generation is in DATA/.incoming-gen-N/. A broken connection leaves it there, so that the next
// attempt goes on where this one ended; any other failure deletes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "connect/http/http.h"
#include "connect/sync/state.h"
#include "generation/retention.h"

namespace abm::connect {

struct MirrorOptions {
  std::string url;  ///< of the origin's data folder
  std::string data_dir;
  /// minisign public key file of the origin's `sign_key`; "": unsigned manifests are accepted
  std::string verify_key;
  bool allow_rollback = false;  ///< a generation older than one that was here already
  bool resume = false;          ///< ends a hold: somebody rolled this folder back (generation/hold.h)
  generation::Retention keep;
  std::chrono::seconds longest{3600};  ///< of the attempt; what arrived by then is kept for the next one
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct MirrorOutcome {
  enum class Kind : uint8_t {
    kAdopted,  ///< another generation serves now
    kUnchanged,
    kHeld,     ///< rolled back here: the origin is not followed, and was not asked
    kRefused,  ///< the origin cannot be reached, or what it has is not acceptable
    kFailed,   ///< this machine could not: configuration, lock, disk
  };
  Kind kind = Kind::kFailed;
  std::string message;      ///< one line for people; after a refusal it ends with what goes on serving
  uint64_t generation = 0;  ///< the one that serves now, 0 for none
  std::vector<std::string> fetched, linked;  ///< part names
  uint64_t received = 0;                     ///< bytes of parts
  std::vector<std::string> warnings;
  MirrorState state;
};

[[nodiscard]] MirrorOutcome mirror(HttpClient& client, const MirrorOptions& options);

}  // namespace abm::connect
