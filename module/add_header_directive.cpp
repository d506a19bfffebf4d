// The headers filter's own command is found by its name, and called after ours.
#include "module/add_header_directive.h"

#include <string_view>

#include "module/conf.h"

namespace abm::module {
namespace {

constexpr std::string_view kHeadersFilter = "ngx_http_headers_filter_module";
constexpr std::string_view kDirective = "add_header";

struct Original {
  const ngx_module_t* module = nullptr;
  ngx_command_t* command = nullptr;
};

Original find_original(const ngx_conf_t* cf) noexcept {
  for (ngx_uint_t i = 0; cf->cycle->modules[i] != nullptr; ++i) {
    const ngx_module_t* module = cf->cycle->modules[i];
    if (module->name != kHeadersFilter || module->commands == nullptr) continue;
    for (ngx_command_t* command = module->commands; command->name.len != 0; ++command) {
      if (view(command->name) == kDirective) return {module, command};
    }
  }
  return {};
}

char* look_at_header(ngx_conf_t* cf, ngx_command_t*, void*) {
  const Original original = find_original(cf);
  if (original.command == nullptr) return static_cast<char*>(NGX_CONF_ERROR);
  auto* conf = static_cast<LocConf*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_abm_module));
  note_added_header(cf, static_cast<ngx_str_t*>(cf->args->elts)[1], conf->added);
  auto** configurations = static_cast<ngx_http_conf_ctx_t*>(cf->ctx)->loc_conf;
  return original.command->set(cf, original.command, configurations[original.module->ctx_index]);
}

}  // namespace

ngx_command_t add_header_commands[] = {
    {literal("add_header"), 0, look_at_header, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr}, ngx_null_command};

ngx_int_t prepare_add_header(ngx_conf_t* cf) {
  const Original original = find_original(cf);
  if (original.command != nullptr) add_header_commands[0].type = original.command->type;
  return NGX_OK;
}

}  // namespace abm::module
