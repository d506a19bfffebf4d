// The client's URL lives in the request's own memory, so views of it are enough.
#include "module/url_capture.h"

#include "module/context.h"
#include "module/take_secrets.h"

namespace abm::module {

ngx_int_t capture_url(ngx_http_request_t* r) {
  if (r != r->main) return NGX_DECLINED;
  if (!take_secrets(r, Reading::kDone)) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (!srv_conf(r)->used && find_context(r) == nullptr) return NGX_DECLINED;
  Context* context = get_context(r);
  if (context == nullptr) return NGX_DECLINED;
  context->first_uri = view(r->uri);
  context->first_args = view(r->args);
  return NGX_DECLINED;
}

ngx_int_t clean_refused(ngx_http_request_t* r) {
  if (!r->internal || r != r->main) return NGX_DECLINED;
  return take_secrets(r, Reading::kRefused) ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace abm::module
