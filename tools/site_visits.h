// The visits of a site, folded into its accounts: logs or stream → DATA/engagement.db → what they make of the
// list.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/ship/visit_stream.h"
#include "generation/site.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/fold_lines.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/retention.h"
#include "measure/engagement/standings.h"

namespace abm::tools {

struct SiteVisitsOptions {
  std::function<void(std::string_view)> note;  ///< takes remarks for people; never null
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
  std::function<bool()> stop;  ///< asked now and then; may be null
  bool temporary = false;      ///< nothing is kept, and the data folder need not be there
  /// What is older than the site's `engagement: keep:` is not read, and deleted once a day. Not for drafts: a
  /// setting that nobody published must not delete anything.
  bool retain = false;
};

/// What the account list says of the fields that moves of the site need. `feed`: its local copy; `name`: what
/// messages call it.
[[nodiscard]] Result<std::vector<measure::ListedFields>> read_list(const generation::Site& site,
                                                                   const std::string& feed,
                                                                   const std::string& name);

/// Several processes may read at once: each batch of lines is one transaction, and no line counts twice. Who
/// has waited 5 s for somebody else's transaction gets an error. After an error, it can be asked again.
class SiteVisits {
 public:
  /// The site must have `engagement`, and outlive this.
  [[nodiscard]] static Result<std::unique_ptr<SiteVisits>> open(const generation::Site& site,
                                                                SiteVisitsOptions options);

  /// Reads what is new in logs or stream, and deletes what is too old. A database that turns out to be
  /// damaged is set aside and made again.
  [[nodiscard]] Result<measure::FoldCounts> fold();
  /// Forgets all visits first, and reads everything there is. The list's journal stays. Notes how many visits
  /// are lost because their lines are gone.
  [[nodiscard]] Result<measure::FoldCounts> rebuild();
  /// Notes what the account list says as of `today`. `feed`: its local copy; `name`: what messages call it.
  [[nodiscard]] Result<uint64_t> record_list(const std::string& feed, const std::string& name,
                                             measure::Day today);
  [[nodiscard]] Result<uint64_t> record(std::vector<measure::ListedFields> list, measure::Day today);
  /// What visits make of all accounts as of `today`. `before_journal`: as in measure::JudgeInputs.
  [[nodiscard]] Result<std::shared_ptr<const measure::Standings>> judge(measure::Day today,
                                                                        bool before_journal = false);

  /// What is missing of the days that count as of `today`, for people; "": nothing.
  [[nodiscard]] Result<std::string> missing_on(measure::Day today);
  /// What the last fold() deleted.
  [[nodiscard]] const measure::Dropped& dropped() const noexcept { return dropped_; }

  /// After an error of store() itself: a damaged database is set aside and made again. Returns that error, or
  /// why it could not be.
  [[nodiscard]] Error healed(Error error);
  /// The database was damaged, and made again: what it had is to be folded again.
  [[nodiscard]] bool was_set_aside() const noexcept { return was_set_aside_; }
  [[nodiscard]] measure::EngagementStore& store() noexcept { return *store_; }

 private:
  SiteVisits(const generation::Site& site, SiteVisitsOptions options)
      : site_(site), options_(std::move(options)) {}
  [[nodiscard]] Result<void> open_store(bool is_damaged);
  /// Opens the store again; whether it was damaged, and is made anew.
  [[nodiscard]] Result<bool> recover();
  [[nodiscard]] Result<uint64_t> count_visits();
  [[nodiscard]] measure::Day first_kept_now() const;
  [[nodiscard]] Result<measure::FoldCounts> fold_once();
  [[nodiscard]] Result<measure::FoldCounts> read_new();
  [[nodiscard]] Result<void> drop_old();
  [[nodiscard]] Result<measure::FoldCounts> fold_stream();
  /// `missing`: is raised by what the stream no longer had.
  [[nodiscard]] Result<measure::FoldCounts> fold_messages(connect::VisitStream& stream, uint64_t& missing);

  const generation::Site& site_;
  const SiteVisitsOptions options_;
  std::unique_ptr<measure::EngagementStore> store_;
  measure::Dropped dropped_;
  bool was_set_aside_ = false;
};

/// Where a site's visits are kept.
[[nodiscard]] std::string visits_database(const generation::Site& site);

}  // namespace abm::tools
