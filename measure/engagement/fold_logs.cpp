#include "measure/engagement/fold_logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"
#include "generation/file_pattern.h"
#include "measure/engagement/log_places.h"
#include "measure/visits/log_lines.h"

namespace abm::measure {
namespace {

constexpr uint64_t kLinesOfBatch = 1u << 17;
constexpr uint64_t kLinesOfTick = 4096;
constexpr int64_t kNotReadOut = -1;  // in place of the time of a file's last change

std::optional<LogFile> log_file(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  LogFile file;
  file.name = path;
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.size = static_cast<uint64_t>(status.st_size);
  file.changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  return file;
}

bool is_gzip(int fd) {
  unsigned char magic[2] = {};
  return ::pread(fd, magic, sizeof magic, 0) == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b;
}

/// Reads the logs of one fold.
class LogFold {
 public:
  LogFold(EngagementStore& store, const FoldOptions& options, LogPlaces places)
      : store_(store), options_(options), places_(std::move(places)), folder_(store) {}

  Result<FoldCounts> run();

 private:
  std::vector<LogFile> changed_files();
  Result<void> read(const LogFile& file);
  Result<void> read_lines(const LogFile& file, int fd, LogReader& reader);
  void not_read(const std::string& why) {
    if (unread_.empty()) unread_ = why;
    options_.note(fmt::format("{}; it is not read", why));
  }
  [[nodiscard]] bool stopped() const { return options_.stop && options_.stop(); }
  void tick(uint64_t bytes) const {
    if (options_.progress) options_.progress(done_ + bytes, total_);
  }

  EngagementStore& store_;
  const FoldOptions& options_;
  LogPlaces places_;
  LineFolder folder_;
  uint64_t done_ = 0, total_ = 0;
  std::string unread_;
};

std::vector<LogFile> LogFold::changed_files() {
  std::vector<LogFile> files;
  for (const std::string& pattern : options_.patterns) {
    const generation::PatternFiles found = generation::files_of_pattern(options_.folder, pattern);
    for (const Error& fault : found.faults) not_read(fault.message);
    if (found.files.empty() && found.faults.empty())
      options_.note(fmt::format(
          "visits: '{}' names no file yet: it must be the log that nginx writes $abm_visit to", pattern));
    for (const std::string& path : found.files) {
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0) {
        // Renamed since: the next fold finds it.
        if (errno != ENOENT) not_read(errno_error(path, errno).message);
        continue;
      }
      auto file = log_file(path, status);
      if (!file.has_value() || places_.is_unchanged(*file)) continue;
      files.push_back(*std::move(file));
    }
  }
  return files;
}

Result<void> LogFold::read_lines(const LogFile& file, int fd, LogReader& reader) {
  for (bool more = true; more;) {
    if (auto begun = store_.begin(); !begun) return begun;
    std::string fault;
    for (uint64_t lines = 0; lines < kLinesOfBatch; ++lines) {
      LogReader::Line line;
      const auto next = reader.next(line);
      if (!next) fault = next.message();
      more = next.ok() && *next;
      if (!more) break;
      if (auto done = folder_.add(line.text, line.readable_behind, line.too_long, line.unfinished); !done)
        return done;
      if (lines % kLinesOfTick == 0) tick(reader.bytes_read());
    }
    if (!fault.empty()) options_.note(fmt::format("{}; the lines before that were read", fault));
    if (auto done = folder_.flush(); !done) return done;
    // A compressed log has been read when all of it has that can be; of another, the rest is looked for
    // later.
    const bool is_over = !more && (fault.empty() || reader.is_damaged());
    LogFile so_far = file;
    if (!is_over) so_far.changed_ns = kNotReadOut;
    if (!file.compressed || is_over) {
      if (auto done = places_.set(store_, fd, so_far, reader.line_end()); !done) return done;
    }
    if (auto done = store_.commit(); !done) return done;
    if (stopped()) return {};
  }
  return {};
}

Result<void> LogFold::read(const LogFile& found) {
  Fd fd(::open(found.name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
    not_read(errno_error(found.name, errno).message);
    return {};
  }
  // What is open counts, not what had the name a moment ago; and its size before it is read, so that what is
  // written meanwhile is looked for again.
  auto file = log_file(found.name, status);
  if (!file.has_value()) return {};
  file->compressed = is_gzip(fd.get());
  const uint64_t from = file->compressed ? 0 : places_.place_of(fd.get(), *file);
  Fd to_read(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!to_read.valid()) return errno_error(found.name, errno);
  auto reader = LogReader::of(std::move(to_read), found.name, from);
  if (!reader) {
    not_read(reader.message());
    return {};
  }
  return read_lines(*file, fd.get(), *reader);
}

Result<FoldCounts> LogFold::run() {
  const std::vector<LogFile> files = changed_files();
  for (const LogFile& file : files) total_ += file.size;
  for (const LogFile& file : files) {
    if (stopped()) break;
    if (places_.is_unchanged(file)) continue;  // two patterns name it
    if (auto done = read(file); !done) return done.error();
    done_ += file.size;
  }
  FoldCounts counts = folder_.counts();
  counts.unread = unread_;
  return counts;
}

}  // namespace

Result<FoldCounts> fold_logs(EngagementStore& store, const FoldOptions& options) {
  auto places = LogPlaces::load(store);
  if (!places) return places.error();
  return LogFold(store, options, std::move(*places)).run();
}

}  // namespace abm::measure
