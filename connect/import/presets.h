// What is known of vendors' columns. Internal to columns.cpp.
#pragma once

#include <span>
#include <string_view>

#include "connect/import/fields.h"
#include "generation/account_sources.h"

namespace abm::connect {

struct KnownColumn {
  std::string_view header;  ///< as header_key() gives it
  ImportField field;
  std::string_view attribute = {};
  double times = 1;
  std::string_view read = {};
};

/// Columns of a vendor's export; where two of them are the same field, the first one is taken.
[[nodiscard]] std::span<const KnownColumn> columns_of(generation::SourceKind kind) noexcept;
/// Words for the fields in several languages, for exports whose columns are not known or follow the user's
/// language.
[[nodiscard]] std::span<const KnownColumn> general_words() noexcept;
/// Columns of a vendor that are known, and of no use to us.
[[nodiscard]] std::span<const std::string_view> useless_of(generation::SourceKind kind) noexcept;
/// Names of the columns of a table that has no header; empty if this vendor's have one.
[[nodiscard]] std::span<const std::string_view> positions_of(generation::SourceKind kind) noexcept;

/// The header of a vendor has all of these.
struct Fingerprint {
  generation::SourceKind kind;
  std::string_view headers[3];  ///< "" for none; "x*": begins with x
};
[[nodiscard]] std::span<const Fingerprint> fingerprints() noexcept;

}  // namespace abm::connect
