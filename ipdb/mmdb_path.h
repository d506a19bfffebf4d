// Finds values by path in the data section of a validated MMDB, and counts the work: many records may share
// one large map, so the cost of reading them all does not show in the file's size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipdb/mmdb_format.h"

namespace abm::ipdb::mmdb {

/// Such as "traits.domain" or "names.0": map keys, or array positions (from the end if negative).
class FieldPath {
 public:
  explicit FieldPath(std::string_view text);
  /// No part is empty, and there are not too many.
  [[nodiscard]] bool usable() const noexcept;

 private:
  friend class PathReader;
  struct Part {
    std::string name;
    std::optional<int64_t> position;
  };
  std::vector<Part> parts_;
};

/// One value; its text is in the section. Valid as long as the section.
struct Value {
  Field field;
  std::string_view section;

  [[nodiscard]] bool is_text() const noexcept { return field.type == Type::kString; }
  [[nodiscard]] std::string_view text() const noexcept;  ///< "" if it is not a text
  /// For any number except a 128-bit one, and for a text that is just a number.
  [[nodiscard]] std::optional<double> number() const noexcept;
};

class PathReader {
 public:
  /// `section` has passed the validator. After about `max_steps` fields, find() finds nothing more.
  PathReader(std::string_view section, uint64_t max_steps) : section_(section), left_(max_steps) {}

  /// The value at `path` in the record at `offset`, pointers followed; the first of equal keys counts.
  [[nodiscard]] std::optional<Value> find(uint64_t offset, const FieldPath& path);
  /// Counts work that a caller does with what it found.
  void charge(uint64_t steps) noexcept { left_ -= steps < left_ ? steps : left_; }
  [[nodiscard]] bool exhausted() const noexcept { return left_ == 0; }

 private:
  [[nodiscard]] std::optional<Field> at(uint64_t offset, uint64_t& next);
  [[nodiscard]] bool skip(uint64_t& offset);
  [[nodiscard]] std::optional<uint64_t> entry(const Field& container, const FieldPath::Part& part);

  std::string_view section_;
  uint64_t left_;
};

}  // namespace abm::ipdb::mmdb
