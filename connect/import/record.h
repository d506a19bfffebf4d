// One row of a source as it is kept until all sources are read: in a file that nobody else sees, so that
// memory does not grow with the rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "base/result.h"
#include "connect/import/columns.h"

namespace abm::connect {

struct RecordValue {
  ImportField field = ImportField::kName;
  uint32_t attribute = 0;  ///< of kAttribute: a number of AttributeNames
  std::string text;        ///< of texts and lists: one entry of a list each
  int64_t number = 0;      ///< of numbers, AS numbers, tiers and exclude
  Position at;
};

struct ImportRecord {
  uint32_t source = 0;
  Position at;
  std::vector<RecordValue> values;

  [[nodiscard]] const RecordValue* first(ImportField field) const noexcept;
};

/// Appended to a file without a name, in the folder for temporary files; up to a few MiB stay in memory.
class RecordSpool {
 public:
  /// Where it can be read again.
  [[nodiscard]] Result<uint64_t> add(const ImportRecord& record);
  [[nodiscard]] Result<ImportRecord> read(uint64_t at);

 private:
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<std::string_view> bytes(uint64_t at, size_t size);

  Fd file_;
  uint64_t written_ = 0;  // bytes in the file
  std::string tail_;      // what is not in it yet
  std::string ahead_;     // read from the file
  uint64_t ahead_at_ = 0;
};

/// A file without a name, open for reading and writing.
[[nodiscard]] Result<Fd> unnamed_file();

}  // namespace abm::connect
