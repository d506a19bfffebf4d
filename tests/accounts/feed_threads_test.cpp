// A feed reads the same, or is refused in the same words, with any number of threads.
#include "accounts/feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "accounts/feed_lines.h"
#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

constexpr unsigned kThreads[] = {1, 2, 3, 8};
constexpr size_t kAccounts = 1000;  // about thirty blocks

samples::Parsed parse_by(unsigned threads, std::string_view feed, FeedLimits limits = {}) {
  limits.threads = threads;
  return samples::parse(feed, limits);
}

/// A feed with account i on line i + 2, one line each.
std::vector<std::string> account_lines() {
  std::istringstream feed(samples::generated_feed(kAccounts));
  std::vector<std::string> lines;
  for (std::string line; std::getline(feed, line);) lines.push_back(line);
  lines.erase(lines.begin());  // the header
  return lines;
}

TEST(FeedThreads, GiveTheSameAccountsInTheSameOrder) {
  std::string feed = samples::generated_feed(kAccounts);
  ASSERT_GT(feed.size(), 20 * FeedLines::kBlockBytes);
  feed += R"({"id":"last","name":"Last","new":1,"newer":2})";
  const samples::Parsed one = parse_by(1, feed);
  ASSERT_TRUE(one.summary) << one.diagnostics.format();
  const std::string expected = samples::snapshot_of(one.accounts, one.summary->header);
  for (const unsigned threads : kThreads) {
    const samples::Parsed parsed = parse_by(threads, feed);
    ASSERT_TRUE(parsed.summary) << threads;
    EXPECT_EQ(parsed.summary->accounts, kAccounts + 1);
    EXPECT_EQ(parsed.summary->unknown_keys, 2u);
    EXPECT_TRUE(samples::snapshot_of(parsed.accounts, parsed.summary->header) == expected) << threads;
    for (size_t i = 0; i < parsed.accounts.size(); ++i) ASSERT_EQ(parsed.accounts[i].line, i + 2);
  }
}

/// A way to break line `number`, and part of the message for it.
struct Spoilt {
  std::string line;
  std::string message;
};
Spoilt spoil(uint64_t kind, uint64_t number, uint64_t earlier) {
  switch (kind % 5) {
    case 0:
      return {"", "empty line between accounts"};
    case 1:
      return {"nonsense", "is not a JSON value"};
    case 2:
      return {fmt::format(R"({{"id":"spoilt-{}"}})", number), "'name' is missing"};
    case 3:
      return {fmt::format(R"({{"id":"x{}","name":"{}"}})", number, std::string(5000, 'x')),
              "the line has 50"};
    default:
      return {fmt::format(R"({{"name":"Again","id":"account-{}"}})", earlier - 2),
              fmt::format("duplicate id 'account-{}' on lines {} and {}", earlier - 2, earlier, number)};
  }
}

TEST(FeedThreads, TellTheFirst20ErrorsInTheFeedsOrder) {
  FeedLimits limits;
  limits.max_line_bytes = 2000;
  const std::vector<std::string> sound = account_lines();
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::string> lines = sound;
    std::map<uint64_t, std::string> expected;
    for (size_t count = 1 + random() % 30; count > 0; --count) {
      // Not the first ones, which duplicates name; not the last, before which an empty line is allowed; and
      // no two in a row, since only one of several empty lines is reported.
      const uint64_t number = 20 + 2 * (random() % (kAccounts / 2 - 20));
      const Spoilt spoilt = spoil(random(), number, 2 + random() % 10);
      lines[number - 2] = spoilt.line;
      expected[number] = spoilt.message;
    }
    std::string feed(samples::kHeader);
    for (const std::string& line : lines) feed += line + "\n";
    std::string same;
    for (const unsigned threads : kThreads) {
      const samples::Parsed parsed = parse_by(threads, feed, limits);
      EXPECT_FALSE(parsed.summary);
      const std::string text = parsed.diagnostics.format();
      if (same.empty()) same = text;
      EXPECT_EQ(text, same) << "seed " << seed << ", threads " << threads;
      const size_t told = std::min(expected.size(), size_t{20});
      ASSERT_EQ(parsed.diagnostics.errors(), told) << text;
      EXPECT_EQ(parsed.diagnostics.all().size(), told + (told == 20 ? 1 : 0)) << text;
      auto next = expected.begin();
      for (size_t i = 0; i < told; ++i, ++next) {
        const Diagnostic& finding = parsed.diagnostics.all()[i];
        EXPECT_EQ(finding.at.line, next->first) << text;
        EXPECT_NE(finding.message.find(next->second), std::string::npos) << finding.message;
      }
      // Accounts before the first error, and none after it.
      EXPECT_EQ(parsed.accounts.size(), expected.begin()->first - 2);
    }
  }
}

TEST(FeedThreads, AllowEmptyLinesAtTheEndHoweverMany) {
  const std::string feed = samples::generated_feed(100);
  const std::string blank(3 * FeedLines::kBlockBytes, '\n');
  for (const unsigned threads : kThreads) {
    EXPECT_TRUE(parse_by(threads, feed + blank).summary);
    const auto parsed = parse_by(threads, feed + blank + R"({"id":"x","name":"X"})");
    EXPECT_EQ(parsed.diagnostics.first_error(),
              "feed.ndjson:102:1: empty line between accounts, remove it (the feed is refused)");
    EXPECT_EQ(parsed.diagnostics.errors(), 1u);
  }
}

TEST(FeedThreads, HoldTheLimitOfAccounts) {
  FeedLimits limits;
  limits.max_accounts = 700;
  for (const unsigned threads : kThreads) {
    const auto parsed = parse_by(threads, samples::generated_feed(kAccounts), limits);
    EXPECT_EQ(parsed.diagnostics.format().substr(0, 66),
              "feed.ndjson:702:1: more than 700 accounts (the feed is refused)\n  ");
    EXPECT_EQ(parsed.diagnostics.errors(), 1u);
    EXPECT_EQ(parsed.accounts.size(), 700u);
    EXPECT_TRUE(parse_by(threads, samples::generated_feed(700), limits).summary);
  }
}

/// Counts what it returned, and fails where told to.
class Counted final : public FeedSource {
 public:
  explicit Counted(std::string_view feed, size_t fails_at = std::string::npos)
      : feed_(feed), fails_at_(fails_at) {}

  Result<size_t> read(char* to, size_t size) override {
    EXPECT_EQ(std::this_thread::get_id(), owner_);
    if (given_ >= fails_at_) return Error{"f: input/output error"};
    const size_t count = std::min({size, feed_.size() - given_, fails_at_ - given_});
    std::memcpy(to, feed_.data() + given_, count);
    given_ += count;
    return count;
  }
  [[nodiscard]] uint64_t size() const noexcept override { return feed_.size(); }
  [[nodiscard]] size_t given() const noexcept { return given_; }

 private:
  std::string_view feed_;
  size_t fails_at_;
  size_t given_ = 0;
  std::thread::id owner_ = std::this_thread::get_id();
};

size_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(FeedThreads, UseSourceAndSinkOnlyInTheCallersThreadAndReadLittleAhead) {
  const std::string feed = samples::generated_feed(3 * kAccounts);
  for (const unsigned threads : kThreads) {
    FeedLimits limits;
    limits.threads = threads;
    Diagnostics diagnostics;
    Counted source(feed);
    const auto me = std::this_thread::get_id();
    const size_t others = threads_of_this_process() - 1;
    size_t seen = 0, most = 0;
    const auto sink = [&](Account&&) {
      EXPECT_EQ(std::this_thread::get_id(), me);
      most = std::max(most, threads_of_this_process() - others);
      if (seen == 0) {
        EXPECT_LE(source.given(), (3 * threads + 1) * FeedLines::kBlockBytes);
      }
      return ++seen < 500;
    };
    const auto summary = parse_feed(source, "f", limits, diagnostics, sink);
    ASSERT_TRUE(summary) << "stopped by the sink";
    EXPECT_EQ(summary->accounts, 500u);
    EXPECT_EQ(seen, 500u);
    EXPECT_LT(source.given(), feed.size());
    EXPECT_EQ(most, threads);
  }
}

TEST(FeedThreads, ReadASmallFeedInTheCallersThread) {
  FeedLimits limits;
  limits.threads = 4;
  Diagnostics diagnostics;
  const size_t before = threads_of_this_process();
  EXPECT_TRUE(parse_feed(samples::generated_feed(20), "f", limits, diagnostics, [&](Account&&) {
    EXPECT_EQ(threads_of_this_process(), before);
    return true;
  }));
}

TEST(FeedThreads, AskNothingOfWhatLiesBehindTheEnd) {
  const std::string feed = samples::generated_feed(kAccounts);
  for (const unsigned threads : kThreads) {
    FeedLimits limits;
    limits.threads = threads;
    {
      Counted source(feed, 3 * FeedLines::kBlockBytes);
      Diagnostics diagnostics;
      size_t seen = 0;
      EXPECT_TRUE(parse_feed(source, "f", limits, diagnostics, [&](Account&&) { return ++seen < 10; }));
      EXPECT_EQ(diagnostics.errors(), 0u) << diagnostics.format();
    }
    std::string spoilt(samples::kHeader);
    for (int i = 0; i < 30; ++i) spoilt += "nonsense\n";
    spoilt += feed.substr(samples::kHeader.size());
    Counted source(spoilt, 3 * FeedLines::kBlockBytes);
    Diagnostics diagnostics;
    EXPECT_FALSE(parse_feed(source, "f", limits, diagnostics, [](Account&&) { return true; }));
    EXPECT_EQ(diagnostics.errors(), 20u);
    EXPECT_EQ(diagnostics.format().find("input/output error"), std::string::npos);
  }
}

TEST(FeedThreads, EndWhenTheSinkThrows) {
  for (const unsigned threads : kThreads) {
    FeedLimits limits;
    limits.threads = threads;
    Diagnostics diagnostics;
    size_t seen = 0;
    EXPECT_THROW((void)parse_feed(samples::generated_feed(kAccounts), "f", limits, diagnostics,
                                  [&](Account&&) -> bool {
                                    if (++seen == 300) throw std::runtime_error("full");
                                    return true;
                                  }),
                 std::runtime_error);
    EXPECT_EQ(seen, 300u);
  }
}

TEST(FeedThreads, ReportProgressThatGrowsToTheEnd) {
  const std::string feed = samples::generated_feed(kAccounts);
  for (const unsigned threads : kThreads) {
    uint64_t last = 0;
    FeedLimits limits;
    limits.progress = [&](uint64_t bytes) {
      EXPECT_GT(bytes, last);
      last = bytes;
    };
    EXPECT_TRUE(parse_by(threads, feed, limits).summary);
    EXPECT_EQ(last, feed.size());
  }
}

}  // namespace
}  // namespace abm::accounts
