// What becomes of what a system told: a new table, an up-to-date one, or a refusal.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/new_file.h"
#include "base/timestamp.h"
#include "connect/http/url.h"
#include "connect/live/answers.h"
#include "connect/live/live_work.h"

namespace abm::connect {
namespace {

/// A change shows in a search, or in a query that began before it was complete, some moments later.
constexpr int64_t kOverlapSeconds = 600;

std::string counted(uint64_t count, std::string_view noun) {
  if (count == 1) return fmt::format("1 {}", noun);
  if (noun.ends_with('y')) return fmt::format("{} {}ies", count, noun.substr(0, noun.size() - 1));
  return fmt::format("{} {}s", count, noun);
}

}  // namespace

std::optional<LiveStamp> live_stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return LiveStamp{static_cast<uint64_t>(info.st_size),
                   info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string LiveWork::without_secrets(std::string text) const {
  constexpr size_t kShortest = 4;  // a shorter one is none, and would blot out words
  if (api == nullptr) return text;
  for (const std::string_view secret : api->secrets()) {
    if (secret.size() < kShortest) continue;
    for (size_t at = text.find(secret); at != text.npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "…");
  }
  return text;
}

std::string LiveWork::stays() const {
  if (!has_table) return "(nothing has been read yet)";
  return fmt::format("(what was read at {} stays: {})", format_rfc3339(outcome.state.attempts.succeeded_at),
                     counted(outcome.state.rows, api == nullptr ? "record" : api->noun()));
}

void LiveWork::finish(OutcomeKind kind, std::string message) {
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

/// True: it is refused.
bool LiveWork::shrank(uint64_t rows) {
  const uint64_t before = has_table ? outcome.state.rows : 0;
  if (options.allow_shrink || rows >= before) return false;
  const auto limit = options.settings.max_shrink_percent;
  const bool other_question = outcome.state.asked != asked;
  const bool too_few = limit.has_value() && !other_question && (before - rows) * 100 > before * *limit;
  if (rows != 0 && !too_few) return false;
  refuse(
      fmt::format("{} instead of {}{}: a lost permission looks like that; if it is true, abmctl "
                  "sync --allow-shrink accepts it once",
                  counted(rows, api->noun()), before,
                  too_few && rows != 0 ? fmt::format(", which is more than {} % fewer", *limit) : ""));
  return true;
}

void LiveWork::complete_whole() {
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
    // Other bytes with the same records: the order is not worth a publication.
    if (compared && !merge.any()) return up_to_date(OutcomeKind::kUnchanged, merge);
  }
  place(*table, merge);
}

void LiveWork::complete_changes() {
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

void LiveWork::place(TableWriter& written, const TableMerge& merge) {
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

void LiveWork::up_to_date(OutcomeKind kind, const TableMerge& merge) {
  LiveState& state = outcome.state;
  state.asked = asked;
  const bool whole = !since.has_value();
  if (whole) state.whole_at = now;
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

std::string LiveWork::note() const {
  std::string text;
  const auto add = [&](std::string_view what) { text += (text.empty() ? "" : "; ") + std::string(what); };
  const ApiUsage& usage = outcome.state.usage;
  if (usage.percent() >= kNearEnd) {
    add(fmt::format("{} % of the requests that it allows are used ({} of {}): it is asked less often",
                    usage.percent(), usage.used, usage.total));
  }
  if (!why_whole.empty()) add(fmt::format("everything was read, because {}", one_line(why_whole)));
  // HubSpot's deals are never told otherwise, and nobody can do anything about it.
  if (!api->why_whole().empty() && options.settings.kind == LiveKind::kSalesforce)
    add(fmt::format("everything is read each time, because of `soql`: {}", api->why_whole()));
  if (cut != 0) add(fmt::format("{} longer than {} bytes cut", counted(cut, "value"), kMaxCellBytes));
  if (twice != 0) add(fmt::format("{} told twice", counted(twice, api->noun())));
  return without_secrets(text);
}

}  // namespace abm::connect
