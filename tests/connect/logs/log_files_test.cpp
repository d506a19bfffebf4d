// Every way in which a log can change under its reader: lines come out whole, in order, once.
#include "connect/logs/log_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace abm::connect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class LogFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/abm-log-files-XXXXXX";
    folder_ = ::mkdtemp(name);
    log_ = folder_ / "visits.jsonl";
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// nginx writes with O_APPEND; so do we.
  void append(std::string_view text, const std::string& name = "visits.jsonl") {
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << text;
  }
  void copytruncate(const std::string& to) {
    fs::copy_file(log_, folder_ / to);
    fs::resize_file(log_, 0);
  }
  LogFiles::Options options(const std::string& state) {
    return {.log = log_,
            .state = state,
            .note = [this](std::string_view note) { notes_.emplace_back(note); },
            .now = [this] { return now_; }};
  }
  /// A new process.
  LogFiles& start() {
    auto opened = LogFiles::open(options(folder_ / "visits.jsonl.ship"));
    EXPECT_TRUE(opened.ok()) << opened.message();
    return files_.emplace(*std::move(opened));
  }
  /// Everything there is, as if the stream took it all and nothing had changed for a while.
  std::vector<std::string> ship() {
    EXPECT_TRUE(files_->scan().ok());
    now_ += 2s;
    return ship_at_once();
  }
  std::vector<std::string> ship_at_once() {
    std::vector<std::string> lines;
    EXPECT_TRUE(files_->scan().ok());
    for (;;) {
      const auto batch = files_->next();
      if (!batch.ok() || batch->lines.empty()) return lines;
      for (const Line& line : batch->lines) lines.emplace_back(line.text);
      EXPECT_TRUE(files_->advance(*batch, batch->lines.back().end).ok());
    }
  }

  using Lines = std::vector<std::string>;
  fs::path folder_, log_;
  LogFiles::Clock::time_point now_ = LogFiles::Clock::now();
  std::vector<std::string> notes_;
  std::optional<LogFiles> files_;
};

TEST_F(LogFilesTest, HandsOutOnlyCompleteLines) {
  start();
  EXPECT_EQ(ship(), Lines{});  // no log yet
  append("one\ntwo\nthr");
  EXPECT_EQ(ship(), (Lines{"one", "two"}));
  EXPECT_EQ(files_->bytes_waiting(), 3u);
  append("ee\n");
  EXPECT_EQ(ship(), Lines{"three"});
}

TEST_F(LogFilesTest, GoesOnWhereItWasAfterARestart) {
  append("one\ntwo\n");
  start();
  EXPECT_EQ(ship().size(), 2u);
  append("three\n");
  start();
  EXPECT_EQ(ship(), Lines{"three"});
}

TEST_F(LogFilesTest, RepeatsWhatWasNotAcknowledged) {
  append("one\ntwo\nthree\n");
  start();
  ASSERT_TRUE(files_->scan().ok());
  const auto batch = files_->next();
  ASSERT_TRUE(files_->advance(*batch, batch->lines[0].end).ok());
  start();
  EXPECT_EQ(ship(), (Lines{"two", "three"}));
}

TEST_F(LogFilesTest, FinishesARenamedFileBeforeTheNewOne) {
  append("one\n");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
  fs::rename(log_, folder_ / "visits.jsonl.1");
  append("two\n", "visits.jsonl.1");  // nginx has not been told yet
  append("three\n");
  append("late\n", "visits.jsonl.1");
  EXPECT_EQ(ship(), (Lines{"two", "late", "three"}));
}

TEST_F(LogFilesTest, FindsSeveralRotationsThatHappenedMeanwhile) {
  append("one\n");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
  append("two\n");
  fs::rename(log_, folder_ / "visits.jsonl.2");
  append("three\n", "visits.jsonl.1");
  append("four\n");
  start();
  EXPECT_EQ(ship_at_once(), (Lines{"two", "four"}));  // .1 is new and short: it may be an unfinished copy
  EXPECT_TRUE(files_->is_settling());
  EXPECT_EQ(ship(), (Lines{"three"}));
  EXPECT_FALSE(files_->is_settling());
  EXPECT_EQ(ship(), (Lines{}));
}

TEST_F(LogFilesTest, KnowsTheCopyThatCopytruncateMakes) {
  append("one\n");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
  append("two\n");
  copytruncate("visits.jsonl.1");
  EXPECT_EQ(ship(), Lines{"two"});
  append("three\n");
  EXPECT_EQ(ship(), Lines{"three"});
}

TEST_F(LogFilesTest, KnowsTheCopyAfterTheCutWasSeenFirst) {
  append("one\ntwo\n");
  start();
  EXPECT_EQ(ship().size(), 2u);
  append("three\n");
  fs::copy_file(log_, folder_ / "elsewhere");
  fs::resize_file(log_, 0);
  EXPECT_EQ(ship(), Lines{});
  append("four\n");
  EXPECT_EQ(ship(), Lines{"four"});
  start();
  fs::rename(folder_ / "elsewhere", folder_ / "visits.jsonl.1");
  EXPECT_EQ(ship(), Lines{"three"});
}

TEST_F(LogFilesTest, KnowsTheCopyMadeWhileItWasDownAndTheLogGrewAgain) {
  append("first line\nsecond\n");
  start();
  EXPECT_EQ(ship().size(), 2u);
  append("third\n");
  copytruncate("visits.jsonl.1");
  append("a new log that is longer than the old one was\n");
  start();
  EXPECT_EQ(ship(), (Lines{"third", "a new log that is longer than the old one was"}));
}

TEST_F(LogFilesTest, ReadsACutLogFromItsStart) {
  append("one\ntwo\n");
  start();
  EXPECT_EQ(ship().size(), 2u);
  fs::resize_file(log_, 0);
  append("new\n");
  EXPECT_EQ(ship(), Lines{"new"});
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0],
            "visits.jsonl: it was cut or replaced after byte 8, reading from its "
            "start; what it held after that byte is read from its copy, if there is one");
}

TEST_F(LogFilesTest, DoesNotTakeAnotherFileOnTheSameInodeForTheOldOne) {
  append("one\ntwo\n");
  start();
  EXPECT_EQ(ship().size(), 2u);
  std::ofstream(log_, std::ios::trunc) << "uno\ndos\ntres\n";  // same inode, longer, other bytes
  start();
  EXPECT_EQ(ship(), (Lines{"uno", "dos", "tres"}));
}

TEST_F(LogFilesTest, LeavesOldRotatedFilesAloneOnTheFirstRunAndLater) {
  append("long ago\n", "visits.jsonl.1");
  append("one\n");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
  start();
  EXPECT_EQ(ship(), Lines{});
}

TEST_F(LogFilesTest, RemembersTheFirstRunEvenIfThereWasNothingToShip) {
  start();
  EXPECT_EQ(ship(), Lines{});
  append("one\n");
  fs::rename(log_, folder_ / "visits.jsonl.1");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
}

TEST_F(LogFilesTest, PassesOverCompressedFilesAndItsOwn) {
  start();
  EXPECT_EQ(ship(), Lines{});
  for (const char* name :
       {"visits.jsonl.2.gz", "visits.jsonl.3.zst", "visits.jsonlx", "visits.jsonl.ship.lock"}) {
    append("not a line of ours\n", name);
  }
  EXPECT_EQ(ship(), Lines{});
}

TEST_F(LogFilesTest, SaysWhatIsLostWhenAFileVanishesUnshipped) {
  append("one\n");
  start();
  ASSERT_TRUE(files_->scan().ok());
  ASSERT_TRUE(files_->advance(*files_->next(), 4).ok());
  append("two\n");
  ASSERT_TRUE(files_->scan().ok());
  ASSERT_TRUE(files_->advance(*files_->next(), 4).ok());  // stopped in the middle
  fs::remove(log_);
  start();
  EXPECT_EQ(ship(), Lines{});
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0], "visits.jsonl: it is gone with 4 bytes that were not read");
}

TEST_F(LogFilesTest, ReadsADeletedFileToItsEnd) {
  append("one\n");
  start();
  EXPECT_EQ(ship(), Lines{"one"});
  append("two\n");
  fs::remove(log_);
  append("three\n");
  EXPECT_EQ(ship(), (Lines{"two", "three"}));
}

TEST_F(LogFilesTest, HoldsNoMoreOfAnEndlessLineThanItsBuffer) {
  append(std::string(3 << 20, 'x') + "\nshort\n");
  start();
  const auto lines = ship();
  ASSERT_GT(lines.size(), 3u);
  for (const std::string& line : lines) EXPECT_LE(line.size(), (1u << 20) + kTailBytes);
  EXPECT_EQ(lines.back(), "short");
}

TEST_F(LogFilesTest, RefusesADamagedCheckpoint) {
  std::ofstream(folder_ / "visits.jsonl.ship") << "{\"v\":1,\"files\":[{}]}";
  const auto opened = LogFiles::open(options(folder_ / "visits.jsonl.ship"));
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.message().find("this is not a checkpoint of abmctl ship"), std::string::npos);
}

// Writes, half lines, both kinds of rotation, restarts and shipping in any order: each line once.
TEST_F(LogFilesTest, ShipsEachLineOnceWhateverHappensInWhateverOrder) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    TearDown();
    SetUp();
    notes_.clear();
    std::mt19937 random(seed);
    std::vector<std::string> written, shipped;
    int rotations = 0;
    const auto take = [&] {
      for (std::string& line : ship()) shipped.push_back(std::move(line));
    };
    start();
    take();
    for (int step = 0; step < 60; ++step) {
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          const std::string line = "line " + std::to_string(written.size()) + std::string(random() % 40, '.');
          written.push_back(line);
          append(line.substr(0, 3));
          if (random() % 2 == 0) take();  // sees half a line
          append(line.substr(3) + "\n");
          break;
        }
        case 3:
          std::ofstream(folder_ / ("visits.jsonl.gz." + std::to_string(step) + ".gz")) << "compressed\n";
          break;
        case 4: {
          if (!fs::exists(log_)) break;
          const std::string name = "visits.jsonl." + std::to_string(++rotations);
          fs::rename(log_, folder_ / name);
          break;
        }
        case 5: {
          if (!fs::exists(log_) || fs::file_size(log_) == 0) break;
          const std::string name = "visits.jsonl." + std::to_string(++rotations);
          copytruncate(name);
          break;
        }
        case 6:
          start();
          take();
          break;
        default:
          take();
      }
    }
    take();
    take();
    std::sort(written.begin(), written.end());
    std::sort(shipped.begin(), shipped.end());
    ASSERT_EQ(shipped, written) << "seed " << seed;
  }
}

}  // namespace
}  // namespace abm::connect
