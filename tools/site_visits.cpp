#include "tools/site_visits.h"

#include <ctime>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"
#include "generation/data_folder.h"
#include "generation/inheritance.h"
#include "measure/engagement/fold_logs.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/stream_place.h"

namespace abm::tools {
namespace {

using measure::FoldCounts;

connect::StreamOptions stream_options(const generation::VisitStreamInput& input) {
  connect::StreamOptions options;
  options.servers = input.servers;
  options.stream = input.stream;
  options.user = input.user;
  options.password_file = input.password_file;
  options.token_file = input.token_file;
  options.credentials = input.creds;
  options.tls_ca = input.tls_ca;
  options.tls_certificate = input.tls_cert;
  options.tls_key = input.tls_key;
  options.names = {"engagement: visits: nats", "engagement: visits: user", "engagement: visits: token_file"};
  return options;
}

}  // namespace

std::string visits_database(const generation::Site& site) {
  return (std::filesystem::path(site.data) / measure::kEngagementFile).string();
}

Result<void> SiteVisits::open_store(bool is_damaged) {
  store_.reset();
  const std::string path = options_.temporary ? "" : visits_database(site_);
  auto store = measure::EngagementStore::open(path, options_.note, is_damaged);
  if (!store) return store.error();
  store_ = std::make_unique<measure::EngagementStore>(std::move(*store));
  return {};
}

Result<std::unique_ptr<SiteVisits>> SiteVisits::open(const generation::Site& site,
                                                     SiteVisitsOptions options) {
  if (!site.engagement.has_value())
    return Error{fmt::format("{}: there is no 'engagement:', which says where visits are logged", site.file)};
  if (!options.temporary) {
    if (auto made = generation::make_folder(site.data); !made) return made.error();
  }
  std::unique_ptr<SiteVisits> visits(new SiteVisits(site, std::move(options)));
  if (auto opened = visits->open_store(false); !opened) return opened.error();
  return visits;
}

Result<FoldCounts> SiteVisits::fold_stream() {
  const generation::VisitStreamInput& input = *site_.engagement->stream;
  const auto before = measure::read_of_stream(*store_, input.stream);
  if (!before) return before.error();
  auto stream = connect::VisitStream::open(stream_options(input), {before->created, before->sequence});
  if (!stream) return stream.error();
  uint64_t missing = 0;
  auto counts = fold_messages(**stream, missing);
  // Also after an error: the place after them may be stored.
  if (missing > 0)
    options_.note(
        fmt::format("stream '{}': {} message{} dropped there before {} read: nodes that read {} say "
                    "something else of some accounts",
                    input.stream, missing, missing == 1 ? " was" : "s were",
                    missing == 1 ? "it was" : "they were", missing == 1 ? "it" : "them"));
  return counts;
}

Result<FoldCounts> SiteVisits::fold_messages(connect::VisitStream& stream, uint64_t& missing) {
  const std::string& name = site_.engagement->stream->stream;
  measure::LineFolder folder(*store_);
  for (uint64_t done = 0;;) {
    const auto got = stream.next();
    if (!got) return got.error();
    if (!got->another.empty())
      options_.note(fmt::format("stream '{}': {}; it is read from its start", name, got->another));
    missing += got->missing;
    if (auto begun = store_->begin(); !begun) return begun.error();
    for (const std::string& line : got->lines) {
      if (auto added = folder.add(line, 0, line.size() > measure::kMaxLineBytes, false); !added)
        return added.error();
    }
    if (auto flushed = folder.flush(); !flushed) return flushed.error();
    if (auto noted = measure::set_read_of_stream(*store_, name, {got->place.created, got->place.sequence});
        !noted)
      return noted.error();
    if (auto committed = store_->commit(); !committed) return committed.error();
    done += got->lines.size();
    if (options_.progress) options_.progress("reading visits", done, 0);
    if (got->end || (options_.stop && options_.stop())) return folder.counts();
  }
}

measure::Day SiteVisits::first_kept_now() const {
  return measure::first_kept(*site_.engagement, measure::day_of_seconds(::time(nullptr)));
}

Result<FoldCounts> SiteVisits::fold_once() {
  if (options_.retain) {
    if (auto kept = measure::keep_from(*store_, first_kept_now()); !kept) return kept.error();
  }
  auto counts = read_new();
  if (!counts || (options_.stop && options_.stop())) return counts;
  if (auto noted = store_->note_read(); !noted) return noted.error();
  if (options_.retain) {
    if (auto dropped = drop_old(); !dropped) return dropped.error();
  }
  return counts;
}

Result<void> SiteVisits::drop_old() {
  auto dropped = measure::drop_old(*store_, options_.stop);
  if (!dropped) return dropped.error();
  dropped_ = std::move(*dropped);
  if (!dropped_.not_smaller.empty())
    options_.note(fmt::format("{}: what is too old was deleted, but the file cannot be made smaller: {}",
                              store_->database().name(), dropped_.not_smaller));
  return {};
}

Result<FoldCounts> SiteVisits::read_new() {
  if (site_.engagement->stream.has_value()) return fold_stream();
  measure::FoldOptions fold;
  fold.folder = site_.folder;
  fold.patterns = site_.engagement->visits;
  fold.note = options_.note;
  fold.stop = options_.stop;
  fold.progress = [this](uint64_t done, uint64_t total) {
    if (options_.progress) options_.progress("reading visits", done, total);
  };
  return measure::fold_logs(*store_, fold);
}

/// An error may have left a transaction open, or a damaged file: what was not committed is not there.
Result<bool> SiteVisits::recover() {
  const bool was_damaged = store_->damaged();
  was_set_aside_ = was_set_aside_ || was_damaged;
  auto opened = open_store(was_damaged);
  return opened ? Result<bool>(was_damaged) : Result<bool>(opened.error());
}

Error SiteVisits::healed(Error error) {
  const auto recovered = recover();
  return recovered ? error : recovered.error();
}

Result<FoldCounts> SiteVisits::fold() {
  auto counts = fold_once();
  if (!counts) {
    const auto was_damaged = recover();
    if (!was_damaged) return was_damaged.error();
    if (!*was_damaged) return counts;
    counts = fold_once();
  }
  return counts;
}

Result<std::string> SiteVisits::missing_on(measure::Day today) {
  const auto before = measure::gone_before(*store_);
  if (!before) return before.error();
  if (*before <= measure::first_kept(*site_.engagement, today)) return std::string();
  return fmt::format(
      "what happened before {} is deleted (site.yaml says engagement: {{ keep: {}d }}): {} is made of "
      "what is kept",
      measure::to_string(*before), site_.engagement->keep_days, measure::to_string(today));
}

Result<uint64_t> SiteVisits::count_visits() {
  const auto count = store_->database().number(
      fmt::format("SELECT count(*) FROM visit WHERE day >= {}", options_.retain ? first_kept_now() : 0));
  if (!count) return count.error();
  return static_cast<uint64_t>(count->value_or(0));
}

Result<FoldCounts> SiteVisits::rebuild() {
  const auto before = count_visits();
  if (!before) {
    const auto was_damaged = recover();
    if (!was_damaged) return was_damaged.error();
    return *was_damaged ? fold() : Result<FoldCounts>(before.error());
  }
  if (auto begun = store_->begin(); !begun) return begun.error();
  if (auto cleared = store_->clear_visits(); !cleared) return cleared.error();
  if (auto committed = store_->commit(); !committed) return committed.error();
  auto counts = fold();
  if (!counts) return counts;
  const auto after = count_visits();
  if (!after) return after.error();
  if (*after < *before)
    options_.note(fmt::format("{} page loads were known, and {} are now: the lines of the others are gone",
                              *before, *after));
  return counts;
}

Result<std::vector<measure::ListedFields>> read_list(const generation::Site& site, const std::string& feed,
                                                     const std::string& name) {
  const auto bytes = read_file(feed, accounts::kMaxFeedBytes);
  if (!bytes) return bytes.error();
  const measure::JournalFields fields = measure::journal_fields(site.moves, site.engagement->roll_up);
  std::vector<measure::ListedFields> listed;
  Diagnostics diagnostics;
  // What an account inherits is what the list says of it: moves begin from there, as in the build.
  generation::Inheritance inheritance(site.accounts.inherit);
  if (!site.accounts.inherit.empty()) {
    const auto learnt = accounts::parse_feed(*bytes, name, {}, diagnostics, [&](accounts::Account&& account) {
      inheritance.learn(account);
      return true;
    });
    if (!learnt.has_value()) return Error{diagnostics.first_error()};
    inheritance.settle();
  }
  const auto summary = accounts::parse_feed(*bytes, name, {}, diagnostics, [&](accounts::Account&& account) {
    inheritance.apply(account);
    listed.push_back(measure::listed_fields(account, fields));
    return true;
  });
  if (!summary.has_value()) return Error{diagnostics.first_error()};
  return listed;
}

Result<uint64_t> SiteVisits::record_list(const std::string& feed, const std::string& name,
                                         measure::Day today) {
  auto list = read_list(site_, feed, name);
  if (!list) return list.error();
  return record(std::move(*list), today);
}

Result<uint64_t> SiteVisits::record(std::vector<measure::ListedFields> list, measure::Day today) {
  const measure::JournalFields fields = measure::journal_fields(site_.moves, site_.engagement->roll_up);
  const auto changes = measure::record_list(*store_, fields, std::move(list), today);
  return changes ? changes : Result<uint64_t>(healed(changes.error()));
}

Result<std::shared_ptr<const measure::Standings>> SiteVisits::judge(measure::Day today, bool before_journal) {
  measure::JudgeInputs inputs{*site_.engagement, site_.moves, today, {}, before_journal};
  inputs.progress = [this](uint64_t done, uint64_t total) {
    if (options_.progress) options_.progress("counting days", done, total);
  };
  auto standings = measure::judge_all(*store_, inputs);
  if (!standings) return healed(standings.error());
  return standings;
}

}  // namespace abm::tools
