// A line of the visit log of kind "seen" (module/visit.schema.json) as this folder needs it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace abm::measure {

/// A line of kind "seen": slots that were in view for a second, as the visitor's browser told. The account is
/// that of the request that told it; request_id and path are as told. Views are valid as long as what it was
/// read from; "" means null.
struct SeenLine {
  int64_t ts_ms = 0;
  std::string_view ts, request_id, host, path, account, tier, visitor, arm;
  std::vector<std::string_view> slots;  ///< 1 to 64 names
  int64_t generation = 0;
  bool bot = false;
  std::string_view bot_by;
};

}  // namespace abm::measure
