// The data section of an MMDB: maps of text and numbers; a repeated text is a pointer to its first copy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ipdb/mmdb_format.h"

namespace abm::ipdb::mmdb {

class DataWriter {
 public:
  [[nodiscard]] uint64_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

  /// Head of a map or array with `entries` entries; the caller appends them.
  void map(uint32_t entries) { head(Type::kMap, entries); }
  void array(uint32_t entries) { head(Type::kArray, entries); }
  /// A pointer to an equal earlier text if that is shorter.
  void text(std::string_view value);
  /// `type` is kUint16, kUint32 or kUint64; leading zero bytes are omitted.
  void number(Type type, uint64_t value);

 private:
  void head(Type type, uint32_t size);

  std::string bytes_;
  std::unordered_map<std::string, uint32_t> texts_;  // first offset of each
};

}  // namespace abm::ipdb::mmdb
