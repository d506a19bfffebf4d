// Memory for decoding libraries from a request's source. They free without saying how much, so the size
// stands before each block.
#pragma once

#include <cstddef>

#include "base/memory.h"

namespace abm::module {

struct alignas(16) DecoderBlock {
  size_t size;
};

/// nullptr without memory. `source` is a MemorySource*, which outlives what it gives.
inline void* get_decoder_memory(void* source, size_t size) noexcept {
  if (size > SIZE_MAX - sizeof(DecoderBlock)) return nullptr;
  const size_t total = sizeof(DecoderBlock) + size;
  auto* block = static_cast<DecoderBlock*>(static_cast<MemorySource*>(source)->get(total));
  if (block == nullptr) return nullptr;
  block->size = total;
  return block + 1;
}

inline void put_decoder_memory(void* source, void* memory) noexcept {
  if (memory == nullptr) return;
  DecoderBlock* block = static_cast<DecoderBlock*>(memory) - 1;
  static_cast<MemorySource*>(source)->put(block, block->size);
}

}  // namespace abm::module
