// A response is complete before the context knows of it.
#include "module/begin_response.h"

#include <new>

#include "module/page_memory.h"
#include "module/response.h"

namespace abm::module {

bool begin_response(Context& context, Encoding encoding) noexcept {
  ngx_http_request_t* r = context.request;
  const auto edits = context.plan.rendered.edits;
  if (context.plan.program == nullptr) return false;
  void* memory = ngx_palloc(r->pool, sizeof(Response));
  auto* offsets = pool_array<uint64_t>(r->pool, edits.size());
  if (memory == nullptr || offsets == nullptr) return false;
  auto* response = new (memory) Response();
  if (r->upstream != nullptr && r->upstream->cleanup != nullptr) response->upstream = r->upstream;
  if (r->method == NGX_HTTP_HEAD) {
    response->plan = context.plan;
    response->plan.program.reset();
    context.plan.release_edits();
    context.response = response;
    return true;
  }
  rewrite::RewriterOptions options;
  options.selectors = &context.plan.program->selectors();
  options.edits = edits;
  options.charset = context.plan.charset;
  options.max_tag = context.conf->max_tag;
  options.memory = context.heap.source();
  look_up_page(context, *response, options);
  response->rewriter = rewrite::Rewriter::create(options);
  if (response->rewriter == nullptr ||
      (encoding != Encoding::kIdentity && !response->decoder.start(encoding, context.heap.source()))) {
    response->~Response();
    return false;
  }
  if (encoding == Encoding::kIdentity) response->announced = r->headers_out.content_length_n;
  response->sink.start(r->pool, {offsets, edits.size()});
  response->plan = context.plan;
  context.plan.release_edits();
  context.response = response;
  return true;
}

}  // namespace abm::module
