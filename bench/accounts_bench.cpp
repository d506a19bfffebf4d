// From feed to snapshot in bytes per second, compared in the same run with copying the bytes and with only
// parsing them with simdjson; and what a request pays for its account.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "accounts/feed.h"
#include "accounts/snapshot.h"
#include "accounts/snapshot_writer.h"
#include "base/hash.h"
#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

const std::string& feed_with(int64_t count) {
  static std::string feed;
  static int64_t made = -1;
  if (made != count) feed = samples::generated_feed(static_cast<size_t>(count));
  made = count;
  return feed;
}

std::string write_snapshot(const std::string& feed) {
  SnapshotWriter writer;
  Diagnostics diagnostics;
  const auto summary = parse_feed(feed, "feed", {}, diagnostics, [&](Account&& account) {
    writer.add(account);
    return true;
  });
  if (!summary) return {};
  auto file = writer.finish(summary->header);
  return file ? std::move(*file) : std::string();
}

void set_speed(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
  state.counters["accounts"] = static_cast<double>(state.range(0));
}

void copy_bytes(benchmark::State& state) {
  const std::string& feed = feed_with(state.range(0));
  std::string to(feed.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), feed.data(), feed.size());
    benchmark::ClobberMemory();
  }
  set_speed(state, feed.size());
}

/// The lower bound for any single-threaded reader of this format that uses simdjson's DOM: each line is
/// parsed, nothing is read from it.
void simdjson_alone(benchmark::State& state) {
  const std::string& feed = feed_with(state.range(0));
  simdjson::dom::parser parser;
  for (auto _ : state) {
    for (size_t at = 0; at < feed.size();) {
      const size_t end = feed.find('\n', at);
      const bool near_end = feed.size() - end < simdjson::SIMDJSON_PADDING;
      benchmark::DoNotOptimize(parser.parse(feed.data() + at, end - at, near_end).error());
      at = end + 1;
    }
  }
  set_speed(state, feed.size());
}

void parse(benchmark::State& state) {
  const std::string& feed = feed_with(state.range(0));
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(parse_feed(feed, "feed", {}, diagnostics, [](Account&& account) {
      benchmark::DoNotOptimize(account);
      return true;
    }));
  }
  set_speed(state, feed.size());
}

void parse_and_write(benchmark::State& state) {
  const std::string& feed = feed_with(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(write_snapshot(feed));
  set_speed(state, feed.size());
}

void open(benchmark::State& state) {
  const std::string file = write_snapshot(feed_with(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Snapshot::open(file));
  set_speed(state, file.size());
}

/// One lookup of a random account, and the fields that a rule's `when` usually tests.
void find(benchmark::State& state) {
  const std::string file = write_snapshot(feed_with(state.range(0)));
  const auto snapshot = Snapshot::open(file);
  if (!snapshot) return state.SkipWithError("no snapshot");
  std::vector<uint64_t> keys;
  for (uint64_t i = 0; i < 1u << 16; ++i) {
    keys.push_back(snapshot->at(static_cast<uint32_t>(i * 2654435761u % snapshot->size())).key());
  }
  size_t next = 0;
  for (auto _ : state) {
    const auto account = snapshot->find(keys[next++ % keys.size()]);
    benchmark::DoNotOptimize(account->tier());
    benchmark::DoNotOptimize(account->text(TextField::kIndustry).data());
    benchmark::DoNotOptimize(account->segment(0).data());
  }
}

void find_domain(benchmark::State& state) {
  const std::string file = write_snapshot(feed_with(state.range(0)));
  const auto snapshot = Snapshot::open(file);
  if (!snapshot) return state.SkipWithError("no snapshot");
  std::vector<std::string> domains;
  for (uint64_t i = 0; i < 1u << 16; ++i) {
    domains.emplace_back(snapshot->at(static_cast<uint32_t>(i * 2654435761u % snapshot->size())).domain(0));
  }
  size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(snapshot->find_domain(domains[next++ % domains.size()]));
}

BENCHMARK(copy_bytes)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(simdjson_alone)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(parse)->Arg(100'000)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(parse_and_write)->Arg(100'000)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(open)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(find)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(find_domain)->Arg(1'000'000);

}  // namespace
}  // namespace abm::accounts

BENCHMARK_MAIN();
