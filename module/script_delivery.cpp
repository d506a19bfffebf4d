#include "module/script_delivery.h"

#include <array>
#include <cstring>

#include "base/text.h"
#include "module/csp_nonce.h"
#include "module/request_id.h"

namespace abm::module {
namespace {

// What a preview shows goes on being shown on the next page of a client-side navigation. "" without memory.
std::string_view with_preview(const Context& context, std::string_view uri) noexcept {
  ngx_http_request_t* r = context.request;
  const std::array<std::string_view, 4> parts = {uri, "?abm_preview=", context.preview_token, "&url="};
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  auto* text = static_cast<char*>(ngx_pnalloc(r->pool, size));
  if (text == nullptr) return {};
  char* next = text;
  for (const std::string_view part : parts) {
    std::memcpy(next, part.data(), part.size());
    next += part.size();
  }
  return {text, size};
}

}  // namespace

rules::ScriptPage script_page(const Context& context) noexcept {
  ngx_http_request_t* r = context.request;
  const SrvConf& server = *srv_conf(r);
  rules::ScriptPage page;
  page.usual = static_cast<rules::Delivery>(loc_conf(r)->delivery);
  page.script = server.script_url;
  page.slots = server.slots_url;
  if (context.visitor.preview) {  // leaves no visit line that what was seen could belong to
    if (!page.slots.empty()) page.slots = with_preview(context, server.slots_uri);
    return page;
  }
  if (server.seen_uri.empty()) return page;
  page.id = request_id(r);
  if (!page.id.empty()) page.seen = server.seen_uri;
  return page;
}

bool allow_script(Context& context, ngx_http_request_t* r) noexcept {
  if (context.plan.rendered.block == rules::kNoEdit) return true;
  std::string_view nonce;
  for_each_header(r->headers_out.headers, [&](const ngx_table_elt_t& header) {
    if (header.hash != 0 && equals_ignoring_case(view(header.key), "Content-Security-Policy"))
      nonce = script_nonce(view(header.value));
    return nonce.empty();
  });
  return rules::add_nonce(context.plan.rendered, nonce, pool_memory(r->pool));
}

}  // namespace abm::module
