// The table that a live source is kept as: CSV (RFC 4180, UTF-8, LF), its header in the system's own names,
// one record a line, the id first. The import reads it like an export.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "connect/sync/incoming_file.h"

namespace abm::connect {

/// Appends ',' and the cell. What a spreadsheet would take for a formula gets an apostrophe in front, which
/// the import takes away again. Control characters become blanks; true if the text was longer than the limit
/// and was cut.
bool append_table_cell(std::string& line, std::string_view text, size_t limit);

/// The header's line.
[[nodiscard]] std::string table_header(const std::vector<std::string>& columns);

/// A table that is being written from beginning to end.
class TableWriter {
 public:
  /// `folder` is borrowed. At most `max_rows` and `max_bytes`.
  [[nodiscard]] static Result<TableWriter> create(const generation::Folder& folder, std::string_view name,
                                                  const std::vector<std::string>& columns, uint64_t max_rows,
                                                  uint64_t max_bytes);

  /// False: a record of this id was there already, and stays as it is.
  [[nodiscard]] Result<bool> add(std::string_view id, std::string_view line);
  /// A line as it stands, whose id is known to be new.
  [[nodiscard]] Result<void> copy(std::string_view line);
  [[nodiscard]] uint64_t rows() const noexcept { return rows_; }
  /// An error was about the limits, not about this machine.
  [[nodiscard]] bool is_full() const noexcept { return is_full_; }
  [[nodiscard]] Result<void> flush();
  /// After flush().
  [[nodiscard]] IncomingFile& file() noexcept { return file_; }

 private:
  TableWriter(IncomingFile file, uint64_t max_rows, uint64_t max_bytes)
      : file_(std::move(file)), max_rows_(max_rows), max_bytes_(max_bytes) {}

  struct HashOfHash {
    size_t operator()(const Hash128& hash) const noexcept { return hash.low; }
  };

  IncomingFile file_;
  uint64_t max_rows_, max_bytes_;
  uint64_t rows_ = 0;
  bool is_full_ = false;
  std::string buffer_;
  std::unordered_set<Hash128, HashOfHash> seen_;  // of ids: an id itself would take four times the room
};

/// By id: the record's line, or nothing if it is gone.
using TableChanges = std::map<std::string, std::optional<std::string>, std::less<>>;

struct TableMerge {
  uint64_t added = 0, changed = 0, gone = 0;
  [[nodiscard]] bool any() const noexcept { return added + changed + gone != 0; }
};

/// Copies `table` to `out` with the changes: each record at its place, new ones at the end in the order of
/// their ids. An error: the table is not one of ours, or `out` cannot be written.
[[nodiscard]] Result<TableMerge> merge_table(std::string_view table, const TableChanges& changes,
                                             const std::vector<std::string>& columns, TableWriter& out);

/// What differs between two tables.
[[nodiscard]] Result<TableMerge> compare_tables(std::string_view before, std::string_view after);

}  // namespace abm::connect
