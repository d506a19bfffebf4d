#include "accounts/feed_lines.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

/// Returns so many bytes at a time, and fails where told to.
class Trickle final : public FeedSource {
 public:
  explicit Trickle(std::string bytes, size_t piece, std::optional<size_t> fails_at = {})
      : bytes_(std::move(bytes)), piece_(piece), fails_at_(fails_at) {}

  Result<size_t> read(char* to, size_t size) override {
    if (fails_at_ && at_ >= *fails_at_) return Error{"feed.ndjson: input/output error"};
    const size_t count = std::min({size, piece_, bytes_.size() - at_});
    std::memcpy(to, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }
  [[nodiscard]] uint64_t size() const noexcept override { return bytes_.size(); }

 private:
  std::string bytes_;
  size_t piece_;
  std::optional<size_t> fails_at_;
  size_t at_ = 0;
};

struct Cut {
  std::string text;
  size_t length;
  friend bool operator==(const Cut&, const Cut&) = default;
};

constexpr size_t kPieces[] = {1, 2, 3, 7, 64, 4096, 1u << 20};
constexpr size_t kBlocks[] = {1, 2, 3, 5, 16, 100, 64u << 10};

std::vector<Cut> cut(const std::string& bytes, size_t piece, size_t block_bytes, size_t most) {
  Trickle source(bytes, piece);
  FeedLines lines(source, most, block_bytes);
  std::vector<Cut> cuts;
  uint64_t consumed = 0;
  for (FeedBlock block; lines.next(block);) {
    EXPECT_EQ(block.first_number, cuts.size() + 1);
    EXPECT_GT(block.consumed, consumed);
    consumed = block.consumed;
    for (size_t i = 0; i < block.lines.size(); ++i) {
      EXPECT_LE(block.lines[i].begin + block.lines[i].size + kReadableBehindLine, block.text.size());
      cuts.push_back({std::string(block.line(i)), block.lines[i].length});
    }
  }
  EXPECT_FALSE(lines.error().has_value());
  EXPECT_EQ(consumed, bytes.size());
  return cuts;
}

/// In pieces and blocks of all sizes.
template <typename Check>
void cut_in_all_ways(const std::string& bytes, size_t most, Check check) {
  for (const size_t piece : kPieces) {
    for (const size_t block : kBlocks) {
      SCOPED_TRACE(testing::Message() << "pieces of " << piece << ", blocks of " << block);
      check(cut(bytes, piece, block, most));
    }
  }
}

TEST(FeedLines, EndWithLfOrCrlfOrTheFeed) {
  cut_in_all_ways("one\ntwo\r\n\n\r\nlast", 100, [](const std::vector<Cut>& cuts) {
    EXPECT_EQ(cuts, (std::vector<Cut>{{"one", 3}, {"two", 3}, {"", 0}, {"", 0}, {"last", 4}}));
  });
  cut_in_all_ways("one\n", 100, [](const std::vector<Cut>& cuts) {
    EXPECT_EQ(cuts, (std::vector<Cut>{{"one", 3}}));
  });
  cut_in_all_ways("", 100, [](const std::vector<Cut>& cuts) { EXPECT_TRUE(cuts.empty()); });
}

TEST(FeedLines, KeepTheBeginningOfWhatIsTooLongAndSayHowLongItIs) {
  for (const char* end : {"\n", "\r\n"}) {
    const std::string at_most = std::string(9, 'a') + "b", longer = at_most + std::string(990, 'c');
    cut_in_all_ways(at_most + end + longer + end + "next" + end, 10, [&](const std::vector<Cut>& cuts) {
      ASSERT_EQ(cuts.size(), 3u);
      EXPECT_EQ(cuts[0].text, at_most);
      EXPECT_EQ(cuts[1].length, 1000u);
      EXPECT_EQ(cuts[1].text.substr(0, 10), at_most);
      EXPECT_EQ(cuts[2].text, "next");
    });
  }
  cut_in_all_ways(std::string(5000, 'x'), 10, [](const std::vector<Cut>& cuts) {
    ASSERT_EQ(cuts.size(), 1u);
    EXPECT_EQ(cuts[0].length, 5000u);
  });
}

TEST(FeedLines, GrowABlockForALongLine) {
  const std::string line(1u << 20, 'x');
  for (const size_t piece : {size_t{4096}, size_t{100'000}, size_t{10} << 20}) {
    const auto cuts = cut("a\n" + line + "\nb\n", piece, FeedLines::kBlockBytes, 4u << 20);
    ASSERT_EQ(cuts.size(), 3u);
    EXPECT_TRUE(cuts[1].text == line);
    EXPECT_EQ(cuts[2].text, "b");
  }
}

TEST(FeedLines, EndWhereTheSourceFails) {
  for (const size_t at : {size_t{0}, size_t{2}, size_t{4}, size_t{600'000}}) {
    Trickle source("one\n" + std::string(1u << 20, 'x') + "\nlast", 1000, at);
    FeedLines lines(source, 100);
    size_t count = 0;
    for (FeedBlock block; lines.next(block);) count += block.lines.size();
    ASSERT_TRUE(lines.error().has_value()) << at;
    EXPECT_EQ(lines.error()->message, "feed.ndjson: input/output error");
    EXPECT_LE(count, 1u) << at;
  }
}

TEST(FeedParser, GivesTheSameForAnyPieces) {
  const std::string feed = samples::generated_feed(300);
  const samples::Parsed whole = samples::parse(feed);
  ASSERT_TRUE(whole.summary.has_value());
  const std::string expected = samples::snapshot_of(whole.accounts, whole.summary->header);
  for (const size_t piece : kPieces) {
    Trickle source(feed, piece);
    Diagnostics diagnostics;
    SnapshotWriter writer;
    const auto summary = parse_feed(source, "feed.ndjson", {}, diagnostics, [&](Account&& account) {
      writer.add(account);
      return true;
    });
    ASSERT_TRUE(summary.has_value()) << piece;
    EXPECT_TRUE(*writer.finish(summary->header) == expected) << piece;
  }
}

TEST(FeedParser, RefusesAFeedWhoseSourceFails) {
  const std::string feed = samples::generated_feed(10);
  for (const size_t at : {size_t{0}, size_t{50}, size_t{2000}, feed.size()}) {
    Trickle source(feed, 10, at);
    Diagnostics diagnostics;
    EXPECT_FALSE(parse_feed(source, "feed.ndjson", {}, diagnostics, [](Account&&) { return true; })) << at;
    EXPECT_EQ(diagnostics.first_error(), "feed.ndjson: input/output error") << at;
  }
}

}  // namespace
}  // namespace abm::accounts
