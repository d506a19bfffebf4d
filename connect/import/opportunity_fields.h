// What a column of a table of opportunities may become.
#pragma once

#include <cstddef>
#include <cstdint>

#include "generation/account_sources.h"

namespace abm::connect {

/// In the order of generation::kOpportunityFields.
enum class DealField : uint8_t {
  kId,
  kAccountId,
  kCrmId,
  kDomain,
  kCompany,
  kName,
  kStage,
  kAmount,
  kCurrency,
  kCreated,
  kClosed,
  kModified,
  kIsClosed,
  kIsWon,
  kType
};
inline constexpr size_t kDealFields = generation::kOpportunityFields.size();

}  // namespace abm::connect
