// The agent and visits: what is new in them is read every `engagement: every:`, and published when it changes
// something that visitors could see. A new day may change much without a visit.
#include <poll.h>

#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "generation/generation.h"
#include "rules/match/visit_sight.h"
#include "tools/agent/agent_loop.h"
#include "tools/site_standings.h"
#include "tools/site_visits.h"

namespace abm::tools {

bool Agent::signal_waits() const {
  pollfd ready = {signals_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

Result<bool> Agent::read_visits(std::vector<std::string>& notes) {
  SiteVisitsOptions with;
  with.note = [&notes](std::string_view text) { notes.emplace_back(text); };
  with.stop = [this] { return signal_waits(); };
  with.retain = true;
  const auto visits = SiteVisits::open(*site_, std::move(with));
  if (!visits) return visits.error();
  const auto counts = (*visits)->fold();
  if (!counts) return counts.error();
  note_fold(*site_, **visits, counts->unread);
  // Whoever read them: a command may have, since the last look.
  const auto version = (*visits)->store().visits_version();
  if (!version) return version.error();
  const VisitsJudged now{measure::day_of_seconds(::time(nullptr)), *version};
  if (signal_waits() || visits_judged_ == now) return false;
  const auto standings = (*visits)->judge(now.day);
  if (!standings) return standings.error();
  const auto other = shows_otherwise((*visits)->store(), **standings);
  if (!other) return (*visits)->healed(other.error());
  visits_judged_ = now;
  return other;
}

/// Whether a publication would change something that can be seen.
Result<bool> Agent::shows_otherwise(measure::EngagementStore& store, const measure::Standings& standings) {
  const auto last = measure::last_published(store);
  if (!last) return last.error();
  const auto serving = generation::Generation::open(site_->data);
  if (!serving) return true;
  // Rolled back, or killed before it was noted: nobody knows what the accounts that serve say.
  if ((*serving)->number() != last->generation) return true;
  // Numbers that only nginx's variables and the visit log tell are at most a day old.
  const bool is_new_day = standings.today() != last->day;
  rules::VisitSight sight((*serving)->rules());
  for (const accounts::NumberField field : site_->engagement->fresh) sight.show(field);
  const auto changed = measure::changed_since_published(store, standings, is_new_day ? nullptr : &sight);
  if (!changed) return changed.error();
  if (!changed->empty())
    say(fmt::format("visits changed {} account{}", changed->size(), changed->size() == 1 ? "" : "s"));
  return !changed->empty();
}

void Agent::look_at_visits() {
  const auto started = Clock::now();
  std::vector<std::string> notes;
  const auto changed = read_visits(notes);
  visits_due_ = started + std::chrono::seconds(site_->engagement->every_seconds);
  if (changed) {
    if (!told_visits_.empty()) say("visits can be read again");
    told_visits_.clear();
  } else {
    note_no_fold(*site_, changed.message());
    visits_judged_.reset();
    say_fault(told_visits_,
              fmt::format("visits cannot be read: {} (what serves goes on serving)", changed.message()));
  }
  const std::string said = fmt::format("{}", fmt::join(notes, "\n  "));
  if (said.empty()) {
    told_visit_notes_.clear();
  } else {
    say_fault(told_visit_notes_, said);
  }
  visits_wait_ = visits_wait_ || (changed && *changed);
  if (!visits_wait_ || Clock::now() < refused_until_) return;
  visits_wait_ = false;
  if (!publish_due_.has_value()) publish_due_ = Clock::now();
}

}  // namespace abm::tools
