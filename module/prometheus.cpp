// Metric names: abm_ + what + unit; counters end in _total.
#include "module/prometheus.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "module/counters.h"
#include "module/live.h"

namespace abm::module {
namespace {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void counter(std::string& out, std::string_view name, std::string_view help, const Counter& value) {
  head(out, name, "counter", help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, load(value));
}

void gauge(std::string& out, std::string_view name, std::string_view help, int64_t value) {
  head(out, name, "gauge", help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

void write_gauges(std::string& out, const DataFolder* folder) {
  const Live* live = folder != nullptr ? folder->live().get() : nullptr;
  gauge(out, "abm_last_publish_refused", "1 while the newest published generation is refused.",
        folder != nullptr && !folder->fault().empty());
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

void write_skips(std::string& out) {
  constexpr std::string_view kName = "abm_original_total";
  head(out, kName, "counter", "Identified visits that got the original page, by reason.");
  for (size_t i = static_cast<size_t>(Skip::kExcluded); i < kPageSkips; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{{reason=\"{}\"}} {}\n", kName,
                   to_string(static_cast<Skip>(i)), load(counters().original[i]));
  }
}

void write_slots(std::string& out) {
  constexpr std::string_view kName = "abm_slot_edits_total";
  head(out, kName, "counter", "Slot edits of identified visits, by what became of them.");
  const auto line = [&](std::string_view state, const Counter& value) {
    fmt::format_to(std::back_inserter(out), "{}{{state=\"{}\"}} {}\n", kName, state, load(value));
  };
  line("applied", counters().slots_applied);
  line("missing", counters().slots_missing);
  line("skipped", counters().slots_skipped);
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
  const Counters& all = counters();
  write_gauges(out, folder);
  write_held(out, folder);
  counter(out, "abm_requests_total", "Main requests to locations with abm on.", all.requests);
  counter(out, "abm_identified_total", "Identified visits: personalized plus original.", all.identified);
  counter(out, "abm_personalized_total", "Identified visits that got a personalized page.", all.personalized);
  write_skips(out);
  write_slots(out);
  counter(out, "abm_not_modified_total", "Answers 304 to a personalized page's own validator.",
          all.not_modified);
  counter(out, "abm_opted_out_total", "Requests that opted out.", all.opted_out);
  counter(out, "abm_previews_total", "Answers to valid preview links.", all.previews);
  counter(out, "abm_visit_lines_total", "Visit lines built.", all.visits_built);
  counter(out, "abm_visit_lines_cut_total", "Visit lines that lost something to their limit.",
          all.visits_cut);
  counter(out, "abm_decoded_total", "Upstream bodies that were decoded.", all.decoded);
  counter(out, "abm_decode_failed_total", "Upstream bodies that were damaged or out of bounds.",
          all.decode_failed);
  counter(out, "abm_exceptions_total", "Exceptions stopped at the fence.", all.exceptions);
  counter(out, "abm_out_of_memory_total", "Pages that stayed original, or ended, for lack of memory.",
          all.out_of_memory);
  counter(out, "abm_adoptions_total", "Generations taken over, all workers.", all.adoptions);
  counter(out, "abm_faults_total", "Generations refused, all workers.", all.faults);
  write_histogram(out);
  return out;
}

}  // namespace abm::module
