// A file that is being received: under a temporary name until it is whole, gone if it never becomes so.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "generation/folder.h"

namespace abm::connect {

/// Leftovers of killed processes begin so; who holds the sync lock may delete them.
inline constexpr std::string_view kIncomingPrefix = ".tmp-";

class IncomingFile {
 public:
  /// `folder` is borrowed for the life of the file.
  [[nodiscard]] static Result<IncomingFile> create(const generation::Folder& folder, std::string_view name);
  IncomingFile(IncomingFile&& other) noexcept;
  IncomingFile& operator=(IncomingFile&&) = delete;
  /// Deletes what was not put in place.
  ~IncomingFile();

  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// From zero again.
  [[nodiscard]] Result<void> restart();
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// What was written so far.
  [[nodiscard]] Result<Mapping> map() const;
  /// On disk, then under its name; the folder itself is for the caller to sync.
  [[nodiscard]] Result<void> put_in_place();

 private:
  IncomingFile(const generation::Folder& folder, std::string_view name);

  const generation::Folder* folder_;
  std::string name_;
  std::string temporary_;
  Fd fd_;
  uint64_t size_ = 0;
};

}  // namespace abm::connect
