// What the directives say: one configuration for http{}, one for each server and each location, merged like
// nginx's own.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "generation/identify.h"
#include "generation/link_token.h"
#include "module/added_headers.h"
#include "module/gzip/nginx_gzip.h"
#include "module/ngx.h"
#include "rewrite/scan/charset.h"
#include "rules/match/script_page.h"

extern "C" ngx_module_t ngx_http_abm_module;

namespace abm::module {

class DataFolder;
struct PageMemory;

/// `abm_log_ip`.
enum class LogIp : ngx_uint_t { kTruncated, kFull, kOff };

/// `abm_no_transform`.
enum class NoTransform : ngx_uint_t { kRespect, kIgnore };

/// `abm_gzip`.
enum class Gzip : ngx_uint_t { kAuto, kAlways, kOff };

/// One `abm_data` folder of the configuration. Lives in the cycle's pool; `folder` is the worker's, made when
/// it starts.
struct DataPath {
  ngx_str_t path;
  DataFolder* folder;
};

/// Keys from one or two files, of which the first signs and both verify.
struct KeyPair {
  ngx_str_t first, second;  ///< the keys' bytes; empty for none

  [[nodiscard]] bool is_set() const noexcept { return first.len > 0; }
  [[nodiscard]] generation::LinkKeys keys() const noexcept { return {view(first), view(second)}; }
};

/// Variables of the headers that are hidden from the origin (hidden_headers.h).
inline constexpr size_t kHiddenVariables = 5;

struct MainConf {
  ngx_array_t folders;  ///< of DataPath*, each path once
  ngx_msec_t poll;      ///< abm_poll
  size_t zone_size;     ///< abm_zone
  ngx_shm_zone_t* zone;
  std::span<const std::string_view> bots;  ///< abm_bots, sorted; data is nullptr: not set
  ngx_flag_t used;                         ///< one of our directives is in use: only then are hooks installed
  ngx_int_t visit_variable;                ///< index of $abm_visit, or NGX_ERROR
  ngx_int_t request_id_variable;
  std::array<ngx_int_t, kHiddenVariables> hidden_variables;  ///< indexes
  ngx_array_t own_variables;     ///< of ngx_uint_t: the indexes of $abm_…, made when a process starts
  std::string_view script_gzip;  ///< abm.js, compressed; "" where nothing serves it
  size_t page_memory;            ///< abm_page_memory; 0: off
  NginxGzip gzip;                ///< nginx's filter, whose place we may take
  PageMemory* pages;             ///< the worker's, made when it starts
  ngx_event_t timer;
  ngx_connection_t timer_connection;  ///< nginx's debug log wants one behind each event
};

struct SrvConf {
  ngx_flag_t used;  ///< `abm on` or abm_data is set in it or around it: only then are its URLs looked at
  ngx_flag_t takes_links, takes_previews,
      remembers;  ///< the same of abm_link_key, abm_preview_key, abm_remember
  /// URIs of the locations that answer; "" where the server has none.
  std::string_view script_uri, slots_uri, seen_uri;
  std::string_view script_url;  ///< script_uri with the script's version
  std::string_view slots_url;   ///< slots_uri with "?url=", behind which a page's address is to stand
};

struct LocConf {
  ngx_flag_t enable;  ///< abm
  DataPath* data;     ///< abm_data
  ngx_uint_t log_ip;  ///< LogIp
  ngx_hash_t types;   ///< abm_types
  ngx_array_t* types_keys;
  ngx_int_t identity;  ///< variable index of abm_identity, or NGX_CONF_UNSET
  generation::IdentityKind identity_kind;
  KeyPair identity_keys;  ///< abm_identity key=
  KeyPair link_keys;      ///< abm_link_key
  time_t remember;        ///< abm_remember, seconds; 0: off
  ngx_int_t remember_if;  ///< index of its variable
  ngx_array_t* opt_out;   ///< of ngx_int_t, variable indexes
  ngx_flag_t
      asks_computed;  ///< identity, opt-out or consent read more than plain headers, arguments and cookies
  ngx_str_t preview_key;     ///< the key's bytes; empty for none
  size_t max_tag;            ///< abm_max_tag
  ngx_uint_t no_transform;   ///< NoTransform
  ngx_uint_t gzip;           ///< Gzip
  ngx_flag_t is_endpoint;    ///< one of our content handlers answers here: that is no page
  ngx_flag_t tells_visitor;  ///< what is answered here is for the visitor alone
  ngx_flag_t tells_edits;    ///< abm_slots answers here: the visitor's browser may keep it
  ngx_flag_t takes_beacons;  ///< abm_seen answers here
  ngx_uint_t delivery;       ///< rules::Delivery
  AddedHeaders added;        ///< what add_header adds here
  rewrite::Charset
      usual_charset;  ///< of this worker's last page here, written by requests: a guess for the next one
};

extern ngx_command_t commands[];

void* create_main_conf(ngx_conf_t* cf);
char* init_main_conf(ngx_conf_t* cf, void* conf);
void* create_srv_conf(ngx_conf_t* cf);
char* merge_srv_conf(ngx_conf_t* cf, void* parent, void* child);
void* create_loc_conf(ngx_conf_t* cf);
char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child);

[[nodiscard]] inline MainConf* main_conf(ngx_http_request_t* r) noexcept {
  return static_cast<MainConf*>(ngx_http_get_module_main_conf(r, ngx_http_abm_module));
}
[[nodiscard]] inline MainConf* main_conf(ngx_conf_t* cf) noexcept {
  return static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_abm_module));
}
[[nodiscard]] inline SrvConf* srv_conf(ngx_http_request_t* r) noexcept {
  return static_cast<SrvConf*>(ngx_http_get_module_srv_conf(r, ngx_http_abm_module));
}
[[nodiscard]] inline SrvConf* srv_conf(ngx_conf_t* cf) noexcept {
  return static_cast<SrvConf*>(ngx_http_conf_get_module_srv_conf(cf, ngx_http_abm_module));
}
[[nodiscard]] inline LocConf* loc_conf(ngx_http_request_t* r) noexcept {
  return static_cast<LocConf*>(ngx_http_get_module_loc_conf(r, ngx_http_abm_module));
}

/// Whether a variable of that name ("http_x") holds what the client sent, and nothing computed.
[[nodiscard]] bool is_clients_own(std::string_view variable) noexcept;

/// Content handlers that directives install.
ngx_int_t status_handler(ngx_http_request_t* r);
ngx_int_t visitor_handler(ngx_http_request_t* r);
ngx_int_t script_handler(ngx_http_request_t* r);
ngx_int_t slots_handler(ngx_http_request_t* r);
ngx_int_t seen_handler(ngx_http_request_t* r);

}  // namespace abm::module
