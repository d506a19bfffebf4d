#include "tools/site_standings.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "connect/sync/state.h"
#include "measure/engagement/day_figures.h"
#include "measure/engagement/points.h"

namespace abm::tools {
namespace {

measure::Day this_day() {
  return measure::day_of_seconds(::time(nullptr));
}

template <typename Change>
void change_state(const generation::Site& site, const Change& change) {
  connect::VisitsState state;
  if (auto before = connect::read_visits_state(site.data); before && before->has_value())
    state = std::move(**before);
  change(state, static_cast<int64_t>(::time(nullptr)));
  std::error_code code;
  // A status that cannot be written is no reason not to publish.
  if (std::filesystem::exists(site.data, code)) (void)connect::write_visits_state(site.data, state);
}

}  // namespace

/// On trial: a list that is refused leaves no trace. A draft with other points counts all days on trial, too.
Result<void> SiteStandings::judge_list() {
  measure::EngagementStore& store = visits_->store();
  const measure::PointTable points(*site_.engagement);
  const auto same = measure::counted_with(store, points);
  if (!same) return visits_->healed(same.error());
  if (options_.keep || *same) {
    if (auto done = measure::refresh_days(store, points, {}); !done) return visits_->healed(done.error());
  }
  if (auto begun = store.begin_trial(); !begun) return visits_->healed(begun.error());
  const measure::Day today = this_day();
  if (const auto noted = visits_->record(list_, today); !noted) return noted.error();
  auto standings = visits_->judge(today);
  if (!standings) return standings.error();
  standings_ = std::move(*standings);
  return store.end_trial();
}

Result<void> SiteStandings::judge(bool fold, bool temporary) {
  SiteVisitsOptions with;
  with.note = [this](std::string_view text) { notes_.emplace_back(text); };
  with.progress = options_.progress;
  with.temporary = temporary;
  with.retain = options_.keep;
  auto visits = SiteVisits::open(site_, std::move(with));
  if (!visits) return visits.error();
  visits_ = std::move(*visits);
  if (fold) {
    const auto counts = visits_->fold();
    if (!counts) return counts.error();
    if (options_.keep) note_fold(site_, *visits_, counts->unread);
  } else {
    const auto read = visits_->store().was_read();
    if (!read) return read.error();
    if (!*read) return Error{"not all of them have been read since their database was made"};
  }
  return judge_list();
}

std::unique_ptr<SiteStandings> SiteStandings::make(const generation::Site& site,
                                                   const StandingsOptions& options,
                                                   Diagnostics& diagnostics) {
  std::unique_ptr<SiteStandings> made(new SiteStandings(site, options));
  auto list = read_list(site, options.feed, options.feed_name);
  if (!list) return nullptr;
  made->list_ = std::move(*list);
  std::error_code code;
  const bool temporary = !options.keep && !std::filesystem::exists(visits_database(site), code);
  std::vector<std::string>& notes = made->notes_;
  auto done = made->judge(true, temporary);
  if (!done && made->visits_ != nullptr && made->visits_->was_set_aside())
    done = made->judge(true, temporary);
  if (!done) {
    const std::string fault = fmt::format("visits cannot be read: {}", done.message());
    if (options.keep) note_no_fold(site, done.message());
    done = made->judge(false, temporary);
    notes.push_back(done ? fault + "; those that were read before count" : fault);
  }
  std::sort(notes.begin(), notes.end());
  notes.erase(std::unique(notes.begin(), notes.end()), notes.end());
  for (std::string& note : notes) diagnostics.warning(site.file, site.engagement->at, {}, std::move(note));
  if (done) return made;
  const std::string what = fmt::format("what visits made of accounts is not known: {}", done.message());
  if (options.keep) {
    diagnostics.error(site.file, site.engagement->at, what);
  } else {
    diagnostics.warning(site.file, site.engagement->at, {},
                        what + "; accounts are as the list says them here");
  }
  return nullptr;
}

Result<void> SiteStandings::remember(uint64_t generation) {
  if (auto noted = visits_->record(std::move(list_), standings_->today()); !noted) return noted.error();
  list_.clear();
  if (auto noted = measure::note_published(visits_->store(), *standings_, generation); !noted)
    return visits_->healed(noted.error());
  return {};
}

void note_fold(const generation::Site& site, SiteVisits& visits, const std::string& unread) {
  change_state(site, [&](connect::VisitsState& state, int64_t now) {
    if (const auto lines = visits.store().lines_read(); lines) state.lines = *lines;
    state.unread = unread;
    state.attempts.succeeded(now);
  });
}

void note_no_fold(const generation::Site& site, const std::string& fault) {
  change_state(site, [&](connect::VisitsState& state, int64_t now) { state.attempts.failed(now, fault); });
}

}  // namespace abm::tools
