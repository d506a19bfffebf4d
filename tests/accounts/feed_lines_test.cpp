#include "accounts/feed_lines.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

/// Gives so many bytes at a time, and fails where it is told to.
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
  uint64_t consumed;
  friend bool operator==(const Cut&, const Cut&) = default;
};

std::vector<Cut> cut(const std::string& bytes, size_t piece, size_t most) {
  Trickle source(bytes, piece);
  FeedLines lines(source, most);
  std::vector<Cut> cuts;
  for (std::string_view line; lines.next(line);) {
    cuts.push_back({std::string(line), lines.length(), lines.consumed()});
    EXPECT_EQ(lines.number(), cuts.size());
  }
  EXPECT_FALSE(lines.error().has_value());
  EXPECT_EQ(lines.consumed(), bytes.size());
  return cuts;
}

constexpr size_t kPieces[] = {1, 2, 3, 7, 64, 4096, 1u << 20};

TEST(FeedLines, EndWithLfOrCrlfOrTheFeed) {
  for (const size_t piece : kPieces) {
    EXPECT_EQ(cut("one\ntwo\r\n\n\r\nlast", piece, 100),
              (std::vector<Cut>{{"one", 3, 4}, {"two", 3, 9}, {"", 0, 10}, {"", 0, 12}, {"last", 4, 16}}))
        << piece;
    EXPECT_EQ(cut("one\n", piece, 100), (std::vector<Cut>{{"one", 3, 4}})) << piece;
    EXPECT_TRUE(cut("", piece, 100).empty()) << piece;
  }
}

TEST(FeedLines, KeepTheBeginningOfWhatIsTooLongAndSayHowLongItIs) {
  for (const size_t piece : kPieces) {
    for (const char* end : {"\n", "\r\n"}) {
      const std::string at_most = std::string(9, 'a') + "b", longer = at_most + std::string(990, 'c');
      const auto cuts = cut(at_most + end + longer + end + "next" + end, piece, 10);
      ASSERT_EQ(cuts.size(), 3u) << piece;
      EXPECT_EQ(cuts[0].text, at_most);
      EXPECT_EQ(cuts[1].length, 1000u);
      EXPECT_EQ(cuts[1].text.substr(0, 10), at_most);
      EXPECT_EQ(cuts[2].text, "next");
    }
    EXPECT_EQ(cut(std::string(5000, 'x'), piece, 10).at(0).length, 5000u) << piece;
  }
}

TEST(FeedLines, GrowTheWindowForALongLine) {
  const std::string line(1u << 20, 'x');
  for (const size_t piece : {size_t{4096}, size_t{100'000}, size_t{10} << 20}) {
    const auto cuts = cut("a\n" + line + "\nb\n", piece, 4u << 20);
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
    for (std::string_view line; lines.next(line);) ++count;
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
