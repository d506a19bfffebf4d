// The files of one visit log: the one that nginx writes, and those that rotation made of it. Rotation by
// rename and by copytruncate, several rotations while nobody looked, truncation and reused inodes all come
// down to one question: which bytes have been shipped?
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tools/ship/checkpoint.h"

namespace abm::ship {

/// A line without its newline.
struct Line {
  std::string_view text;
  uint64_t end = 0;  ///< offset behind its newline
};

/// Lines of one file, in order. Views are valid until the next next() or scan().
struct Batch {
  size_t file = 0;  ///< for LogFiles::advance()
  std::string name;
  std::vector<Line> lines;  ///< empty: nothing to ship for now
};

class LogFiles {
 public:
  struct Options {
    std::string log;                             ///< that nginx writes to; need not exist yet
    std::string state;                           ///< the checkpoint
    std::function<void(std::string_view)> note;  ///< takes remarks for people
  };

  /// Files named like the log with "." or "-" and more are its rotated ones, but for compressed ones. Where
  /// there is no checkpoint yet, those that are there already count as shipped.
  [[nodiscard]] static Result<LogFiles> open(Options options);

  /// Looks again at what files there are and what has become of them.
  [[nodiscard]] Result<void> scan();

  /// Complete lines that have not been shipped, of the oldest file that has any. What is longer than any
  /// visit line comes in pieces, so that memory is bounded.
  [[nodiscard]] Result<Batch> next();

  /// The lines of the last batch before `offset` are in the stream; durable when this returns.
  [[nodiscard]] Result<void> advance(size_t file, uint64_t offset);

  /// Bytes that are there and not shipped.
  [[nodiscard]] uint64_t bytes_waiting() const;

 private:
  struct File {
    FileMark mark;
    Fd fd;
    int64_t changed_ns = 0;  ///< its mtime
    bool present = false;    ///< has a name still
    bool live = false;       ///< it is the one that nginx writes
    bool read_out = false;   ///< no complete line is left, as far as we know
  };

  explicit LogFiles(Options options) : options_(std::move(options)) {}
  [[nodiscard]] Result<std::vector<File>> list();
  [[nodiscard]] File* find(const FileMark& mark);
  /// Where a file goes on that begins with bytes shipped from another one.
  [[nodiscard]] std::optional<Place> place_in_copy(const File& file) const;
  /// Whether it is clear now where an unknown file is to be read from; then it says so in file.mark.
  [[nodiscard]] bool place_unknown(File& file) const;
  void look_at(File& file);
  void cut(File& file);
  void forget_vanished();
  [[nodiscard]] Result<void> fill(const File& file, uint64_t from, size_t size);
  [[nodiscard]] Result<size_t> read(File& file);
  [[nodiscard]] Result<void> save() const;

  Options options_;
  std::vector<File> files_;  ///< oldest first, the live one last
  std::set<std::string> unreadable_;
  std::string buffer_;  ///< bytes of one file, from buffer_start_ on
  uint64_t buffer_start_ = 0;
  bool resumed_ = false;  ///< there was a checkpoint
  bool scanned_ = false;
};

}  // namespace abm::ship
