// How far each file of a visit log has been shipped, kept in one small file (FORMAT.md). What is in here has
// been acknowledged by the stream; a crash at any moment repeats lines and loses none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace abm::ship {

/// A place in a file, and a hash of the bytes before it: whether a file still is the one it was, whatever it
/// is called now. A log's lines differ by their request ids, so a thousand bytes tell any two logs apart.
struct Place {
  uint64_t offset = 0;
  uint64_t hash = hash64({});  ///< XXH3-64 of the kTailBytes (or fewer) before `offset`

  friend bool operator==(const Place&, const Place&) = default;
};
inline constexpr uint64_t kTailBytes = 1024;

/// The place `offset` of an open file; std::nullopt where the file is shorter, or unreadable.
[[nodiscard]] std::optional<Place> place_at(int fd, uint64_t offset);

struct FileMark {
  std::string name;  ///< last known, for people
  uint64_t device = 0;
  uint64_t inode = 0;
  Place shipped;
  uint64_t size = 0;         ///< when it was looked at last
  std::optional<Place> cut;  ///< how far it was shipped before it was cut to nothing (copytruncate)
};

struct Checkpoint {
  std::vector<FileMark> files;
};

/// std::nullopt where there is none yet. A damaged one is an error: guessing would lose or repeat lines.
[[nodiscard]] Result<std::optional<Checkpoint>> load_checkpoint(const std::string& path);
/// Replaces it at once, and is on disk when this returns.
[[nodiscard]] Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace abm::ship
