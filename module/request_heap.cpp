// malloc with a link before each block.
#include "module/request_heap.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace abm::module {

RequestHeap::~RequestHeap() {
  for (Link* link = ring_.next; link != &ring_;) {
    Link* next = link->next;
    std::free(link);
    link = next;
  }
}

MemorySource RequestHeap::source() noexcept {
  return {this,
          [](void* context, size_t size) noexcept -> void* {
            if (size > SIZE_MAX - sizeof(Link)) return nullptr;
            void* memory = std::malloc(sizeof(Link) + size);
            if (memory == nullptr) return nullptr;
            Link& ring = static_cast<RequestHeap*>(context)->ring_;
            auto* link = new (memory) Link{ring.next, &ring};
            ring.next->previous = link;
            ring.next = link;
            return link + 1;
          },
          [](void*, void* memory, size_t) noexcept {
            if (memory == nullptr) return;
            Link* link = static_cast<Link*>(memory) - 1;
            link->next->previous = link->previous;
            link->previous->next = link->next;
            std::free(link);
          }};
}

}  // namespace abm::module
