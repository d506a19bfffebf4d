#include "module/proxy_address.h"

#include "module/ask_visitor.h"
#include "module/private_address.h"

namespace abm::module {
namespace {

// What `realip` keeps where it has replaced the address; without `realip` there is no such variable.
bool is_replaced(ngx_http_request_t* r) noexcept {
  ngx_str_t name = literal("realip_remote_addr");
  const ngx_uint_t key = ngx_hash_key(name.data, name.len);
  const ngx_http_variable_value_t* before = ngx_http_get_variable(r, &name, key);
  if (before == nullptr || before->not_found) return false;
  const std::string_view address(reinterpret_cast<const char*>(before->data), before->len);
  return address != view(r->connection->addr_text);
}

}  // namespace

bool is_from_unknown_proxy(ngx_http_request_t* r) noexcept {
  IpAddress address;
  if (connection_address(r, address) && !is_private_address(address)) return false;
  bool told = false;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    told = is_forwarding_header(view(header.key));
    return !told;
  });
  return told && !is_replaced(r);
}

}  // namespace abm::module
