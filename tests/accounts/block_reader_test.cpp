#include "accounts/block_reader.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "accounts/feed_lines.h"

namespace abm::accounts {
namespace {

/// Fills `block` with what FeedLines makes of `text`, and reads it.
void read(const std::string& text, BlockReader& reader, FeedBlock& block) {
  FeedText source(text);
  FeedLines lines(source, FeedLimits().max_line_bytes);
  ASSERT_TRUE(lines.next(block));
  reader(block);
}

TEST(BlockReader, SortsLinesIntoBlankAccountsAndRefused) {
  const std::string file = "feed.ndjson";
  const FeedLimits limits;
  BlockReader reader(file, limits);
  FeedBlock block;
  for (int again = 0; again < 40; ++again) {  // the same, however often a block has been used
    read("{\"id\":\"a\",\"name\":\"A\",\"x\":1}\n \r\n{}\n{\"name\":\"B\",\"id\":\"b\"}\n", reader, block);
    ASSERT_EQ(block.lines.size(), 4u);
    EXPECT_EQ(block.lines[0].kind, LineKind::kAccount);
    EXPECT_EQ(block.lines[0].unknown_keys, 1u);
    EXPECT_EQ(block.lines[1].kind, LineKind::kBlank);
    EXPECT_EQ(block.lines[2].kind, LineKind::kRefused);
    EXPECT_EQ(block.lines[2].findings, 2u);
    EXPECT_EQ(block.lines[3].kind, LineKind::kAccount);
    EXPECT_EQ(block.lines[3].id_member, 1u);
    ASSERT_EQ(block.findings.size(), 2u);
    EXPECT_EQ(block.findings[1].at.line, 3u);
    ASSERT_GE(block.accounts.size(), 2u);
    EXPECT_EQ(block.accounts[0].id(), "a");
    EXPECT_EQ(block.accounts[1].id(), "b");
    EXPECT_EQ(block.accounts[1].line, 4u);
  }
}

size_t kept_networks(const FeedBlock& block) {
  return std::accumulate(
      block.accounts.begin(), block.accounts.end(), size_t{0},
      [](size_t sum, const Account& account) { return sum + account.networks.capacity(); });
}

/// Each block has one account with as many networks as fit, one place further back each time.
TEST(BlockReader, DoesNotKeepTheLargestAccountAtEveryPlace) {
  const std::string file = "feed.ndjson";
  const FeedLimits limits;
  BlockReader reader(file, limits);
  FeedBlock block;
  size_t most_of_one = 0, most = 0;
  for (size_t place = 0; place < 300; ++place) {
    std::string text;
    for (size_t i = 0; i < place; ++i)
      text += R"({"id":"a","name":"A"})"
              "\n";
    text += R"({"id":"a","name":"A","networks":["::/0")";
    while (text.size() < FeedLines::kBlockBytes - 16) text += R"(,"::/0")";
    read(text + "]}", reader, block);
    ASSERT_EQ(block.lines.back().kind, LineKind::kAccount);
    most_of_one = std::max(most_of_one, block.accounts[place].networks.capacity());
    most = std::max(most, kept_networks(block));
  }
  EXPECT_LE(most, 16 * most_of_one);
}

}  // namespace
}  // namespace abm::accounts
