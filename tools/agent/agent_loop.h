// The agent: keeps a site published. One thread waits for feed, files and signals in one place.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "connect/http/http.h"
#include "connect/sources/merged_feed.h"
#include "connect/sync/feed_sync.h"
#include "connect/sync/state.h"
#include "generation/site.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/standings.h"
#include "tools/agent/inputs_look.h"
#include "tools/agent/live_readings.h"
#include "tools/agent/watcher.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/site_publish.h"

namespace abm::tools {

class Agent {
 public:
  Agent(SiteOptions site, Output& out);
  ~Agent();

  /// Until SIGTERM or SIGINT. An error says why it could not start.
  [[nodiscard]] Result<void> run();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Result<void> take_signals();
  /// Reads site.yaml again. False: errors were reported, and the site stays as it was.
  bool load();
  void reload();
  void wait_and_work();
  void read_signals();
  void files_changed();
  struct Fetch;
  void plan_fetches(bool at_once);
  [[nodiscard]] Fetch* due_fetch(std::chrono::steady_clock::time_point now);
  void start_sync(Fetch& fetch);
  void finish_sync();
  void look();
  // agent_visits.cpp
  void look_at_visits();
  /// Whether visits have changed something since the last publication that can be seen.
  [[nodiscard]] Result<bool> read_visits(std::vector<std::string>& notes);
  [[nodiscard]] Result<bool> shows_otherwise(measure::EngagementStore& store,
                                             const measure::Standings& standings);
  [[nodiscard]] bool signal_waits() const;
  // agent_publish.cpp
  void publish();
  /// Whether the ref names a commit whose rules were not published yet.
  bool commit_moved();
  void rules_refused(const SitePublication& result);
  void rules_published(const SitePublication& result);
  void set_rules_fault(std::string why);
  [[nodiscard]] std::string look_at_rules_too() const;
  void tell_publication(const SitePublication& result, std::chrono::duration<double> took);
  void remember();
  void say(const std::string& text) const;
  /// Reports a fault once, for as long as it lasts.
  void say_fault(std::string& told, const std::string& text) const;

  SiteOptions options_;
  Output& out_;
  std::optional<generation::Site> site_;
  std::optional<Watcher> watcher_;
  Fd signals_;
  std::shared_ptr<connect::HttpLoop> loop_ = std::make_shared<connect::HttpLoop>();
  LiveReadings live_{loop_, [this](const std::string& text) { say(text); }};
  std::unique_ptr<connect::HttpClient> client_;
  std::unique_ptr<connect::FeedSync> sync_;  // after client_, which it borrows
  connect::AgentState state_;
  std::mt19937_64 random_{std::random_device{}()};
  bool stopping_ = false;
  uint64_t publish_failures_ = 0;
  /// A feed that is fetched; one after the other.
  struct Fetch {
    connect::FetchedFeed feed;
    std::optional<Clock::time_point> due;
    uint64_t failures = 0;
    std::string told;
  };
  std::vector<Fetch> fetches_;
  size_t fetching_ = 0;  ///< of fetches_, while sync_ is there
  std::optional<Clock::time_point> publish_due_;
  Clock::time_point publish_no_later_;  ///< however many files are still being saved
  Clock::time_point look_due_;          ///< for what no event tells
  Clock::time_point visits_due_;        ///< where the site has `engagement`
  /// Which visits were judged last, as of which day; none: they are to be, whatever is new.
  struct VisitsJudged {
    measure::Day day = 0;
    uint64_t version = 0;
    bool operator==(const VisitsJudged&) const = default;
  };
  std::optional<VisitsJudged> visits_judged_;
  bool visits_wait_ = false;         ///< they changed something that is to be published
  Clock::time_point refused_until_;  ///< visits alone are no reason to try again before
  std::string looked_;               ///< what the inputs looked like when they were last published
  std::string unsettled_;            ///< what they look like now, if that is something else; "" if it is not
  std::string refused_;              ///< what the inputs looked like when a signal's rules were refused
  std::optional<Served> served_;     ///< after the last publication
  bool signalled_ = false;           ///< with on-signal: the site's rules are to be published
  std::string told_visits_, told_visit_notes_;
  std::string told_publish_, told_watch_, told_state_, told_warnings_, told_rules_, told_hold_,
      told_findings_;
};

}  // namespace abm::tools
