// A context's life: made in the request's pool, ended by the pool's cleanup, found again after internal
// redirects.
#include "module/context.h"

#include <ctime>
#include <new>

#include "module/response.h"

namespace abm::module {
namespace {

void end_context(void* data) noexcept {
  static_cast<Context*>(data)->~Context();
}

}  // namespace

Context::~Context() {
  if (response != nullptr) response->~Response();
}

const Plan& Context::page_plan() const noexcept {
  return response != nullptr ? response->plan : plan;
}

Context* find_context(ngx_http_request_t* r) noexcept {
  ngx_http_request_t* main = r->main;
  auto* context = static_cast<Context*>(ngx_http_get_module_ctx(main, ngx_http_abm_module));
  if (context != nullptr || !(main->internal || main->filter_finalize)) return context;
  for (ngx_pool_cleanup_t* cleanup = main->pool->cleanup; cleanup != nullptr; cleanup = cleanup->next) {
    if (cleanup->handler != end_context) continue;
    context = static_cast<Context*>(cleanup->data);
    ngx_http_set_ctx(main, context, ngx_http_abm_module);
    return context;
  }
  return nullptr;
}

Context* get_context(ngx_http_request_t* r) noexcept {
  if (Context* context = find_context(r)) return context;
  ngx_http_request_t* main = r->main;
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(main->pool, sizeof(Context));
  if (cleanup == nullptr) {
    add(counters().out_of_memory);
    return nullptr;
  }
  auto* context = new (cleanup->data) Context(main);
  cleanup->handler = end_context;
  ngx_http_set_ctx(main, context, ngx_http_abm_module);
  return context;
}

Context* enter_location(ngx_http_request_t* r) noexcept {
  Context* context = get_context(r);
  if (context == nullptr) return nullptr;
  ngx_http_request_t* main = r->main;
  LocConf* conf = loc_conf(main);
  if (context->conf == conf && context->uri_data == main->uri.data) return context;
  if (context->conf != nullptr && (context->response != nullptr || main->header_sent)) return context;
  if (context->visitor.asked) context->visitor = Visitor{};
  if (context->plan.stage != Plan::Stage::kNone) context->plan = Plan{};
  context->conf = conf;
  context->uri_data = main->uri.data;
  context->enabled = conf->enable != 0;
  return context;
}

uint64_t Stopwatch::now() noexcept {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace abm::module
