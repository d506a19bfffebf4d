// One host, several servers: what one of them takes out of requests, the others have to take out, too.
#include <string>
#include <unordered_set>

#include "base/text.h"
#include "module/conf.h"

namespace abm::module {
namespace {

struct NamedServers {
  ngx_http_core_srv_conf_t** elements;
  ngx_uint_t count;
};

NamedServers all_servers(ngx_conf_t* cf) noexcept {
  const auto* core =
      static_cast<ngx_http_core_main_conf_t*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  return {static_cast<ngx_http_core_srv_conf_t**>(core->servers.elts), core->servers.nelts};
}

bool server_takes_links(const ngx_http_core_srv_conf_t& server) noexcept {
  return static_cast<SrvConf*>(server.ctx->srv_conf[ngx_http_abm_module.ctx_index])->takes_links != 0;
}

// Not for names that stand for any, as "_" does.
template <typename Visit>
void for_each_name(const ngx_http_core_srv_conf_t& server, Visit&& visit) {
  const auto* names = static_cast<const ngx_http_server_name_t*>(server.server_names.elts);
  for (ngx_uint_t i = 0; i < server.server_names.nelts; ++i) {
    const std::string_view name = view(names[i].name);
    if (name.find('.') != std::string_view::npos && !visit(ascii_lower(name))) return;
  }
}

}  // namespace

void warn_of_servers_without_link_key(ngx_conf_t* cf) {
  const NamedServers servers = all_servers(cf);
  std::unordered_set<std::string> with_links;
  for (ngx_uint_t i = 0; i < servers.count; ++i) {
    if (!server_takes_links(*servers.elements[i])) continue;
    for_each_name(*servers.elements[i], [&](std::string name) {
      with_links.insert(std::move(name));
      return true;
    });
  }
  if (with_links.empty()) return;
  for (ngx_uint_t i = 0; i < servers.count; ++i) {
    const ngx_http_core_srv_conf_t& server = *servers.elements[i];
    if (server_takes_links(server)) continue;
    for_each_name(server, [&](const std::string& name) {
      if (!with_links.contains(name)) return true;
      ngx_str_t text = ngx_string_of(name);
      ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                    "another server \"%V\" has \"abm_link_key\", and the one in %s:%ui has not: it logs the "
                    "tokens of links and passes them on. Write \"abm_link_key\" into \"http\", or into both",
                    &text, server.file_name, server.line);
      return false;
    });
  }
}

}  // namespace abm::module
