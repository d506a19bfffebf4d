// nginx's filter has judged the headers by then (nginx_gzip.h). An answer that it wants to compress is taken
// from it where the page is told from memory and its constant parts are there in compressed form; then all of
// it is compressed here, whatever comes: nothing but the page's begin is known when that is decided.
#include "module/gzip/send_page.h"

#include <new>
#include <utility>

#include "module/filters.h"
#include "module/gzip/nginx_gzip.h"
#include "module/page_memory.h"
#include "module/response.h"

namespace abm::module {
namespace {

using rewrite::Recall;

// The version that the page is told from, or probably will be; nullptr: none.
std::shared_ptr<const PageVersion> version_of(const Response& response) noexcept {
  const auto& versions = response.recall.sight.versions;
  if (versions.empty() || response.rewriter->recall() != Recall::kWhole) return nullptr;
  return versions[response.rewriter->recalled()];
}

std::shared_ptr<const DeflatedAnswer> answer_of(const Response& response, ngx_http_request_t* r,
                                                const std::shared_ptr<const PageVersion>& version) noexcept {
  AnswerCache* const answers = answer_cache(r);
  return answers != nullptr ? answers->find(version, response.plan.rendered.hash) : nullptr;
}

// An answer without bytes that change from request to request is kept as a whole once it comes again.
void begin_script(ngx_http_request_t* r, Response& response,
                  const std::shared_ptr<const PageVersion>& version) noexcept {
  if (response.plan.rendered.once) return;
  using State = PiecesOfPage::State;
  const State state = version->gzip.state;
  AnswerCache* const answers = answer_cache(r);
  if ((state == State::kMade || state == State::kLarger) && version->page.gaps.empty() &&
      answers != nullptr && answers->wants(version, response.plan.rendered.hash))
    response.script.emplace();
}

void choose_filter(Context& context, ngx_http_request_t* r) noexcept {
  Response& response = *context.response;
  const NginxGzip& gzip = main_conf(r)->gzip;
  response.gzip_decided = true;
  if (context.conf->gzip == static_cast<ngx_uint_t>(Gzip::kOff) || !will_compress(r, gzip)) return;
  response.gzip_level = gzip_level(r, gzip);
  const auto version = version_of(response);
  if (version == nullptr) return;
  const auto answer = answer_of(response, r, version);
  if (answer == nullptr) begin_script(r, response, version);
  if (answer == nullptr && version->gzip.pieces == nullptr) {
    if (version->gzip.state == PiecesOfPage::State::kLarger) add(counters().gzip_larger);
    return;
  }
  take_over(r, gzip);
  response.gzip.emplace(r->pool, context.heap.source(), text_deflater(r), response.gzip_level);
  // Whoever announces a page's length has all of it.
  if (response.announced < 0) response.gzip->send_first_at_once();
}

// With the first bytes of the page.
void set_page(Response& response, ngx_http_request_t* r) noexcept {
  const auto version = version_of(response);
  auto answer = version != nullptr ? answer_of(response, r, version) : nullptr;
  if (version != nullptr && (answer != nullptr || version->gzip.pieces != nullptr)) {
    response.gzip->set_page(version->page.bytes, version->gzip.pieces, std::move(answer));
  } else {
    response.gzip->leave_page();
  }
}

bool add_to_script(AnswerScript& script, std::string_view page, const ngx_buf_t& buffer) {
  if (!ngx_buf_in_memory(&buffer) || buffer.pos == buffer.last) return true;
  if (buffer.temporary) return false;  // what changes from request to request
  const std::string_view bytes(reinterpret_cast<const char*>(buffer.pos),
                               static_cast<size_t>(buffer.last - buffer.pos));
  const bool of_page = bytes.data() >= page.data() && bytes.data() < page.data() + page.size();
  return of_page ? script.add_page(static_cast<size_t>(bytes.data() - page.data()), bytes.size())
                 : script.add_text(bytes);
}

void add_to_script(Response& response, const ngx_chain_t* page) noexcept {
  const auto version = version_of(response);
  bool kept = version != nullptr && !response.passed_on;
  try {
    for (; kept && page != nullptr; page = page->next)
      kept = add_to_script(*response.script, version->page.bytes, *page->buf);
  } catch (...) {
    kept = false;
  }
  if (!kept) response.script.reset();
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
  gzip.add(page);
  bool only_goes_on = page == nullptr;
  for (;;) {
    ngx_chain_t* const out = gzip.take();
    if (gzip.out_of_memory()) add(counters().out_of_memory);
    if (gzip.failed()) return NGX_ERROR;
    if (out == nullptr && !only_goes_on && !gzip.waits()) return gzip.busy() ? NGX_AGAIN : NGX_OK;
    stopwatch.stop();
    const ngx_int_t rc = next_page_body_filter(r, out);
    gzip.reclaim();
    set_waiting(r->connection, gzip.waits());
    if (rc == NGX_ERROR || !gzip.waits()) return rc;
    // What nginx has put off (postpone_output) it sends once it is called without anything new.
    if (!gzip.has_room() && (rc == NGX_AGAIN || out == nullptr)) return NGX_AGAIN;
    only_goes_on = false;
    stopwatch.resume();
  }
}

}  // namespace

ngx_int_t send_page(Context& context, ngx_http_request_t* r, Stopwatch& stopwatch, ngx_chain_t* page) {
  Response& response = *context.response;
  if (!response.gzip_decided) choose_filter(context, r);
  if (response.gzip && !response.gzip->knows_page() && response.rewriter->bytes_in() != 0)
    set_page(response, r);
  if (response.script) add_to_script(response, page);
  if (response.gzip) return send_compressed(r, response, stopwatch, page);
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
