// Where visits are kept for engagement: DATA/engagement.db (schema.sql). Each page load once, told apart by
// its request id, however often and in whatever order lines come; together with the places up to which logs
// were read, so that whatever is killed, the state is that of the lines before those places.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/name_table.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

inline constexpr std::string_view kEngagementFile = "engagement.db";
/// In meta, about what retention has deleted: the days before which there may have been more visits, and more
/// entries of the journal; and before which all is deleted.
inline constexpr std::string_view kVisitsGoneBefore = "visits_gone_before",
                                  kListGoneBefore = "list_gone_before", kDroppedBefore = "dropped_before";

/// A page load of a person. Views are valid during the call.
struct CountedVisit {
  Day day = 0;
  std::string_view account, path;
  std::vector<std::string_view> signals;  ///< names, sorted, each once
  Hash128 request;
  int64_t person = 0;  ///< 0: not known; all such are one person a day
};

class EngagementStore {
 public:
  /// `path` "": temporary. A file that is damaged, or not a database, is set aside as PATH.damaged-1 …, as
  /// much of its journal as can be read is taken over, and `note` says so. A database of another program, or
  /// of a later version, is an error, and not touched. `is_damaged`: it has turned out to be, see damaged().
  [[nodiscard]] static Result<EngagementStore> open(const std::string& path,
                                                    const std::function<void(std::string_view)>& note,
                                                    bool is_damaged = false);

  /// Everything until commit() is seen by others, and survives, as a whole or not at all. After an error, the
  /// store is of no more use: open it again. It is an error if another process has called clear_visits()
  /// since open(): places and numbers of names that were read before are no longer true.
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> commit();
  /// One state of the database until commit(), whatever others write meanwhile.
  [[nodiscard]] Result<void> begin_reading();

  /// From here on, what is stored is seen by this store alone, also after commit(), until end_trial() or the
  /// end of the store forgets it; and what others store is not seen. Nobody waits: what a trial changes, it
  /// changes in copies, the list's journal, meta and stale at once, others as copy_for_trial() is asked to.
  /// Visits can be added, but then others that want to write wait. Not within begin() and commit().
  [[nodiscard]] Result<void> begin_trial();
  [[nodiscard]] Result<void> end_trial();
  /// Before the first change of this table, and before statements are prepared that read it. Nothing but on
  /// trial.
  [[nodiscard]] Result<void> copy_for_trial(std::string_view table);

  /// Into the batch; flush() before commit().
  [[nodiscard]] Result<void> add(const CountedVisit& visit);
  /// What add() has taken is stored. Memory is bounded: called at least every kMostPending visits.
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] bool wants_flush() const noexcept { return pending_.size() >= kMostPending; }
  /// Visits that flush() found to be new, or already there, since the store was opened.
  [[nodiscard]] uint64_t counted() const noexcept { return counted_; }
  [[nodiscard]] uint64_t known() const noexcept { return known_; }

  /// Forgets all visits and places, and keeps the journal. Between begin() and commit(). Every other store
  /// that has this file open refuses to go on, see begin().
  [[nodiscard]] Result<void> clear_visits();

  /// Lines of visits that were read since the database was made, or since clear_visits(). Between begin() and
  /// commit(), so that it is as true as what was read.
  [[nodiscard]] Result<void> count_lines(uint64_t lines);
  [[nodiscard]] Result<uint64_t> lines_read();
  /// Whether all visits there were have been read once, since the database was made or cleared: else it says
  /// too little of accounts.
  [[nodiscard]] Result<bool> was_read();
  [[nodiscard]] Result<void> note_read();
  /// Another number whenever visits have changed, whoever read them.
  [[nodiscard]] Result<uint64_t> visits_version();

  /// The first day of which visits are kept, as of the last begin(): those of days before it are not added.
  [[nodiscard]] Day kept_from() const noexcept { return kept_from_; }
  /// From now on, no visit of a day before `first` is added, by whomever: what was deleted does not come
  /// back. It never goes back, but with clear_visits(). Between begin() and commit().
  [[nodiscard]] Result<void> keep_from(Day first);
  /// Names were deleted: whoever remembers numbers of names forgets them at the next begin(). Between begin()
  /// and commit(), as the next one.
  [[nodiscard]] Result<void> note_names_gone();
  /// Visits were deleted that others may have judged by.
  [[nodiscard]] Result<void> note_visits_gone();

  /// A value of `meta`; "" if there is none.
  [[nodiscard]] Result<std::string> meta(std::string_view name);
  [[nodiscard]] Result<void> set_meta(std::string_view name, std::string_view value);
  /// The same as a number; 0 if there is none.
  [[nodiscard]] Result<uint64_t> meta_number(std::string_view name);

  [[nodiscard]] Database& database() noexcept { return database_; }
  [[nodiscard]] NameTable& pages() noexcept { return pages_; }
  /// SQLite has found the file to be damaged: close it, and open() it again as such.
  [[nodiscard]] bool damaged() const noexcept { return database_.damaged(); }

 private:
  static constexpr size_t kMostPending = 1u << 17;
  struct Pending {
    Day day = 0;
    int64_t account = 0;
    Hash128 request;
    int64_t person = 0, page = 0, signals = 0;
  };

  explicit EngagementStore(Database database) : database_(std::move(database)) {}
  [[nodiscard]] static Result<EngagementStore> open_sound(const std::string& path, bool& damaged);
  [[nodiscard]] Result<void> set_up();
  [[nodiscard]] Result<void> make_tables();
  [[nodiscard]] Result<void> use_wal();
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> forget_names();
  [[nodiscard]] Result<void> see_retention();
  [[nodiscard]] Result<void> raise_meta(std::string_view name, uint64_t by);
  [[nodiscard]] Result<bool> store(const Pending& visit);
  [[nodiscard]] Result<bool> settle(const Pending& visit);
  [[nodiscard]] Result<bool> goes_before(const Pending& visit, int64_t person, int64_t page, int64_t signals);

  Database database_;
  NameTable accounts_, pages_, signal_sets_;
  Statement insert_visit_, find_visit_, replace_visit_, mark_stale_;
  std::vector<Pending> pending_;
  std::string signals_text_;
  uint64_t counted_ = 0, known_ = 0;
  uint64_t clearings_ = 0;   ///< how often visits had been cleared when names were last forgotten
  uint64_t names_gone_ = 0;  ///< how often names had been deleted at the last begin()
  Day kept_from_ = 0;
  bool on_trial_ = false;
};

}  // namespace abm::measure
