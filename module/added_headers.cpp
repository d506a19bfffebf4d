// add_header as nginx reads it: looked at, noted by level, and handed on.
#include "module/added_headers.h"

#include <string_view>

#include "module/conf.h"
#include "module/headers.h"

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

void note(ngx_conf_t* cf, const ngx_str_t& name) noexcept {
  auto* conf = static_cast<LocConf*>(ngx_http_conf_get_module_loc_conf(cf, ngx_http_abm_module));
  conf->adds_headers = 1;
  if (conf->added != nullptr || !decides_caching(view(name))) return;
  auto* added = pool_array<AddedCacheHeader>(cf->pool, 1);
  if (added == nullptr) return;
  *added = {name, cf->conf_file->file.name, cf->conf_file->line, false};
  conf->added = added;
}

char* look_at_header(ngx_conf_t* cf, ngx_command_t*, void*) {
  const Original original = find_original(cf);
  if (original.command == nullptr) return static_cast<char*>(NGX_CONF_ERROR);
  note(cf, static_cast<ngx_str_t*>(cf->args->elts)[1]);
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

void merge_added_headers(ngx_conf_t* cf, const LocConf& parent, LocConf& child) noexcept {
  if (!child.adds_headers) {
    child.adds_headers = parent.adds_headers;
    child.added = parent.added;
  }
  if (!child.enable || child.added == nullptr || child.added->told) return;
  child.added->told = true;
  ngx_log_error(
      NGX_LOG_WARN, cf->log, 0,
      "abm: \"add_header %V\" in %V:%ui is left out of personalized pages, since caches obey it: give pages "
      "that are the same for everybody a location of their own",
      &child.added->name, &child.added->file, child.added->line);
}

}  // namespace abm::module
