// Writes MMDB files (MaxMind DB File Format 2.0): an IPv6 tree with IPv4 at ::/96 and the usual aliases,
// deduplicated data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/confidence.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "ipdb/index.h"

namespace abm::ipdb {

/// What a network's record says: either an account or an exclusion.
struct Record {
  std::string account;
  Confidence confidence = Confidence::kLow;
  Source source = Source::kNone;
  Exclusion exclusion = Exclusion::kNone;
};

class MmdbWriter {
 public:
  MmdbWriter();
  ~MmdbWriter();
  MmdbWriter(MmdbWriter&&) noexcept;
  MmdbWriter& operator=(MmdbWriter&&) noexcept;

  /// Registers a record; equal records get equal numbers.
  uint32_t add_record(const Record& record);
  /// Paints `network` with a record, over anything painted there before.
  void insert(const IpPrefix& network, uint32_t record);
  /// Makes `network` answer nothing again.
  void erase(const IpPrefix& network);
  /// The finished file: the smallest record size (24, 28, 32 bits) that fits, equal siblings merged, aliases
  /// from ::ffff:0:0/96 and 2002::/16 to the IPv4 tree, metadata with `build_epoch` (Unix seconds;
  /// 0 is written as 1, because libmaxminddb refuses 0). The same calls give the same bytes.
  [[nodiscard]] Result<std::string> finish(uint64_t build_epoch, std::string_view description) &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace abm::ipdb
