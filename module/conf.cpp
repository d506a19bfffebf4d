// Configurations: created empty, then merged from http to server to location with the defaults of the
// directive table.
#include "module/conf.h"

#include <algorithm>

#include "base/text.h"
#include "module/beacon.h"

namespace abm::module {
namespace {

constexpr size_t kDefaultMaxTag = 16 * 1024;
constexpr ngx_msec_t kDefaultPoll = 1000;
constexpr size_t kDefaultZone = 1024 * 1024;
constexpr size_t kDefaultPageMemory = 16 * 1024 * 1024;

ngx_str_t default_types[] = {literal("text/html"), ngx_null_string};
ngx_str_t default_opt_out[] = {literal("http_sec_gpc"), literal("cookie_abm_optout")};

// The default list is made once, where the first location needs it, and shared by all.
ngx_array_t* default_opt_out_variables(ngx_conf_t* cf) {
  ngx_array_t* list = ngx_array_create(cf->pool, std::size(default_opt_out), sizeof(ngx_int_t));
  if (list == nullptr) return nullptr;
  for (ngx_str_t& name : default_opt_out) {
    const ngx_int_t index = ngx_http_get_variable_index(cf, &name);
    if (index == NGX_ERROR) return nullptr;
    *static_cast<ngx_int_t*>(ngx_array_push(list)) = index;  // room was made above
  }
  return list;
}

bool is_computed(ngx_conf_t* cf, ngx_int_t index) noexcept {
  const auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  return !is_clients_own(view(static_cast<const ngx_http_variable_t*>(core->variables.elts)[index].name));
}

// Whether identifying a visitor may take more than a look at the request: a `map`, a regular expression, a
// script.
bool is_computed(ngx_conf_t* cf, const LocConf& conf) noexcept {
  if (conf.identity != NGX_CONF_UNSET && is_computed(cf, conf.identity)) return true;
  if (conf.remember > 0 && is_computed(cf, conf.remember_if)) return true;
  if (conf.opt_out == nullptr) return false;
  const auto* indexes = static_cast<const ngx_int_t*>(conf.opt_out->elts);
  return std::any_of(indexes, indexes + conf.opt_out->nelts,
                     [&](ngx_int_t index) { return is_computed(cf, index); });
}

// An "if" of the location has a configuration of its own, and nginx gives it the location's handler.
void inherit_endpoint(ngx_conf_t* cf, const LocConf& previous, LocConf& conf) noexcept {
  const auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  if (core->noname == 0 || conf.is_endpoint) return;
  conf.is_endpoint = previous.is_endpoint;
  conf.tells_visitor = previous.tells_visitor;
  conf.tells_edits = previous.tells_edits;
  conf.takes_beacons = previous.takes_beacons;
}

// Whatever http{} or server{} allow for uploads: a beacon fits into nginx's buffer, and never into a file.
// nginx's core has merged its own settings before ours.
void keep_bodies_small(ngx_conf_t* cf) noexcept {
  auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  constexpr auto kMost = static_cast<off_t>(kMaxBeaconBytes);
  if (core->client_max_body_size == 0 || core->client_max_body_size > kMost)
    core->client_max_body_size = kMost;
  core->client_body_buffer_size = std::max(core->client_body_buffer_size, kMaxBeaconBytes);
}

// Servers have been read in full when they are merged.
bool has_script_to_deliver(ngx_conf_t* cf, const LocConf& conf) {
  if (conf.enable == 0 || static_cast<rules::Delivery>(conf.delivery) != rules::Delivery::kScript ||
      !srv_conf(cf)->script_uri.empty())
    return true;
  const auto* core =
      static_cast<ngx_http_core_srv_conf_t*>(ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
  ngx_conf_log_error(
      NGX_LOG_EMERG, cf, 0,
      "\"abm_delivery script\" needs a location that serves the script, and server \"%V\" has "
      "none: add \"location = /abm.js { abm_script; }\" to it, or write \"abm_delivery html\" there",
      &core->server_name);
  return false;
}

bool has_key_to_remember(ngx_conf_t* cf, const LocConf& conf) {
  if (conf.enable == 0 || conf.remember == 0 || conf.link_keys.is_set()) return true;
  const auto* core =
      static_cast<ngx_http_core_srv_conf_t*>(ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                     "\"abm_remember\" needs a key that signs its cookie, and server \"%V\" has none: add "
                     "\"abm_link_key FILE\" to it, or write \"abm_remember off\" there",
                     &core->server_name);
  return false;
}

}  // namespace

// nginx ignores case in the names of variables.
bool is_clients_own(std::string_view variable) noexcept {
  static constexpr std::string_view kPrefixes[] = {"http_", "arg_", "cookie_"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes), [&](std::string_view prefix) {
    return equals_ignoring_case(variable.substr(0, prefix.size()), prefix);
  });
}

void* create_main_conf(ngx_conf_t* cf) {
  auto* conf = pool_array<MainConf>(cf->pool, 1);
  if (conf == nullptr) return nullptr;
  conf->poll = NGX_CONF_UNSET_MSEC;
  conf->zone_size = NGX_CONF_UNSET_SIZE;
  conf->page_memory = NGX_CONF_UNSET_SIZE;
  conf->visit_variable = NGX_ERROR;
  conf->request_id_variable = NGX_ERROR;
  if (ngx_array_init(&conf->folders, cf->pool, 2, sizeof(DataPath*)) != NGX_OK) return nullptr;
  return conf;
}

char* init_main_conf(ngx_conf_t*, void* memory) {
  auto* conf = static_cast<MainConf*>(memory);
  ngx_conf_init_msec_value(conf->poll, kDefaultPoll);
  ngx_conf_init_size_value(conf->zone_size, kDefaultZone);
  ngx_conf_init_size_value(conf->page_memory, kDefaultPageMemory);
  return NGX_CONF_OK;
}

void* create_srv_conf(ngx_conf_t* cf) {
  return pool_array<SrvConf>(cf->pool, 1);
}

char* merge_srv_conf(ngx_conf_t*, void* parent, void* child) {
  const auto* previous = static_cast<SrvConf*>(parent);
  auto* conf = static_cast<SrvConf*>(child);
  for (ngx_flag_t SrvConf::*flag :
       {&SrvConf::used, &SrvConf::takes_links, &SrvConf::takes_previews, &SrvConf::remembers}) {
    if (previous->*flag) conf->*flag = 1;
  }
  return NGX_CONF_OK;
}

void* create_loc_conf(ngx_conf_t* cf) {
  auto* conf = pool_array<LocConf>(cf->pool, 1);
  if (conf == nullptr) return nullptr;
  conf->enable = NGX_CONF_UNSET;
  conf->usual_charset = rewrite::Charset::kUtf8;
  conf->log_ip = NGX_CONF_UNSET_UINT;
  conf->identity = NGX_CONF_UNSET;
  conf->remember = NGX_CONF_UNSET;
  conf->max_tag = NGX_CONF_UNSET_SIZE;
  conf->no_transform = NGX_CONF_UNSET_UINT;
  conf->delivery = NGX_CONF_UNSET_UINT;
  conf->gzip = NGX_CONF_UNSET_UINT;
  return conf;
}

char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) {
  auto* previous = static_cast<LocConf*>(parent);
  auto* conf = static_cast<LocConf*>(child);
  ngx_conf_merge_value(conf->enable, previous->enable, 0);
  ngx_conf_merge_uint_value(conf->log_ip, previous->log_ip, static_cast<ngx_uint_t>(LogIp::kTruncated));
  ngx_conf_merge_size_value(conf->max_tag, previous->max_tag, kDefaultMaxTag);
  ngx_conf_merge_uint_value(conf->no_transform, previous->no_transform,
                            static_cast<ngx_uint_t>(NoTransform::kRespect));
  ngx_conf_merge_uint_value(conf->gzip, previous->gzip, static_cast<ngx_uint_t>(Gzip::kAuto));
  inherit_endpoint(cf, *previous, *conf);
  if (conf->takes_beacons) {
    conf->enable = 0;
    keep_bodies_small(cf);
  }
  ngx_conf_merge_uint_value(conf->delivery, previous->delivery,
                            static_cast<ngx_uint_t>(rules::Delivery::kHtml));
  if (!has_script_to_deliver(cf, *conf)) return static_cast<char*>(NGX_CONF_ERROR);
  merge_added_headers(cf, previous->added, conf->added, conf->enable != 0);
  if (conf->data == nullptr) conf->data = previous->data;
  if (conf->preview_key.data == nullptr) conf->preview_key = previous->preview_key;
  if (conf->identity == NGX_CONF_UNSET) {
    conf->identity = previous->identity;
    conf->identity_kind = previous->identity_kind;
    conf->identity_keys = previous->identity_keys;
  }
  if (!conf->link_keys.is_set()) conf->link_keys = previous->link_keys;
  if (conf->remember == NGX_CONF_UNSET) conf->remember_if = previous->remember_if;
  ngx_conf_merge_sec_value(conf->remember, previous->remember, 0);
  if (!has_key_to_remember(cf, *conf)) return static_cast<char*>(NGX_CONF_ERROR);
  if (conf->opt_out == nullptr && main_conf(cf)->used) {
    if (previous->opt_out == nullptr) previous->opt_out = default_opt_out_variables(cf);
    if (previous->opt_out == nullptr) return static_cast<char*>(NGX_CONF_ERROR);
    conf->opt_out = previous->opt_out;
  }
  conf->asks_computed = is_computed(cf, *conf);
  if (ngx_http_merge_types(cf, &conf->types_keys, &conf->types, &previous->types_keys, &previous->types,
                           default_types) != NGX_OK) {
    return static_cast<char*>(NGX_CONF_ERROR);
  }
  return NGX_CONF_OK;
}

}  // namespace abm::module
