// nginx's pool and what is made of it, in place of the real ones: code over nginx's headers can be tested
// without nginx, and memory runs out when a test says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "module/ngx.h"

namespace abm::module {

/// A block of its own for each allocation, so that sanitizers see where it ends.
class TestPool : public ngx_pool_t {
 public:
  TestPool() noexcept : ngx_pool_t{} {}

  /// The allocation of that number, counted from 0, finds no memory.
  void fail_at(size_t allocation) noexcept { fail_at_ = allocation; }
  [[nodiscard]] size_t allocations() const noexcept { return allocations_; }
  [[nodiscard]] size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool has_failed() const noexcept { return allocations_ > fail_at_; }

  [[nodiscard]] void* allocate(size_t size);

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  size_t allocations_ = 0, bytes_ = 0;
  size_t fail_at_ = SIZE_MAX;
};

}  // namespace abm::module
