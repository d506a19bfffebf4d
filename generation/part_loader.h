// One file of a generation → sealed copy in memory, hashed, one piece at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "generation/manifest.h"
#include "generation/sealed_part.h"

namespace abm::generation {

/// The copy is what gets hashed, with SHA-256 too, and used: later changes to the file do not affect it.
class PartLoader {
 public:
  static constexpr size_t kPieceBytes = 64u << 10;

  /// Opens the file in `directory`; refuses it if its size is not `expected.size` or others may write it.
  [[nodiscard]] static Result<PartLoader> start(int directory, const std::string& folder_path, Part part,
                                                const FileEntry& expected);

  /// Copies and hashes one piece. True once everything is copied, sealed and mapped and the hash matches.
  /// take() returns the part, or after an error whatever there is of it.
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
