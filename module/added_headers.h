// What add_header adds where pages are personalized: `nginx -t` warns of headers that caches obey.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// The first add_header of one level of the configuration that decides caching, and its place, for the
/// warning.
struct AddedCacheHeader {
  ngx_str_t name;
  ngx_str_t file;
  ngx_uint_t line;
  bool told;
};

/// Of one location.
struct AddedHeaders {
  bool present;             ///< add_header is set here, or at the level that its list is inherited from
  AddedCacheHeader* first;  ///< of that list, the first that decides caching; nullptr: none
};

/// While the configuration is read: an add_header of this level.
void note_added_header(ngx_conf_t* cf, const ngx_str_t& name, AddedHeaders& added) noexcept;

/// Inheritance as the headers filter has it, and the warning where pages are personalized.
void merge_added_headers(ngx_conf_t* cf, const AddedHeaders& parent, AddedHeaders& child,
                         bool personalizes) noexcept;

}  // namespace abm::module
