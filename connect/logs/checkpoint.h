// How far each file of a visit log has been read, kept in one small file (FORMAT.md). What it covers has been
// delivered (for ship: acknowledged by the stream); a crash at any moment repeats lines and loses none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connect/logs/fingerprint.h"

namespace abm::connect {

/// How far a log has been read, and how it is recognized.
struct Mark {
  std::string name;  ///< last known, for people
  Head head;
  Place read;
  uint64_t size = 0;  ///< when it was looked at last
};

/// A file that exists, or did when the checkpoint was written.
struct FileMark : Mark {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool copy = false;  ///< its bytes are read in another file, which has them too
};

/// A compressed file that has been judged once.
struct CompressedMark {
  uint64_t id = 0;    ///< hash of its beginning, decompressed if possible
  bool lost = false;  ///< it holds lines that were not read; this has been reported
};

struct Checkpoint {
  std::vector<FileMark> files;
  /// Oldest first: cut to nothing, deleted or compressed. Copies are recognized by these.
  std::vector<Mark> gone;
  std::optional<std::vector<CompressedMark>> compressed;  ///< std::nullopt: not looked at yet (version 1)
};

/// std::nullopt if there is none yet. A damaged one is an error: a guess would lose or repeat lines.
[[nodiscard]] Result<std::optional<Checkpoint>> load_checkpoint(const std::string& path);
/// Replaces it atomically; it is on disk when this returns.
[[nodiscard]] Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace abm::connect
