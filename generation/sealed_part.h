// One file's bytes in memory that nobody can change: sealed memfds, mapped one after another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/content_hash.h"
#include "base/file.h"
#include "base/result.h"
#include "generation/manifest.h"

namespace abm::generation {

/// Filled by append(), then closed by finish(); from then on immutable, and shared between generations whose
/// file has the same hashes.
class SealedPart {
 public:
  enum class Layout : uint8_t {
    kOneFile,  ///< one memfd, named by fd(), for libraries that open files; release() truncates it bit by bit
    kSegments,  ///< one per kSegmentBytes: sealing or freeing a large part never takes long
  };
  static constexpr size_t kSegmentBytes = 512u << 10;

  /// Room for exactly `size` bytes. `name` shows up in /proc/PID/maps.
  [[nodiscard]] static Result<std::shared_ptr<SealedPart>> create(const char* name, uint64_t size,
                                                                  Layout layout);

  SealedPart(const SealedPart&) = delete;
  SealedPart& operator=(const SealedPart&) = delete;
  ~SealedPart();

  /// Copies and hashes; no more than `size` bytes in total.
  [[nodiscard]] Result<void> append(std::string_view piece);
  /// Call once all bytes are there.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// After finish().
  [[nodiscard]] std::string_view bytes() const noexcept { return {data_, static_cast<size_t>(size_)}; }
  [[nodiscard]] const ContentHash& hash() const noexcept { return hash_; }
  /// Whether these are the bytes that a manifest names.
  [[nodiscard]] bool is(const FileEntry& entry) const noexcept {
    return size_ == entry.size && hash_ == entry.hash;
  }
  /// For reading only; -1 unless kOneFile.
  [[nodiscard]] int fd() const noexcept { return reader_.get(); }

  /// Ends its use: frees about `most` bytes, at least one segment. True: nothing is left. Nobody may still
  /// hold a mapping of fd(): reading truncated bytes would kill the process.
  bool release(size_t most) noexcept;

 private:
  SealedPart() = default;
  [[nodiscard]] Result<void> close_segment();

  const char* name_ = nullptr;
  char* data_ = nullptr;  // `size_` bytes of addresses; mapped up to `mapped_`
  uint64_t size_ = 0;
  uint64_t segment_bytes_ = 0;
  uint64_t mapped_ = 0;
  uint64_t used_ = 0;  // bytes of the current segment
  Fd segment_;
  Fd file_;    // of kOneFile: the only descriptor that can shrink it
  Fd reader_;  // the one for everybody else
  ContentHasher hasher_;
  ContentHash hash_;
};

using SealedParts = std::array<std::shared_ptr<const SealedPart>, kParts>;

/// An empty part of the right layout: libmaxminddb wants a file, the others are read in place.
[[nodiscard]] Result<std::shared_ptr<SealedPart>> new_part(Part part, uint64_t size);

}  // namespace abm::generation
