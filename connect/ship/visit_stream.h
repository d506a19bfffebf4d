// Reads the visit lines of a JetStream stream in their order, from any place on: what `abmctl ship` of every
// node put there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/ship/stream_options.h"

namespace abm::connect {

/// A place in one stream. A stream that was made anew is another one, whatever its name.
struct StreamPlace {
  std::string created;    ///< "": no place in any
  uint64_t sequence = 0;  ///< messages up to this one have been read
};

struct VisitMessages {
  std::vector<std::string> lines;
  StreamPlace place;     ///< after these
  bool end = false;      ///< nothing more was there when reading began
  uint64_t missing = 0;  ///< messages that the stream dropped or deleted before they were read
  /// Why it is read from its start: it is not the stream that `from` was a place in; "" if it is.
  std::string another;
};

/// One per process at a time, and none beside a Stream.
class VisitStream {
 public:
  /// Connects, and reads what comes after `from`. A stream that is not there is an error. Of `options`, those
  /// of publishing do not matter.
  [[nodiscard]] static Result<std::unique_ptr<VisitStream>> open(const StreamOptions& options,
                                                                 const StreamPlace& from);
  virtual ~VisitStream() = default;

  /// At most 4,096 messages, in order; fewer at the end, and after 16 MiB of them.
  [[nodiscard]] virtual Result<VisitMessages> next() = 0;
};

}  // namespace abm::connect
