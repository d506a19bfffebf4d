// Memory of one request that is really given back: a rewriter's buffers must not pile up in nginx's pool.
#pragma once

#include <cstddef>

#include "base/memory.h"

namespace abm::module {

/// Blocks from malloc in a ring, so that all can be freed when the request ends, whoever forgot them.
class RequestHeap {
 public:
  RequestHeap() noexcept { ring_.next = ring_.previous = &ring_; }
  RequestHeap(const RequestHeap&) = delete;
  RequestHeap& operator=(const RequestHeap&) = delete;
  ~RequestHeap();

  /// Valid as long as the heap.
  [[nodiscard]] MemorySource source() noexcept;

 private:
  struct Link {
    Link* next;
    Link* previous;
  };
  static_assert(sizeof(Link) % alignof(std::max_align_t) == 0, "what follows a link is aligned as malloc's");
  Link ring_;
};

}  // namespace abm::module
