#include "measure/store/load.h"

#include <algorithm>

#include <fmt/format.h>

#include "measure/visits/log_lines.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {
namespace {

constexpr uint64_t kLinesBetweenProgress = 4096;
constexpr uint64_t kExamples = 3;

void count_damage(SourceCounts& counts, uint64_t line, Damage damage, std::string_view member,
                  bool unfinished) {
  SourceCounts::Damaged& damaged = counts.damage[static_cast<size_t>(damage)];
  if (damaged.lines++ >= kExamples) return;
  if (!damaged.examples.empty()) damaged.examples += ", ";
  damaged.examples += fmt::format("line {}", line);
  if (damage == Damage::kMember) damaged.examples += fmt::format(" ({})", member);
  if (unfinished) damaged.examples += " (the log ends within it)";
}

/// One log; errors are the store's.
class Loading {
 public:
  Loading(LogReader& reader, VisitStore& store, VisitLineParser& parser)
      : reader_(reader), store_(store), parser_(parser) {}

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
      if (visit == nullptr) {
        count_damage(counts, reader_.line_number(), line.too_long ? Damage::kTooLong : parser_.damage(),
                     parser_.member(), line.unfinished);
        continue;
      }
      const auto added = store_.add(*visit, line.text);
      if (!added) return added.error();
      ++(*added == VisitStore::Added::kNew ? counts.loaded : counts.known);
    }
  }

 private:
  LogReader& reader_;
  VisitStore& store_;
  VisitLineParser& parser_;
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
