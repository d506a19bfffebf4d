// Up to where each log has been read. A log is recognized by its bytes, whatever it is called and wherever it
// lies by now: renamed, copied, restored. A wrong guess costs time only: what was read before is known by its
// request ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"

namespace abm::measure {

/// A file as it is now.
struct LogFile {
  std::string name;
  uint64_t device = 0, inode = 0, size = 0;
  int64_t changed_ns = 0;
  bool compressed = false;  ///< known once its first bytes have been read
};

struct LogPlace {
  int64_t id = 0;  ///< 0: not stored
  LogFile file;    ///< when it was read last
  uint64_t offset = 0;
  uint64_t head_size = 0, head = 0, tail = 0;  ///< as in schema.sql
};

class LogPlaces {
 public:
  [[nodiscard]] static Result<LogPlaces> load(EngagementStore& store);

  /// Whether nothing has happened to the file since it was read.
  [[nodiscard]] bool is_unchanged(const LogFile& file) const;
  /// Where reading goes on in an open file; offset 0 if it is a log that was never read.
  [[nodiscard]] uint64_t place_of(int fd, const LogFile& file) const;
  /// Stores that `file` has been read up to `offset`. Between the store's begin() and commit().
  [[nodiscard]] Result<void> set(EngagementStore& store, int fd, const LogFile& file, uint64_t offset);

 private:
  [[nodiscard]] const LogPlace* find(uint64_t device, uint64_t inode) const;
  std::vector<LogPlace> places_;  ///< the latest last
};

}  // namespace abm::measure
