// abm_status: what all workers counted, and what this one has in use, as JSON or Prometheus text.
#include <algorithm>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/timestamp.h"
#include "module/conf.h"
#include "module/counter_table.h"
#include "module/endpoint.h"
#include "module/fence.h"
#include "module/live.h"
#include "module/page_memory.h"
#include "module/page_request.h"
#include "module/prometheus.h"

namespace abm::module {
namespace {

using Json = JsonWriter<std::string>;

void write_time(Json& json, std::string_view key, int64_t unix_seconds) {
  json.key(key);
  if (unix_seconds <= 0) {
    json.null();
  } else {
    json.string(format_rfc3339(unix_seconds));
  }
}

void write_generation(Json& json, const DataFolder* folder) {
  const Live* live = folder != nullptr ? folder->live().get() : nullptr;
  const generation::Generation* gen = live != nullptr ? live->generation.get() : nullptr;
  json.key("generation");
  if (gen == nullptr) {
    json.null().key("feed").null().key("index").null();
  } else {
    const accounts::Snapshot& feed = gen->accounts();
    json.number(gen->number()).key("created_at").string(gen->manifest().created_at);
    json.key("feed")
        .begin_object()
        .key("tenant")
        .string(feed.tenant())
        .key("version")
        .number(feed.feed_version());
    json.key("accounts").number(feed.size());
    write_time(json, "generated_at", feed.generated_at());
    json.key("age_seconds").number(ngx_time() - feed.generated_at());
    write_time(json, "expires_at", feed.expires_at().value_or(0));
    json.key("expired").boolean(gen->expired(ngx_time())).end_object();
    const auto built = static_cast<int64_t>(gen->index().build_epoch());
    json.key("index").begin_object();
    write_time(json, "built_at", built);
    json.key("age_seconds").number(ngx_time() - built).end_object();
  }
  json.key("last_fault");
  if (folder == nullptr || folder->fault().empty()) {
    json.null();
  } else {
    json.string(folder->fault());
  }
}

void write_rules_held(Json& json, const DataFolder* folder) {
  json.key("rules_held");
  const bool held = folder != nullptr && folder->hold().held();
  if (!held && (folder == nullptr || folder->held_at_origin().empty())) {
    json.null();
    return;
  }
  json.begin_object();
  const auto& hold = folder->hold().hold();
  if (hold.has_value()) {
    json.key("generation").number(hold->generation);
    write_time(json, "since", hold->since);
    json.key("by").string(hold->by);
  } else if (held) {
    json.key("fault").string(folder->hold().fault());
  } else {
    json.key("generation").number(folder->live()->generation->manifest().rules_from);
    json.key("since").string(folder->held_at_origin());
  }
  json.end_object();
}

// Of this worker: what it has in memory of the generations, and why.
void write_held(Json& json, const DataFolder* folder) {
  const auto parts = folder != nullptr ? folder->held() : std::vector<generation::HeldPart>();
  const auto count = [&](generation::Part part) {
    return static_cast<uint64_t>(std::count_if(
        parts.begin(), parts.end(), [&](const generation::HeldPart& held) { return held.part == part; }));
  };
  json.key("held").begin_object();
  json.key("indexes").number(count(generation::Part::kIpdb));
  json.key("accounts").number(count(generation::Part::kAccounts));
  json.key("rules").number(count(generation::Part::kRules));
  json.key("parts").begin_array();
  for (const generation::HeldPart& held : parts) {
    json.begin_object().key("part").string(held_name(held.part));
    json.key("generation").number(held.generation).key("bytes").number(held.bytes);
    json.key("why").string(to_string(held.why)).end_object();
  }
  json.end_array().end_object();
}

// A URL's arguments may hold what is nobody's business, and are in none of our logs: only that there are some
// is told.
void write_url(Json& json, std::string_view host, std::string_view path) {
  const size_t path_size = std::min(path.find('?'), path.size());
  json.key("host").string(host).key("path").string(path.substr(0, path_size));
  json.key("arguments").boolean(path_size != path.size());
}

void write_unrecalled(Json& json, const UnrecalledPage& page) {
  json.begin_object();
  write_url(json, page.host, page.path);
  json.key("why").string(page.why).key("misses").number(uint64_t{page.misses});
  json.key("parted_at").number(page.parted_at).end_object();
}

// Of this worker.
void write_page_memory(Json& json) {
  json.key("page_memory");
  const PageStore* store = page_store();
  if (store == nullptr) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("size").number(static_cast<uint64_t>(store->max_bytes()));
  json.key("bytes").number(static_cast<uint64_t>(store->bytes()));
  json.key("pages").number(static_cast<uint64_t>(store->pages()));
  json.key("versions").number(static_cast<uint64_t>(store->versions()));
  json.key("not_recalled").begin_array();
  for (const UnrecalledPage& page : unrecalled_pages()) write_unrecalled(json, page);
  json.end_array();
  json.key("not_spliced").begin_array();
  for (const UnsplicedPage& page : unspliced_pages()) {
    json.begin_object();
    write_url(json, page.host, page.path);
    json.key("spliced").number(uint64_t{page.sizes.in_pieces});
    json.key("gzip").number(uint64_t{page.sizes.at_once}).end_object();
  }
  json.end_array().end_object();
}

void write_counters(Json& json) {
  const Counters& all = counters();
  std::string_view group;
  for (const CounterEntry& entry : kCounterTable) {
    if (entry.group != group) {
      if (!group.empty()) json.end_object();
      if (!entry.group.empty()) json.key(entry.group).begin_object();
      group = entry.group;
    }
    json.key(entry.key).number(load(all.*entry.value));
  }
  if (!group.empty()) json.end_object();
}

void write_skips(Json& json) {
  const Counters& all = counters();
  uint64_t original = 0;
  for (const Counter& reason : all.original) original += load(reason);
  json.key("original").number(original).key("skips").begin_object();
  for (size_t i = static_cast<size_t>(Skip::kExcluded); i < kPageSkips; ++i) {
    json.key(to_string(static_cast<Skip>(i))).number(load(all.original[i]));
  }
  json.end_object();
}

void write_histogram(Json& json) {
  const Counters& all = counters();
  uint64_t count = 0;
  json.key("module_time_us").begin_object().key("buckets").begin_array();
  for (size_t i = 0; i < all.time_buckets.size(); ++i) {
    count += load(all.time_buckets[i]);
    json.begin_object().key("le");
    if (i < kTimeBounds.size()) {
      json.number(kTimeBounds[i]);
    } else {
      json.null();
    }
    json.key("count").number(count).end_object();
  }
  json.end_array().key("count").number(count).key("sum").number(load(all.time_sum_us)).end_object();
}

std::string json_status(const DataFolder* folder) {
  std::string out;
  Json json(out);
  json.begin_object();
  write_generation(json, folder);
  write_rules_held(json, folder);
  write_held(json, folder);
  write_page_memory(json);
  write_counters(json);
  write_skips(json);
  write_histogram(json);
  json.end_object();
  out += '\n';
  return out;
}

ngx_int_t answer_status(ngx_http_request_t* r) {
  const LocConf* conf = loc_conf(r);
  const DataFolder* folder = conf->data != nullptr ? conf->data->folder : nullptr;
  if (query_argument(r, "format") == "prometheus") {
    return answer_text(r, prometheus_status(folder), "text/plain; version=0.0.4; charset=utf-8", "no-store");
  }
  return answer_text(r, json_status(folder), "application/json", "no-store");
}

}  // namespace

ngx_int_t status_handler(ngx_http_request_t* r) {
  return Fence<answer_status, answer_internal_error>::call(r);
}

}  // namespace abm::module
