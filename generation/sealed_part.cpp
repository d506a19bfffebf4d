#include "generation/sealed_part.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>

namespace abm::generation {
namespace {

constexpr uint64_t kWhole = UINT64_MAX;  // segment_bytes_ of a part in one file

}  // namespace

Result<std::shared_ptr<SealedPart>> SealedPart::create(const char* name, uint64_t size, Layout layout) {
  std::shared_ptr<SealedPart> part(new SealedPart());
  part->name_ = name;
  part->segment_bytes_ = layout == Layout::kOneFile ? kWhole : kSegmentBytes;
  if (size != 0) {
    // Reserves addresses only: segments are mapped into them as they fill.
    void* room = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return errno_error("mmap", errno);
    part->data_ = static_cast<char*>(room);
    part->size_ = size;
  } else if (layout == Layout::kOneFile) {
    if (auto closed = part->close_segment(); !closed) return closed.error();
  }
  return part;
}

SealedPart::~SealedPart() {
  if (size_ != 0) ::munmap(data_, size_);
}

Result<void> SealedPart::append(std::string_view piece) {
  hasher_.update(piece);
  while (!piece.empty()) {
    const uint64_t room = std::min(segment_bytes_, size_ - mapped_);
    if (room == 0) return Error{"more bytes than announced"};
    if (!segment_.valid()) {
      auto memory = create_memfd(name_, room);
      if (!memory) return memory.error();
      segment_ = std::move(*memory);
      used_ = 0;
    }
    const auto fits = static_cast<size_t>(std::min<uint64_t>(room - used_, piece.size()));
    if (auto written = write_all(segment_.get(), piece.substr(0, fits), name_); !written) return written;
    used_ += fits;
    piece.remove_prefix(fits);
    if (used_ < room) continue;
    if (auto closed = close_segment(); !closed) return closed;
  }
  return {};
}

Result<void> SealedPart::close_segment() {
  if (!segment_.valid()) {  // an empty file
    auto memory = create_memfd(name_, 0);
    if (!memory) return memory.error();
    segment_ = std::move(*memory);
  }
  const auto shrinking = segment_bytes_ == kWhole ? Shrinking::kLeftToOwner : Shrinking::kSealed;
  if (auto sealed = seal_memfd(segment_.get(), shrinking); !sealed) return sealed;
  // Populate a segment's pages here, in this slice, not one by one during a visitor's first lookup.
  const int flags = MAP_PRIVATE | MAP_FIXED | (segment_bytes_ == kWhole ? 0 : MAP_POPULATE);
  if (used_ != 0 && ::mmap(data_ + mapped_, used_, PROT_READ, flags, segment_.get(), 0) == MAP_FAILED)
    return errno_error("mmap", errno);
  mapped_ += used_;
  // The mapping keeps a segment alive, and unmapping is what frees it.
  if (segment_bytes_ == kWhole) {
    const std::string path = fmt::format("/proc/self/fd/{}", segment_.get());
    reader_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!reader_.valid()) return errno_error(path, errno);
    file_ = std::move(segment_);
  }
  segment_.reset();
  return {};
}

Result<void> SealedPart::finish() {
  if (mapped_ != size_) return Error{"fewer bytes than announced"};
  auto hash = hasher_.finish();
  if (!hash) return hash.error();
  hash_ = *hash;
  return {};
}

bool SealedPart::release(size_t most) noexcept {
  segment_.reset();
  reader_.reset();
  const uint64_t step = segment_bytes_ == kWhole ? most : std::max<uint64_t>(most, kSegmentBytes);
  constexpr uint64_t kPage = 4096;
  const uint64_t keep = size_ > step ? (size_ - step) / kPage * kPage : 0;
  if (size_ > keep) ::munmap(data_ + keep, size_ - keep);
  // If it cannot be truncated, closing it does all the work.
  if (keep == 0 || (file_.valid() && ::ftruncate(file_.get(), static_cast<off_t>(keep)) != 0)) file_.reset();
  size_ = keep;
  return keep == 0;
}

Result<std::shared_ptr<SealedPart>> new_part(Part part, uint64_t size) {
  return SealedPart::create(
      kPartNames[static_cast<size_t>(part)].data(), size,
      part == Part::kIpdb ? SealedPart::Layout::kOneFile : SealedPart::Layout::kSegments);
}

}  // namespace abm::generation
