// One file of a generation → sealed copy in memory, hashed, a piece at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "generation/generation.h"
#include "generation/manifest.h"

namespace abm::generation {

/// The copy is what gets hashed, by SHA-256 too, and used: whatever happens to the file meanwhile or later
/// changes nothing in it.
class PartLoader {
 public:
  static constexpr size_t kPieceBytes = 64u << 10;

  /// Opens the file in `directory`; refuses one whose size is not `expected.size` or that others may write.
  [[nodiscard]] static Result<PartLoader> start(int directory, const std::string& folder_path, Part part,
                                                const FileEntry& expected);

  /// Copies and hashes one piece. True once all is copied, sealed and mapped and the hash is right. take()
  /// gives the part, or after an error what there is of it.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] uint64_t copied() const noexcept { return copied_; }  ///< bytes
  [[nodiscard]] std::shared_ptr<const SealedPart> take() noexcept { return std::move(copy_); }

 private:
  PartLoader() = default;
  [[nodiscard]] Result<void> check();

  std::string path_;
  FileEntry expected_;
  Fd source_;
  std::shared_ptr<SealedPart> copy_;
  uint64_t copied_ = 0;
  std::vector<char> piece_;
};

}  // namespace abm::generation
