// abm_script: abm.js, whose URL in a page names its version, so that browsers and caches keep it for good.
#include <string>

#include "module/browser_script.h"
#include "module/conf.h"
#include "module/endpoint.h"
#include "module/fence.h"
#include "module/page_request.h"

namespace abm::module {
namespace {

// As nginx's own compression judges it (gzip_http_version, gzip_proxied, gzip_disable).
bool takes_gzip([[maybe_unused]] ngx_http_request_t* r) noexcept {
#if (NGX_HTTP_GZIP)
  return ngx_http_gzip_ok(r) == NGX_OK;
#else
  return false;
#endif
}

ngx_int_t answer_script(ngx_http_request_t* r) {
  Answer answer;
  const std::string_view version = browser_script_version();
  const std::string etag = "W/\"" + std::string(version) + "\"";
  answer.etag = pool_copy(r->pool, etag);
  answer.type = "text/javascript";
  answer.body = browser_script();
  answer.varies = true;
  answer.cache_control =
      query_argument(r, "v") == version ? "public, max-age=31536000, immutable" : "no-cache";
  if (takes_gzip(r)) {
    answer.body = main_conf(r)->script_gzip;
    answer.encoding = "gzip";
  }
  return send_answer(r, answer);
}

}  // namespace

ngx_int_t script_handler(ngx_http_request_t* r) {
  return Fence<answer_script, answer_internal_error>::call(r);
}

}  // namespace abm::module
