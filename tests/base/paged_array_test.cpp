#include "base/paged_array.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace abm {
namespace {

TEST(PagedArray, IsZeroedAndCostsOnlyWhatIsTouched) {
  PagedArray<uint64_t> array(size_t{1} << 37);  // a terabyte of addresses
  EXPECT_EQ(array.size(), size_t{1} << 37);
  EXPECT_EQ(array[0], 0u);
  EXPECT_EQ(array[array.size() - 1], 0u);
  array[array.size() - 1] = 7;
  EXPECT_EQ(array[array.size() - 1], 7u);
}

TEST(PagedArray, GoesPieceByPieceFromItsEnd) {
  PagedArray<uint32_t> array(5000);
  array[0] = 1;
  EXPECT_FALSE(array.release(4096));
  EXPECT_EQ(array.size(), 3072u);  // whole pages remain
  EXPECT_EQ(array[0], 1u);
  EXPECT_TRUE(array.release(SIZE_MAX));
  EXPECT_EQ(array.size(), 0u);
  EXPECT_TRUE(array.release(1));
}

TEST(PagedArray, MovesItsMemory) {
  PagedArray<char> first(10);
  first[9] = 'x';
  PagedArray<char> second(std::move(first));
  EXPECT_EQ(second[9], 'x');
  first = std::move(second);
  EXPECT_EQ(first[9], 'x');
  EXPECT_EQ(second.size(), 0u);
  EXPECT_TRUE(PagedArray<int>(0).release(1));
}

}  // namespace
}  // namespace abm
