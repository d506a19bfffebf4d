#include "generation/part_loader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace abm::generation {

Result<PartLoader> PartLoader::start(int directory, const std::string& folder_path, Part part,
                                     const FileEntry& expected) {
  PartLoader loader;
  const std::string name(kPartNames[static_cast<size_t>(part)]);
  loader.path_ = folder_path + "/" + name;
  loader.expected_ = expected;
  auto source = open_regular_file_at(directory, name);
  if (!source) return Error{folder_path + "/" + source.message()};
  loader.source_ = std::move(*source);
  if (auto safe = refuse_writable_by_others(loader.source_.get(), loader.path_); !safe) return safe.error();
  auto size = file_size(loader.source_.get(), loader.path_);
  if (!size) return size.error();
  if (*size != expected.size) {
    return Error{
        fmt::format("{}: {} bytes, but {} says {}", loader.path_, *size, kManifestName, expected.size)};
  }
  // Request the bytes ahead, so that no piece waits for the disk. A refusal costs only speed.
  (void)::posix_fadvise(loader.source_.get(), 0, 0, POSIX_FADV_WILLNEED);
  auto copy = new_part(part, expected.size);
  if (!copy) return copy.error();
  loader.copy_ = std::move(*copy);
  loader.piece_.resize(std::min<uint64_t>(kPieceBytes, std::max<uint64_t>(expected.size, 1)));
  return loader;
}

Result<bool> PartLoader::step() {
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(piece_.size(), expected_.size - copied_));
  ssize_t got = 0;
  if (wanted != 0) {
    do {
      got = ::read(source_.get(), piece_.data(), wanted);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno_error(path_, errno);
    if (got == 0) return Error{fmt::format("{}: ended after {} of {} bytes", path_, copied_, expected_.size)};
    const std::string_view piece(piece_.data(), static_cast<size_t>(got));
    if (auto copied = copy_->append(piece); !copied) return Error{path_ + ": " + copied.message()};
    copied_ += static_cast<uint64_t>(got);
  }
  if (copied_ < expected_.size) return false;
  if (auto whole = check(); !whole) return whole.error();
  return true;
}

Result<void> PartLoader::check() {
  if (auto finished = copy_->finish(); !finished) return Error{path_ + ": " + finished.message()};
  if (!copy_->is(expected_)) {
    return Error{fmt::format("{}: SHA-256 {} is not {} as {} says: damaged", path_,
                             copy_->hash().sha256.hex(), expected_.hash.sha256.hex(), kManifestName)};
  }
  source_.reset();
  piece_ = {};
  return {};
}

}  // namespace abm::generation
