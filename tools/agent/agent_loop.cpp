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
#include "generation/build.h"
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

bool is_url(const generation::Site& site) {
  return generation::feed_copy(site) != site.accounts.from;
}

bool same_source(const generation::AccountsInput& a, const generation::AccountsInput& b) {
  return a.from == b.from && a.verify_key == b.verify_key && a.proxy == b.proxy && a.ca == b.ca &&
         a.timeout_seconds == b.timeout_seconds && a.max_bytes == b.max_bytes;
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
  say(fmt::format("{}: watching {} folder{}; feed {}", path_for_people(site_->file), watcher_->folders(),
                  watcher_->folders() == 1 ? "" : "s",
                  is_url(*site_) ? fmt::format("every {} s", site_->accounts.every_seconds) : "from a file"));
  if (is_url(*site_)) sync_due_ = Clock::now();
  // A feed that was never fetched is not a fault yet: it is on its way.
  std::error_code code;
  if (std::filesystem::exists(generation::feed_copy(*site_), code) || !is_url(*site_))
    publish_due_ = Clock::now();
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
  const bool other_source =
      !site_.has_value() || !same_source(site_->accounts, site->accounts) || site_->data != site->data;
  if (other_source) {
    sync_.reset();
    client_ = std::make_unique<connect::HttpClient>(connect::http_settings(site->accounts));
    sync_due_.reset();
    if (site_.has_value() && is_url(*site)) sync_due_ = Clock::now();
  }
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
    if (is_url(*site_) && sync_ == nullptr) sync_due_ = Clock::now();
    signalled_ = true;
    publish_due_ = Clock::now();
  }
  notify_service_manager("READY=1");
}

void Agent::wait_and_work() {
  auto now = Clock::now();
  if (sync_ == nullptr && sync_due_.has_value() && now >= *sync_due_) start_sync();
  if (publish_due_.has_value() && now >= *publish_due_) {
    publish();
    ::malloc_trim(0);  // a build takes much memory, and the next may be days away
  }
  if (now >= look_due_) look();
  now = Clock::now();
  auto wake = std::min(look_due_, now + kIdle);
  if (sync_ == nullptr && sync_due_.has_value()) wake = std::min(wake, *sync_due_);
  if (publish_due_.has_value()) wake = std::min(wake, *publish_due_);
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

void Agent::start_sync() {
  connect::FeedSyncOptions options;
  options.source = site_->accounts;
  options.data_dir = site_->data;
  sync_ = std::make_unique<connect::FeedSync>(*client_, std::move(options));
  if (sync_->done()) finish_sync();
}

void Agent::finish_sync() {
  using Kind = connect::SyncOutcome::Kind;
  const connect::SyncOutcome outcome = std::move(sync_->outcome());
  sync_.reset();
  const bool good = outcome.kind == Kind::kAccepted || outcome.kind == Kind::kUnchanged;
  sync_failures_ = good ? 0 : sync_failures_ + 1;
  const auto wait = connect::next_attempt_in({.every = seconds(site_->accounts.every_seconds),
                                              .failures = sync_failures_,
                                              .retry_after = outcome.retry_after,
                                              .random = std::uniform_real_distribution<>(0, 1)(random_)});
  sync_due_ = Clock::now() + wait;
  if (outcome.warning.empty()) {
    told_state_.clear();
  } else {
    say_fault(told_state_, outcome.warning);
  }
  if (!good) {
    if (told_sync_ != outcome.message) out_.findings(outcome.findings);
    say_fault(told_sync_, outcome.message);
    return;
  }
  if (outcome.kind == Kind::kAccepted) {
    say(outcome.message);
    publish_due_ = Clock::now();
  } else if (!told_sync_.empty()) {
    say(fmt::format("the feed can be fetched again; {}", outcome.message));
  }
  told_sync_.clear();
}

}  // namespace abm::tools
