#include "measure/store/id_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <utility>

namespace abm::measure {
namespace {

TEST(IdSet, KnowsWhatWasInserted) {
  IdSet ids;
  std::set<std::pair<uint64_t, uint64_t>> reference;
  std::mt19937_64 random(3);
  EXPECT_FALSE(ids.contains({}) || ids.contains({1, 1}));
  EXPECT_TRUE(ids.insert({}));
  EXPECT_TRUE(ids.contains({}));
  EXPECT_FALSE(ids.insert({}));
  for (int i = 0; i < 50'000; ++i) {
    const Hash128 id{1 + random() % 200, random() % 200};
    EXPECT_EQ(ids.contains(id), reference.contains({id.high, id.low}));
    EXPECT_EQ(ids.insert(id), reference.insert({id.high, id.low}).second);
  }
}

}  // namespace
}  // namespace abm::measure
