// What became of the sources: every merge, conflict, default, drop, and every value that could be read in
// more than one way, with its place. All of it goes into a JSON file, if one is wanted; a summary of one
// screen is kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "base/diagnostic.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "connect/import/columns.h"
#include "connect/import/encoding.h"

namespace abm::connect {

enum class NoteKind : uint8_t {
  kMerge,     ///< several rows are one account
  kConflict,  ///< sources disagree
  kDefault,   ///< no source says it
  kDrop,      ///< a row, a value or a domain that was left out
  kRead       ///< it was read in one of several ways
};
inline constexpr std::array<std::string_view, 5> kNoteKinds = {"merge", "conflict", "default", "drop",
                                                               "read"};

struct NotePlace {
  std::string file;
  Position at;
};

struct ImportNote {
  NoteKind kind = NoteKind::kRead;
  NotePlace place;
  std::string account;  ///< id, "" if it has none
  std::string field;    ///< "", or "employees"
  std::string value;    ///< as written
  std::string what;     ///< "its lower end is taken": the same for all of its kind
  std::string detail;   ///< of this one: "3 rows"
  std::vector<NotePlace> others;
};

/// What is known of one source once it is read.
struct SourceReport {
  std::string file;
  ColumnPlan plan;
  std::optional<Encoding> encoding;
  char delimiter = 0;
  uint64_t rows = 0;      ///< of data
  uint64_t records = 0;   ///< rows that were taken
  uint64_t accounts = 0;  ///< that have something of it
  bool intent = false;
  std::string fault;      ///< why it could not be read
  int64_t kept_from = 0;  ///< Unix seconds: its last good data were used, and are of then; 0: they were not
};

class ImportReport {
 public:
  static constexpr size_t kMostGroups = 200;

  /// All notes also go into `path`; "": nowhere. Nothing is there under this name before finish().
  explicit ImportReport(std::string path);
  ~ImportReport();
  ImportReport(const ImportReport&) = delete;
  ImportReport& operator=(const ImportReport&) = delete;

  void note(ImportNote note);
  [[nodiscard]] uint64_t count(NoteKind kind) const noexcept { return counts_[static_cast<size_t>(kind)]; }

  std::vector<SourceReport> sources;
  uint64_t accounts = 0;
  std::array<uint64_t, 4> tiers{};  ///< accounts by Tier
  std::string tenant;

  /// Writes the end of the JSON file and puts it in place.
  [[nodiscard]] Result<void> finish();
  /// One screen for people; lines without a newline at the end.
  [[nodiscard]] std::vector<std::string> summary() const;

 private:
  struct Group {
    ImportNote first;
    uint64_t count = 0;
  };
  [[nodiscard]] Result<void> flush();
  void write_sources();

  std::string path_;
  Fd file_;
  std::string temporary_;
  std::string text_;
  JsonWriter<std::string> json_{text_};
  std::optional<Error> failed_;
  std::array<uint64_t, kNoteKinds.size()> counts_{};
  std::map<std::string, Group> groups_;
  uint64_t ungrouped_ = 0;
};

}  // namespace abm::connect
