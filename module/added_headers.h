// What add_header adds where pages are personalized: `nginx -t` warns of headers by which caches decide.
#pragma once

#include "module/ngx.h"

namespace abm::module {

struct LocConf;

/// The first add_header of one level of the configuration that decides caching; its place for the warning.
struct AddedCacheHeader {
  ngx_str_t name;
  ngx_str_t file;
  ngx_uint_t line;
  bool told;
};

/// nginx gives a directive to the first module that knows it: this command, which only looks and then hands
/// on to the headers filter, must stand in a module before that. The last element of
/// ngx_http_abm_filter_module's commands is ngx_null_command.
extern ngx_command_t add_header_commands[];
/// Before http{} is read: takes over add_header's contexts and numbers of arguments. NGX_OK.
ngx_int_t prepare_add_header(ngx_conf_t* cf);

/// Inheritance as the headers filter has it, and the warning where pages are personalized.
void merge_added_headers(ngx_conf_t* cf, const LocConf& parent, LocConf& child) noexcept;

}  // namespace abm::module
