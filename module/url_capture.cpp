// The client's URL lives in the request's own buffers, so views of it are enough.
#include "module/url_capture.h"

#include "module/context.h"

namespace abm::module {

ngx_int_t capture_url(ngx_http_request_t* r) {
  if (r != r->main || !srv_conf(r)->used) return NGX_DECLINED;
  if (Context* context = get_context(r)) {
    context->first_uri = view(r->uri);
    context->first_args = view(r->args);
  }
  return NGX_DECLINED;
}

}  // namespace abm::module
