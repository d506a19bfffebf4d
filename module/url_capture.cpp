// The client's URL lives in the request's own memory, so views of it are enough.
#include "module/url_capture.h"

#include "module/context.h"
#include "module/take_secrets.h"

namespace abm::module {

ngx_int_t capture_url(ngx_http_request_t* r) {
  if (r != r->main) return NGX_DECLINED;
  const SrvConf& server = *srv_conf(r);
  const bool has_secrets = server.takes_links || server.takes_previews || server.remembers;
  if (!server.used && !has_secrets) return NGX_DECLINED;
  Context* context = get_context(r);
  if (context == nullptr) {
    drop_secrets(r);
    return NGX_DECLINED;
  }
  if (has_secrets) take_secrets(r, *context);
  context->first_uri = view(r->uri);
  context->first_args = view(r->args);
  return NGX_DECLINED;
}

}  // namespace abm::module
