// What escaping writes to besides a std::string: a fixed buffer that counts the bytes it would have needed.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace abm::rewrite {

/// Writes at most `capacity` bytes and counts all. `out` may be nullptr when `capacity` is 0.
class BoundedWriter {
 public:
  BoundedWriter(char* out, size_t capacity) noexcept : out_(out), capacity_(capacity) {}
  void append(std::string_view bytes) noexcept {
    if (needed_ < capacity_ && !bytes.empty()) {
      std::memcpy(out_ + needed_, bytes.data(), std::min(bytes.size(), capacity_ - needed_));
    }
    needed_ += bytes.size();
  }
  [[nodiscard]] size_t needed() const noexcept { return needed_; }

 private:
  char* out_;
  size_t capacity_;
  size_t needed_ = 0;
};

/// A scalar value as UTF-8, or as a decimal character reference.
template <typename Out>
void put_point(Out& out, char32_t point, bool as_reference) {
  char bytes[16];
  size_t size = 0;
  if (as_reference) {
    bytes[0] = '&';
    bytes[1] = '#';
    char* const end = std::to_chars(bytes + 2, bytes + sizeof bytes, static_cast<uint32_t>(point)).ptr;
    *end = ';';
    size = static_cast<size_t>(end + 1 - bytes);
  } else {
    size = encode_utf8(point, bytes);
  }
  out.append(std::string_view(bytes, size));
}

}  // namespace abm::rewrite
