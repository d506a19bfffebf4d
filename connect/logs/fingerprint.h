// How a log file is recognized: by its first bytes, and by the bytes before a place in it. Names and inodes
// say where to look, never that the bytes are still the ones that were read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace abm::connect {

/// A place in a file, and a hash of the bytes before it. Lines differ in their request ids, so a thousand
/// bytes tell any two logs apart.
struct Place {
  uint64_t offset = 0;
  uint64_t hash = hash64({});  ///< XXH3-64 of the kTailBytes (or fewer) before `offset`

  friend bool operator==(const Place&, const Place&) = default;
};
inline constexpr uint64_t kTailBytes = 1024;

/// The first bytes of a file. They contain time and request id of a visit line, and no line is shorter: they
/// identify one log among all, and every copy of it that holds a line begins with them.
inline constexpr uint64_t kHeadBytes = 128;

struct Head {
  uint64_t size = 0;
  uint64_t hash = hash64({});  ///< XXH3-64 of the first `size` bytes

  [[nodiscard]] bool tells() const noexcept { return size == kHeadBytes; }
  friend bool operator==(const Head&, const Head&) = default;
};

/// `size` bytes from `offset` on, fewer if the file ends or cannot be read.
[[nodiscard]] std::string bytes_at(int fd, uint64_t offset, uint64_t size);
/// The place at `offset` in an open file; std::nullopt if the file is shorter or unreadable.
[[nodiscard]] std::optional<Place> place_at(int fd, uint64_t offset);
/// The head of a file that has `file_size` bytes: at most kHeadBytes of it.
[[nodiscard]] Head head_of(int fd, uint64_t file_size);
/// Whether the file still begins with these bytes.
[[nodiscard]] bool begins_with(int fd, const Head& head);
/// Where the line begins that is not yet complete at `offset`; `offset` itself if there is none.
[[nodiscard]] uint64_t line_start(int fd, uint64_t offset);

}  // namespace abm::connect
