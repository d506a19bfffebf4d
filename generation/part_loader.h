// One file of a generation → sealed copy in memory, hashed, a piece at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"
#include "generation/generation.h"
#include "generation/manifest.h"

namespace abm::generation {

/// The copy is what gets hashed and used: whatever happens to the file meanwhile or later changes nothing in
/// it.
class PartLoader {
 public:
  static constexpr size_t kPieceBytes = 256u << 10;

  /// Opens the file in `directory`; refuses one whose size is not `expected.size` or that others may write.
  [[nodiscard]] static Result<PartLoader> start(int directory, const std::string& folder_path, Part part,
                                                const FileEntry& expected);

  /// Copies and hashes one piece. True once all is copied, sealed and mapped and the hash is right; then
  /// take().
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] std::shared_ptr<const SealedPart> take() noexcept { return std::move(done_); }

 private:
  PartLoader() = default;
  [[nodiscard]] Result<void> seal();

  std::string path_;
  FileEntry expected_;
  Fd source_;
  Fd copy_;
  uint64_t copied_ = 0;
  Hasher128 hasher_;
  std::vector<char> piece_;
  std::shared_ptr<const SealedPart> done_;
};

}  // namespace abm::generation
