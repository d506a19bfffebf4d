// abmctl sync: brings the account feed and live sources up to date, once; or with --mirror a whole data
// folder.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "connect/live/live_sync.h"
#include "connect/sources/live_sources.h"
#include "connect/sources/merged_feed.h"
#include "connect/sync/feed_sync.h"
#include "connect/sync/mirror.h"
#include "tools/command.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct SyncOptions {
  SiteOptions site;
  std::string mirror;
  std::string source;
  std::string verify_key;
  std::string proxy;
  std::string ca;
  uint32_t timeout = 0;  // seconds
  uint32_t keep = 0;
  uint32_t keep_days = 0;
  bool allow_rollback = false;
  bool resume = false;
  bool allow_older = false;
  bool allow_other_tenant = false;
  bool allow_shrink = false;
  bool whole = false;
  bool json = false;
};

/// Of a feed or a mirror: `refused` is a problem of the source, `failed` one of this machine.
template <typename Kind>
Status status_of(Kind kind) {
  return kind == Kind::kRefused  ? Status::kProblems
         : kind == Kind::kFailed ? Status::kCouldNotRun
                                 : Status::kOk;
}

void override_source(const SyncOptions& options, generation::AccountsInput& source) {
  if (!options.verify_key.empty()) source.verify_key = options.verify_key;
  if (!options.proxy.empty()) source.proxy = options.proxy;
  if (!options.ca.empty()) source.ca = options.ca;
  if (options.timeout != 0) source.timeout_seconds = options.timeout;
}

Status sync_feed(const SyncOptions& options, connect::FetchedFeed feed, Output& out) {
  connect::FeedSyncOptions sync_options;
  override_source(options, feed.source);
  sync_options.source = feed.source;
  sync_options.data_dir = feed.data_dir;
  sync_options.allow_older = options.allow_older;
  sync_options.allow_other_tenant = options.allow_other_tenant;
  sync_options.allow_shrink = options.allow_shrink;
  sync_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  connect::HttpClient client(connect::http_settings(feed.source));
  const connect::SyncOutcome outcome = connect::FeedSync::run(client, std::move(sync_options));
  const Status status = status_of(outcome.kind);
  out.findings(outcome.findings);
  if (!outcome.warning.empty()) out.note(fmt::format("abmctl: {}", outcome.warning));
  if (status != Status::kOk) {
    out.note(fmt::format("abmctl: {}", outcome.message));
  } else if (!options.json) {
    out.line(outcome.message);
  }
  if (options.json) {
    using Kind = connect::SyncOutcome::Kind;
    const auto& accepted = outcome.state.accepted;
    std::string text;
    Json json(text);
    json.begin_object().key("result").string(outcome.kind == Kind::kAccepted    ? "accepted"
                                             : outcome.kind == Kind::kUnchanged ? "unchanged"
                                             : outcome.kind == Kind::kRefused   ? "refused"
                                                                                : "failed");
    json.key("message").string(outcome.message).key("feed_version");
    accepted.has_value() ? json.number(accepted->version) : json.null();
    json.key("accounts");
    accepted.has_value() ? json.number(accepted->accounts) : json.null();
    json.key("findings");
    write_findings(json, outcome.findings);
    json.end_object();
    out.line(text);
  }
  return status;
}

void write_live_json(const connect::LiveOutcome& outcome, const std::string& name, const Output& out) {
  using Kind = connect::LiveOutcome::Kind;
  std::string text;
  Json json(text);
  json.begin_object().key("result").string(outcome.kind == Kind::kChanged     ? "accepted"
                                           : outcome.kind == Kind::kUnchanged ? "unchanged"
                                           : outcome.kind == Kind::kRefused   ? "refused"
                                                                              : "failed");
  json.key("message").string(outcome.message).key("source").string(name);
  json.key("rows").number(outcome.state.rows).key("note").string_or_null(outcome.state.note);
  json.key("requests_used").number(outcome.state.usage.used);
  json.key("requests_allowed").number(outcome.state.usage.total);
  json.key("feed_version").null().key("accounts").null().key("findings").begin_array().end_array();
  json.end_object();
  out.line(text);
}

Status sync_live(const SyncOptions& options, connect::LiveSettings settings, const std::string& data_dir,
                 Output& out) {
  if (!options.proxy.empty()) settings.proxy = options.proxy;
  if (!options.ca.empty()) settings.ca = options.ca;
  if (options.timeout != 0) settings.timeout_seconds = options.timeout;
  connect::HttpClient client(connect::http_settings(settings));
  connect::LiveOptions live;
  live.settings = settings;
  live.data_dir = data_dir;
  live.whole = options.whole;
  live.allow_shrink = options.allow_shrink;
  live.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  const connect::LiveOutcome outcome = connect::LiveSync::run(client, std::move(live));
  const Status status = status_of(outcome.kind);
  if (!outcome.warning.empty()) out.note(fmt::format("abmctl: {}", outcome.warning));
  if (status != Status::kOk) {
    out.note(fmt::format("abmctl: {}", outcome.message));
  } else {
    if (!options.json) out.line(outcome.message);
    if (!outcome.state.note.empty())
      out.note(fmt::format("abmctl: {}: {}", settings.name, outcome.state.note));
  }
  if (options.json) write_live_json(outcome, settings.name, out);
  return status;
}

/// The one that --source names.
Status sync_one(const SyncOptions& options, const generation::Site& site, Output& out) {
  std::vector<std::string> names;
  for (connect::LiveSettings& settings : connect::live_sources(site)) {
    if (settings.name == options.source) return sync_live(options, std::move(settings), site.data, out);
    names.push_back(settings.name);
  }
  if (names.empty())
    return out.failure(fmt::format("--source {}: {} has no live sources", options.source, site.file));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string near = did_you_mean(options.source, known);
  return out.failure(
      fmt::format("--source {}: no live source has this name{}", options.source,
                  near.empty() ? fmt::format(": there are {}", fmt::join(names, ", ")) : near));
}

/// The feed of a site, or what among its sources is not a file.
Status sync_feeds(const SyncOptions& options, const generation::Site& site, Output& out) {
  std::vector<connect::FetchedFeed> feeds = connect::feeds_to_fetch(site);
  std::vector<connect::LiveSettings> lives = connect::live_sources(site);
  if (feeds.empty() && lives.empty() && site.accounts.merge.sources.empty())
    feeds.push_back({site.accounts, site.data});
  if (feeds.empty() && lives.empty()) {
    const std::string nothing =
        "nothing to fetch: all sources are files, which publishing reads where they are";
    out.line(options.json ? R"({"result":"unchanged","message":")" + nothing +
                                R"(","feed_version":null,"accounts":null,"findings":[]})"
                          : nothing);
    return Status::kOk;
  }
  Status worst = Status::kOk;
  for (connect::FetchedFeed& feed : feeds) worst = std::max(worst, sync_feed(options, std::move(feed), out));
  for (connect::LiveSettings& settings : lives)
    worst = std::max(worst, sync_live(options, std::move(settings), site.data, out));
  return worst;
}

void write_mirror_json(const connect::MirrorOutcome& outcome, const Output& out) {
  using Kind = connect::MirrorOutcome::Kind;
  std::string text;
  Json json(text);
  json.begin_object().key("result").string(outcome.kind == Kind::kAdopted     ? "adopted"
                                           : outcome.kind == Kind::kUnchanged ? "unchanged"
                                           : outcome.kind == Kind::kHeld      ? "held"
                                           : outcome.kind == Kind::kRefused   ? "refused"
                                                                              : "failed");
  json.key("message").string(outcome.message).key("generation");
  outcome.generation == 0 ? json.null() : json.number(outcome.generation);
  const auto list = [&json](std::string_view key, const std::vector<std::string>& names) {
    json.key(key).begin_array();
    for (const std::string& name : names) json.string(name);
    json.end_array();
  };
  list("fetched", outcome.fetched);
  list("linked", outcome.linked);
  json.key("bytes").number(outcome.received);
  list("warnings", outcome.warnings);
  json.end_object();
  out.line(text);
}

Status sync_mirror(const SyncOptions& options, connect::MirrorOptions mirror_options,
                   generation::AccountsInput source, Output& out) {
  override_source(options, source);
  mirror_options.url = options.mirror;
  mirror_options.verify_key = source.verify_key;
  mirror_options.allow_rollback = options.allow_rollback;
  mirror_options.resume = options.resume;
  if (options.keep != 0) mirror_options.keep.count = options.keep;
  if (options.keep_days != 0) mirror_options.keep.days = options.keep_days;
  mirror_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  connect::HttpClient client(connect::http_settings(source));
  const connect::MirrorOutcome outcome = connect::mirror(client, mirror_options);
  const Status status = status_of(outcome.kind);
  for (const std::string& warning : outcome.warnings) out.note(fmt::format("abmctl: {}", warning));
  if (status != Status::kOk) {
    out.note(fmt::format("abmctl: {}", outcome.message));
  } else if (!options.json) {
    out.line(outcome.message);
  }
  if (options.json) write_mirror_json(outcome, out);
  return status;
}

Status run(const SyncOptions& options, Context& context) {
  Output& out = context.out;
  if (options.mirror.empty() && options.resume)
    return out.failure(
        "--resume belongs to --mirror: a site's own rules are resumed with 'abmctl publish --resume'");
  if (options.mirror.empty() && !options.site.data.empty())
    return out.failure("--data belongs to --mirror: the feed's address is in site.yaml, see --site");
  if (!options.mirror.empty() && (!options.source.empty() || options.whole))
    return out.failure("--source and --whole belong to live sources, not to --mirror");
  if (!options.site.data.empty()) {
    connect::MirrorOptions mirror_options;
    mirror_options.data_dir = options.site.data;
    return sync_mirror(options, std::move(mirror_options), {}, out);
  }
  Diagnostics diagnostics;
  auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    out.findings(diagnostics);
    return out.failure("not synced: site.yaml cannot be used");
  }
  if (!options.source.empty()) return sync_one(options, *site, out);
  if (options.mirror.empty()) return sync_feeds(options, *site, out);
  connect::MirrorOptions mirror_options;
  mirror_options.data_dir = site->data;
  mirror_options.keep = site->keep;
  return sync_mirror(options, std::move(mirror_options), site->accounts, out);
}

}  // namespace

void add_sync(Command& app, Context& context) {
  auto options = std::make_shared<SyncOptions>();
  Command* command = app.add_subcommand(
      "sync", "Fetches the account feed, reads live sources, or mirrors a data folder, once");
  options->site.add_to(*command);
  command->add_option("--mirror", options->mirror,
                      "address of another data folder, to follow instead of a feed");
  command->add_option("--source", options->source, "name of one live source: only this one is read");
  command->add_option("--verify-key", options->verify_key,
                      "minisign public key file; default: verify_key of site.yaml, if there is one");
  command->add_option("--proxy", options->proxy,
                      "proxy; default: site.yaml's, else https_proxy from the environment");
  command->add_option("--ca", options->ca, "PEM file of the authorities to trust, instead of the system's");
  command
      ->add_option("--timeout", options->timeout,
                   "seconds of silence after which a server has stalled; default: 20")
      .in_range(1, 86'400);
  command
      ->add_option("--keep", options->keep,
                   "with --mirror: generations to keep; default: site.yaml's, else 10")
      .in_range(1, 10'000);
  command
      ->add_option("--keep-days", options->keep_days,
                   "with --mirror: days for which older ones stay, too; default: site.yaml's, else 0")
      .in_range(1, 3650);
  command->add_flag("--allow-rollback", options->allow_rollback,
                    "with --mirror: accept a generation older than one that was here");
  command->add_flag("--resume", options->resume,
                    "with --mirror: follow the origin again after 'abmctl rollback' on this node");
  command->add_flag("--allow-older", options->allow_older,
                    "accept a feed version below the last accepted one");
  command->add_flag("--allow-other-tenant", options->allow_other_tenant, "accept another tenant's feed");
  command->add_flag("--allow-shrink", options->allow_shrink,
                    "accept a feed or a live source with fewer accounts than max_shrink allows");
  command->add_flag("--whole", options->whole, "read all of live sources again, not only what changed");
  command->add_flag("--json", options->json, "the result as JSON");
  command->footer(
      "The feed is accepted only if it is whole, signed where site.yaml names a verify_key, of the right tenant, not\n"
      "older, not expired and not shrunken beyond max_shrink. Whatever goes wrong, the last good one stays; abmctl\n"
      "status shows how it went. Live sources (HubSpot, Salesforce) are asked for what changed since the last time; what they\n"
      "said is kept as tables in DATA/live. abmctl publish builds from both; abmctl agent keeps doing all of it.\n"
      "A mirror fetches CURRENT, the manifest and the files that changed, verifies them, and flips CURRENT: nodes\n"
      "follow a publisher through any web server or CDN. Name its key with --verify-key. After 'abmctl rollback' on a\n"
      "node, that node stays where it is until --resume.\n"
      "Exit status 1 when the source could not be reached or was refused, 2 when this machine failed.\n"
      "Examples:\n"
      "  abmctl sync --site /etc/abm/site.yaml && abmctl publish --site /etc/abm/site.yaml\n"
      "  abmctl sync --source hubspot --whole\n"
      "  abmctl sync --mirror https://origin.example/abm --data /var/lib/abm/acme-web --verify-key fleet.pub");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
