// Adoption: at worker start all at once, later in slices of a millisecond from a timer that never delays an
// exit.
#include "module/live.h"

#include <chrono>

#include "base/file.h"
#include "module/conf.h"
#include "module/counters.h"
#include "module/fence.h"
#include "module/page_memory.h"
#include "module/visitor_key.h"

namespace abm::module {
namespace {

using generation::Adopter;

constexpr std::chrono::microseconds kSlice{1000};
constexpr ngx_msec_t kSoon = 1;

// Those that were learned with selectors which no folder has any more.
void forget_pages(MainConf* conf) {
  std::vector<SelectorsInUse> in_use;
  auto** folders = static_cast<DataPath**>(conf->folders.elts);
  for (ngx_uint_t i = 0; i < conf->folders.nelts; ++i) {
    const DataFolder* const folder = folders[i]->folder;
    if (folder != nullptr && folder->live() != nullptr)
      in_use.push_back({folders[i], folder->live()->selectors});
  }
  forget_other_pages(conf, in_use);
}

void tick(ngx_event_t* event) {
  auto* conf = static_cast<MainConf*>(static_cast<ngx_connection_t*>(event->data)->data);
  if (ngx_exiting || ngx_quit || ngx_terminate) return;
  bool working = false;
  auto** folders = static_cast<DataPath**>(conf->folders.elts);
  // One folder per tick does work: the slice is the worker's, not the folder's.
  for (ngx_uint_t i = 0; i < conf->folders.nelts && !working; ++i) {
    if (folders[i]->folder == nullptr) continue;
    const std::shared_ptr<const Live> before = folders[i]->folder->live();
    working = folders[i]->folder->poll(event->log);
    const Live* const after = folders[i]->folder->live().get();
    if (before != nullptr && after->selectors != before->selectors) forget_pages(conf);
  }
  rotate_visitor_key(conf->zone);
  ngx_add_timer(event, working ? kSoon : conf->poll);
}

void tick_again(ngx_event_t* event) noexcept {
  auto* conf = static_cast<MainConf*>(static_cast<ngx_connection_t*>(event->data)->data);
  ngx_add_timer(event, conf->poll);
}

}  // namespace

DataFolder::DataFolder(std::string path) : adopter_(std::move(path)) {}

// The folder's permissions are checked before each look at it: what others may write is not taken over.
bool DataFolder::trusted(ngx_log_t* log) {
  ngx_file_info_t info;
  if (stat(path().c_str(), &info) == -1) {
    unsafe_.clear();
    return true;  // missing: the adopter says what that means
  }
  const auto safe = refuse_writable_by_others(path());
  if (safe) {
    unsafe_.clear();
    return true;
  }
  if (unsafe_ != safe.message()) {
    unsafe_ = safe.message();
    fault_told_ = true;
    add(counters().faults);
    ngx_str_t why = ngx_string_of(unsafe_);
    ngx_log_error(NGX_LOG_ERR, log, 0, "abm: %V", &why);
  }
  return false;
}

void DataFolder::open(ngx_log_t* log) {
  hold_.look(path());
  if (!trusted(log)) return;
  report(adopter_.run_to_end(), log);
  if (adopter_.current() == nullptr && fault().empty()) {
    ngx_str_t folder = ngx_string_of(path());
    ngx_log_error(NGX_LOG_WARN, log, 0, "abm: \"%V\" holds no generation yet, pages stay original", &folder);
  }
}

bool DataFolder::poll(ngx_log_t* log) {
  hold_.look(path());
  // While the one before is still in use, for lack of memory, no third one is read.
  if (!follow(log) || !trusted(log)) return false;
  const Adopter::State state = adopter_.step(kSlice);
  report(state, log);
  if (fault_told_ && state != Adopter::State::kWorking && fault().empty() && adopter_.current() != nullptr)
    tell_recovery(log);
  return state == Adopter::State::kWorking;
}

void DataFolder::tell_recovery(ngx_log_t* log) {
  fault_told_ = false;
  ngx_str_t folder = ngx_string_of(path());
  ngx_log_error(NGX_LOG_NOTICE, log, 0, "abm: nothing is wrong with \"%V\" any more", &folder);
}

void DataFolder::report(Adopter::State state, ngx_log_t* log) {
  if (state == Adopter::State::kFailed) {
    fault_told_ = true;
    add(counters().faults);
    ngx_str_t why = ngx_string_of(adopter_.error());
    ngx_log_error(NGX_LOG_ERR, log, 0, "abm: %V", &why);
    return;
  }
  follow(log);
}

uint64_t DataFolder::selectors_of(const Live& next) const noexcept {
  if (live_ == nullptr) return 1;
  const bool same =
      next.generation->rules().selectors().bytes() == live_->generation->rules().selectors().bytes();
  return same ? live_->selectors : live_->selectors + 1;
}

// Puts the adopted generation in use. False: no memory, the next tick tries again.
bool DataFolder::follow(ngx_log_t* log) {
  if (adopter_.current() == nullptr || (live_ != nullptr && live_->generation == adopter_.current()))
    return true;
  auto next = std::make_shared<Live>();
  next->generation = adopter_.current();
  next->matcher = rules::Matcher::create(next->generation->rules());
  if (next->matcher == nullptr) {
    add(counters().out_of_memory);
    return false;
  }
  next->selectors = selectors_of(*next);
  live_ = std::move(next);
  add(counters().adoptions);
  ngx_str_t folder = ngx_string_of(path());
  ngx_log_error(NGX_LOG_INFO, log, 0, "abm: generation %uL of \"%V\" is in use", live_->generation->number(),
                &folder);
  return true;
}

ngx_int_t start_folders(ngx_cycle_t* cycle, MainConf* conf) {
  // Without a master process a reload drops the cycle, and with it the timer's memory, in a process that goes
  // on.
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cycle->pool, 0);
  if (cleanup == nullptr) return NGX_ERROR;
  cleanup->data = conf;
  cleanup->handler = [](void* data) { stop_folders(static_cast<MainConf*>(data)); };
  auto** folders = static_cast<DataPath**>(conf->folders.elts);
  for (ngx_uint_t i = 0; i < conf->folders.nelts; ++i) {
    folders[i]->folder = new DataFolder(std::string(view(folders[i]->path)));
    folders[i]->folder->open(cycle->log);
  }
  rotate_visitor_key(conf->zone);
  conf->timer_connection.data = conf;
  conf->timer_connection.fd = static_cast<ngx_socket_t>(-1);
  conf->timer.data = &conf->timer_connection;
  conf->timer.handler = Fence<tick, tick_again>::call;
  conf->timer.log = cycle->log;
  conf->timer.cancelable = 1;
  ngx_add_timer(&conf->timer, conf->poll);
  return NGX_OK;
}

void stop_folders(MainConf* conf) noexcept {
  if (conf->timer.timer_set) ngx_del_timer(&conf->timer);
  auto** folders = static_cast<DataPath**>(conf->folders.elts);
  for (ngx_uint_t i = 0; i < conf->folders.nelts; ++i) {
    delete folders[i]->folder;
    folders[i]->folder = nullptr;
  }
}

}  // namespace abm::module
