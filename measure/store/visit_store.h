// Visits in SQLite (schema.sql): each line once, told apart by its request_id, however often it is loaded;
// and what was seen of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/store/id_set.h"
#include "measure/store/shared_rows.h"
#include "measure/store/sqlite.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {

/// An account of the list that reach is measured against.
struct ListedAccount {
  std::string id, name, tier, stage, owner;
  bool excluded = false;
  std::string recognised_by = {};  ///< "networks", "asn", "vendor", "identity", "nothing"; "": not known
  std::string arm =
      {};  ///< "treated", "control", by the lot of the published rules; "": not known, or excluded
  std::vector<std::string> segments = {};
  std::string family = {};  ///< where arms are drawn by parent: whose lot it drew; "": its own
};

inline constexpr size_t kMostRobotSigns = 1000;

/// What became of one log.
struct SourceCounts {
  std::string name;
  uint64_t lines = 0, loaded = 0, known = 0;
  struct Damaged {
    uint64_t lines = 0;
    std::string examples;  ///< "LINE: member 'ts'"
  };
  std::array<Damaged, kDamages> damage;
  /// Lines of robots that were loaded, by what their user agents said so with, in lower case; not those that
  /// do not state it. Bounded: kMostRobotSigns.
  std::map<std::string, uint64_t> robots;
  std::string fault;
  [[nodiscard]] uint64_t damaged() const noexcept;
};

class VisitStore {
 public:
  /// `path` "": temporary. Refuses a database that is not ours, or is of another version.
  [[nodiscard]] static Result<VisitStore> open(const std::string& path);

  /// All of a load is one transaction: another program sees all of it or none.
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> commit();

  enum class Added : uint8_t { kNew, kKnown };
  /// `text` is the whole line: it identifies a line without request_id.
  [[nodiscard]] Result<Added> add(const VisitLine& line, std::string_view text);
  /// kKnown: all of it had been told before.
  [[nodiscard]] Result<Added> add(const SeenLine& line);
  [[nodiscard]] Result<void> add_source(const SourceCounts& counts);
  /// Replaces the list.
  [[nodiscard]] Result<void> set_listed(const std::vector<ListedAccount>& accounts);

  [[nodiscard]] Database& database() noexcept { return database_; }

 private:
  explicit VisitStore(Database database) : database_(std::move(database)) {}
  /// The ids that are stored already, from this run or an earlier one.
  [[nodiscard]] Result<void> read_ids();

  Database database_;
  SharedRows rows_;
  IdSet ids_;
  Statement insert_visit_, insert_seen_;
};

}  // namespace abm::measure
