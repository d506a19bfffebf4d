// One file of a generation from its origin: continued where an earlier attempt ended, and then complete with
// the right hash, or not there at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "connect/http/http.h"
#include "generation/folder.h"
#include "generation/manifest.h"

namespace abm::connect {

struct PartRequest {
  std::string url;
  const generation::Folder* folder = nullptr;  ///< where it goes
  generation::Part part = generation::Part::kIpdb;
  generation::FileEntry entry;
  std::chrono::steady_clock::time_point until;  ///< a connection that breaks after this is not resumed
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct PartResult {
  enum class Kind : uint8_t {
    kFetched,
    kBroken,   ///< the connection failed; what arrived is kept as NAME.part
    kRefused,  ///< the origin has other bytes
    kFailed,   ///< this machine could not write
  };
  Kind kind = Kind::kFailed;
  std::string message;
  uint64_t received = 0;  ///< bytes in this attempt
  uint64_t kept = 0;      ///< bytes in NAME.part, with kBroken
};

/// A connection that breaks is resumed a few times, as long as each one brings something.
[[nodiscard]] PartResult fetch_part(HttpClient& client, const PartRequest& request);

}  // namespace abm::connect
