// Random scripts of what nginx, logrotate and people do to a log, against a plain model: each line once,
// except those that copytruncate itself loses, and never a silent loss. The same seeds each time.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/logs/log_files.h"

namespace abm::connect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kScripts = 1000;  // of each kind
constexpr int kSteps = 70;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The number of a line, from its request id.
int number_of(std::string_view line) {
  return std::stoi(std::string(line.substr(line.find("id\":\"") + 5, 32)));
}

/// nginx, logrotate, and a reader of the log; one that `outlives` restarts keeps a checkpoint, any other runs
/// as long as the script.
class Script {
 public:
  Script(unsigned seed, bool outlives) : random_(seed), outlives_(outlives) {
    // In memory, since each batch is fsynced; now and then on a disk, where inodes are reused at once.
    const bool in_memory = seed % 50 != 0 && fs::exists("/dev/shm");
    std::string name = (in_memory ? "/dev/shm" : "/tmp") + std::string("/abm-log-scripts-XXXXXX");
    folder_ = ::mkdtemp(name.data());
    log_ = folder_ / "visits.jsonl";
    start();
    take();
    for (Worker& worker : workers_) reopen(worker);
  }
  ~Script() { fs::remove_all(folder_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void run() {
    for (int step = 0; step < kSteps; ++step) do_something();
    if (!files_) start();
    for (Worker& worker : workers_) flush(worker);
    settle();
  }

  /// Compares what was read with the model.
  void check() {
    std::set<int> lost_loudly;
    for (const int line : unread_when_gone_) {
      if (!read_.contains(line)) lost_loudly.insert(line);
    }
    if (!lost_loudly.empty()) {
      EXPECT_NE(notes_.find("compressed"), std::string::npos) << notes_;
    }
    expect_all_but(lost_loudly);
    // Doing what the notes say brings them back.
    for (const fs::path& path : list()) {
      if (path.extension() == ".gz") decompress(path);
    }
    settle();
    expect_all_but({});
  }

 private:
  struct Worker {
    Fd fd;
    uint64_t inode = 0;
    std::string buffer;
  };

  size_t below(size_t limit) { return random_() % limit; }

  void do_something() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        for (size_t count = below(below(8) == 0 ? 40 : 4) + 1; count > 0; --count) write(workers_[below(2)]);
        break;
      case 4:
      case 5:
        flush(workers_[below(2)]);
        break;
      case 6:
        if (fs::exists(log_)) rename();
        break;
      case 7:
      case 8:
        reopen(workers_[below(2)]);
        break;
      case 9:
        if (fs::exists(log_)) copytruncate();
        break;
      case 10:
        compress();
        break;
      case 11:
        if (outlives_) below(2) == 0 ? files_.reset() : start();
        break;
      case 12:
        now_ += std::chrono::seconds(below(8) == 0 ? 1000 : below(4));
        break;
      case 13:
        if (fs::exists(log_) && below(3) == 0)
          fs::copy_file(log_, folder_ / fmt::format("visits.jsonl.bak{}", made_++));
        break;
      default:
        take();
    }
  }

  void write(Worker& worker) {
    worker.buffer +=
        fmt::format(R"({{"v":1,"ts":"2026-11-22T04:20:01.123Z","request_id":"{:032}","more":"{}"}})",
                    written_++, std::string(60 + below(300), '.')) +
        "\n";
  }
  void flush(Worker& worker) {
    if (worker.buffer.empty()) return;
    const size_t half = below(3) == 0 ? below(worker.buffer.size()) : 0;
    EXPECT_TRUE(write_all(worker.fd.get(), std::string_view(worker.buffer).substr(0, half), "log").ok());
    if (half > 0) take();  // sees half a line
    EXPECT_TRUE(write_all(worker.fd.get(), std::string_view(worker.buffer).substr(half), "log").ok());
    worker.buffer.clear();
  }
  void reopen(Worker& worker) {
    if (worker.fd.valid()) flush(worker);
    worker.fd = Fd(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    struct stat status {};
    ::fstat(worker.fd.get(), &status);
    worker.inode = status.st_ino;
  }

  /// visits.jsonl.1, with room made for it as logrotate does.
  fs::path first_rotated() {
    for (int i = 20; i >= 1; --i) {
      for (const char* suffix : {"", ".gz"}) {
        const fs::path from = folder_ / fmt::format("visits.jsonl.{}{}", i, suffix);
        if (fs::exists(from)) fs::rename(from, folder_ / fmt::format("visits.jsonl.{}{}", i + 1, suffix));
      }
    }
    return folder_ / "visits.jsonl.1";
  }
  void rename() {
    if (rotations_++ < 18) fs::rename(log_, first_rotated());
  }
  void copytruncate() {
    if (rotations_++ >= 18 || fs::file_size(log_) == 0) return;
    const fs::path copy = first_rotated();
    const std::string text = text_of(log_);
    std::ofstream out(copy, std::ios::binary);
    const size_t half = below(text.size());
    out << text.substr(0, half) << std::flush;
    if (below(2) == 0) take();  // sees half a copy
    out << text.substr(half) << std::flush;
    if (below(2) == 0) take();
    if (below(2) == 0) {
      flush(workers_[below(2)]);  // into a file that is cut right away: lost, except what is read before
      if (below(2) == 0) take();
      const std::string now = text_of(log_);
      for_each_line(std::string_view(now).substr(std::min(now.size(), text.size())),
                    [&](int line) { lost_by_copytruncate_.insert(line); });
    }
    fs::resize_file(log_, 0);
  }
  // Like logrotate, leaves alone what nginx still writes to.
  void compress() {
    std::vector<fs::path> candidates;
    for (const fs::path& path : list()) {
      struct stat status {};
      ::stat(path.c_str(), &status);
      const auto is_open = [&](const Worker& worker) { return worker.inode == status.st_ino; };
      if (path == log_ || path.extension() == ".gz" || path.extension() == ".ship" || status.st_size == 0 ||
          path.filename().string().find("bak") != std::string::npos || is_open(workers_[0]) ||
          is_open(workers_[1])) {
        continue;
      }
      candidates.push_back(path);
    }
    if (candidates.empty()) return;
    if (below(4) != 0) take();  // the reader scans more often than files are compressed
    const fs::path path = candidates[below(candidates.size())];
    const std::string text = text_of(path);
    struct stat status {};
    ::stat(path.c_str(), &status);
    // A reader that keeps running has it open. One that is killed before reading it must say so.
    if (outlives_ || !seen_.contains(status.st_ino))
      for_each_line(text, [&](int line) { unread_when_gone_.insert(line); });
    gzFile out = ::gzopen((path.string() + ".gz").c_str(), "wb");
    ::gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(out);
    fs::remove(path);
    seen_.erase(status.st_ino);  // another file may get it
  }
  void decompress(const fs::path& path) {
    const fs::path plain = path.parent_path() / (path.stem().string() + ".again");
    std::ofstream out(plain, std::ios::binary);
    gzFile in = ::gzopen(path.c_str(), "rb");
    char buffer[4096];
    for (int got = 0; (got = ::gzread(in, buffer, sizeof buffer)) > 0;) out.write(buffer, got);
    ::gzclose(in);
  }

  /// A new process; the old one was killed.
  void start() {
    const auto note = [this](std::string_view text) { notes_ += std::string(text) + "\n"; };
    seen_.clear();
    files_.reset();
    auto opened =
        LogFiles::open({.log = log_,
                        .state = outlives_ ? (folder_ / "visits.jsonl.ship").string() : std::string(),
                        .note = note,
                        .now = [this] { return now_; }});
    ASSERT_TRUE(opened.ok()) << opened.message();
    files_.emplace(*std::move(opened));
  }
  /// Scans, and reads what is there, or part of it: the reader may be killed in the middle.
  void take() {
    if (!files_) return;
    ASSERT_TRUE(files_->scan().ok());
    for (const fs::path& path : list()) {
      struct stat status {};
      if (::stat(path.c_str(), &status) == 0) seen_.insert(status.st_ino);
    }
    for (bool more = below(5) != 0; more; more = below(9) != 0) {
      const auto batch = files_->next();
      ASSERT_TRUE(batch.ok());
      if (batch->lines.empty()) return;
      const size_t count = below(4) == 0 ? below(batch->lines.size()) + 1 : batch->lines.size();
      for (size_t i = 0; i < count; ++i) ++read_[number_of(batch->lines[i].text)];
      ASSERT_TRUE(files_->advance(*batch, batch->lines[count - 1].end).ok());
    }
  }
  void settle() {
    for (int i = 0; i < 100; ++i) {
      take();
      now_ += 1s;
    }
  }

  [[nodiscard]] std::vector<fs::path> list() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  template <typename Function>
  static void for_each_line(std::string_view text, Function function) {
    for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string_view::npos; at = end + 1) {
      if (text.substr(at, end - at).find("id\":\"") != std::string_view::npos)
        function(number_of(text.substr(at)));
    }
  }
  void expect_all_but(const std::set<int>& excused) {
    for (int line = 0; line < written_; ++line) {
      const int times = read_.contains(line) ? read_[line] : 0;
      if (times == 0 && (excused.contains(line) || lost_by_copytruncate_.contains(line))) continue;
      EXPECT_EQ(times, 1) << "line " << line << "\n" << notes_;
    }
  }

  std::mt19937 random_;
  bool outlives_;
  fs::path folder_, log_;
  LogFiles::Clock::time_point now_ = LogFiles::Clock::now();
  Worker workers_[2];
  std::optional<LogFiles> files_;  ///< none: the reader is down
  std::map<int, int> read_;
  std::set<int> lost_by_copytruncate_, unread_when_gone_;
  std::set<uint64_t> seen_;
  std::string notes_;
  int written_ = 0, rotations_ = 0, made_ = 0;
};

class LogScripts : public testing::TestWithParam<bool> {};

TEST_P(LogScripts, ReadEachLineOnceAndLoseNoneInSilence) {
  for (unsigned seed = 0; seed < kScripts; ++seed) {
    Script script(seed, GetParam());
    script.run();
    script.check();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Followers, LogScripts, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "ThatRestart" : "ThatLive"; });

}  // namespace
}  // namespace abm::connect
