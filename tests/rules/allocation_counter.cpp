#include "allocation_counter.h"

#include <cstdlib>
#include <new>

namespace {
size_t count = 0;
}

namespace abm::rules {
size_t allocations() noexcept {
  return count;
}
}  // namespace abm::rules

void* operator new(size_t size) {
  ++count;
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++count;
  return std::malloc(size != 0 ? size : 1);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
