// The filter's judgement is all its own: it runs on the headers, and what it keeps of a request tells what it
// made of them. It compresses the bodies of those for which it keeps something
// (ngx_http_gzip_filter_module.c, ngx_http_gzip_body_filter).
#include "module/gzip/nginx_gzip.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace abm::module {
namespace {

constexpr std::string_view kGzip = "ngx_http_gzip_filter_module";
constexpr std::string_view kUs = "ngx_http_abm_filter_module";
// They pass on an answer that is encoded already.
constexpr std::array<std::string_view, 3> kOthers = {
    "ngx_http_brotli_filter_module", "ngx_http_zstd_filter_module", "ngx_http_zopfli_filter_module"};

}  // namespace

NginxGzip find_nginx_gzip(const ngx_cycle_t* cycle) noexcept {
  NginxGzip found;
  for (ngx_uint_t i = 0; cycle->modules[i] != nullptr; ++i) {
    const ngx_module_t* module = cycle->modules[i];
    const std::string_view name = module->name;
    if (name == kUs) return found.level_offset != 0 ? found : NginxGzip();
    if (name == kGzip) {
      found.filter = module;
      for (const ngx_command_t* command = module->commands; command != nullptr && command->name.len != 0;
           ++command) {
        if (view(command->name) == "gzip_comp_level" && command->set == ngx_conf_set_num_slot)
          found.level_offset = command->offset;
      }
    } else if (found.filter != nullptr && module->type == NGX_HTTP_MODULE &&
               std::ranges::find(kOthers, name) == kOthers.end()) {
      return {};
    }
  }
  return {};
}

bool will_compress(const ngx_http_request_t* r, const NginxGzip& gzip) noexcept {
  const ngx_table_elt_t* encoding = r->headers_out.content_encoding;
  return gzip.filter != nullptr && r->ctx[gzip.filter->ctx_index] != nullptr && encoding != nullptr &&
         view(encoding->value) == "gzip";
}

void take_over(ngx_http_request_t* r, const NginxGzip& gzip) noexcept {
  r->ctx[gzip.filter->ctx_index] = nullptr;
}

int gzip_level(ngx_http_request_t* r, const NginxGzip& gzip) noexcept {
  const auto* conf = static_cast<const char*>(r->loc_conf[gzip.filter->ctx_index]);
  ngx_int_t level;
  std::memcpy(&level, conf + gzip.level_offset, sizeof(level));
  return static_cast<int>(std::clamp<ngx_int_t>(level, 1, 9));
}

}  // namespace abm::module
