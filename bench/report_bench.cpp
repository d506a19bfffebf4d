// The report from lines to page: time and memory. `abm_report_bench --benchmark_filter=5000000` is the size
// we promise figures for; it needs 4 GB in the folder for temporary files.
#include <sys/resource.h>

#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>

#include "measure/report/comparison.h"
#include "measure/report/page.h"
#include "measure/report/rollup.h"
#include "measure/store/load.h"
#include "measure/store/visit_store.h"
#include "tests/measure/visit_world.h"

namespace abm::measure {
namespace {

void no_progress(uint64_t, uint64_t) {}

uint64_t write_log(const std::string& path, int64_t lines) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return 0;
  WorldOptions options;
  options.bots = 0;
  options.lift = 0.02;
  options.conversion = 0.0001;
  options.visits_per_account = static_cast<double>(lines) / options.accounts + 0.5;
  const auto truth = make_world(options, [file](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), file);
    std::fputc('\n', file);
  });
  std::fclose(file);
  return truth.visits;
}

void report(benchmark::State& state) {
  const auto path =
      (std::filesystem::temp_directory_path() / ("abm-report-bench-" + std::to_string(::getpid()))).string();
  const uint64_t lines = write_log(path, state.range(0));
  for (auto _ : state) {
    auto store = VisitStore::open("");
    if (!store || !load_logs({path}, *store, nullptr, no_progress)) return state.SkipWithError("cannot load");
    if (!roll_up(store->database(), {.period = {}, .goals = {"/demo"}}, no_progress))
      return state.SkipWithError("roll-up");
    auto queries = load_queries("");
    auto tables = run_queries(store->database(), *queries, no_progress);
    if (!tables) return state.SkipWithError("queries");
    Report result;
    result.tables = std::move(*tables);
    result.goals = compare_goals(find_table(result.tables, "goal_accounts"));
    benchmark::DoNotOptimize(page_html(result));
  }
  std::filesystem::remove(path);
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] =
      static_cast<double>(usage.ru_maxrss) / 1024;  // of the process, including making the world
  state.counters["lines"] = static_cast<double>(lines);
  state.SetItemsProcessed(static_cast<int64_t>(lines));
}

BENCHMARK(report)->Arg(100'000)->Arg(1'000'000)->Arg(5'000'000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace abm::measure

BENCHMARK_MAIN();
