// The two nginx modules: what they are made of, and how they take their places.
#include "module/add_header_directive.h"
#include "module/conf.h"
#include "module/counters.h"
#include "module/exposure.h"
#include "module/fence.h"
#include "module/filter_order.h"
#include "module/filters.h"
#include "module/guard.h"
#include "module/hidden_headers.h"
#include "module/live.h"
#include "module/page_memory.h"
#include "module/url_capture.h"
#include "module/variables.h"

namespace abm::module {
namespace {

ngx_int_t decline(ngx_http_request_t*) noexcept {
  return NGX_DECLINED;
}
ngx_int_t accept(ngx_http_request_t*) noexcept {
  return NGX_OK;
}
ngx_int_t start_without_data(ngx_cycle_t*) noexcept {
  return NGX_OK;
}

// nginx runs a phase's handlers from the last to the first, and log handlers from the first on: the front of
// the list is the end of a phase, and before every access log.
ngx_int_t add_to_front(ngx_conf_t* cf, ngx_http_phases phase, ngx_http_handler_pt handler) noexcept {
  auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  ngx_array_t& handlers = core->phases[phase].handlers;
  if (ngx_array_push(&handlers) == nullptr) return NGX_ERROR;
  auto* first = static_cast<ngx_http_handler_pt*>(handlers.elts);
  for (ngx_uint_t i = handlers.nelts - 1; i > 0; --i) first[i] = first[i - 1];
  first[0] = handler;
  return NGX_OK;
}

// And the end of the list is the front of a phase.
ngx_int_t add_to_end(ngx_conf_t* cf, ngx_http_phases phase, ngx_http_handler_pt handler) noexcept {
  auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* last = static_cast<ngx_http_handler_pt*>(ngx_array_push(&core->phases[phase].handlers));
  if (last == nullptr) return NGX_ERROR;
  *last = handler;
  return NGX_OK;
}

// Whether any directive read so far asks for $abm_visit.
bool visit_is_asked_for(ngx_conf_t* cf) noexcept {
  auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  const auto* known = static_cast<const ngx_http_variable_t*>(core->variables.elts);
  for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
    if (view(known[i].name) == "abm_visit") return true;
  }
  return false;
}

ngx_int_t finish_filter_module(ngx_conf_t* cf) noexcept {
  if (main_conf(cf)->used) add_page_filters();
  return NGX_OK;
}

ngx_int_t finish_module(ngx_conf_t* cf) {
  MainConf* conf = main_conf(cf);
  if (!conf->used) return NGX_OK;
  warn_of_encoders(cf);
  conf->gzip = find_nginx_gzip(cf->cycle);
  if (add_hidden_variables(cf) != NGX_OK) return NGX_ERROR;
  ngx_str_t id = literal("request_id");
  conf->request_id_variable = ngx_http_get_variable_index(cf, &id);
  if (conf->request_id_variable == NGX_ERROR) return NGX_ERROR;
  if (visit_is_asked_for(cf)) {
    ngx_str_t visit = literal("abm_visit");
    conf->visit_variable = ngx_http_get_variable_index(cf, &visit);
    if (conf->visit_variable == NGX_ERROR) return NGX_ERROR;
  }
  add_origin_filter();
  if (add_to_end(cf, NGX_HTTP_POST_READ_PHASE, Fence<capture_url, decline>::call) != NGX_OK ||
      add_to_front(cf, NGX_HTTP_PRECONTENT_PHASE, Fence<guard_handler, decline>::call) != NGX_OK ||
      add_to_front(cf, NGX_HTTP_LOG_PHASE, Fence<log_handler, accept>::call) != NGX_OK) {
    return NGX_ERROR;
  }
  return add_zone(cf, conf);
}

MainConf* cycle_conf(ngx_cycle_t* cycle) noexcept {
  auto* conf = ngx_get_conf(cycle->conf_ctx, ngx_http_module) != nullptr
                   ? static_cast<MainConf*>(ngx_http_cycle_get_module_main_conf(cycle, ngx_http_abm_module))
                   : nullptr;
  return conf != nullptr && conf->used ? conf : nullptr;
}

// Cache managers and loaders run init_process too, and serve nobody.
bool serves() noexcept {
  return ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
}

ngx_int_t start_process(ngx_cycle_t* cycle) {
  MainConf* conf = cycle_conf(cycle);
  if (conf == nullptr || !serves()) return NGX_OK;
  attach_counters(conf);
  if (find_own_variables(cycle, conf) != NGX_OK) return NGX_ERROR;
  if (start_page_memory(cycle, conf) != NGX_OK) return NGX_ERROR;
  return start_folders(cycle, conf);
}

void end_process(ngx_cycle_t* cycle) noexcept {
  MainConf* conf = cycle_conf(cycle);
  if (conf == nullptr || !serves()) return;
  stop_folders(conf);
  stop_page_memory(conf);
}

ngx_http_module_t filter_context = {
    prepare_add_header, finish_filter_module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
ngx_http_module_t main_context = {add_variables,   finish_module,  create_main_conf, init_main_conf,
                                  create_srv_conf, merge_srv_conf, create_loc_conf,  merge_loc_conf};

}  // namespace
}  // namespace abm::module

using namespace abm::module;  // NOLINT(google-build-using-namespace): nginx's objects stand outside of
                              // namespaces

extern "C" {

ngx_module_t ngx_http_abm_filter_module = {NGX_MODULE_V1,   &filter_context, add_header_commands,
                                           NGX_HTTP_MODULE, nullptr,         nullptr,
                                           nullptr,         nullptr,         nullptr,
                                           nullptr,         nullptr,         NGX_MODULE_V1_PADDING};

ngx_module_t ngx_http_abm_module = {NGX_MODULE_V1,
                                    &main_context,
                                    commands,
                                    NGX_HTTP_MODULE,
                                    nullptr,
                                    nullptr,
                                    Fence<start_process, start_without_data>::call,
                                    nullptr,
                                    nullptr,
                                    end_process,
                                    nullptr,
                                    NGX_MODULE_V1_PADDING};

}  // extern "C"
