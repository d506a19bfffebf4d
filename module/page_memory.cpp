#include "module/page_memory.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "module/context.h"
#include "module/counters.h"
#include "module/fence.h"
#include "module/response.h"

namespace abm::module {

/// A store, and the timer that learns for it.
struct PageMemory {
  PageMemory(size_t max_bytes, ngx_log_t* log);
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;
  ~PageMemory() {
    if (timer.timer_set) ngx_del_timer(&timer);
  }

  void arm() noexcept;
  /// Brings the counters up to date.
  void count_lessons() noexcept;

  PageStore store;
  std::unique_ptr<AnswerCache> answers;  // once an answer may be kept
  std::unique_ptr<TextDeflater> texts;   // once an answer has needed it
  PageStore::Lessons counted;            // that the counters know of
  ngx_event_t timer{};
  ngx_connection_t connection{};  // nginx's debug log wants one behind each event
};

namespace {

PageMemory* worker_memory = nullptr;

constexpr ngx_msec_t kLessonPause = 1;
constexpr ngx_msec_t kMostSlices = 10;
constexpr size_t kPagesToTell = 20;
constexpr size_t kLessonSlice = 64 * 1024;  // bytes of a page that are read at once: some 100 µs

// A key begins with this.
struct KeyOfScan {
  SelectorsInUse selectors;
  const LocConf* location;
  uint64_t charset;
};
static_assert(std::has_unique_object_representations_v<KeyOfScan>, "its bytes are compared");

std::string_view make_key(ngx_pool_t* pool, const KeyOfScan& scan, std::string_view host,
                          std::string_view path) {
  const size_t size = sizeof(scan) + host.size() + path.size();
  auto* key = static_cast<char*>(ngx_pnalloc(pool, size));
  if (key == nullptr) return {};
  std::memcpy(key, &scan, sizeof(scan));
  std::memcpy(key + sizeof(scan), host.data(), host.size());
  std::memcpy(key + sizeof(scan) + host.size(), path.data(), path.size());
  return {key, size};
}

void look_up(Context& context, Response& response, rewrite::RewriterOptions& options) {
  PageRecall& recall = response.recall;
  ngx_http_request_t* r = context.request;
  const KeyOfScan scan{
      {context.conf->data, context.plan.selectors}, context.conf, static_cast<uint64_t>(options.charset)};
  const std::string_view key = make_key(r->pool, scan, view(r->headers_in.server), context.path);
  if (key.data() == nullptr) return;
  recall.sight = worker_memory->store.see(key, context.query);
  recall.key = key;
  recall.arguments = context.query;
  size_t count = 0;
  for (const auto& version : recall.sight.versions) recall.pages[count++] = &version->page;
  options.remembered = {recall.pages.data(), count};
  if (recall.sight.wanted) recall.bytes.emplace(worker_memory->store.collect());
}

// The page that was collected, if it is one: complete, and all that the rewriter got.
bool is_collected(const Response& response) noexcept {
  return response.recall.bytes && response.last_seen && !response.broken && !response.died &&
         !response.passed_on && response.bytes_missing() == 0 && !response.recall.bytes->view().empty() &&
         response.recall.bytes->view().size() == response.rewriter->bytes_in();
}

void tell_store(Context& context, Response& response) {
  PageRecall& recall = response.recall;
  PageStore::Served served;
  served.recall = response.rewriter->recall();
  // An answer that was broken off was as remembered so far: that says nothing.
  if (served.recall == rewrite::Recall::kWhole && !response.last_seen) return;
  if (!recall.sight.versions.empty())
    served.version = recall.sight.versions[response.rewriter->recalled()].get();
  served.parted_at = response.rewriter->recalled_bytes();
  worker_memory->store.served(recall.key, recall.arguments, served);
  if (served.recall == rewrite::Recall::kWhole && response.gzip_level != 0) {
    const bool always = context.conf->gzip == static_cast<ngx_uint_t>(Gzip::kAlways);
    const auto& version = recall.sight.versions[response.rewriter->recalled()];
    if (worker_memory->store.compress(version, response.gzip_level, always)) worker_memory->arm();
    const uint64_t edits = response.plan.rendered.hash;
    if (response.script && worker_memory->answers->compress(version, edits, std::move(*response.script)))
      worker_memory->arm();
  }
  if (served.recall == rewrite::Recall::kWhole || !is_collected(response)) return;
  rewrite::LocatorOptions options;
  options.selectors = &response.plan.program->selectors();
  options.charset = response.plan.charset;
  options.max_tag = context.conf->max_tag;
  worker_memory->store.learn(recall.key, recall.arguments,
                             {std::move(*recall.bytes), options, response.plan.program,
                              recall.is_file ? recall.file : std::nullopt});
  worker_memory->arm();
}

void count_recall(rewrite::Recall recall) noexcept {
  switch (recall) {
    case rewrite::Recall::kWhole:
      return add(counters().recalled_whole);
    case rewrite::Recall::kPart:
      return add(counters().recalled_part);
    case rewrite::Recall::kScan:
      return add(counters().recalled_not);
  }
}

// Host and path of a key.
std::pair<std::string, std::string> url_of(std::string_view key) {
  const std::string_view url = key.substr(sizeof(KeyOfScan));
  const size_t slash = std::min(url.find('/'), url.size());
  return {std::string(url.substr(0, slash)), std::string(url.substr(slash))};
}

void learn_some(ngx_event_t* event) {
  auto* memory = static_cast<PageMemory*>(static_cast<ngx_connection_t*>(event->data)->data);
  if (ngx_exiting || ngx_quit || ngx_terminate) return;
  // As many slices as there were pauses: else nothing would come of a page on a worker whose turns are long.
  const ngx_msec_t late = ngx_current_msec - event->timer.key;
  bool more = true;
  for (ngx_msec_t n = 0; more && n <= late / kLessonPause && n < kMostSlices; ++n) {
    const bool pages = memory->store.work(kLessonSlice);
    const bool answers =
        memory->answers != nullptr && memory->answers->work(kLessonSlice / PageStore::kScannedPerCompressed);
    more = pages || answers;
  }
  memory->count_lessons();
  if (more) memory->arm();
}

void learn_later(ngx_event_t* event) noexcept {
  ngx_add_timer(event, kLessonPause);
}

}  // namespace

PageMemory::PageMemory(size_t max_bytes, ngx_log_t* log) : store(max_bytes) {
  connection.data = this;
  connection.fd = static_cast<ngx_socket_t>(-1);
  timer.data = &connection;
  timer.handler = Fence<learn_some, learn_later>::call;
  timer.log = log;
  timer.cancelable = 1;
}

void PageMemory::arm() noexcept {
  if (!timer.timer_set) ngx_add_timer(&timer, kLessonPause);
}

void PageMemory::count_lessons() noexcept {
  const PageStore::Lessons now = store.lessons();
  add(counters().pages_learned, now.learned - counted.learned);
  add(counters().pages_changing, now.changing - counted.changing);
  add(counters().pages_refused, now.refused - counted.refused);
  counted = now;
}

void look_up_page(Context& context, Response& response, rewrite::RewriterOptions& options) noexcept {
  if (worker_memory == nullptr || context.request->method != NGX_HTTP_GET || context.path.data() == nullptr)
    return;
  // Without a master process, connections from before a reload keep their old configuration.
  if (main_conf(context.request)->pages != worker_memory) return;
  try {
    look_up(context, response, options);
  } catch (...) {
    options.remembered = {};
    count_caught();
  }
}

void collect_page(Response& response, std::string_view bytes) noexcept {
  PageRecall& recall = response.recall;
  if (!recall.bytes || worker_memory == nullptr) return;
  const auto announced = static_cast<size_t>(response.announced > 0 ? response.announced : 0);
  if (worker_memory->store.append(*recall.bytes, bytes, announced)) return;
  recall.bytes.reset();
  try {
    worker_memory->store.refuse(recall.key, recall.arguments,
                                "the page is too large, or no memory was left for it");
  } catch (...) {
    count_caught();
  }
  worker_memory->count_lessons();
}

TextDeflater* text_deflater(ngx_http_request_t* r) noexcept {
  PageMemory* memory = main_conf(r)->pages;
  if (memory == nullptr) return nullptr;
  if (memory->texts != nullptr) return memory->texts.get();
  const std::shared_ptr<MemoryBudget>& budget = memory->store.budget();
  if (!memory->store.make_room(TextDeflater::memory(*budget))) return nullptr;
  try {
    auto texts = std::make_unique<TextDeflater>(budget);
    if (texts->compresses()) memory->texts = std::move(texts);
  } catch (...) {
    count_caught();
  }
  return memory->texts.get();
}

AnswerCache* answer_cache(ngx_http_request_t* r) noexcept {
  PageMemory* memory = main_conf(r)->pages;
  if (memory == nullptr) return nullptr;
  if (memory->answers != nullptr) return memory->answers.get();
  const std::shared_ptr<MemoryBudget>& budget = memory->store.budget();
  const size_t wanted = AnswerCache::memory(*budget);
  if (wanted == 0 || !memory->store.make_room(wanted)) return nullptr;
  try {
    memory->answers = std::make_unique<AnswerCache>(budget);
  } catch (...) {
    count_caught();
  }
  return memory->answers.get();
}

void settle_page(Context& context, Response& response) noexcept {
  if (response.rewriter != nullptr && response.last_seen) count_recall(response.rewriter->recall());
  if (worker_memory == nullptr || response.rewriter == nullptr || response.recall.key.data() == nullptr)
    return;
  try {
    tell_store(context, response);
  } catch (...) {
    count_caught();
  }
}

const PageStore* page_store() noexcept {
  return worker_memory != nullptr ? &worker_memory->store : nullptr;
}

std::vector<UnrecalledPage> unrecalled_pages() {
  std::vector<UnrecalledPage> pages;
  if (worker_memory == nullptr) return pages;
  for (const PageStore::Unrecalled& page : worker_memory->store.unrecalled(kPagesToTell)) {
    auto [host, path] = url_of(page.key);
    pages.push_back({std::move(host), std::move(path),
                     page.why.empty() ? "it changes from request to request" : page.why, page.misses,
                     page.parted_at});
  }
  return pages;
}

std::vector<UnsplicedPage> unspliced_pages() {
  std::vector<UnsplicedPage> pages;
  if (worker_memory == nullptr) return pages;
  for (const PageStore::Unspliced& page : worker_memory->store.unspliced(kPagesToTell)) {
    auto [host, path] = url_of(page.key);
    pages.push_back({std::move(host), std::move(path), page.sizes});
  }
  return pages;
}

ngx_int_t start_page_memory(ngx_cycle_t* cycle, MainConf* conf) {
  if (conf->page_memory == 0) return NGX_OK;
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cycle->pool, 0);
  if (cleanup == nullptr) return NGX_ERROR;
  cleanup->data = conf;
  cleanup->handler = [](void* data) { stop_page_memory(static_cast<MainConf*>(data)); };
  worker_memory = conf->pages = new PageMemory(conf->page_memory, cycle->log);
  return NGX_OK;
}

void stop_page_memory(MainConf* conf) noexcept {
  if (worker_memory == conf->pages) worker_memory = nullptr;
  delete conf->pages;
  conf->pages = nullptr;
}

void forget_other_pages(MainConf* conf, std::span<const SelectorsInUse> in_use) {
  if (conf->pages == nullptr) return;
  std::vector<std::string> prefixes;
  for (const SelectorsInUse& selectors : in_use)
    prefixes.emplace_back(reinterpret_cast<const char*>(&selectors), sizeof(selectors));
  conf->pages->store.keep_only(std::move(prefixes));
  conf->pages->arm();
}

}  // namespace abm::module
