#include "connect/sync/feed_sync.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/http/url.h"
#include "connect/sync/feed_guard.h"
#include "connect/sync/feed_sink.h"
#include "connect/sync/state_file.h"
#include "generation/build_feed.h"
#include "generation/folder.h"
#include "generation/minisign.h"

namespace abm::connect {
namespace {

using SyncKind = SyncOutcome::Kind;

constexpr std::string_view kFeedFile = "accounts.ndjson";  // generation::feed_copy() names it too
constexpr mode_t kFeedFolderMode = 0750;  // sales data: for the publishing user, not for a web server
constexpr mode_t kSignatureMode = 0640;

std::string signature_file() {
  return std::string(kFeedFile) + std::string(generation::kSignatureSuffix);
}

int64_t unix_now() {
  return static_cast<int64_t>(::time(nullptr));
}

struct Stamp {
  uint64_t size = 0;
  int64_t modified_ns = 0;
};
std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Stamp{static_cast<uint64_t>(info.st_size),
               info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string described(const AcceptedFeed& feed) {
  return fmt::format("feed version {} of tenant '{}', {} account{}", feed.version, feed.tenant, feed.accounts,
                     feed.accounts == 1 ? "" : "s");
}

}  // namespace

struct FeedSync::Work {
  Work(HttpClient& http, FeedSyncOptions given)
      : client(http),
        options(std::move(given)),
        now(unix_now()),
        until(std::chrono::steady_clock::now() + options.longest) {}

  [[nodiscard]] bool is_url() const { return !options.source.from.starts_with('/'); }
  [[nodiscard]] std::string name() const {
    return is_url() ? url_for_people(options.source.from) : path_for_people(options.source.from);
  }
  [[nodiscard]] std::string stays() const;
  void finish(SyncKind kind, std::string message);
  void fail(const Error& error) { finish(SyncKind::kFailed, error.message); }
  void refuse(std::string message) { finish(SyncKind::kRefused, std::move(message)); }

  void begin();
  Result<void> read_known();
  [[nodiscard]] bool copy_is_accepted() const;
  void ask_for_feed(std::string if_none_match);
  void ask_for_signature();
  void on_feed(Result<HttpReply> reply);
  void take_another();
  void on_signature(Result<HttpReply> reply);
  void judge_file();
  void judge_received();
  bool judge(std::string_view bytes, AcceptedFeed& feed);
  void keep(AcceptedFeed feed);
  void unchanged();

  enum class Phase : uint8_t { kFeed, kSignature, kDone };
  Phase phase = Phase::kFeed;
  HttpClient& client;
  FeedSyncOptions options;
  int64_t now;
  std::chrono::steady_clock::time_point until;
  std::optional<LockedState> locked;
  std::optional<generation::Folder> feed_folder;
  std::string key_id;  ///< of verify_key
  std::optional<FeedGuard> guard;
  std::optional<FeedSink> sink;
  TextSink signature;
  std::string asked_etag;
  std::string etag;
  uint64_t received = 0;
  std::string bad_signature;  ///< of the first pair; a second one is being fetched
  SyncOutcome outcome;
};

std::string FeedSync::Work::stays() const {
  const auto& accepted = outcome.state.accepted;
  if (!accepted.has_value()) return "(no feed has been accepted yet)";
  return fmt::format("(feed version {}, accepted at {}, stays)", accepted->version,
                     format_rfc3339(accepted->accepted_at));
}

void FeedSync::Work::finish(SyncKind kind, std::string message) {
  phase = Phase::kDone;
  outcome.kind = kind;
  const bool good = kind == SyncKind::kAccepted || kind == SyncKind::kUnchanged;
  if (good) {
    outcome.state.attempts.succeeded(now);
    outcome.message = std::move(message);
  } else {
    outcome.state.attempts.failed(now, message);
    outcome.message = fmt::format("{} {}", message, stays());
  }
  sink.reset();  // deletes what was not accepted, before the state below needs its space
  if (locked.has_value()) {
    outcome.state.from = is_url() ? url_for_people(options.source.from) : options.source.from;
    if (auto written = write_feed_state(options.data_dir, outcome.state); !written)
      outcome.warning = fmt::format("{} (how this attempt went is not kept)", written.message());
  }
  feed_folder.reset();
  locked.reset();
}

void FeedSync::Work::begin() {
  if (!options.source.verify_key.empty()) {
    auto key = generation::read_minisign_public_key(options.source.verify_key);
    if (!key) return fail(key.error());
    key_id = generation::minisign_key_id(*key);
  }
  if (is_url()) {
    if (auto good = check_url(options.source.from); !good) return fail(good.error());
  }
  auto opened = LockedState::open(options.data_dir);
  if (!opened) return fail(opened.error());
  locked.emplace(std::move(*opened));
  if (auto known = read_known(); !known) return fail(known.error());
  if (!is_url()) return judge_file();

  auto folder = make_folder_in(locked->data, kFeedFolder, kFeedFolderMode);
  if (!folder) return fail(folder.error());
  feed_folder.emplace(std::move(*folder));
  if (auto removed = remove_leftovers(*feed_folder); !removed)
    outcome.warning = fmt::format("a leftover stays: {}", removed.message());
  ask_for_feed(copy_is_accepted() ? outcome.state.etag : "");
}

/// What the feed will be checked against.
Result<void> FeedSync::Work::read_known() {
  guard.emplace(generation::ReplacementRules{.allow_older = options.allow_older,
                                             .allow_other_tenant = options.allow_other_tenant,
                                             .allow_shrink = options.allow_shrink,
                                             .max_shrink_percent = options.source.max_shrink_percent,
                                             .max_loss_percent = {}},
                now);
  auto state = read_feed_state(options.data_dir);
  // Without a state it is as if nothing had been accepted; the generation that serves still counts.
  if (!state) outcome.warning = fmt::format("{} (a new one is written)", state.message());
  if (state && state->has_value()) outcome.state = **state;
  if (const auto& accepted = outcome.state.accepted; accepted.has_value()) {
    guard->hold_against({accepted->tenant, accepted->version, accepted->accounts}, "the last accepted feed");
  }
  if (const auto number = generation::read_current(locked->data); !number) return number.error();
  if (const auto serving = generation::read_current_facts(locked->data); serving.has_value()) {
    guard->hold_against(generation::feed_facts(*serving), fmt::format("generation {}", serving->number));
  }
  return {};
}

/// Whether the local copy is the very file that the state describes, verified by the key that applies now.
bool FeedSync::Work::copy_is_accepted() const {
  const FeedState& state = outcome.state;
  if (!state.accepted.has_value() || state.from != url_for_people(options.source.from)) return false;
  const auto copy = stamp_of(feed_folder->path_of(kFeedFile));
  return copy.has_value() && copy->size == state.accepted->size &&
         copy->modified_ns == state.accepted->modified_ns && state.accepted->key_id == key_id;
}

void FeedSync::Work::ask_for_feed(std::string if_none_match) {
  phase = Phase::kFeed;
  asked_etag = std::move(if_none_match);
  if (!sink.has_value()) {
    sink.emplace(FeedSink::Options{
        .folder = &*feed_folder,
        .file_name = kFeedFile,
        .feed_name = name(),
        .admit = [this](const accounts::FeedHeader& header) { return guard->admit(header); }});
  }
  HttpRequest request;
  request.url = options.source.from;
  request.if_none_match = asked_etag;
  request.compressed = true;
  request.max_body = options.source.max_bytes;
  request.until = until;
  if (options.progress) {
    request.progress = [this](uint64_t done, uint64_t total) {
      options.progress("fetching the feed", done, total);
    };
  }
  client.start(std::move(request), *sink);
}

void FeedSync::Work::ask_for_signature() {
  auto url = with_path_suffix(options.source.from, generation::kSignatureSuffix);
  if (!url) return fail(url.error());
  phase = Phase::kSignature;
  HttpRequest request;
  request.url = *url;
  request.max_body = generation::kMaxSignatureBytes;
  request.until = until;
  client.start(std::move(request), signature);
}

void FeedSync::Work::on_feed(Result<HttpReply> reply) {
  if (!reply) {
    outcome.findings = sink->findings();
    if (sink->failed_here()) return fail(reply.error());
    return refuse(outcome.findings.ok() ? reply.message() : outcome.findings.first_error());
  }
  outcome.retry_after = reply->retry_after;
  if (reply->status == 304 && !asked_etag.empty()) {
    return bad_signature.empty() ? unchanged() : refuse(bad_signature);
  }
  if (reply->status != 200) return refuse(status_fault(options.source.from, reply->status));
  etag = reply->etag;
  received = reply->received;
  const auto body = sink->file()->map();
  if (!body) return fail(body.error());
  if (copy_is_accepted() && body->bytes().size() == outcome.state.accepted->size) {
    const auto hash = content_hash(body->bytes());
    if (!hash) return fail(hash.error());
    if (hash->sha256 != outcome.state.accepted->sha256) return take_another();
    outcome.state.etag = etag;
    return unchanged();
  }
  take_another();
}

void FeedSync::Work::take_another() {
  options.source.verify_key.empty() ? judge_received() : ask_for_signature();
}

void FeedSync::Work::on_signature(Result<HttpReply> reply) {
  if (!reply) return refuse(fmt::format("{}: the feed's signature could not be fetched", reply.message()));
  if (reply->status != 200) {
    return refuse(fmt::format(
        "{}: the feed is not signed, and `accounts: verify_key:` asks for a signature",
        status_fault(options.source.from + std::string(generation::kSignatureSuffix), reply->status)));
  }
  const auto body = sink->file()->map();
  if (!body) return fail(body.error());
  auto good = generation::check_signature(body->bytes(), signature.text, options.source.verify_key);
  if (good) return judge_received();
  const std::string why = fmt::format("{}: {}", name(), good.message());
  // The feed may have been replaced between the two requests: ask once whether it has been.
  if (etag.empty() || !bad_signature.empty()) return refuse(why);
  bad_signature = why;
  ask_for_feed(etag);
}

/// Parses `bytes` and checks them against the present feeds. False: refused.
bool FeedSync::Work::judge(std::string_view bytes, AcceptedFeed& feed) {
  if (options.progress) options.progress("reading accounts", 0, 0);
  const auto summary =
      accounts::parse_feed(bytes, name(), {}, outcome.findings, [](accounts::Account&&) { return true; });
  if (!summary.has_value()) {
    refuse(outcome.findings.first_error());
    return false;
  }
  if (auto good = guard->accept(*summary); !good) {
    refuse(fmt::format("{}: {}", name(), good.message()));
    return false;
  }
  feed.tenant = summary->header.tenant;
  feed.version = summary->header.version;
  feed.accounts = summary->accounts;
  feed.generated_at = summary->header.generated_at;
  feed.expires_at = summary->header.expires_at;
  feed.accepted_at = now;
  const auto hash = content_hash(bytes);
  if (!hash) {
    fail(hash.error());
    return false;
  }
  feed.sha256 = hash->sha256;
  feed.size = bytes.size();
  feed.key_id = key_id;
  return true;
}

void FeedSync::Work::judge_received() {
  AcceptedFeed feed;
  {
    const auto body = sink->file()->map();
    if (!body) return fail(body.error());
    if (!judge(body->bytes(), feed)) return;
  }
  // The signature first: should this process die in between, publishing refuses the pair, and the next
  // attempt fetches it again, since the state does not know the copy.
  if (!key_id.empty()) {
    if (auto kept = replace_file_at(feed_folder->fd.get(), signature_file(), signature.text, kSignatureMode,
                                    feed_folder->path_of(signature_file()));
        !kept)
      return fail(kept.error());
  }
  if (auto placed = sink->file()->put_in_place(); !placed) return fail(placed.error());
  if (::fsync(feed_folder->fd.get()) != 0) return fail(errno_error(feed_folder->path, errno));
  if (const auto stamp = stamp_of(feed_folder->path_of(kFeedFile)); stamp.has_value())
    feed.modified_ns = stamp->modified_ns;
  outcome.state.etag = etag;
  const std::string signed_by = key_id.empty() ? "" : fmt::format(", signed by {}", key_id);
  std::string message =
      fmt::format("accepted {}: {} bytes, {} on the wire{}", described(feed), feed.size, received, signed_by);
  outcome.state.accepted = std::move(feed);
  finish(SyncKind::kAccepted, std::move(message));
}

void FeedSync::Work::judge_file() {
  const std::string& path = options.source.from;
  auto bytes = read_file(path, options.source.max_bytes);
  if (!bytes) return refuse(bytes.message());
  if (!key_id.empty()) {
    const std::string beside = path + std::string(generation::kSignatureSuffix);
    auto text = read_file(beside, generation::kMaxSignatureBytes);
    if (!text)
      return refuse(fmt::format(
          "{}: the feed is not signed, and `accounts: verify_key:` asks for a signature", text.message()));
    if (auto good = generation::check_signature(*bytes, *text, options.source.verify_key); !good)
      return refuse(fmt::format("{}: {}", path_for_people(beside), good.message()));
  }
  AcceptedFeed feed;
  if (!judge(*bytes, feed)) return;
  const auto& before = outcome.state.accepted;
  if (before.has_value() && before->sha256 == feed.sha256 && before->key_id == feed.key_id)
    return unchanged();
  outcome.state.etag.clear();
  std::string message =
      fmt::format("accepted {}: {}, which publishing reads where it is", described(feed), name());
  outcome.state.accepted = std::move(feed);
  finish(SyncKind::kAccepted, std::move(message));
}

void FeedSync::Work::unchanged() {
  const AcceptedFeed& feed = *outcome.state.accepted;
  if (feed.expires_at.has_value() && now >= *feed.expires_at) {
    return refuse(fmt::format("{}: the feed expired at {}, and there is no newer one", name(),
                              format_rfc3339(*feed.expires_at)));
  }
  finish(SyncKind::kUnchanged,
         fmt::format("unchanged: {}, accepted at {}", described(feed), format_rfc3339(feed.accepted_at)));
}

HttpSettings http_settings(const generation::AccountsInput& source) {
  HttpSettings settings;
  settings.proxy = source.proxy;
  settings.ca = source.ca;
  settings.stall = std::chrono::seconds(source.timeout_seconds);
  return settings;
}

FeedSync::FeedSync(HttpClient& client, FeedSyncOptions options)
    : work_(std::make_unique<Work>(client, std::move(options))) {
  work_->begin();
}

FeedSync::~FeedSync() {
  if (!done()) work_->client.cancel();
}

void FeedSync::advance() {
  if (done() || work_->client.running()) return;
  auto reply = work_->client.take();
  work_->phase == Work::Phase::kFeed ? work_->on_feed(std::move(reply))
                                     : work_->on_signature(std::move(reply));
}

bool FeedSync::done() const noexcept {
  return work_->phase == Work::Phase::kDone;
}

SyncOutcome& FeedSync::outcome() noexcept {
  return work_->outcome;
}

SyncOutcome FeedSync::run(HttpClient& client, FeedSyncOptions options) {
  FeedSync sync(client, std::move(options));
  while (!sync.done()) {
    client.poll({}, std::chrono::seconds(1));
    sync.advance();
  }
  return std::move(sync.outcome());
}

}  // namespace abm::connect
