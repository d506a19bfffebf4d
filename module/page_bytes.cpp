#include "module/page_bytes.h"

#include <sys/mman.h>

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

// Pages come and go in all sizes, which would leave malloc's heap full of holes: larger ones get memory that
// the kernel takes back.
bool PageBytes::resize(size_t capacity) noexcept {
  constexpr size_t kLarge = 8192, kKernelPage = 4096;
  if (capacity >= kLarge) capacity = (capacity + kKernelPage - 1) / kKernelPage * kKernelPage;
  const size_t before = charge_.bytes();
  if (capacity == before) return true;
  if (!charge_.set(capacity)) return false;
  void* moved = nullptr;
  if (before >= kLarge && capacity >= kLarge) {
    moved = mremap(data_, before, capacity, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return charge_.set(before) && false;
  } else if (before < kLarge && capacity < kLarge && capacity != 0) {
    moved = std::realloc(data_, capacity);
    if (moved == nullptr) return charge_.set(before) && false;
  } else {
    if (capacity >= kLarge) {
      moved = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (moved == MAP_FAILED) moved = nullptr;
    } else if (capacity != 0) {
      moved = std::malloc(capacity);
    }
    if (moved == nullptr && capacity != 0) return charge_.set(before) && false;
    if (moved != nullptr && size_ != 0) std::memcpy(moved, data_, size_);
    if (before >= kLarge) {
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
