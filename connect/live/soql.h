// SOQL, as far as it has to be understood: which columns an answer will have, and where a condition on the
// time of the last change fits in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::connect {

struct SoqlColumn {
  std::string header;             ///< as it was written: "Owner.Email"
  std::vector<std::string> path;  ///< of the answer's members: "Owner", "Email"
};

struct Soql {
  std::string text;                 ///< the whole query, on one line
  std::string object;               ///< "Account"
  std::vector<SoqlColumn> columns;  ///< "Id" is among them
  std::string why_whole;            ///< why changes alone cannot be asked for; "" if they can

  // Set if changes can be asked for.
  std::string head;       ///< up to the object and its alias
  std::string condition;  ///< of WHERE; "": none
  std::string tail;       ///< what follows: ORDER BY
};

/// At most 8,000 bytes: it travels in an address.
[[nodiscard]] Result<Soql> parse_soql(std::string_view text);

/// The same query for records that a person or the system changed since then (Unix seconds).
[[nodiscard]] std::string soql_since(const Soql& query, int64_t since);
/// Ids of all records of the object that were changed since then, whether they meet the query's condition,
/// did once, or never have: with queryAll also of those that were deleted.
[[nodiscard]] std::string soql_touched(const Soql& query, int64_t since);

}  // namespace abm::connect
