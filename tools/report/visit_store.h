// Visits in SQLite (schema.sql): each line once, told apart by its request_id, whatever is loaded how often.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "tools/report/id_set.h"
#include "tools/report/sqlite.h"
#include "tools/report/visit_line.h"

namespace abm::report {

/// An account of the list that reach is measured against.
struct ListedAccount {
  std::string id, name, tier, stage, owner;
  bool excluded = false;
};

/// What became of one log.
struct SourceCounts {
  std::string name;
  uint64_t lines = 0, loaded = 0, known = 0;
  struct Damaged {
    uint64_t lines = 0;
    std::string examples;  ///< "LINE: member 'ts'"
  };
  std::array<Damaged, kDamages> damage;
  std::string fault;
  [[nodiscard]] uint64_t damaged() const noexcept;
};

class VisitStore {
 public:
  /// `path` "": temporary. Refuses a database that is not one of ours, or of another version.
  [[nodiscard]] static Result<VisitStore> open(const std::string& path);

  /// All of a load is one transaction: another program sees all of it or nothing.
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> commit();

  enum class Added : uint8_t { kNew, kKnown };
  /// `text` is the whole line: what a line without request_id is known by.
  [[nodiscard]] Result<Added> add(const VisitLine& line, std::string_view text);
  [[nodiscard]] Result<void> add_source(const SourceCounts& counts);
  /// Replaces the list.
  [[nodiscard]] Result<void> set_listed(const std::vector<ListedAccount>& accounts);

  [[nodiscard]] Database& database() noexcept { return database_; }

 private:
  struct HashOf {
    size_t operator()(const Hash128& hash) const noexcept { return hash.low; }
  };
  /// Rows of one shared table by their content.
  struct Dimension {
    Statement insert;
    std::unordered_map<Hash128, int64_t, HashOf> ids;
  };
  enum Kind : size_t { kAccountState, kPage, kDecision, kContent, kSignalSet, kReferrer, kKinds };

  explicit VisitStore(Database database) : database_(std::move(database)) {}
  [[nodiscard]] Result<void> prepare();
  /// Where the id of the row with these values stands; 0 there: it is for the caller to make it.
  [[nodiscard]] int64_t& find(Kind kind, std::string_view key);
  [[nodiscard]] Result<void> insert(Kind kind, std::initializer_list<std::string_view> texts,
                                    std::initializer_list<int64_t> numbers, int64_t& id);
  [[nodiscard]] Result<int64_t> intern_account(const VisitLine& line);
  [[nodiscard]] Result<int64_t> intern_page(const VisitLine& line);
  [[nodiscard]] Result<int64_t> intern_decision(const VisitLine& line);
  [[nodiscard]] Result<int64_t> intern_content(const VisitLine& line);
  [[nodiscard]] Result<int64_t> intern_signals(const VisitLine& line);
  [[nodiscard]] Result<int64_t> intern_referrer(const VisitLine& line);
  [[nodiscard]] Result<void> read_back();

  Database database_;
  std::array<Dimension, kKinds> dimensions_;
  IdSet ids_;
  Statement insert_visit_, insert_slot_, insert_signal_;
  uint64_t seed_ = 0;
  std::string key_;
  Hash128 hash_;  ///< of the last find()
};

}  // namespace abm::report
