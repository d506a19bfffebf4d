// Blocks go back in any order, and those that nobody gave back go with the heap (the sanitizer build looks
// on).
#include "module/request_heap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace abm::module {
namespace {

TEST(RequestHeap, KeepsBlocksApartWhateverTheOrderTheyGoBackIn) {
  std::mt19937 random(7);
  RequestHeap heap;
  const MemorySource memory = heap.source();
  struct Block {
    unsigned char* bytes;
    size_t size;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  for (int i = 0; i < 5000; ++i) {
    if (blocks.empty() || random() % 3 != 0) {
      const size_t size = random() % 700;
      auto* bytes = static_cast<unsigned char*>(memory.get(size));
      ASSERT_NE(bytes, nullptr);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(bytes) % alignof(std::max_align_t), 0u);
      std::memset(bytes, i & 0xff, size);
      blocks.push_back({bytes, size, static_cast<unsigned char>(i & 0xff)});
    } else {
      const size_t at = random() % blocks.size();
      for (size_t k = 0; k < blocks[at].size; ++k) ASSERT_EQ(blocks[at].bytes[k], blocks[at].mark);
      memory.put(blocks[at].bytes, blocks[at].size);
      blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(at));
    }
  }
}

TEST(RequestHeap, RefusesSizesThatOverflow) {
  RequestHeap heap;
  EXPECT_EQ(heap.source().get(SIZE_MAX), nullptr);
  EXPECT_EQ(heap.source().get(SIZE_MAX - 8), nullptr);
}

TEST(RequestHeap, TakesNullBackAsNothing) {
  RequestHeap heap;
  heap.source().put(nullptr, 0);
}

}  // namespace
}  // namespace abm::module
