// What all workers count together: one block of atomics in shared memory that survives a reload.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "module/ngx.h"
#include "module/skip.h"

namespace abm::module {

struct MainConf;

/// Upper bounds of the histogram of the module's own time per page, µs; one more bucket is unbounded.
inline constexpr std::array<uint32_t, 11> kTimeBounds = {5,   10,   25,   50,   100,  250,
                                                         500, 1000, 2500, 5000, 25000};

using Counter = std::atomic<uint64_t>;
static_assert(Counter::is_always_lock_free, "counters are shared between processes");

/// All zero at the start. `identified` = `personalized` + the sum of `original`: all three are added at once,
/// when a request ends.
struct Counters {
  Counter requests;         ///< main requests to a location with `abm on`
  Counter proxy_addresses;  ///< of these: a proxy of the site counts as the visitor
  Counter opted_out;
  Counter identified;  ///< identified visits: those that have a visit line
  Counter personalized;
  std::array<Counter, kPageSkips> original;  ///< by Skip
  Counter previews;
  Counter links_valid, links_refused;  ///< pages asked for with a link's token
  Counter remembered, forgotten;       ///< cookies set and deleted
  Counter not_modified;                ///< 304 to our own validator; personalized too
  Counter slots_applied, slots_missing, slots_skipped;
  Counter visits_built, visits_cut;
  Counter beacons_logged, beacons_ignored, beacons_refused;  ///< abm_seen
  Counter decoded;  ///< upstream bodies that came encoded and were decoded
  Counter decode_failed;
  Counter exceptions;
  Counter out_of_memory;
  Counter recalled_whole, recalled_part, recalled_not;  ///< personalized pages, by rewrite::Recall
  Counter gzip_spliced;  ///< answers that were compressed in the place of nginx's gzip filter
  Counter gzip_larger;   ///< answers left to it, since they would have been too much larger (abm_gzip auto)
  Counter gzip_reused_bytes, gzip_deflated_bytes;  ///< of the former, before compression
  Counter pages_learned, pages_changing, pages_refused;
  Counter adoptions, faults;
  std::array<Counter, kTimeBounds.size() + 1> time_buckets;
  Counter time_sum_us;

  // Today's visitor key. Written under the zone's mutex by a worker's timer, read without a lock: `sequence`
  // is odd while the words change.
  Counter key_sequence;
  Counter key_day;  ///< days since 1970, UTC
  std::array<Counter, 4> key_words;
};

/// This process's view of the block; never nullptr (a private one stands in until the zone is there).
[[nodiscard]] Counters& counters() noexcept;
inline void add(Counter& counter, uint64_t n = 1) noexcept {
  counter.fetch_add(n, std::memory_order_relaxed);
}
[[nodiscard]] inline uint64_t load(const Counter& counter) noexcept {
  return counter.load(std::memory_order_relaxed);
}

void count_exception() noexcept;
void count_time(uint64_t microseconds) noexcept;

/// Creates (or on reload takes over) the zone "abm". NGX_OK or NGX_ERROR.
ngx_int_t add_zone(ngx_conf_t* cf, MainConf* conf);
/// At worker start: from here on counters() is the shared block.
void attach_counters(const MainConf* conf) noexcept;

}  // namespace abm::module
