#include "connect/live/live_work.h"

#include <algorithm>
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
#include "connect/live/make_api.h"
#include "connect/sync/incoming_file.h"
#include "connect/sync/state_file.h"
#include "generation/data_folder.h"
#include "generation/folder.h"

namespace abm::connect {
namespace {

using Clock = std::chrono::steady_clock;
using AnswerKind = LiveAnswer::Kind;

constexpr mode_t kLiveFolderMode = 0750;  // sales data: for the publishing user, not for a web server
constexpr mode_t kLiveStateMode = 0755;
constexpr std::chrono::seconds kFirstWait{2};  // before a page is asked for again; doubles
constexpr uint64_t kMaxChangedBytes = 256u << 20;

}  // namespace

Result<void> LiveWork::open_folders() {
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
void LiveWork::remove_own_leftovers() const {
  const std::string prefix = fmt::format("{}{}-", kIncomingPrefix, live_table_name(name()));
  std::error_code code;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator entry(live_folder->path, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry->path().filename().string().starts_with(prefix)) leftovers.push_back(entry->path());
  }
  for (const auto& leftover : leftovers) std::filesystem::remove(leftover, code);
}

void LiveWork::begin() {
  if (auto good = check_settings(options.settings); !good) return fail(good.error());
  if (auto opened = open_folders(); !opened) return fail(opened.error());
  remove_own_leftovers();
  // One that cannot be understood costs a reading of everything, and is written anew.
  if (auto known = read_live_state(options.data_dir, name()); known && known->has_value())
    outcome.state = std::move(**known);
  const std::string source = source_hash(options.settings);
  if (outcome.state.source != source) outcome.state = {};
  outcome.state.source = source;
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
std::optional<int64_t> LiveWork::since_when() {
  const LiveState& state = outcome.state;
  const bool known = has_table && state.asked == asked && state.since > 0 && state.whole_at > 0;
  // Clocks are set back, too.
  const bool due = now - state.whole_at >= options.settings.whole_seconds || state.whole_at > now;
  if (options.whole || !known || due || !api->why_whole().empty()) return std::nullopt;
  return state.since;
}

void LiveWork::start_reading(std::optional<int64_t> from_when) {
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

void LiveWork::ask_in(std::chrono::milliseconds wait) {
  wake = Clock::now() + wait;
  if (requests != 0) wake = std::max(wake, asked_at + api->pace());
  if (wake >= until)
    return refuse(
        fmt::format("not done within {} s, after {} requests", options.limits.longest.count(), requests));
  phase = Phase::kWaiting;
  if (wake <= Clock::now()) ask();
}

void LiveWork::ask() {
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

void LiveWork::on_reply(Result<HttpReply> reply) {
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

void LiveWork::later(const std::string& why, std::optional<std::chrono::seconds> retry_after) {
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
bool LiveWork::take(LivePage& page) {
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

bool LiveWork::take_whole(const LivePage& page) {
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

bool LiveWork::take_changes(LivePage& page) {
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

}  // namespace abm::connect
