// nginx's own gzip filter, which stands behind ours: what it decides about an answer, and how it is told to
// leave one alone.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// As the configuration has it. Without `filter` there is none whose place we could take.
struct NginxGzip {
  const ngx_module_t* filter = nullptr;
  ngx_uint_t level_offset = 0;  ///< of `gzip_comp_level` in its location configuration, ngx_int_t
};

/// Looks for it: by its name among the modules, and nothing between it and us that would see compressed bytes
/// in place of a page.
[[nodiscard]] NginxGzip find_nginx_gzip(const ngx_cycle_t* cycle) noexcept;

/// Whether the filter has taken this answer's headers, and will compress its body.
[[nodiscard]] bool will_compress(const ngx_http_request_t* r, const NginxGzip& gzip) noexcept;
/// After will_compress(), and before the filter has seen any of the body: lets it pass on what comes, as it
/// does with answers that it has not taken.
void take_over(ngx_http_request_t* r, const NginxGzip& gzip) noexcept;
/// 1 to 9.
[[nodiscard]] int gzip_level(ngx_http_request_t* r, const NginxGzip& gzip) noexcept;

}  // namespace abm::module
