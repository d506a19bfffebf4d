#include "module/page_bytes.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace abm::module {

PageBytes::PageBytes(PageBytes&& other) noexcept
    : charge_(std::move(other.charge_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

PageBytes::~PageBytes() {
  std::free(data_);
}

bool PageBytes::resize(size_t capacity) noexcept {
  const size_t before = charge_.bytes();
  if (!charge_.set(capacity)) return false;
  void* const moved = std::realloc(data_, capacity);
  if (moved == nullptr) return charge_.set(before) && false;
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
