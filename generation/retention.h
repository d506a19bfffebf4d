// Which generations are forgotten: how many are kept, for how long, and what they take on the disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace abm::generation {

/// However long they are to be kept: each has a folder of its own, and every publication looks at all of
/// them.
inline constexpr uint32_t kMostGenerations = 10'000;

/// A generation is forgotten only if it is beyond `count` and went out of use more than `days` ago. `bytes`
/// and kMostGenerations go before `days`, never before `count`. The current one always stays.
struct Retention {
  uint32_t count = 10;  ///< the newest ones, including the current one; at least 1
  uint32_t days = 0;    ///< since another one replaced it
  uint64_t bytes = 0;   ///< on the disk, hard links counted once; 0: no limit

  Retention() = default;
  Retention(uint32_t generations) noexcept : count(generations) {}  // `keep: 10`: not explicit
};

/// One file that a generation has; those with the same inode take their space once.
struct StoredFile {
  uint64_t inode = 0;
  uint64_t bytes = 0;  ///< on the disk
};

struct StoredGeneration {
  uint64_t number = 0;
  int64_t created_at = 0;  ///< Unix seconds; 0: its manifest cannot be read
  uint64_t replaces = 0;   ///< as in its manifest
  std::vector<StoredFile> files;
};

/// Bytes that all of them take, each inode counted once.
[[nodiscard]] uint64_t stored_bytes(const std::vector<StoredGeneration>& generations);

struct Forgetting {
  std::vector<uint64_t> numbers;  ///< ascending
  uint64_t early = 0;             ///< of these, before `days` are over
  std::string limit;              ///< what made them go early: "keep: size"
};
/// `stored`: ascending by number. `now`: Unix seconds. `held`: whose rules a rollback holds, 0 if none;
/// neither this one nor `current` is chosen.
[[nodiscard]] Forgetting choose_forgotten(const std::vector<StoredGeneration>& stored, uint64_t current,
                                          uint64_t held, const Retention& keep, int64_t now);

}  // namespace abm::generation
