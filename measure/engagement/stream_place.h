// Up to where a stream of visit lines has been read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"

namespace abm::measure {

struct ReadOfStream {
  std::string created;    ///< tells one stream from a later one with its name; "": never read
  uint64_t sequence = 0;  ///< messages up to this one are stored
};

[[nodiscard]] Result<ReadOfStream> read_of_stream(EngagementStore& store, std::string_view name);
/// Between begin() and commit(), with the lines.
[[nodiscard]] Result<void> set_read_of_stream(EngagementStore& store, std::string_view name,
                                              const ReadOfStream& read);

}  // namespace abm::measure
