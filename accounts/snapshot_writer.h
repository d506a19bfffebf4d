// Builds accounts.bin from parsed accounts. The same accounts in the same order give the same bytes.
#pragma once

#include <memory>
#include <string>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "base/result.h"

namespace abm::accounts {

/// Memory until finish(): about the size of the resulting file plus 8 to 16 bytes per distinct text; then
/// also the file itself, though one is freed while the other is filled. For a large file a second thread
/// touches that memory in advance.
class SnapshotWriter {
 public:
  SnapshotWriter();
  ~SnapshotWriter();
  SnapshotWriter(SnapshotWriter&&) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) noexcept;

  /// Accounts from the feed parser always fit. Anything that Snapshot::open would refuse in others (no id,
  /// text with control characters, unsorted attributes …) becomes the error of finish().
  void add(const Account& account);
  /// The finished file; the writer is empty afterwards. Errors: an account that does not fit, two ids with
  /// one key (the same id, or 2^-64 bad luck), or a file of more than 4 GiB.
  [[nodiscard]] Result<std::string> finish(const FeedHeader& header);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace abm::accounts
