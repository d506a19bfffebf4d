#include "connect/live/live_sync.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/http/backoff.h"
#include "connect/http/url.h"
#include "connect/live/answers.h"
#include "connect/live/api.h"
#include "connect/live/live_table.h"
#include "connect/live/make_api.h"
#include "connect/sync/incoming_file.h"
#include "connect/sync/state_file.h"
#include "generation/data_folder.h"
#include "generation/folder.h"

namespace abm::connect {
namespace {

using Clock = std::chrono::steady_clock;
using OutcomeKind = LiveOutcome::Kind;
using AnswerKind = LiveAnswer::Kind;

constexpr mode_t kLiveFolderMode = 0750;  // sales data: for the publishing user, not for a web server
constexpr mode_t kLiveStateMode = 0755;
/// A change shows in a search, or in a query that began before it was complete, some moments later.
constexpr int64_t kOverlapSeconds = 600;
constexpr std::chrono::seconds kFirstWait{2};  // before a page is asked for again; doubles
constexpr uint64_t kMaxChangedBytes = 256u << 20;
constexpr uint64_t kNearEnd = 80;  // percent of the requests
constexpr uint64_t kVeryNearEnd = 95;
constexpr int64_t kRareSeconds = 3600;

struct LiveStamp {
  uint64_t size = 0;
  int64_t modified_ns = 0;
};
std::optional<LiveStamp> live_stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return LiveStamp{static_cast<uint64_t>(info.st_size),
                   info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string counted(uint64_t count, std::string_view noun) {
  if (count == 1) return fmt::format("1 {}", noun);
  if (noun.ends_with('y')) return fmt::format("{} {}ies", count, noun.substr(0, noun.size() - 1));
  return fmt::format("{} {}s", count, noun);
}

/// An answer's body, up to a limit.
class PageSink final : public BodySink {
 public:
  explicit PageSink(uint64_t limit) : limit_(limit) {}
  [[nodiscard]] Result<void> begin(uint64_t) override {
    text.clear();
    return {};
  }
  [[nodiscard]] Result<void> write(std::string_view bytes) override {
    if (text.size() + bytes.size() > limit_) {
      too_large = true;
      return Error{fmt::format("a page is larger than {} bytes: ask for fewer fields", limit_)};
    }
    text += bytes;
    return {};
  }
  std::string text;
  bool too_large = false;

 private:
  uint64_t limit_;
};

}  // namespace

struct LiveSync::Work {
  Work(HttpClient& http, LiveOptions given)
      : client(http),
        options(std::move(given)),
        now(static_cast<int64_t>(::time(nullptr))),
        until(Clock::now() + options.limits.longest),
        sink(options.limits.page_bytes) {}

  [[nodiscard]] const std::string& name() const { return options.settings.name; }
  [[nodiscard]] std::string table_path() const { return live_folder->path_of(live_table_name(name())); }
  void finish(OutcomeKind kind, std::string message);
  void fail(const Error& error) {
    finish(OutcomeKind::kFailed, fmt::format("{}: {}", name(), error.message));
  }
  void refuse(std::string_view why) { finish(OutcomeKind::kRefused, fmt::format("{}: {}", name(), why)); }
  void refuse_answer(std::string_view why) { refuse(fmt::format("{}: {}", address, why)); }
  [[nodiscard]] std::string stays() const;
  [[nodiscard]] std::string without_secrets(std::string text) const;

  void begin();
  Result<void> open_folders();
  void remove_own_leftovers() const;
  [[nodiscard]] std::optional<int64_t> since_when();
  void start_reading(std::optional<int64_t> from_when);
  void ask_in(std::chrono::milliseconds wait);
  void ask();
  void on_reply(Result<HttpReply> reply);
  void later(const std::string& why, std::optional<std::chrono::seconds> retry_after);
  [[nodiscard]] bool take(LivePage& page);
  [[nodiscard]] bool take_whole(const LivePage& page);
  [[nodiscard]] bool take_changes(LivePage& page);
  void complete_whole();
  void complete_changes();
  [[nodiscard]] bool shrank(uint64_t rows);
  void place(TableWriter& table, const TableMerge& merge);
  void up_to_date(OutcomeKind kind, const TableMerge& merge);
  [[nodiscard]] std::string note() const;

  enum class Phase : uint8_t { kAsking, kWaiting, kDone };
  Phase phase = Phase::kWaiting;
  HttpClient& client;
  LiveOptions options;
  int64_t now;
  Clock::time_point until;
  std::optional<generation::Folder> live_folder;
  Fd lock;
  std::unique_ptr<LiveApi> api;
  std::string asked;
  bool has_table = false;        ///< of ours, with an answer to what is asked now or was asked before
  std::optional<int64_t> since;  ///< std::nullopt: everything is read
  std::string why_whole;         ///< changes were asked for, and could not be told
  PageSink sink;
  std::string asked_url;  ///< of the page that is asked for
  std::string address;    ///< the same for people
  Clock::time_point asked_at{};
  Clock::time_point wake{};
  unsigned tries = 0;
  uint64_t requests = 0;
  bool had_page = false;
  std::optional<int64_t> server_time;
  std::optional<TableWriter> table;
  TableChanges changes;
  uint64_t changed_bytes = 0;
  uint64_t twice = 0, cut = 0;
  std::mt19937_64 random{std::random_device{}()};
  LiveOutcome outcome;
};

std::string LiveSync::Work::without_secrets(std::string text) const {
  constexpr size_t kShortest = 4;  // a shorter one is none, and would blot out words
  if (api == nullptr) return text;
  for (const std::string_view secret : api->secrets()) {
    if (secret.size() < kShortest) continue;
    for (size_t at = text.find(secret); at != text.npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "…");
  }
  return text;
}

std::string LiveSync::Work::stays() const {
  if (!has_table) return "(nothing has been read yet)";
  return fmt::format("(what was read at {} stays: {})", format_rfc3339(outcome.state.attempts.succeeded_at),
                     counted(outcome.state.rows, api == nullptr ? "record" : api->noun()));
}

void LiveSync::Work::finish(OutcomeKind kind, std::string message) {
  phase = Phase::kDone;
  outcome.kind = kind;
  message = without_secrets(std::move(message));
  LiveState& state = outcome.state;
  if (outcome.good()) {
    state.attempts.succeeded(now);
    outcome.message = std::move(message);
  } else {
    outcome.message = fmt::format("{} {}", message, stays());
    state.attempts.failed(now, std::move(message));
  }
  table.reset();  // deletes what was not put in place, before the state below needs its space
  changes.clear();
  if (lock.valid()) {
    state.from = fmt::format("{} {}", to_string(options.settings.kind), url_for_people(options.settings.url));
    if (auto written = write_live_state(options.data_dir, name(), state); !written)
      outcome.warning = fmt::format("{} (how this reading went is not kept)", written.message());
  }
  live_folder.reset();
  lock.reset();
}

Result<void> LiveSync::Work::open_folders() {
  if (auto made = generation::make_folder(options.data_dir); !made) return made;
  auto data = generation::open_folder(options.data_dir);
  if (!data) return data.error();
  if (auto own = refuse_other_user(data->fd.get(), data->path); !own) return own;
  auto state = make_folder_in(*data, kStateFolder, kLiveStateMode);
  if (!state) return state.error();
  auto live = make_folder_in(*data, kLiveFolder, kLiveFolderMode);
  if (!live) return live.error();
  // One for each source: a long reading keeps nobody else from work.
  auto held = generation::take_lock(*state, fmt::format(".lock-live-{}", name()), "sync");
  if (!held) return held.error();
  live_folder.emplace(std::move(*live));
  lock = std::move(*held);
  return {};
}

/// Those of other sources may be at work.
void LiveSync::Work::remove_own_leftovers() const {
  const std::string prefix = fmt::format("{}{}-", kIncomingPrefix, live_table_name(name()));
  std::error_code code;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator entry(live_folder->path, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry->path().filename().string().starts_with(prefix)) leftovers.push_back(entry->path());
  }
  for (const auto& leftover : leftovers) std::filesystem::remove(leftover, code);
}

void LiveSync::Work::begin() {
  if (auto good = check_settings(options.settings); !good) return fail(good.error());
  if (auto opened = open_folders(); !opened) return fail(opened.error());
  remove_own_leftovers();
  // One that cannot be understood costs a reading of everything, and is written anew.
  if (auto known = read_live_state(options.data_dir, name()); known && known->has_value())
    outcome.state = std::move(**known);
  const auto stamp = live_stamp(table_path());
  has_table = stamp.has_value() && stamp->size == outcome.state.size &&
              stamp->modified_ns == outcome.state.modified_ns;
  auto made = make_live_api(options.settings);
  if (!made) return fail(made.error());
  api = std::move(*made);
  asked = hash128(api->described()).hex();
  start_reading(since_when());
}

/// From when on changes are enough; std::nullopt: everything is to be read.
std::optional<int64_t> LiveSync::Work::since_when() {
  const LiveState& state = outcome.state;
  const bool known = has_table && state.asked == asked && state.since > 0 && state.whole_at > 0;
  // Clocks are set back, too.
  const bool due = now - state.whole_at >= options.settings.whole_seconds || state.whole_at > now;
  if (options.whole || !known || due || !api->why_whole().empty()) return std::nullopt;
  return state.since;
}

void LiveSync::Work::start_reading(std::optional<int64_t> from_when) {
  since = from_when;
  server_time.reset();
  table.reset();
  changes.clear();
  changed_bytes = twice = cut = 0;
  tries = 0;
  if (!since.has_value()) {
    auto made = TableWriter::create(*live_folder, live_table_name(name()), api->columns(),
                                    options.limits.rows, options.limits.table_bytes);
    if (!made) return fail(made.error());
    table.emplace(std::move(*made));
  }
  api->begin(since);
  ask_in({});
}

void LiveSync::Work::ask_in(std::chrono::milliseconds wait) {
  wake = Clock::now() + wait;
  if (requests != 0) wake = std::max(wake, asked_at + api->pace());
  if (wake >= until)
    return refuse(
        fmt::format("not done within {} s, after {} requests", options.limits.longest.count(), requests));
  phase = Phase::kWaiting;
  if (wake <= Clock::now()) ask();
}

void LiveSync::Work::ask() {
  if (++requests > options.limits.pages)
    return refuse(fmt::format("not done after {} requests", options.limits.pages));
  HttpRequest request = api->next();
  asked_url = url_for_people(request.url);
  address = asked_url.substr(0, asked_url.find('?'));
  request.compressed = true;
  request.no_cache = true;
  request.as_is = true;  // errors have a body, and nothing may be redirected
  request.max_body = UINT64_MAX;
  request.until = until;
  phase = Phase::kAsking;
  asked_at = Clock::now();
  sink.too_large = false;
  client.start(std::move(request), sink);
}

void LiveSync::Work::on_reply(Result<HttpReply> reply) {
  if (!reply) {
    // Messages name the address without the query, which is long.
    std::string why = reply.message();
    if (why.starts_with(asked_url)) why.replace(0, asked_url.size(), address);
    if (sink.too_large || !had_page || Clock::now() >= until) return refuse(why);
    return later(why, std::nullopt);
  }
  if (const ApiUsage usage = api->usage(*reply); usage.total != 0) outcome.state.usage = usage;
  if (!server_time.has_value() && reply->status == 200) server_time = reply->date.value_or(now);
  LivePage page;
  const LiveAnswer answer = api->take(*reply, sink.text, page);
  switch (answer.kind) {
    case AnswerKind::kMore:
      if (take(page)) ask_in({});
      return;
    case AnswerKind::kDone:
      if (take(page)) since.has_value() ? complete_changes() : complete_whole();
      return;
    case AnswerKind::kAgain:
      return ask_in({});
    case AnswerKind::kLater:
      return later(fmt::format("{}: {}", address, answer.why), answer.retry_after);
    case AnswerKind::kWhole:
      if (!since.has_value()) return refuse_answer(answer.why);
      why_whole = answer.why;
      return start_reading(std::nullopt);
    case AnswerKind::kRefused:
      return refuse_answer(answer.why);
  }
}

void LiveSync::Work::later(const std::string& why, std::optional<std::chrono::seconds> retry_after) {
  ++tries;
  outcome.retry_after = retry_after;
  if (retry_after.has_value() && *retry_after > options.limits.patience)
    return refuse(fmt::format("{}; to be asked again in {} s", why, retry_after->count()));
  if (tries >= options.limits.tries) return refuse(fmt::format("{}, {} times", why, tries));
  ask_in(next_attempt_in({.every = kFirstWait,
                          .failures = tries,
                          .retry_after = retry_after,
                          .random = std::uniform_real_distribution<>(0, 1)(random)}));
}

/// False: it is over.
bool LiveSync::Work::take(LivePage& page) {
  had_page = true;
  tries = 0;
  outcome.retry_after.reset();
  cut += page.cut;
  const bool goes_on = since.has_value() ? take_changes(page) : take_whole(page);
  if (goes_on && options.progress) {
    options.progress(fmt::format("reading {}", name()), since.has_value() ? changes.size() : table->rows(),
                     0);
  }
  return goes_on;
}

bool LiveSync::Work::take_whole(const LivePage& page) {
  size_t known = 0;
  for (const LiveRow& row : page.rows) {
    auto added = table->add(row.id, row.line);
    if (!added) {
      table->is_full() ? refuse(added.message()) : fail(added.error());
      return false;
    }
    known += *added ? 0 : 1;
  }
  twice += known;
  if (known == 0 || known < page.rows.size()) return true;
  refuse_answer(not_documented("a page of records that were all told before"));
  return false;
}

bool LiveSync::Work::take_changes(LivePage& page) {
  for (std::string& id : page.gone) changes.insert_or_assign(std::move(id), std::nullopt);
  for (LiveRow& row : page.rows) {
    changed_bytes += row.line.size();
    changes.insert_or_assign(std::move(row.id), std::move(row.line));
  }
  if (changes.size() <= options.limits.changes && changed_bytes <= kMaxChangedBytes) return true;
  why_whole = fmt::format("more than {} changes", options.limits.changes);
  start_reading(std::nullopt);
  return false;
}

/// True: it is refused.
bool LiveSync::Work::shrank(uint64_t rows) {
  const uint64_t before = has_table ? outcome.state.rows : 0;
  if (options.allow_shrink || rows >= before) return false;
  const auto limit = options.settings.max_shrink_percent;
  const bool other_question = outcome.state.asked != asked;
  const bool too_few = limit.has_value() && !other_question && (before - rows) * 100 > before * *limit;
  if (rows != 0 && !too_few) return false;
  refuse(fmt::format("{} instead of {}{}: a lost permission looks like that; if it is true, allow it once",
                     counted(rows, api->noun()), before,
                     too_few && rows != 0 ? fmt::format(", which is more than {} % fewer", *limit) : ""));
  return true;
}

void LiveSync::Work::complete_whole() {
  if (shrank(table->rows())) return;
  if (auto flushed = table->flush(); !flushed) return fail(flushed.error());
  TableMerge merge{.added = table->rows()};
  auto fd = open_regular_file(table_path());
  if (fd && has_table) {
    auto before = Mapping::map(fd->get(), outcome.state.size);
    auto after = table->file().map();
    if (!before || !after) return fail(before ? after.error() : before.error());
    auto compared = compare_tables(before->bytes(), after->bytes());
    if (compared) merge = *compared;
    outcome.state.whole_at = now;
    // Other bytes with the same records: the order is not worth a publication.
    if (compared && !merge.any()) return up_to_date(OutcomeKind::kUnchanged, merge);
  }
  outcome.state.whole_at = now;
  place(*table, merge);
}

void LiveSync::Work::complete_changes() {
  auto fd = open_regular_file(table_path());
  if (!fd) return fail(fd.error());
  auto before = Mapping::map(fd->get(), outcome.state.size);
  if (!before) return fail(before.error());
  auto made = TableWriter::create(*live_folder, live_table_name(name()), api->columns(), options.limits.rows,
                                  options.limits.table_bytes);
  if (!made) return fail(made.error());
  table.emplace(std::move(*made));
  auto merge = merge_table(before->bytes(), changes, api->columns(), *table);
  if (!merge && table->is_full()) return refuse(merge.message());
  if (!merge) {
    why_whole = merge.message();
    return start_reading(std::nullopt);
  }
  if (!merge->any()) return up_to_date(OutcomeKind::kUnchanged, *merge);
  if (shrank(table->rows())) return;
  if (auto flushed = table->flush(); !flushed) return fail(flushed.error());
  place(*table, *merge);
}

void LiveSync::Work::place(TableWriter& written, const TableMerge& merge) {
  if (auto placed = written.file().put_in_place(); !placed) return fail(placed.error());
  if (::fsync(live_folder->fd.get()) != 0) return fail(errno_error(live_folder->path, errno));
  LiveState& state = outcome.state;
  state.rows = written.rows();
  state.changed_at = now;
  if (const auto stamp = live_stamp(table_path()); stamp.has_value()) {
    state.size = stamp->size;
    state.modified_ns = stamp->modified_ns;
  }
  has_table = true;
  up_to_date(OutcomeKind::kChanged, merge);
}

void LiveSync::Work::up_to_date(OutcomeKind kind, const TableMerge& merge) {
  LiveState& state = outcome.state;
  state.asked = asked;
  const bool whole = !since.has_value();
  std::string read =
      whole ? "everything was read" : fmt::format("changes since {} were read", format_rfc3339(*since));
  state.since = server_time.value_or(now) - kOverlapSeconds;
  state.note = note();
  std::string what = counted(state.rows, api->noun());
  if (kind == OutcomeKind::kChanged)
    what += fmt::format(", {} new, {} changed, {} gone", merge.added, merge.changed, merge.gone);
  if (kind == OutcomeKind::kUnchanged) what += ", unchanged";
  finish(kind, fmt::format("{}: {} ({}, {})", name(), what, read, counted(requests, "request")));
}

std::string LiveSync::Work::note() const {
  std::string text;
  const auto add = [&](std::string_view what) { text += (text.empty() ? "" : "; ") + std::string(what); };
  const ApiUsage& usage = outcome.state.usage;
  if (usage.percent() >= kNearEnd) {
    add(fmt::format("{} % of the requests that it allows are used ({} of {}): it is asked less often",
                    usage.percent(), usage.used, usage.total));
  }
  if (!why_whole.empty()) add(fmt::format("everything was read, because {}", one_line(why_whole)));
  if (!api->why_whole().empty())
    add(fmt::format("everything is read each time, because of `soql`: {}", api->why_whole()));
  if (cut != 0) add(fmt::format("{} longer than {} bytes cut", counted(cut, "value"), kMaxCellBytes));
  if (twice != 0) add(fmt::format("{} told twice", counted(twice, api->noun())));
  return without_secrets(text);
}

LiveSync::LiveSync(HttpClient& client, LiveOptions options)
    : work_(std::make_unique<Work>(client, std::move(options))) {
  work_->begin();
}

LiveSync::~LiveSync() {
  if (work_->phase == Work::Phase::kAsking) work_->client.cancel();
}

void LiveSync::advance() {
  if (work_->phase == Work::Phase::kWaiting && Clock::now() >= work_->wake) work_->ask();
  if (work_->phase == Work::Phase::kAsking && !work_->client.running()) work_->on_reply(work_->client.take());
}

std::optional<Clock::time_point> LiveSync::wake_at() const noexcept {
  if (work_->phase != Work::Phase::kWaiting) return std::nullopt;
  return work_->wake;
}

bool LiveSync::done() const noexcept {
  return work_->phase == Work::Phase::kDone;
}

LiveOutcome& LiveSync::outcome() noexcept {
  return work_->outcome;
}

LiveOutcome LiveSync::run(HttpClient& client, LiveOptions options) {
  LiveSync sync(client, std::move(options));
  while (!sync.done()) {
    const auto wake = sync.wake_at().value_or(Clock::now() + std::chrono::seconds(1));
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now());
    client.poll({}, std::clamp<std::chrono::milliseconds>(wait, {}, std::chrono::seconds(1)));
    sync.advance();
  }
  return std::move(sync.outcome());
}

std::chrono::milliseconds next_reading_in(const LiveSettings& settings, const LiveOutcome& outcome,
                                          double random) noexcept {
  int64_t every = settings.every_seconds;
  const uint64_t percent = outcome.state.usage.percent();
  if (percent >= kNearEnd) every = std::max<int64_t>(every, std::min<int64_t>(every * 4, kRareSeconds));
  if (percent >= kVeryNearEnd) every = std::max<int64_t>(every, kRareSeconds);
  return next_attempt_in(
      {.every = std::chrono::seconds(every),
       .failures = outcome.good() ? 0 : std::max<uint64_t>(outcome.state.attempts.failures, 1),
       .retry_after = outcome.retry_after,
       .random = random});
}

}  // namespace abm::connect
