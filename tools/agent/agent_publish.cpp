// What the agent publishes, and what it says about it.
//
//   publish: on-change    everything, whenever a file changes
//            on-signal    on SIGHUP everything, else accounts and networks with the rules that serve
//            on-commit    when the ref moves everything, else accounts and networks with the rules that serve
//
// Rules that are refused do not keep a feed waiting in the last two. A rollback comes before all three.
#include <algorithm>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "tools/agent/agent_loop.h"
#include "tools/agent/service_notify.h"
#include "tools/git_repository.h"

namespace abm::tools {
namespace {

using std::chrono::seconds;
using When = generation::AgentInput::Publish;

constexpr seconds kFirstRetry{1};
constexpr seconds kLastRetry{60};
// Of an error in what was built, visits are seldom the cure: whoever corrects it is seen at once.
constexpr seconds kRefusedPause{300};

int64_t seconds_now() {
  return static_cast<int64_t>(::time(nullptr));
}

}  // namespace

void Agent::publish() {
  publish_due_.reset();
  visits_wait_ = false;
  const auto started = Clock::now();
  Diagnostics diagnostics;
  // Before anything is read, so that a change while it is being read is seen at the next look.
  looked_ = look_at_inputs(*site_);
  // The site may have changed with its files, and the agent must publish what `abmctl publish` would.
  if (!load()) {
    state_.fault = fmt::format("{}: cannot be used", path_for_people(site_->file));
    state_.refused_at = seconds_now();
    state_.errors = 1;
    remember();
    return;
  }
  looked_ = look_at_inputs(*site_);
  const When when = site_->agent.publish;
  SitePublishOptions options;
  options.rules.keep =
      (when == When::kOnSignal && !signalled_) || (when == When::kOnCommit && !commit_moved());
  if (when == When::kOnSignal && options.rules.keep && !state_.rules_fault.empty()) {
    // Perhaps they have been put right since: then only the signal is missing.
    SitePublishOptions attempt;
    attempt.dry_run = true;
    if (publish_site(*site_, attempt, diagnostics).kind == SitePublication::Kind::kPublished)
      set_rules_fault({});
  }
  SitePublication result = publish_site(*site_, options, diagnostics);
  if (when != When::kOnChange && !options.rules.keep) {
    if (result.kind == SitePublication::Kind::kPublished) {
      rules_published(result);
    } else if (result.kind == SitePublication::Kind::kRefused && result.current.has_value()) {
      rules_refused(result);
      options.rules.keep = true;
      result = publish_site(*site_, options, diagnostics);
    }
  }
  if (when == When::kOnChange && result.kind == SitePublication::Kind::kPublished) {
    set_rules_fault({});
    if (!result.hold.has_value()) state_.commit.clear();
  }
  const bool refused = result.kind == SitePublication::Kind::kRefused;
  refused_until_ = refused ? Clock::now() + kRefusedPause : Clock::time_point();
  tell_publication(result, Clock::now() - started);
  if (result.kind == SitePublication::Kind::kFailed) {
    // A full disk or another publisher: nothing signals when either is gone.
    const auto wait =
        std::min<seconds>(kLastRetry, kFirstRetry * (int64_t{1} << std::min<uint64_t>(publish_failures_, 6)));
    ++publish_failures_;
    publish_due_ = Clock::now() + wait;
  } else {
    publish_failures_ = 0;
  }
  served_ = look_at_data(site_->data);
  remember();
}

bool Agent::commit_moved() {
  const auto repository = find_repository(*site_);
  const auto commit =
      repository ? resolve_ref(*repository, site_->agent.ref) : Result<RefCommit>(repository.error());
  if (!commit) {
    set_rules_fault(commit.message());
    return false;
  }
  if (commit->id != state_.commit) return true;
  set_rules_fault({});
  return false;
}

void Agent::set_rules_fault(std::string why) {
  if (why.empty()) {
    if (!state_.rules_fault.empty()) say("nothing is wrong with the rules any more");
    state_.rules_refused_at = 0;
    told_rules_.clear();
    told_findings_.clear();
  } else {
    if (why != state_.rules_fault) state_.rules_refused_at = seconds_now();
    say_fault(told_rules_, fmt::format("rules not published: {} (those that serve stay)", why));
  }
  state_.rules_fault = std::move(why);
}

/// Of all inputs, although changed rules alone publish nothing.
std::string Agent::look_at_rules_too() const {
  generation::Site site = *site_;
  site.agent.publish = When::kOnChange;
  return look_at_inputs(site);
}

void Agent::rules_refused(const SitePublication& result) {
  signalled_ = false;
  refused_ = look_at_rules_too();
  const std::string findings = result.findings.format();
  if (told_findings_ != findings) out_.findings(result.findings);
  told_findings_ = findings;
  set_rules_fault(result.findings.first_error());
}

void Agent::rules_published(const SitePublication& result) {
  signalled_ = false;
  if (result.hold.has_value()) return;
  if (!result.commit.empty() && result.commit != state_.commit)
    say(fmt::format("rules of commit {} ({})", result.commit.substr(0, 12), site_->agent.ref));
  state_.commit = result.commit;
  set_rules_fault({});
}

void Agent::tell_publication(const SitePublication& result, std::chrono::duration<double> took) {
  using Kind = SitePublication::Kind;
  if (result.kind == Kind::kPublished) {
    const bool mended = !state_.fault.empty();
    state_.fault.clear();
    state_.errors = 0;
    state_.refused_at = 0;
    state_.generation = result.published.number;
    told_publish_.clear();
    const std::string warnings = result.findings.format();
    if (warnings != told_warnings_) out_.findings(result.findings);
    told_warnings_ = warnings;
    for (const std::string& warning : result.published.warnings) say(warning);
    if (result.hold.has_value()) {
      say_fault(told_hold_,
                fmt::format("rules are {}: {}", to_text(*result.hold), generation::kUntilResumed));
    } else {
      told_hold_.clear();
    }
    if (result.published.changed) {
      state_.published_at = seconds_now();
      say(fmt::format("published generation {} ({:.2f} s)", result.published.number, took.count()));
    } else if (mended) {
      say(fmt::format("nothing is wrong any more: generation {} is up to date", result.published.number));
    }
    notify_service_manager(
        fmt::format("STATUS=generation {} serves{}{}", result.published.number,
                    result.hold.has_value() ? ", rules are held" : "",
                    state_.rules_fault.empty() ? "" : ", rules not published: " + state_.rules_fault));
    return;
  }
  state_.refused_at = seconds_now();
  state_.errors = result.findings.errors();
  state_.fault = result.kind == Kind::kRefused ? result.findings.first_error() : result.failure;
  const std::string text = result.kind == Kind::kRefused
                               ? fmt::format("not published: {} error{} {}", state_.errors,
                                             state_.errors == 1 ? "" : "s", result.serving())
                               : fmt::format("not published: {} {}", result.failure, result.serving());
  const std::string findings = result.findings.format();
  if (told_publish_ != findings + text) {
    out_.findings(result.findings);
    say(text);
  }
  told_publish_ = findings + text;
  notify_service_manager(fmt::format("STATUS=not published: {}", state_.fault));
}

void Agent::remember() {
  std::error_code code;
  if (!std::filesystem::exists(site_->data, code)) return;
  if (auto written = connect::write_agent_state(site_->data, state_); written) {
    told_state_.clear();
  } else {
    say_fault(told_state_, written.message());
  }
}

}  // namespace abm::tools
