// nginx's filter has judged the headers by then (nginx_gzip.h). An answer that it wants to compress is taken
// from it where the page is told from memory and its constant parts are there in compressed form; then all of
// it is compressed here, whatever comes: nothing but the page's begin is known when that is decided.
#include "module/gzip/send_page.h"

#include "module/filters.h"
#include "module/gzip/nginx_gzip.h"
#include "module/page_memory.h"
#include "module/response.h"

namespace abm::module {
namespace {

using rewrite::Recall;

// The version that the page is told from, or probably will be; nullptr: none.
const PageVersion* version_of(const Response& response) noexcept {
  const auto& versions = response.recall.sight.versions;
  if (versions.empty() || response.rewriter->recall() != Recall::kWhole) return nullptr;
  return versions[response.rewriter->recalled()].get();
}

void choose(Context& context, ngx_http_request_t* r) noexcept {
  Response& response = *context.response;
  const NginxGzip& gzip = main_conf(r)->gzip;
  if (!response.gzip_decided) {
    response.gzip_decided = true;
    if (context.conf->gzip == static_cast<ngx_uint_t>(Gzip::kOff) || !will_compress(r, gzip)) return;
    response.gzip_level = gzip_level(r, gzip);
    const PageVersion* version = version_of(response);
    if (version == nullptr) return;
    if (version->gzip.state == PiecesOfPage::State::kLarger) add(counters().gzip_larger);
    if (version->gzip.pieces == nullptr) return;
    take_over(r, gzip);
    response.gzip.emplace(r->pool, context.heap.source(), text_deflater(r), response.gzip_level);
  }
  if (!response.gzip || response.gzip->knows_page() || response.rewriter->bytes_in() == 0) return;
  const PageVersion* version = version_of(response);
  if (version != nullptr && version->gzip.pieces != nullptr) {
    response.gzip->set_page(version->page.bytes, version->gzip.pieces);
  } else {
    response.gzip->leave_page();
  }
}

// A bit of c->buffered: nginx's filter uses it, which has no part in this answer.
void set_waiting(ngx_connection_t* c, bool waiting) noexcept {
  c->buffered =
      (waiting ? c->buffered | NGX_HTTP_GZIP_BUFFERED : c->buffered & ~NGX_HTTP_GZIP_BUFFERED) & 0xffu;
}

ngx_int_t send_compressed(ngx_http_request_t* r, Response& response, Stopwatch& stopwatch,
                          const ngx_chain_t* page) {
  GzipStage& gzip = *response.gzip;
  if (response.rewriter->recall() != Recall::kWhole || response.passed_on) gzip.leave_page();
  if (!gzip.add(page)) return NGX_ERROR;
  bool only_goes_on = page == nullptr;
  for (;;) {
    ngx_chain_t* const out = gzip.take();
    if (gzip.failed()) return NGX_ERROR;
    if (out == nullptr && !only_goes_on) return gzip.busy() ? NGX_AGAIN : NGX_OK;
    only_goes_on = false;
    stopwatch.stop();
    const ngx_int_t rc = next_page_body_filter(r, out);
    gzip.reclaim();
    set_waiting(r->connection, gzip.waits());
    if (rc == NGX_ERROR || !gzip.waits()) return rc;
    if (!gzip.has_room()) return NGX_AGAIN;
    stopwatch.resume();
  }
}

}  // namespace

ngx_int_t send_page(Context& context, ngx_http_request_t* r, Stopwatch& stopwatch, ngx_chain_t* page) {
  choose(context, r);
  if (context.response->gzip) return send_compressed(r, *context.response, stopwatch, page);
  stopwatch.stop();
  return next_page_body_filter(r, page);
}

void count_gzip(const Response& response) noexcept {
  if (!response.gzip) return;
  const GzipJoin& join = response.gzip->join();
  add(counters().gzip_spliced);
  add(counters().gzip_reused_bytes, join.bytes_reused());
  add(counters().gzip_deflated_bytes, join.bytes() - join.bytes_reused());
}

}  // namespace abm::module
