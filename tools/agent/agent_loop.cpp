#include "tools/agent/agent_loop.h"

#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "connect/http/backoff.h"
#include "connect/sources/live_sources.h"
#include "tools/agent/service_notify.h"

namespace abm::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A save is often several events, and several files are often saved at once: one publication for all of them.
constexpr milliseconds kQuiet{80};
constexpr milliseconds kLongestWait{400};
// What is being written looks different a moment later.
constexpr seconds kSettles{1};
constexpr seconds kIdle{3600};

int64_t unix_now() {
  return static_cast<int64_t>(::time(nullptr));
}

bool same_fetch(const connect::FetchedFeed& one, const connect::FetchedFeed& other) {
  const generation::AccountsInput &a = one.source, &b = other.source;
  return one.data_dir == other.data_dir && a.from == b.from && a.verify_key == b.verify_key &&
         a.proxy == b.proxy && a.ca == b.ca && a.timeout_seconds == b.timeout_seconds &&
         a.max_bytes == b.max_bytes;
}

/// Whether the accounts can be built: all that is fetched or asked for has been, once.
bool has_feeds(const generation::Site& site) {
  const auto& sources = site.accounts.merge.sources;
  if (std::any_of(sources.begin(), sources.end(), [](const generation::AccountSource& source) {
        return source.live.has_value() && !connect::why_no_table(source).empty();
      }))
    return false;
  const auto feeds = connect::feeds_to_fetch(site);
  return std::all_of(feeds.begin(), feeds.end(), [](const connect::FetchedFeed& feed) {
    std::error_code code;
    return std::filesystem::exists(feed.copy(), code);
  });
}

/// "feed every 30 s", "feed from a file", "3 sources, 1 fetched every 30 s, 1 live".
std::string feed_text(const generation::Site& site) {
  const size_t fetched = connect::feeds_to_fetch(site).size(), sources = site.accounts.merge.sources.size();
  if (sources == 0)
    return fetched == 0 ? "feed from a file" : fmt::format("feed every {} s", site.accounts.every_seconds);
  std::string text = fmt::format("accounts of {} source{}", sources, sources == 1 ? "" : "s");
  if (fetched != 0) text += fmt::format(", {} fetched every {} s", fetched, site.accounts.every_seconds);
  const auto live = std::count_if(site.accounts.merge.sources.begin(), site.accounts.merge.sources.end(),
                                  [](const auto& source) { return source.live.has_value(); });
  if (live != 0) text += fmt::format(", {} live", live);
  return text;
}

}  // namespace

Agent::Agent(SiteOptions site, Output& out) : options_(std::move(site)), out_(out) {}
Agent::~Agent() = default;

void Agent::say(const std::string& text) const {
  out_.note(fmt::format("abmctl agent: {}", text));
}

void Agent::say_fault(std::string& told, const std::string& text) const {
  if (told == text) return;
  told = text;
  say(text);
}

Result<void> Agent::take_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error("sigprocmask", errno);
  signals_ = Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_.valid()) return errno_error("signalfd", errno);
  std::signal(SIGPIPE, SIG_IGN);
  return {};
}

Result<void> Agent::run() {
  if (auto taken = take_signals(); !taken) return taken;
  auto watcher = Watcher::create();
  if (!watcher) return watcher.error();
  watcher_.emplace(std::move(*watcher));
  if (!load()) return Error{"not started: site.yaml cannot be used"};
  state_.started_at = unix_now();
  if (const auto before = connect::read_agent_state(site_->data); before && before->has_value()) {
    state_ = **before;
    state_.started_at = unix_now();
  }
  say(fmt::format("{}: watching {} folder{}; {}", path_for_people(site_->file), watcher_->folders(),
                  watcher_->folders() == 1 ? "" : "s", feed_text(*site_)));
  plan_fetches(true);
  // A feed that was never fetched is not a fault yet: it is on its way.
  if (has_feeds(*site_)) publish_due_ = Clock::now();
  notify_service_manager("READY=1");
  while (!stopping_) wait_and_work();
  notify_service_manager("STOPPING=1");
  sync_.reset();
  say("stopped");
  return {};
}

bool Agent::load() {
  Diagnostics diagnostics;
  auto site = load_site(options_, diagnostics);
  if (!site.has_value()) {
    out_.findings(diagnostics);
    if (site_.has_value()) say("site.yaml cannot be used: the site stays as it was");
    return false;
  }
  const auto feeds = connect::feeds_to_fetch(*site);
  const bool other_source =
      !site_.has_value() || site_->data != site->data ||
      !std::equal(feeds.begin(), feeds.end(), fetches_.begin(), fetches_.end(),
                  [](const connect::FetchedFeed& a, const Fetch& b) { return same_fetch(a, b.feed); });
  if (other_source) {
    sync_.reset();
    client_ = std::make_unique<connect::HttpClient>(connect::http_settings(site->accounts), loop_);
    fetches_.clear();
    for (const connect::FetchedFeed& feed : feeds)
      fetches_.push_back({.feed = feed, .due = {}, .failures = 0, .told = {}});
    if (site_.has_value()) plan_fetches(true);
  }
  for (size_t i = 0; i < fetches_.size(); ++i) fetches_[i].feed = feeds[i];
  live_.set(site->data, connect::live_sources(*site));
  site_ = std::move(site);
  std::string missing;
  for (const std::string& folder : watcher_->watch(watch_list(*site_)))
    missing += fmt::format("\n  {}", folder);
  if (missing.empty()) {
    told_watch_.clear();
  } else {
    say_fault(told_watch_, fmt::format("not watched, for now:{}", missing));
  }
  look_due_ = Clock::now() + seconds(site_->agent.look_seconds);
  return true;
}

void Agent::reload() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify_service_manager(
      fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
  if (load()) {
    say("site.yaml read again");
    plan_fetches(false);
    live_.read_now();
    visits_due_ = {};
    signalled_ = true;
    publish_due_ = Clock::now();
  }
  notify_service_manager("READY=1");
}

void Agent::wait_and_work() {
  auto now = Clock::now();
  if (Fetch* const fetch = sync_ == nullptr ? due_fetch(now) : nullptr; fetch != nullptr) start_sync(*fetch);
  if (site_->engagement.has_value() && now >= visits_due_ && has_feeds(*site_)) {
    look_at_visits();
    // Reading them may take minutes, and a publication would read the rest.
    if (signal_waits()) read_signals();
    if (stopping_) return;
    now = Clock::now();
  }
  if (publish_due_.has_value() && now >= *publish_due_) {
    publish();
    ::malloc_trim(0);  // a build takes much memory, and the next may be days away
  }
  if (now >= look_due_) look();
  // Where there are several, all of them must have been read once.
  if (live_.work() && has_feeds(*site_)) files_changed();
  now = Clock::now();
  auto wake = std::min(look_due_, now + kIdle);
  for (const Fetch& fetch : fetches_) {
    if (sync_ == nullptr && fetch.due.has_value()) wake = std::min(wake, *fetch.due);
  }
  if (publish_due_.has_value()) wake = std::min(wake, *publish_due_);
  if (site_->engagement.has_value() && has_feeds(*site_)) wake = std::min(wake, visits_due_);
  if (const auto live = live_.wake_at(); live.has_value()) wake = std::min(wake, *live);
  const auto timeout = std::max(milliseconds(0), std::chrono::ceil<milliseconds>(wake - now));
  std::array<pollfd, 2> others = {{{signals_.get(), POLLIN, 0}, {watcher_->fd(), POLLIN, 0}}};
  client_->poll(others, timeout);
  if (sync_ != nullptr) {
    sync_->advance();
    if (sync_->done()) finish_sync();
  }
  if (others[0].revents != 0) read_signals();
  if (others[1].revents != 0 && watcher_->read_events()) files_changed();
}

void Agent::read_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGHUP) {
      reload();
    } else {
      stopping_ = true;
    }
  }
}

/// Events do not tell of everything: network file systems, mounts, permissions, folders above that cannot be
/// watched, a file that its writer keeps open.
void Agent::look() {
  look_due_ = Clock::now() + seconds(site_->agent.look_seconds);
  (void)watcher_->retry();
  std::string now = look_at_inputs(*site_);
  if (now == looked_) {
    unsettled_.clear();
  } else if (now == unsettled_) {
    unsettled_.clear();
    if (!publish_due_.has_value()) files_changed();
  } else {
    unsettled_ = std::move(now);
    look_due_ = std::min(look_due_, Clock::now() + kSettles);
  }
  // Rules that a signal was to publish and that were refused may have been put right.
  if (site_->agent.publish == generation::AgentInput::Publish::kOnSignal && !state_.rules_fault.empty()) {
    if (std::string rules = look_at_rules_too(); rules != refused_) {
      refused_ = std::move(rules);
      if (!publish_due_.has_value()) files_changed();
    }
  }
  // Somebody else published or rolled back: what was refused then may be accepted now.
  const bool faulty = !state_.fault.empty() || !state_.rules_fault.empty();
  if (!faulty || publish_due_.has_value() || look_at_data(site_->data) == served_) return;
  if (site_->agent.publish == generation::AgentInput::Publish::kOnSignal) set_rules_fault({});
  files_changed();
}

void Agent::files_changed() {
  const auto now = Clock::now();
  if (!publish_due_.has_value() || publish_failures_ != 0) publish_no_later_ = now + kLongestWait;
  publish_due_ = std::min(now + kQuiet, publish_no_later_);
}

/// All now; but the one that is being fetched, unless `at_once`, when there is none.
void Agent::plan_fetches(bool at_once) {
  for (size_t i = 0; i < fetches_.size(); ++i) {
    if (at_once || sync_ == nullptr || i != fetching_) fetches_[i].due = Clock::now();
  }
}

/// The one that has been due for longest.
Agent::Fetch* Agent::due_fetch(Clock::time_point now) {
  Fetch* first = nullptr;
  for (Fetch& fetch : fetches_) {
    if (fetch.due.has_value() && *fetch.due <= now && (first == nullptr || *fetch.due < *first->due))
      first = &fetch;
  }
  return first;
}

void Agent::start_sync(Fetch& fetch) {
  fetching_ = static_cast<size_t>(&fetch - fetches_.data());
  connect::FeedSyncOptions options;
  options.source = fetch.feed.source;
  options.data_dir = fetch.feed.data_dir;
  sync_ = std::make_unique<connect::FeedSync>(*client_, std::move(options));
  if (sync_->done()) finish_sync();
}

void Agent::finish_sync() {
  using Kind = connect::SyncOutcome::Kind;
  const connect::SyncOutcome outcome = std::move(sync_->outcome());
  sync_.reset();
  const bool good = outcome.kind == Kind::kAccepted || outcome.kind == Kind::kUnchanged;
  Fetch& fetch = fetches_[fetching_];
  fetch.failures = good ? 0 : fetch.failures + 1;
  const auto wait = connect::next_attempt_in({.every = seconds(fetch.feed.source.every_seconds),
                                              .failures = fetch.failures,
                                              .retry_after = outcome.retry_after,
                                              .random = std::uniform_real_distribution<>(0, 1)(random_)});
  fetch.due = Clock::now() + wait;
  if (outcome.warning.empty()) {
    told_state_.clear();
  } else {
    say_fault(told_state_, outcome.warning);
  }
  if (!good) {
    if (fetch.told != outcome.message) out_.findings(outcome.findings);
    say_fault(fetch.told, outcome.message);
    return;
  }
  if (outcome.kind == Kind::kAccepted) {
    say(outcome.message);
    // Where there are several, all of them must have been fetched once.
    if (has_feeds(*site_)) publish_due_ = Clock::now();
  } else if (!fetch.told.empty()) {
    say(fmt::format("the feed can be fetched again; {}", outcome.message));
  }
  fetch.told.clear();
}

}  // namespace abm::tools
