// The agent: keeps a site published. One thread waits for feed, files and signals in one place.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/file.h"
#include "connect/http/http.h"
#include "connect/sync/feed_sync.h"
#include "connect/sync/state.h"
#include "generation/site.h"
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
  void start_sync();
  void finish_sync();
  void publish();
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
  std::unique_ptr<connect::HttpClient> client_;
  std::unique_ptr<connect::FeedSync> sync_;  // after client_, which it borrows
  connect::AgentState state_;
  std::mt19937_64 random_{std::random_device{}()};
  bool stopping_ = false;
  uint64_t sync_failures_ = 0;
  uint64_t publish_failures_ = 0;
  std::optional<Clock::time_point> sync_due_;
  std::optional<Clock::time_point> publish_due_;
  Clock::time_point publish_no_later_;  ///< however many files are still being saved
  Clock::time_point look_again_due_;    ///< for folders that were missing
  std::string told_sync_, told_publish_, told_watch_, told_state_, told_warnings_;
};

}  // namespace abm::tools
