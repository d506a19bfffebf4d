// The agent and visits: what is new in them is read every `engagement: every:`, and published when it changes
// something that visitors could see. A new day may change much without a visit.
#include <poll.h>

#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "generation/generation.h"
#include "tools/agent/agent_loop.h"
#include "tools/site_standings.h"
#include "tools/site_visits.h"

namespace abm::tools {
namespace {

/// Of the generation that serves; empty, which means all, if it cannot be opened. What pages and the log tell
/// of an account's place counts in any case.
std::vector<std::string> fields_that_count(const std::string& data_dir) {
  const auto serving = generation::Generation::open(data_dir);
  if (!serving) return {};
  std::vector<std::string> fields = {"stage", "tier", "play"};
  for (const std::string_view field : (*serving)->rules().seen_fields()) fields.emplace_back(field);
  return fields;
}

}  // namespace

bool Agent::signal_waits() const {
  pollfd ready = {signals_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

Result<size_t> Agent::read_visits(std::vector<std::string>& notes) {
  SiteVisitsOptions with;
  with.note = [&notes](std::string_view text) { notes.emplace_back(text); };
  with.stop = [this] { return signal_waits(); };
  const auto visits = SiteVisits::open(*site_, std::move(with));
  if (!visits) return visits.error();
  const auto counts = (*visits)->fold();
  if (!counts) return counts.error();
  note_fold(*site_, visits->get(), {});
  const measure::Day today = measure::day_of_seconds(::time(nullptr));
  if (signal_waits() || (counts->counted == 0 && visits_judged_ == today)) return size_t{0};
  const auto standings = (*visits)->judge(today);
  if (!standings) return standings.error();
  const auto changed =
      measure::changed_since_published((*visits)->store(), **standings, fields_that_count(site_->data));
  if (!changed) return changed.error();
  visits_judged_ = today;
  return changed->size();
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
    note_fold(*site_, nullptr, changed.message());
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
  if (!changed || *changed == 0) return;
  say(fmt::format("visits changed {} account{}", *changed, *changed == 1 ? "" : "s"));
  if (!publish_due_.has_value()) publish_due_ = Clock::now();
}

}  // namespace abm::tools
