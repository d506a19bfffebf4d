// The files of one visit log: the one that nginx writes, and its rotated files. Rotation by rename and by
// copytruncate, several rotations between two scans, truncation, compression and reused inodes all come down
// to one question: which bytes have been read?
//
// A file is recognized by device, inode, its first bytes and the bytes before the place up to which it was
// read. One that lost its name stays open until it has been quiet for kGrace and a newer one is written to:
// nginx writes its buffers to the old file until every worker has reopened its logs. A file that was cut
// (copytruncate) is read on in its copy.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "connect/logs/checkpoint.h"
#include "connect/logs/log_folder.h"
#include "connect/logs/relation.h"

namespace abm::connect {

/// Longer than any `flush=`, and longer than a worker needs to reopen its logs.
inline constexpr std::chrono::minutes kGrace{5};
/// How long a rotated file that is too short to recognize must be unchanged: a copy may still be in progress.
inline constexpr std::chrono::seconds kSettled{1};

/// A line without its newline.
struct Line {
  std::string_view text;
  uint64_t end = 0;  ///< offset after its newline
};

/// Lines of one file, in order. Views are valid until the next next().
struct Batch {
  uint64_t file = 0;
  uint64_t times_cut = 0;  ///< of the file, when it was read
  std::string name;
  std::vector<Line> lines;  ///< empty: nothing more for now
};

class LogFiles {
 public:
  using Clock = std::chrono::steady_clock;  // the wall clock may jump
  struct Options {
    std::string log;        ///< the file that nginx writes; need not exist yet
    std::string state;      ///< the checkpoint; "": nothing outlives the process
    bool from_end = false;  ///< without a checkpoint: leave out what is in the log already
    std::function<void(std::string_view)> note;  ///< takes remarks for people
    std::function<Clock::time_point()> now = [] { return Clock::now(); };
  };

  /// Files named like the log, plus "." or "-" and more, are its rotated ones. Without a
  /// checkpoint, what they already hold counts as read. Compressed ones are not read; a note says
  /// so if one holds lines that were not.
  [[nodiscard]] static Result<LogFiles> open(Options options);

  /// Looks again which files there are and what has become of them. To be called so often that no file is
  /// created, rotated and compressed between two calls; also while a batch is being delivered.
  [[nodiscard]] Result<void> scan();

  /// Complete lines that have not been read, of the oldest file that has any. Anything longer than a visit
  /// line comes in pieces, so that memory is bounded.
  [[nodiscard]] Result<Batch> next();

  /// The lines of the last batch before `offset` are delivered; durable when this returns.
  [[nodiscard]] Result<void> advance(const Batch& batch, uint64_t offset);

  /// Bytes that have not been read yet.
  [[nodiscard]] uint64_t bytes_waiting() const;
  /// A short rotated file is being watched until it is clear what it is: scan()
  /// again, it may have lines to read.
  [[nodiscard]] bool is_settling() const;

 private:
  struct File {
    FileMark mark;
    Fd fd;  ///< not valid: an old file that is quiet and still has a name
    uint64_t id = 0;
    uint64_t times_cut = 0;
    int64_t changed_ns = -1;       ///< its mtime at the last scan; -1: never
    Clock::time_point changed_at;  ///< when that was last seen to change
    bool placed = false;           ///< it is clear where reading starts
    bool present = false;          ///< still has a name
    bool live = false;             ///< it is the one that nginx writes
    bool read_out = false;         ///< no complete line is left, as far as we know
  };

  explicit LogFiles(Options options) : options_(std::move(options)) {}
  [[nodiscard]] bool is_first_scan() const noexcept { return !scanned_ && !resumed_; }
  [[nodiscard]] std::string path_of(const std::string& name) const;
  [[nodiscard]] File& file_of(const Entry& entry);
  [[nodiscard]] Result<void> take(const Entry& entry);
  void look_at(File& file);
  void cut(File& file);
  void place(File& file);
  void place_alone(File& file);
  [[nodiscard]] bool continues(const File& gone) const;
  [[nodiscard]] bool is_over(const File& file) const;
  void forget_vanished(const std::vector<Entry>& compressed);
  void remember_gone(const Mark& mark);
  void tell_loss(const File& file);
  void judge_compressed(const std::vector<Entry>& compressed);
  void judge(const Entry& entry);
  [[nodiscard]] Result<bool> fill(const File& file, uint64_t from, size_t size);
  [[nodiscard]] std::optional<size_t> read(File& file, Result<void>& fault);
  [[nodiscard]] Result<void> save();

  Options options_;
  std::vector<std::unique_ptr<File>> files_;  ///< oldest first, the live one last
  std::vector<Mark> gone_;                    ///< oldest first
  std::optional<std::vector<CompressedMark>> compressed_;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> compressed_ids_;  ///< by device and inode: already judged
  std::set<std::string> noted_;
  std::string buffer_;  ///< bytes of one file, from buffer_start_ on
  uint64_t buffer_start_ = 0;
  uint64_t next_id_ = 1;
  bool resumed_ = false;  ///< there was a checkpoint
  bool scanned_ = false;
  bool dirty_ = false;  ///< differs from the checkpoint on disk
};

}  // namespace abm::connect
