// A file that is being received: it has a temporary name until it is complete, and is deleted if it never is.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "generation/folder.h"

namespace abm::connect {

/// Leftovers of killed processes begin with this; the holder of the sync lock may delete them.
inline constexpr std::string_view kIncomingPrefix = ".tmp-";

class IncomingFile {
 public:
  /// `folder` is borrowed for the lifetime of the file.
  [[nodiscard]] static Result<IncomingFile> create(const generation::Folder& folder, std::string_view name);
  IncomingFile(IncomingFile&& other) noexcept;
  IncomingFile& operator=(IncomingFile&&) = delete;
  /// Deletes what was not put in place.
  ~IncomingFile();

  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Starts again from zero.
  [[nodiscard]] Result<void> restart();
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// What has been written so far.
  [[nodiscard]] Result<Mapping> map() const;
  /// Syncs it, then gives it its name; the caller syncs the folder itself.
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
