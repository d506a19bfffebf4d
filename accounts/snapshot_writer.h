// Builds accounts.bin from parsed accounts. Same accounts in the same order → same bytes.
#pragma once

#include <memory>
#include <string>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "base/result.h"

namespace abm::accounts {

/// Memory until finish(): about the size of the file to be plus 8 to 16 bytes for each distinct text; then
/// the file itself beside it, as the one is freed while the other is filled. Of a large file, a second thread
/// touches the memory meanwhile.
class SnapshotWriter {
 public:
  SnapshotWriter();
  ~SnapshotWriter();
  SnapshotWriter(SnapshotWriter&&) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) noexcept;

  /// Accounts of the feed parser always fit. What Snapshot::open would refuse in one from elsewhere (no id,
  /// text with control characters, unsorted attributes …) is kept as the error of finish().
  void add(const Account& account);
  /// The finished file; the writer is empty afterwards. Errors: an account that does not fit, two ids with
  /// one key (the same id, or 2^-64 luck), or a file of more than 4 GiB.
  [[nodiscard]] Result<std::string> finish(const FeedHeader& header);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace abm::accounts
