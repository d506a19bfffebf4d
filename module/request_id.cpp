// nginx makes it when it is first asked for, and keeps it with the request.
#include "module/request_id.h"

#include "module/conf.h"

namespace abm::module {

std::string_view request_id(ngx_http_request_t* r) noexcept {
  const ngx_int_t index = main_conf(r)->request_id_variable;
  if (index == NGX_ERROR) return {};
  const ngx_http_variable_value_t* value = ngx_http_get_indexed_variable(r, static_cast<ngx_uint_t>(index));
  if (value == nullptr || value->not_found) return {};
  return {reinterpret_cast<const char*>(value->data), value->len};
}

}  // namespace abm::module
