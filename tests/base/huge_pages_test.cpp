#include "base/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace abm {
namespace {

TEST(HugePages, PopulateWholePagesAndChangeNoByte) {
  constexpr size_t kPages = 3;
  const auto memory = new_huge_block<char>(kPages * kHugePage);
  memory[0] = 'a';
  memory[kHugePage + 5] = 'b';
  memory[kPages * kHugePage - 1] = 'c';
  populate_from_end(memory.get() + 1, kPages * kHugePage - 2);  // only the middle page is whole
  populate_from_end(memory.get(), kPages * kHugePage);
  EXPECT_EQ(memory[0], 'a');
  EXPECT_EQ(memory[kHugePage + 5], 'b');
  EXPECT_EQ(memory[kPages * kHugePage - 1], 'c');
#ifdef MADV_POPULATE_WRITE
  std::vector<unsigned char> resident(kPages * kHugePage / 4096);
  ASSERT_EQ(::mincore(memory.get(), kPages * kHugePage, resident.data()), 0);
  EXPECT_TRUE(std::all_of(resident.begin(), resident.end(), [](unsigned char page) { return page & 1; }));
#endif
}

TEST(HugePages, PopulateNothingWhereNoPageIsWhole) {
  std::string small(100, 'x');
  populate_from_end(small.data(), small.size());
  populate_from_end(small.data(), 0);
  EXPECT_EQ(small, std::string(100, 'x'));
}

}  // namespace
}  // namespace abm
