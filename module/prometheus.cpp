// Metric names: abm_ + what + unit; counters end in _total.
#include "module/prometheus.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "module/counter_table.h"
#include "module/live.h"
#include "module/page_memory.h"

namespace abm::module {
namespace {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void gauge(std::string& out, std::string_view name, std::string_view help, int64_t value) {
  head(out, name, "gauge", help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

void write_gauges(std::string& out, const DataFolder* folder) {
  const Live* live = folder != nullptr ? folder->live().get() : nullptr;
  gauge(out, "abm_last_publish_refused",
        "1 while the newest published generation is refused or cannot be read.",
        folder != nullptr && !folder->fault().empty());
  gauge(out, "abm_rules_held", "1 while rules are held since a rollback: rule changes wait.",
        folder != nullptr && (folder->hold().held() || !folder->held_at_origin().empty()));
  gauge(out, "abm_generation_loaded", "1 if a generation is in use.", live != nullptr);
  if (live == nullptr) return;
  const generation::Generation& gen = *live->generation;
  const accounts::Snapshot& feed = gen.accounts();
  gauge(out, "abm_generation", "Number of the generation in use.", static_cast<int64_t>(gen.number()));
  gauge(out, "abm_feed_version", "Version of the account feed in use.",
        static_cast<int64_t>(feed.feed_version()));
  gauge(out, "abm_feed_accounts", "Accounts in the feed in use.", feed.size());
  gauge(out, "abm_feed_age_seconds", "Time since the feed was generated.", ngx_time() - feed.generated_at());
  gauge(out, "abm_feed_expired", "1 once the feed has expired: all pages are original.",
        gen.expired(ngx_time()));
  gauge(out, "abm_index_age_seconds", "Time since the network index was built.",
        ngx_time() - static_cast<int64_t>(gen.index().build_epoch()));
}

void write_held(std::string& out, const DataFolder* folder) {
  constexpr std::string_view kName = "abm_held_bytes";
  head(out, kName, "gauge", "What the answering worker has in memory of generations, by part and reason.");
  std::map<std::pair<generation::Part, generation::Holder>, uint64_t> sums;
  if (folder != nullptr) {
    for (const generation::HeldPart& held : folder->held()) sums[{held.part, held.why}] += held.bytes;
  }
  for (const auto& [what, bytes] : sums) {
    fmt::format_to(std::back_inserter(out), "{}{{part=\"{}\",why=\"{}\"}} {}\n", kName, held_name(what.first),
                   to_string(what.second), bytes);
  }
}

void write_page_memory(std::string& out) {
  const PageStore* store = page_store();
  if (store == nullptr) return;
  gauge(out, "abm_page_memory_bytes", "What remembered pages take in the answering worker.",
        static_cast<int64_t>(store->bytes()));
  gauge(out, "abm_page_memory_size_bytes", "What they may take: abm_page_memory.",
        static_cast<int64_t>(store->max_bytes()));
  gauge(out, "abm_page_memory_pages", "Pages that the answering worker knows.",
        static_cast<int64_t>(store->pages()));
}

void write_counters(std::string& out) {
  const Counters& all = counters();
  std::string_view metric;
  for (const CounterEntry& entry : kCounterTable) {
    if (entry.metric != metric) head(out, entry.metric, "counter", entry.help);
    metric = entry.metric;
    out += metric;
    if (!entry.label.empty()) fmt::format_to(std::back_inserter(out), "{{{}}}", entry.label);
    fmt::format_to(std::back_inserter(out), " {}\n", load(all.*entry.value));
  }
}

void write_skips(std::string& out) {
  head(out, kOriginalMetric, "counter", kOriginalHelp);
  for (size_t i = static_cast<size_t>(Skip::kExcluded); i < kPageSkips; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{{reason=\"{}\"}} {}\n", kOriginalMetric,
                   to_string(static_cast<Skip>(i)), load(counters().original[i]));
  }
}

void write_histogram(std::string& out) {
  constexpr std::string_view kName = "abm_module_time_seconds";
  const Counters& all = counters();
  head(out, kName, "histogram", "The module's own time per page.");
  uint64_t count = 0;
  for (size_t i = 0; i < all.time_buckets.size(); ++i) {
    count += load(all.time_buckets[i]);
    const std::string bound = i < kTimeBounds.size() ? fmt::format("{}", kTimeBounds[i] / 1e6) : "+Inf";
    fmt::format_to(std::back_inserter(out), "{}_bucket{{le=\"{}\"}} {}\n", kName, bound, count);
  }
  fmt::format_to(std::back_inserter(out), "{}_sum {}\n{}_count {}\n", kName,
                 static_cast<double>(load(all.time_sum_us)) / 1e6, kName, count);
}

}  // namespace

std::string prometheus_status(const DataFolder* folder) {
  std::string out;
  write_gauges(out, folder);
  write_held(out, folder);
  write_page_memory(out);
  write_counters(out);
  write_skips(out);
  write_histogram(out);
  return out;
}

}  // namespace abm::module
