// What is known of vendors' columns of opportunities. Internal to opportunity_columns.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/import/opportunity_fields.h"

namespace abm::connect {

struct KnownDealColumn {
  std::string_view header;  ///< as header_key() gives it
  DealField field;
};

/// The better one of several first.
[[nodiscard]] std::span<const KnownDealColumn> deal_columns_of(generation::SourceKind kind) noexcept;
/// Words in several languages, for exports whose columns are not known or follow the user's language.
[[nodiscard]] std::span<const KnownDealColumn> deal_words() noexcept;
/// Whose export of opportunities has such a header; std::nullopt: nobody's that is known.
[[nodiscard]] std::optional<generation::SourceKind> kind_of_deals(const std::vector<std::string>& headers);

}  // namespace abm::connect
