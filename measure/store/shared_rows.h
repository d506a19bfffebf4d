// What many visits share (account, page, decision, content, signals, referrer): each distinct row once.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "base/result.h"
#include "measure/store/sqlite.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {

class SharedRows {
 public:
  /// Reads what is stored already, from this run or an earlier one. `database` must outlive this.
  [[nodiscard]] Result<void> begin(Database& database);

  // The id of the row that holds this part of a line; the row is made if there is none.
  [[nodiscard]] Result<int64_t> account(const VisitLine& line);
  [[nodiscard]] Result<int64_t> page(std::string_view host, std::string_view path);
  [[nodiscard]] Result<int64_t> decision(const VisitLine& line);
  [[nodiscard]] Result<int64_t> content(const VisitLine& line);
  [[nodiscard]] Result<int64_t> signals(const VisitLine& line);
  [[nodiscard]] Result<int64_t> referrer(const VisitLine& line);

 private:
  struct HashOf {
    size_t operator()(const Hash128& hash) const noexcept { return hash.low; }
  };
  /// Rows of one table by their content.
  struct Dimension {
    Statement insert;
    std::unordered_map<Hash128, int64_t, HashOf> ids;
  };
  enum Kind : size_t { kAccountState, kPage, kDecision, kContent, kSignalSet, kReferrer, kKinds };

  [[nodiscard]] Result<void> prepare(Database& database);
  [[nodiscard]] Result<void> read_back(Database& database);
  /// The place of the id of the row with these values; if it is 0, the caller must make the row.
  [[nodiscard]] int64_t& find(Kind kind, std::string_view key);
  [[nodiscard]] Result<void> insert(Kind kind, std::initializer_list<std::string_view> texts,
                                    std::initializer_list<int64_t> numbers, int64_t& id);

  std::array<Dimension, kKinds> dimensions_;
  Statement insert_slot_, insert_signal_;
  uint64_t seed_ = 0;
  std::string key_;
  Hash128 hash_;  ///< of the last find()
};

}  // namespace abm::measure
