// The shared zone "abm": one block of atomics, made by the master, handed from cycle to cycle.
#include "module/counters.h"

#include <new>

#include "module/conf.h"

namespace abm::module {
namespace {

// Per process: where this process counts.
Counters private_block;
Counters* block = &private_block;

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old_data) {
  if (old_data != nullptr) {
    zone->data = old_data;
    return NGX_OK;
  }
  auto* pool = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
  if (zone->shm.exists) {
    zone->data = pool->data;
    return NGX_OK;
  }
  void* memory = ngx_slab_calloc(pool, sizeof(Counters));
  if (memory == nullptr) return NGX_ERROR;
  pool->data = new (memory) Counters{};
  zone->data = pool->data;
  return NGX_OK;
}

}  // namespace

Counters& counters() noexcept {
  return *block;
}

void count_exception() noexcept {
  add(counters().exceptions);
}

void count_time(uint64_t microseconds) noexcept {
  size_t bucket = 0;
  while (bucket < kTimeBounds.size() && microseconds > kTimeBounds[bucket]) ++bucket;
  add(counters().time_buckets[bucket]);
  add(counters().time_sum_us, microseconds);
}

ngx_int_t add_zone(ngx_conf_t* cf, MainConf* conf) {
  ngx_str_t name = literal("abm");
  conf->zone = ngx_shared_memory_add(cf, &name, conf->zone_size, &ngx_http_abm_module);
  if (conf->zone == nullptr) return NGX_ERROR;
  conf->zone->init = init_zone;
  return NGX_OK;
}

void attach_counters(const MainConf* conf) noexcept {
  if (conf->zone != nullptr && conf->zone->data != nullptr) block = static_cast<Counters*>(conf->zone->data);
}

}  // namespace abm::module
