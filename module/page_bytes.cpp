#include "module/page_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

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
  if (data_ != nullptr) release(data_, capacity());
}

// The kernel gives a process some 65,000 pieces (vm.max_map_count), and everything in a worker needs some.
size_t PageBytes::large() const noexcept {
  constexpr size_t kLeast = 8192, kMostPieces = 16384;
  return charge_.budget() == nullptr ? kLeast : std::max(kLeast, charge_.budget()->max() / kMostPieces);
}

// Pages come and go in all sizes, which would leave malloc's heap full of holes: large ones get memory that
// the kernel takes back.
void* PageBytes::allocate(size_t capacity) const noexcept {
  if (capacity < large()) return std::malloc(capacity);
  void* const mapped = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mapped != MAP_FAILED ? mapped : nullptr;
}

void PageBytes::release(void* data, size_t capacity) const noexcept {
  if (capacity < large()) return std::free(data);
  munmap(data, capacity);
}

void* PageBytes::moved_to(size_t capacity) const noexcept {
  const size_t before = this->capacity();
  if (before < large() && capacity < large()) return std::realloc(data_, capacity);
  if (before >= large() && capacity >= large()) {
    void* const moved = mremap(data_, before, capacity, MREMAP_MAYMOVE);
    return moved != MAP_FAILED ? moved : nullptr;
  }
  void* const moved = allocate(capacity);
  if (moved == nullptr || data_ == nullptr) return moved;
  std::memcpy(moved, data_, size_);
  release(data_, before);
  return moved;
}

size_t PageBytes::takes(size_t bytes) const noexcept {
  static const auto kernel_page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes < large() ? bytes : (bytes + kernel_page - 1) / kernel_page * kernel_page;
}

bool PageBytes::resize(size_t capacity) noexcept {
  capacity = takes(capacity);
  if (capacity == this->capacity()) return true;
  if (!charge_.may_be(capacity)) return false;
  void* const moved = moved_to(capacity);
  if (moved == nullptr) return false;
  data_ = static_cast<char*>(moved);
  return charge_.set(capacity);
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
