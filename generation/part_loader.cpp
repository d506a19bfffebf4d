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
  // Ask for the bytes ahead, so that no piece waits for the disk. A refusal costs speed only.
  (void)::posix_fadvise(loader.source_.get(), 0, 0, POSIX_FADV_WILLNEED);
  auto copy = create_memfd(kPartNames[static_cast<size_t>(part)].data(), expected.size);
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
    if (auto written = write_all(copy_.get(), piece, path_); !written) return written.error();
    hasher_.update(piece);
    copied_ += static_cast<uint64_t>(got);
  }
  if (copied_ < expected_.size) return false;
  if (auto sealed = seal(); !sealed) return sealed.error();
  return true;
}

Result<void> PartLoader::seal() {
  const Hash128 hash = hasher_.digest();
  if (hash != expected_.hash) {
    return Error{fmt::format("{}: hash {} is not {} as {} says: damaged", path_, hash.hex(),
                             expected_.hash.hex(), kManifestName)};
  }
  if (auto sealed = seal_memfd(copy_.get()); !sealed) return sealed.error();
  auto mapping = Mapping::map(copy_.get(), static_cast<size_t>(expected_.size));
  if (!mapping) return mapping.error();
  auto part = std::make_shared<SealedPart>();
  part->fd = std::move(copy_);
  part->mapping = std::move(*mapping);
  part->hash = hash;
  done_ = std::move(part);
  source_.reset();
  piece_ = {};
  return {};
}

}  // namespace abm::generation
