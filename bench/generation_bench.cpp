// Generations at full size: how long a publication takes until it is live, the longest slice in
// which a worker adopts or frees a generation, and what a visit pays for its account, compared
// with libmaxminddb alone.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "generation/adopter.h"
#include "generation/build.h"
#include "generation/build_feed.h"
#include "generation/identify.h"
#include "generation/publish.h"
#include "generation/retirement.h"
#include "rules/match/matcher.h"
#include "tests/accounts/feed_samples.h"

namespace abm::generation {
namespace {

namespace fs = std::filesystem;
using State = Adopter::State;

/// A site in a folder of its own: a feed of `accounts` accounts, and `rules` rules that each name one.
class Site {
 public:
  Site(size_t accounts, size_t rules) {
    std::string pattern = "/tmp/abm_generation_bench_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ::chmod(folder_.c_str(), 0755);
    feed_ = accounts::samples::generated_feed(accounts);
    write_feed();
    if (rules != 0) write_rules(rules, accounts);
  }
  ~Site() {
    std::error_code code;
    fs::remove_all(folder_, code);
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  [[nodiscard]] std::string data() const { return folder_ + "/data"; }
  [[nodiscard]] const std::string& feed() const noexcept { return feed_; }
  [[nodiscard]] std::string feed_path() const { return folder_ + "/accounts.ndjson"; }

  /// Another tier for one account in the middle.
  void change_one_tier() {
    const size_t at = feed_.find("\"tier\":\"", feed_.size() / 2);
    const size_t from = at + 8, to = feed_.find('"', from);
    feed_.replace(from, to - from, feed_.compare(from, 8, "untiered") == 0 ? "1:few" : "untiered");
    write_feed();
  }
  /// What abmctl publish does.
  Published publish() {
    BuildInputs inputs;
    inputs.feed = feed_path();
    inputs.folder = folder_;
    if (fs::exists(folder_ + "/rules.yaml")) inputs.rules = {"rules.yaml"};
    BuildOptions options;
    std::shared_ptr<const Generation> previous;
    if (auto opened = Generation::open(data()); opened) previous = std::move(*opened);
    options.previous = previous.get();
    Diagnostics diagnostics;
    auto artifacts = build(inputs, options, diagnostics);
    PublishOptions to;
    to.data_dir = data();
    to.keep = 2;
    auto published = artifacts ? generation::publish(std::move(*artifacts), to) : Result<Published>(Error{});
    if (!published) std::abort();
    return *published;
  }

 private:
  void write_feed() { std::ofstream(feed_path(), std::ios::binary | std::ios::trunc) << feed_; }

  void write_rules(size_t rules, size_t accounts) {
    std::ofstream out(folder_ + "/rules.yaml");
    out << "abm: rules/1\nslots: { headline: h1, cta: 'a.cta' }\nrules:\n";
    for (size_t i = 0; i < rules; ++i) {
      out << "  - id: rule-" << i << "\n    when: { account: account-" << i % accounts << ", path: /page-"
          << i << "/** }\n    rewrite:\n      headline: { text: \"Made for number " << i
          << "\" }\n      cta: { text: \"See the plan\", attributes: { href: /for/" << i << " } }\n";
    }
  }

  std::string folder_;
  std::string feed_;
};

Site& site_of(size_t accounts, size_t rules = 0) {
  static std::unique_ptr<Site> site;
  static std::pair<size_t, size_t> made;
  if (site == nullptr || made != std::pair(accounts, rules)) {
    site.reset();
    site = std::make_unique<Site>(accounts, rules);
    site->publish();
    made = {accounts, rules};
  }
  return *site;
}

bool same_inode(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_ino == second.st_ino;
}

/// From the changed feed to a worker that serves it, not counting the worker's poll.
void publish_a_changed_tier(benchmark::State& state) {
  Site& site = site_of(static_cast<size_t>(state.range(0)));
  Adopter worker(site.data());
  worker.run_to_end();
  bool linked = true;
  for (auto _ : state) {
    state.PauseTiming();
    site.change_one_tier();
    const uint64_t before = worker.current()->number();
    state.ResumeTiming();
    const Published published = site.publish();
    State adopted = State::kWorking;
    while (adopted != State::kAdopted) adopted = worker.step(std::chrono::microseconds(1000));
    state.PauseTiming();
    const auto index_of = [&](uint64_t number) {
      return site.data() + "/" + generation_name(number) + "/ipdb.mmdb";
    };
    linked = linked && same_inode(index_of(before), index_of(published.number));
    while (worker.step(std::chrono::microseconds(1000)) == State::kWorking) {
    }
    state.ResumeTiming();
  }
  state.counters["index_linked"] = linked ? 1 : 0;
}
BENCHMARK(publish_a_changed_tier)->Arg(100'000)->Iterations(10)->Unit(benchmark::kMillisecond)->UseRealTime();

double thread_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// What each step of a run costs. Every run takes the same steps, so the lowest cost of a step over several
/// runs is its own, without whatever else the machine did.
class StepCosts {
 public:
  void begin_run() { step_ = 0; }
  template <typename Step>
  auto time(Step step) {
    const double start = thread_us();
    auto result = step();
    const double cost = thread_us() - start;
    if (step_ == costs_.size()) costs_.push_back(cost);
    costs_[step_] = std::min(costs_[step_], cost);
    ++step_;
    return result;
  }
  [[nodiscard]] double longest() const { return *std::max_element(costs_.begin(), costs_.end()); }
  [[nodiscard]] size_t count() const { return costs_.size(); }

 private:
  std::vector<double> costs_;
  size_t step_ = 0;
};

/// A worker's smallest slices while everything is new, then while what was replaced is freed: the longest of
/// them is the longest that a visitor can wait for a new generation.
void adopt_and_retire(benchmark::State& state) {
  Site& site = site_of(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  StepCosts adopting, retiring;
  for (auto _ : state) {
    auto worker = std::make_unique<Adopter>(site.data());
    adopting.begin_run();
    const auto step = [&] { return worker->step(std::chrono::microseconds(0)); };
    while (adopting.time(step) != State::kAdopted) {
    }
    benchmark::DoNotOptimize(
        adopting.time([&] { return rules::Matcher::create(worker->current()->rules()); }));
    state.PauseTiming();
    // In the same worker another folder's generation shares nothing: what it replaces is freed completely.
    Retirement retirement;
    retirement.add(worker->current());
    worker.reset();
    retiring.begin_run();
    while (retiring.time([&] { return retirement.step(); })) {
    }
    state.ResumeTiming();
  }
  state.counters["slices"] = static_cast<double>(adopting.count());
  state.counters["longest_adopting_us"] = adopting.longest();
  state.counters["longest_retiring_us"] = retiring.longest();
}
BENCHMARK(adopt_and_retire)
    ->Args({1'000'000, 0})
    ->Args({1000, 10'000})
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);

std::vector<IpAddress> visitors(size_t accounts, size_t count) {
  std::mt19937_64 random(3);
  std::vector<IpAddress> ips(count);
  for (IpAddress& ip : ips) {
    const auto network = static_cast<uint32_t>(random() % accounts);
    ip = IpAddress::v4((accounts::samples::kFirstNetwork + network) << 8 | (random() & 255));
  }
  return ips;
}

/// Address → index → account → the fields that a rule tests. With few visitors everything is in the
/// processor's caches: a warm worker. With many, no account has been seen for a long time, and
/// every step waits for memory.
void visit(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto generation = Generation::open(site_of(count).data());
  if (!generation) return state.SkipWithError("no generation");
  const auto ips = visitors(count, static_cast<size_t>(state.range(1)));
  size_t next = 0, identified = 0;
  for (auto _ : state) {
    const Identity who = identify(**generation, ips[next++ % ips.size()], {}, IdentityKind::kDomain);
    if (!who.account) continue;
    ++identified;
    benchmark::DoNotOptimize(who.account->tier());
    benchmark::DoNotOptimize(who.account->text(accounts::TextField::kIndustry).data());
    benchmark::DoNotOptimize(who.account->segment(0).data());
  }
  state.counters["identified"] = static_cast<double>(identified) / static_cast<double>(state.iterations());
}

/// The same file with the library alone: address → the record's "account", with no account behind it.
void visit_with_libmaxminddb(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto generation = Generation::open(site_of(count).data());
  if (!generation) return state.SkipWithError("no generation");
  MMDB_s db;
  const std::string path = "/proc/self/fd/" + std::to_string((*generation)->part(Part::kIpdb)->fd());
  if (MMDB_open(path.c_str(), MMDB_MODE_MMAP, &db) != MMDB_SUCCESS) return state.SkipWithError("no index");
  const auto ips = visitors(count, static_cast<size_t>(state.range(1)));
  size_t next = 0;
  for (auto _ : state) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, ips[next++ % ips.size()].bytes.data() + 12, 4);
    int error = 0;
    auto found = MMDB_lookup_sockaddr(&db, reinterpret_cast<const sockaddr*>(&address), &error);
    MMDB_entry_data_s data;
    if (found.found_entry) MMDB_get_value(&found.entry, &data, "account", nullptr);
    benchmark::DoNotOptimize(data);
  }
  MMDB_close(&db);
}
BENCHMARK(visit)->Args({1'000'000, 1'000})->Args({1'000'000, 65'536});
BENCHMARK(visit_with_libmaxminddb)->Args({1'000'000, 1'000})->Args({1'000'000, 65'536});

uint64_t status_bytes(std::string_view name) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  return 0;
}

/// From the feed on disk to accounts.bin and what the index needs: speed, and peak memory beyond accounts.bin
/// as a multiple of the feed. Wall-clock time: several threads share the work.
void feed_to_snapshot(benchmark::State& state) {
  const Site& site = site_of(static_cast<size_t>(state.range(0)));
  double most = 0;
  for (auto _ : state) {
    ::malloc_trim(0);  // as in a new process: no memory is left over from the last run
    std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak
    const uint64_t before = status_bytes("VmRSS:");
    Diagnostics diagnostics;
    const auto products = build_feed({site.feed_path(), "feed", {}}, {}, diagnostics);
    if (!products) return state.SkipWithError("the feed is refused");
    const uint64_t beyond = status_bytes("VmHWM:") - before - products->snapshot.size();
    most = std::max(most, static_cast<double>(beyond) / static_cast<double>(site.feed().size()));
    state.counters["snapshot_bytes"] = static_cast<double>(products->snapshot.size());
  }
  state.counters["feed_bytes"] = static_cast<double>(site.feed().size());
  state.counters["memory_per_feed"] = most;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * site.feed().size()));
}
BENCHMARK(feed_to_snapshot)->Arg(1'000'000)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace abm::generation

BENCHMARK_MAIN();
