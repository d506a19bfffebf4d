#include "measure/store/load.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"
#include "measure/visits/log_lines.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {
namespace {

constexpr uint64_t kLinesBetweenProgress = 4096;
constexpr uint64_t kExamples = 3;

/// `detail`: what is wrong in the line, "" where that needs no saying.
void count_damage(SourceCounts& counts, uint64_t line, Damage damage, std::string_view detail,
                  bool unfinished) {
  SourceCounts::Damaged& damaged = counts.damage[static_cast<size_t>(damage)];
  if (++damaged.lines > kExamples) {
    if (damaged.lines == kExamples + 1) damaged.examples += " …";
    return;
  }
  if (!damaged.examples.empty()) damaged.examples += ", ";
  damaged.examples += fmt::format("line {}", line);
  if (!detail.empty()) damaged.examples += fmt::format(" ({})", detail);
  if (unfinished) damaged.examples += " (the log ends within it)";
}

void count_robot(SourceCounts& counts, std::string_view sign) {
  const auto place = counts.robots.find(ascii_lower(sign));
  if (place != counts.robots.end()) {
    ++place->second;
  } else if (counts.robots.size() < kMostRobotSigns) {
    counts.robots.emplace(ascii_lower(sign), 1);
  }
}

/// One log; errors are the store's.
class Loading {
 public:
  Loading(LogReader& reader, VisitStore& store, VisitLineParser& parser)
      : reader_(reader),
        store_(store),
        parser_(parser),
        latest_ms_(std::max(reader.modified_ms(), int64_t{::time(nullptr)} * 1000) + kFurthestAheadMs) {}

  [[nodiscard]] Result<void> run(SourceCounts& counts, const std::function<void()>& tick) {
    LogReader::Line line;
    for (;;) {
      const auto more = reader_.next(line);
      if (!more) {
        counts.fault = more.message();
        return {};
      }
      if (!*more) return {};
      if (line.text.empty() || line.text == "\r") continue;
      if (++counts.lines % kLinesBetweenProgress == 0) tick();
      const VisitLine* const visit = line.too_long ? nullptr : parser_.parse(line.text, line.readable_behind);
      const SeenLine* const seen = line.too_long ? nullptr : parser_.seen();
      Result<void> done;
      if (visit != nullptr) {
        done = take(counts, *visit, line, [&] { return store_.add(*visit, line.text); });
      } else if (seen != nullptr) {
        done = take(counts, *seen, line, [&] { return store_.add(*seen); });
      } else {
        const Damage damage = line.too_long ? Damage::kTooLong : parser_.damage();
        count_damage(counts, reader_.line_number(), damage,
                     damage == Damage::kMember ? parser_.member() : std::string_view(), line.unfinished);
      }
      if (!done) return done;
    }
  }

 private:
  /// Stores a line, unless its time is out of the question.
  template <typename Parsed, typename Store>
  [[nodiscard]] Result<void> take(SourceCounts& counts, const Parsed& parsed, const LogReader::Line& line,
                                  Store&& store) {
    if (parsed.ts_ms < kEarliestVisitMs || parsed.ts_ms > latest_ms_) {
      count_damage(counts, reader_.line_number(), Damage::kTime, parsed.ts, line.unfinished);
      return {};
    }
    const auto added = store();
    if (!added) return added.error();
    ++(*added == VisitStore::Added::kNew ? counts.loaded : counts.known);
    if (parsed.bot && !parsed.bot_by.empty()) count_robot(counts, parsed.bot_by);
    return {};
  }

  LogReader& reader_;
  VisitStore& store_;
  VisitLineParser& parser_;
  const int64_t latest_ms_;
};

}  // namespace

Result<std::vector<SourceCounts>> load_logs(const std::vector<std::string>& logs, VisitStore& store,
                                            const std::vector<ListedAccount>* listed,
                                            const LoadProgress& progress) {
  std::vector<std::string> names;
  for (const std::string& log : logs) {
    if (std::find(names.begin(), names.end(), log) == names.end()) names.push_back(log);
  }
  // All are tried before the first is read, and none is held open: a year of rotated logs is many files.
  uint64_t total = 0;
  for (const std::string& name : names) {
    const auto reader = LogReader::open(name);
    if (!reader) return reader.error();
    total += reader->size();
  }
  if (auto begun = store.begin(); !begun) return begun.error();
  if (listed != nullptr) {
    if (auto done = store.set_listed(*listed); !done) return done.error();
  }
  VisitLineParser parser;
  std::vector<SourceCounts> all;
  uint64_t before = 0;
  for (const std::string& name : names) {
    auto reader = LogReader::open(name);
    if (!reader) return reader.error();
    SourceCounts counts;
    counts.name = name;
    Loading loading(*reader, store, parser);
    if (auto done = loading.run(counts, [&] { progress(before + reader->bytes_read(), total); }); !done) {
      return done.error();
    }
    before += reader->bytes_read();
    if (auto noted = store.add_source(counts); !noted) return noted.error();
    all.push_back(std::move(counts));
  }
  if (auto committed = store.commit(); !committed) return committed.error();
  return all;
}

}  // namespace abm::measure
