// Which column of a table is which field of an account: what is known of vendors' exports, general words, and
// what the site's own map says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/import/fields.h"
#include "generation/account_sources.h"

namespace abm::connect {

/// A header as it compares: lower case, one blank for any blanks, '_', '-' and '.'.
[[nodiscard]] std::string header_key(std::string_view header);

/// Why a column was taken.
enum class ColumnReason : uint8_t {
  kMap,     ///< the site's map
  kPreset,  ///< the vendor's columns, as far as they are known
  kWord     ///< a general word, which this vendor may mean otherwise
};

struct TakenColumn {
  size_t column = 0;
  ImportField field = ImportField::kName;
  std::string attribute;
  double times = 1;
  std::string read;
  ColumnReason reason = ColumnReason::kWord;
};

struct LeftColumn {
  size_t column = 0;
  std::string reason;  ///< "another column is the name already"; "" if nothing is known of it
};

struct ColumnPlan {
  generation::SourceKind kind = generation::SourceKind::kCsv;
  bool kind_found = false;  ///< by the header, not named
  std::vector<std::string> headers;
  std::vector<TakenColumn> taken;
  std::vector<LeftColumn> left;
  std::vector<std::string> missing;  ///< columns that the map names and the table lacks
  bool headerless = false;           ///< the first record is data

  [[nodiscard]] bool takes(ImportField field) const noexcept;
};

/// Whose export has such a header; std::nullopt: nobody's that is known.
[[nodiscard]] std::optional<generation::SourceKind> kind_of_header(const std::vector<std::string>& headers);
/// How many of these columns a source of this kind would take.
[[nodiscard]] size_t known_columns(const std::vector<std::string>& headers,
                                   const generation::AccountSource& source);
/// `first`: the table's first record, or the one that is the header.
[[nodiscard]] ColumnPlan plan_columns(const std::vector<std::string>& first,
                                      const generation::AccountSource& source);

/// What of the columns that were taken as a vendor's could not be verified, for people; "" if they are known
/// from its documentation.
[[nodiscard]] std::string_view unverified(const ColumnPlan& plan) noexcept;

}  // namespace abm::connect
