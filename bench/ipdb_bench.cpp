// The index compared with libmaxminddb alone, in one run: lookup, validation, opening, and building from AS
// ranges. ABM_BENCH_ASN names a folder with asn-ipv4.csv and asn-ipv6.csv (npm @ip-location-db/asn); without
// it the ranges are made up, equal in number and length.
#include <benchmark/benchmark.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "ipdb/csv.h"
#include "ipdb/index.h"
#include "ipdb/mmdb_validator.h"
#include "ipdb/network_builder.h"

namespace abm::ipdb {
namespace {

constexpr size_t kAddresses = 1u << 16;
constexpr uint32_t kAccounts = 10'000;

struct Sample {
  std::string bytes;
  Fd fd;
  std::vector<IpAddress> v4, v6;
};

std::string made_up_ranges() {
  std::mt19937_64 random(1);
  std::string csv;
  uint32_t at = 0x01000000;
  for (uint32_t i = 0; i < 515'158 && at < 0xdf000000; ++i) {
    const uint32_t size = 256u << (random() % 6);
    csv += IpAddress::v4(at).to_string() + "," + IpAddress::v4(at + size - 1).to_string() + "," +
           std::to_string(1 + random() % 80'000) + ",Somebody\n";
    at += size + 256 * static_cast<uint32_t>(random() % 8);
  }
  return csv;
}

// The sources' paths, created once.
const std::vector<NetworkSource>& sources() {
  static const std::vector<NetworkSource> all = [] {
    std::vector<NetworkSource> list;
    const auto add = [&](std::string path) {
      NetworkSource source;
      source.kind = NetworkSource::Kind::kAsn;
      source.path = std::move(path);
      list.push_back(std::move(source));
    };
    if (const char* folder = std::getenv("ABM_BENCH_ASN")) {
      add(std::string(folder) + "/asn-ipv4.csv");
      add(std::string(folder) + "/asn-ipv6.csv");
    } else {
      add("/tmp/abm_ipdb_bench.csv");
      if (auto written = write_file_atomically(list[0].path, made_up_ranges()); !written) std::abort();
    }
    return list;
  }();
  return all;
}

// Every AS number in the data belongs to one of the accounts, so that every range is mapped.
NetworkInputs inputs() {
  NetworkInputs inputs;
  inputs.feed = "bench";
  inputs.sources = sources();
  std::set<std::string> numbers;
  for (const NetworkSource& source : inputs.sources) {
    Diagnostics diagnostics;
    const auto bytes = read_file(source.path, size_t{1} << 30);
    if (!bytes) std::abort();
    CsvReader csv(*bytes, "bench", {}, diagnostics);
    while (csv.next()) numbers.emplace(csv[2]);
  }
  std::vector<std::vector<uint32_t>> asns(kAccounts);
  uint32_t next = 0;
  for (const std::string& number : numbers)
    asns[next++ % kAccounts].push_back(static_cast<uint32_t>(std::stoul(number)));
  for (uint32_t i = 0; i < kAccounts; ++i) {
    const std::string id = "account-" + std::to_string(i);
    inputs.accounts.add({.id = id, .networks = {}, .asns = asns[i], .organizations = {}, .domains = {}});
  }
  return inputs;
}

NetworkOptions options() {
  NetworkOptions options;
  options.max_as_addresses = UINT64_MAX;
  options.build_epoch = 1;
  return options;
}

const Sample& sample() {
  static const Sample made = [] {
    Sample s;
    Diagnostics diagnostics;
    auto index = build_networks(inputs(), options(), diagnostics);
    if (!index) std::abort();
    s.bytes = std::move(index->bytes);
    s.fd = std::move(*sealed_copy("bench", s.bytes));
    std::mt19937_64 random(2);
    for (size_t i = 0; i < kAddresses; ++i) {
      s.v4.push_back(IpAddress::v4(static_cast<uint32_t>(random())));
      IpAddress ip;
      for (auto& byte : ip.bytes) byte = static_cast<uint8_t>(random());
      ip.bytes[0] = 0x2a;
      ip.bytes[1] = static_cast<uint8_t>(random() % 16);
      s.v6.push_back(ip);
    }
    return s;
  }();
  return made;
}

void look_up(benchmark::State& state, const std::vector<IpAddress>& addresses) {
  auto index = Index::open(sample().fd.get());
  size_t i = 0, identified = 0;
  for (auto _ : state) {
    const Match match = index->lookup(addresses[i++ % kAddresses]);
    identified += match.identified() ? 1 : 0;
    benchmark::DoNotOptimize(match);
  }
  state.counters["identified"] = static_cast<double>(identified) / static_cast<double>(state.iterations());
}

// What a module without our index would do: look up, then read the record's account.
void look_up_with_libmaxminddb(benchmark::State& state, const std::vector<IpAddress>& addresses, bool value) {
  MMDB_s db;
  const std::string path = "/proc/self/fd/" + std::to_string(sample().fd.get());
  if (MMDB_open(path.c_str(), MMDB_MODE_MMAP, &db) != MMDB_SUCCESS) std::abort();
  size_t i = 0;
  for (auto _ : state) {
    const IpAddress& ip = addresses[i++ % kAddresses];
    sockaddr_storage storage{};
    if (ip.is_v4) {
      auto* in = reinterpret_cast<sockaddr_in*>(&storage);
      in->sin_family = AF_INET;
      std::memcpy(&in->sin_addr, ip.bytes.data() + 12, 4);
    } else {
      auto* in = reinterpret_cast<sockaddr_in6*>(&storage);
      in->sin6_family = AF_INET6;
      std::memcpy(&in->sin6_addr, ip.bytes.data(), 16);
    }
    int error = 0;
    auto found = MMDB_lookup_sockaddr(&db, reinterpret_cast<const sockaddr*>(&storage), &error);
    benchmark::DoNotOptimize(found);
    if (!value || !found.found_entry) continue;
    MMDB_entry_data_s data;
    MMDB_get_value(&found.entry, &data, "account", nullptr);
    benchmark::DoNotOptimize(data);
  }
  MMDB_close(&db);
}

void LookupV4(benchmark::State& state) {
  look_up(state, sample().v4);
}
void LookupV6(benchmark::State& state) {
  look_up(state, sample().v6);
}
void LibmaxminddbV4(benchmark::State& state) {
  look_up_with_libmaxminddb(state, sample().v4, false);
}
void LibmaxminddbV4Value(benchmark::State& state) {
  look_up_with_libmaxminddb(state, sample().v4, true);
}
void LibmaxminddbV6(benchmark::State& state) {
  look_up_with_libmaxminddb(state, sample().v6, false);
}
BENCHMARK(LookupV4);
BENCHMARK(LibmaxminddbV4);
BENCHMARK(LibmaxminddbV4Value);
BENCHMARK(LookupV6);
BENCHMARK(LibmaxminddbV6);

void Validate(benchmark::State& state) {
  const Sample& s = sample();
  for (auto _ : state) {
    auto summary = validate_mmdb(s.bytes);
    benchmark::DoNotOptimize(summary);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * s.bytes.size()));
  state.counters["file_bytes"] = static_cast<double>(s.bytes.size());
}
BENCHMARK(Validate)->Unit(benchmark::kMillisecond);

void Open(benchmark::State& state) {
  for (auto _ : state) {
    auto index = Index::open(sample().fd.get());
    benchmark::DoNotOptimize(index);
  }
}
BENCHMARK(Open)->Unit(benchmark::kMillisecond);

double thread_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// The longest slice in which a worker opens the index.
void OpenInSlices(benchmark::State& state) {
  double longest = 0;
  for (auto _ : state) {
    auto loader = IndexLoader::start(sample().fd.get());
    for (bool done = false; !done;) {
      const double start = thread_us();
      done = *loader->step(16'384);
      longest = std::max(longest, thread_us() - start);
    }
    Index index = std::move(*loader).take();
    benchmark::DoNotOptimize(index);
  }
  state.counters["longest_us"] = longest;
}
BENCHMARK(OpenInSlices)->Unit(benchmark::kMillisecond);

void Build(benchmark::State& state) {
  const NetworkInputs in = inputs();
  for (auto _ : state) {
    Diagnostics diagnostics;
    auto index = build_networks(in, options(), diagnostics);
    if (!index) std::abort();
    state.counters["claims"] = static_cast<double>(index->report.claims);
    state.counters["nodes"] = index->report.node_count;
    benchmark::DoNotOptimize(index);
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_rss_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(Build)->Unit(benchmark::kMillisecond)->Iterations(2);

}  // namespace
}  // namespace abm::ipdb

BENCHMARK_MAIN();
