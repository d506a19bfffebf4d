// Builds accounts.bin from parsed accounts. Same accounts in the same order → same bytes.
#pragma once

#include <string>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "base/result.h"

namespace abm::accounts {

class SnapshotWriter {
 public:
  SnapshotWriter();
  ~SnapshotWriter();
  SnapshotWriter(SnapshotWriter&&) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) noexcept;

  void add(const Account& account);
  /// The finished file. Errors: two ids with one key (2^-64 luck), or a file of more than 4 GiB.
  [[nodiscard]] Result<std::string> finish(const FeedHeader& header);

 private:
  struct State;
  State* state_;
};

}  // namespace abm::accounts
