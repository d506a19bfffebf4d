// Filters run from the last module of the list to the first.
#include "module/filter_order.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace abm::module {
namespace {

constexpr std::array<std::string_view, 4> kEncoders = {
    "ngx_http_gzip_filter_module", "ngx_http_brotli_filter_module", "ngx_http_zstd_filter_module",
    "ngx_http_zopfli_filter_module"};
constexpr std::string_view kOurs = "ngx_http_abm_filter_module";

}  // namespace

void warn_of_encoders(ngx_conf_t* cf) noexcept {
  bool passed_ours = false;
  for (ngx_uint_t i = 0; cf->cycle->modules[i] != nullptr; ++i) {
    const std::string_view name = cf->cycle->modules[i]->name;
    if (name == kOurs) passed_ours = true;
    if (!passed_ours || std::find(kEncoders.begin(), kEncoders.end(), name) == kEncoders.end()) continue;
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "module \"%s\" compresses pages before abm can personalize them: load "
                       "ngx_http_abm_module.so after it",
                       cf->cycle->modules[i]->name);
  }
}

}  // namespace abm::module
