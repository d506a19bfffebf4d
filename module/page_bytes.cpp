#include "module/page_bytes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace abm::module {

PageBytes::PageBytes(PageBytes&& other) noexcept
    : charge_(std::move(other.charge_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

PageBytes::~PageBytes() {
  resize(0);
}

// The kernel gives a process some 65,000 pieces (vm.max_map_count), and everything in a worker needs some.
size_t PageBytes::large() const noexcept {
  constexpr size_t kLeast = 8192, kMostPieces = 16384;
  return charge_.budget() == nullptr ? kLeast : std::max(kLeast, charge_.budget()->max() / kMostPieces);
}

// Pages come and go in all sizes, which would leave malloc's heap full of holes: larger ones get memory that
// the kernel takes back.
bool PageBytes::resize(size_t capacity) noexcept {
  constexpr size_t kKernelPage = 4096;
  const size_t least = large();
  if (capacity >= least) capacity = (capacity + kKernelPage - 1) / kKernelPage * kKernelPage;
  const size_t before = charge_.bytes();
  if (capacity == before) return true;
  if (!charge_.set(capacity)) return false;
  void* moved = nullptr;
  if (before >= least && capacity >= least) {
    moved = mremap(data_, before, capacity, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return charge_.set(before) && false;
  } else if (before < least && capacity < least && capacity != 0) {
    moved = std::realloc(data_, capacity);
    if (moved == nullptr) return charge_.set(before) && false;
  } else {
    if (capacity >= least) {
      moved = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (moved == MAP_FAILED) moved = nullptr;
    } else if (capacity != 0) {
      moved = std::malloc(capacity);
    }
    if (moved == nullptr && capacity != 0) return charge_.set(before) && false;
    if (moved != nullptr && size_ != 0) std::memcpy(moved, data_, size_);
    if (before >= least) {
      munmap(data_, before);
    } else {
      std::free(data_);
    }
  }
  data_ = static_cast<char*>(moved);
  return true;
}

bool PageBytes::reserve(size_t bytes) noexcept {
  return bytes <= capacity() || resize(bytes);
}

void PageBytes::append(std::string_view bytes) noexcept {
  std::memcpy(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void PageBytes::trim() noexcept {
  if (size_ != 0 && size_ != capacity()) resize(size_);
}

}  // namespace abm::module
