// One source of opportunities → its rows, with what was read of each cell. What depends on a whole column (a
// date's order, a mark of thousands) is decided here, what depends on all sources in opportunities.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "connect/import/account_matcher.h"
#include "connect/import/deal_notes.h"
#include "connect/import/opportunity_columns.h"
#include "connect/import/source_file.h"
#include "generation/account_sources.h"

namespace abm::connect {

struct DealRow {
  std::string id;  ///< "": the export has none
  std::string company, name, stage, type, currency;
  AccountMatch match;
  int64_t created_ms = 0;
  std::optional<int64_t> closed_ms, modified_ms;
  std::optional<double> amount;
  bool loose_currency = false;  ///< told by a sign that several have
  std::optional<bool> is_closed, is_won;
  Position at, money_at;
  uint32_t source = 0;
};

struct DealTable {
  std::string name;  ///< for people: "deals.csv"
  DealColumns columns;
  std::vector<DealRow> rows;
  uint64_t read = 0;      ///< rows of data
  uint64_t left_out = 0;  ///< of these, rows that are not in `rows`
};

struct DealTableRequest {
  const generation::AccountSource* source = nullptr;  ///< not null
  std::string name;                                   ///< for people
  uint32_t number = 0;
  uint64_t most_rows = 0;                    ///< that are kept; more are an error
  const AccountMatcher* accounts = nullptr;  ///< not null
  DealNotes* notes = nullptr;                ///< not null
  std::function<void(uint64_t bytes)> progress;
};

/// The error says why the source cannot be used as a whole, with file, line and column.
[[nodiscard]] Result<DealTable> read_deal_table(const OpenSource& open, const DealTableRequest& request);

}  // namespace abm::connect
