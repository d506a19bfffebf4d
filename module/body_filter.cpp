// The body filter only executes: input goes through decoder and rewriter to the next filter, as fast as that
// takes it.
#include "module/context.h"
#include "module/filters.h"
#include "module/gzip/send_page.h"
#include "module/headers.h"
#include "module/held_headers.h"
#include "module/page_memory.h"
#include "module/response.h"

namespace abm::module {
namespace {

// A bit of c->buffered that nginx and well-known modules leave free: encoded input waits for room.
constexpr unsigned kBuffered = 0x40;

void set_buffered(ngx_connection_t* c, bool buffered) noexcept {
  c->buffered = (buffered ? c->buffered | kBuffered : c->buffered & ~kBuffered) & 0xffu;
}

constexpr size_t kDecodedSize = 16 * 1024;

std::string_view memory_of(const ngx_buf_t* buffer) noexcept {
  if (!ngx_buf_in_memory(buffer)) return {};
  return {reinterpret_cast<const char*>(buffer->pos), static_cast<size_t>(buffer->last - buffer->pos)};
}

// nginx does not say that the page's upstream died half-way: it flushes, with the upstream already finalized,
// and nothing follows. A flush by a subrequest means nothing (the connection's data is the subrequest then),
// nor does one by a handler that answers in place of an upstream (X-Accel-Redirect, error_page): r->upstream
// is still the previous one then.
bool upstream_died(const ngx_http_request_t* r, const Response& response, const ngx_chain_t* link) noexcept {
  return response.upstream != nullptr && response.upstream == r->upstream &&
         r->upstream->cleanup == nullptr && link->next == nullptr && ngx_buf_special(link->buf) &&
         link->buf->flush && !link->buf->last_buf && r->connection->data == r;
}

// What follows a buffer's bytes: the page's end, a flush, an upstream's death.
void pass_flags(Response& response, const ngx_buf_t* buffer, bool died) noexcept {
  const bool cut_off = buffer->last_buf && response.decoder.active() && !response.decoder.ended();
  if (died || cut_off) response.rewriter->abandon(response.sink);
  if (cut_off) {
    response.broken = true;
    return;
  }
  if (buffer->last_buf && !response.last_seen) {
    response.last_seen = true;
    // The last buffer alone does not say that a page is whole.
    if (response.bytes_missing() > 0) response.rewriter->abandon(response.sink);
    if (!died) response.rewriter->finish(response.sink);  // nothing, where the page was abandoned
  }
  response.sink.mark(*buffer);
}

// What comes behind a page that has ended, up to the origin's own end; one more end would be another
// filter's.
void swallow(Response& response, ngx_buf_t* buffer) noexcept {
  buffer->pos = buffer->last;
  if (buffer->in_file) buffer->file_pos = buffer->file_last;
  if (buffer->last_buf) response.awaits_end = false;
}

// nginx tells that an upstream's page has ended in a call of its own, which costs one more packet. Where the
// page's length was announced, its last byte tells. Not where trailers may follow: gRPC's come with a length.
bool may_end_early(const ngx_http_request_t* r, const Response& response) noexcept {
  return response.announced > 0 && !r->expect_trailers &&
         (response.upstream == nullptr || !response.upstream->conf->pass_trailers);
}

void end_early(Response& response) noexcept {
  response.last_seen = response.awaits_end = true;
  response.rewriter->finish(response.sink);
  ngx_buf_t last{};
  last.last_buf = 1;
  response.sink.mark(last);
}

void write_plain(Response& response, ngx_buf_t* buffer, bool died, bool ends_early) noexcept {
  std::string_view bytes = memory_of(buffer);
  // More than that is swallowed, whether it comes in this buffer or in the next one.
  if (ends_early) bytes = bytes.substr(0, response.bytes_missing());
  if (!bytes.empty()) {
    collect_page(response, bytes);
    response.sink.begin_input(buffer);
    response.rewriter->write(bytes, response.sink);
    response.sink.end_input();
  } else if (buffer->in_file && ngx_buf_size(buffer) > 0) {
    // Only a filter that ignores main_filter_need_in_memory passes a file on: from here on the page stays as
    // it came.
    response.rewriter->abandon(response.sink);
    response.sink.pass(buffer);
    response.passed_on = true;
    if (buffer->last_buf) response.last_seen = true;
    return;
  }
  pass_flags(response, buffer, died);
  if (ends_early && !response.last_seen && response.bytes_missing() == 0) end_early(response);
}

// A free decoding buffer; nullptr when all are in flight (then `full`) or there is no memory.
ngx_buf_t* decoded_buffer(ngx_http_request_t* r, Response& response, bool& full) noexcept {
  full = false;
  for (ngx_buf_t*& buffer : response.decoded) {
    if (buffer == nullptr) {
      buffer = ngx_create_temp_buf(r->pool, kDecodedSize);
      if (buffer == nullptr) return nullptr;
      return buffer;
    }
    if (buffer->pos == buffer->last) {
      buffer->pos = buffer->last = buffer->start;
      return buffer;
    }
  }
  full = true;
  return nullptr;
}

enum class Decoded : uint8_t { kAll, kNoRoom, kDamaged, kNoMemory };

// Decodes one waiting buffer as far as there is room.
Decoded decode_one(ngx_http_request_t* r, Response& response, ngx_buf_t* buffer, bool died) noexcept {
  std::string_view in = memory_of(buffer);
  for (;;) {
    bool full = false;
    ngx_buf_t* room = decoded_buffer(r, response, full);
    if (room == nullptr) return full ? Decoded::kNoRoom : Decoded::kNoMemory;
    size_t written = 0;
    const size_t before = in.size();
    const auto step =
        response.decoder.decode(in, reinterpret_cast<char*>(room->start), kDecodedSize, written);
    buffer->pos = buffer->last - in.size();
    if (written > 0) {
      room->last = room->start + written;
      const std::string_view page = memory_of(room);
      collect_page(response, page);
      response.sink.begin_input(room);
      response.rewriter->write(page, response.sink);
      response.sink.end_input();
    }
    if (step == Decoder::Step::kFailed) return Decoded::kDamaged;
    if (written == 0 && (in.empty() || in.size() == before)) break;
  }
  buffer->pos = buffer->last;
  pass_flags(response, buffer, died);
  return response.broken ? Decoded::kDamaged : Decoded::kAll;
}

ngx_int_t fail(ngx_http_request_t* r, Response& response) noexcept {
  response.broken = true;
  set_buffered(r->connection, false);
  return NGX_ERROR;
}

ngx_int_t fail_for_memory(ngx_http_request_t* r, Response& response) noexcept {
  add(counters().out_of_memory);
  return fail(r, response);
}

// Stops the stopwatch: what follows takes less time than looking at the clock twice.
ngx_int_t send(ngx_http_request_t* r, Context& context, Stopwatch& stopwatch, ngx_chain_t* out) {
  Response& response = *context.response;
  if (response.last_seen) drop_original_trailers(r);
  stopwatch.stop();
  if (send_held_headers(context, r) != NGX_OK) return NGX_ERROR;
  stopwatch.resume();
  response.sending_end = response.awaits_end;
  const ngx_int_t rc = send_page(context, r, stopwatch, out);
  response.sending_end = false;
  response.sink.reclaim();
  return rc;
}

// An upstream's body that is not what its label says: what is decoded is sent, then the connection ends, so
// that the client can tell that something is missing.
ngx_int_t end_broken(ngx_http_request_t* r, Context& context, Stopwatch& stopwatch) {
  Response& response = *context.response;
  add(counters().decode_failed);
  ngx_log_error(
      NGX_LOG_ERR, r->connection->log, 0,
      "abm: the upstream's encoded body is damaged, cut off or out of bounds, the response ends here");
  ngx_buf_t flush{};
  flush.flush = 1;
  response.sink.mark(flush);
  ngx_chain_t* out = response.sink.take();
  if (out != nullptr) send(r, context, stopwatch, out);
  return fail(r, response);
}

// Encoded input waits in `response.waiting` and is decoded as far as the next filter takes the result.
ngx_int_t filter_encoded(ngx_http_request_t* r, Context& context, Stopwatch& stopwatch, ngx_chain_t* in) {
  Response& response = *context.response;
  ngx_int_t rc = NGX_OK;
  if (in == nullptr) {
    rc = send(r, context, stopwatch, nullptr);
    if (rc == NGX_ERROR) return fail(r, response);
    stopwatch.resume();
  } else if (ngx_chain_add_copy(r->pool, &response.waiting, in) != NGX_OK) {
    return fail_for_memory(r, response);
  }
  for (ngx_chain_t* link = in; link != nullptr; link = link->next) {
    if (upstream_died(r, response, link)) response.died = true;
  }
  for (;;) {
    while (response.waiting != nullptr) {
      ngx_chain_t* link = response.waiting;
      const Decoded decoded = decode_one(r, response, link->buf, response.died && link->next == nullptr);
      if (decoded == Decoded::kNoMemory) return fail_for_memory(r, response);
      if (decoded == Decoded::kDamaged) return end_broken(r, context, stopwatch);
      if (decoded == Decoded::kNoRoom) break;
      response.waiting = link->next;
      ngx_free_chain(r->pool, link);
    }
    if (response.sink.failed()) return fail_for_memory(r, response);
    ngx_chain_t* out = response.sink.take();
    if (out == nullptr) break;
    rc = send(r, context, stopwatch, out);
    if (rc == NGX_ERROR) return fail(r, response);
    stopwatch.resume();
  }
  if (send_held_headers(context, r) != NGX_OK) return fail(r, response);
  if (response.waiting == nullptr) {
    set_buffered(r->connection, false);
    return rc;
  }
  set_buffered(r->connection, true);
  return NGX_AGAIN;
}

ngx_int_t filter_plain(ngx_http_request_t* r, Context& context, Stopwatch& stopwatch, ngx_chain_t* in) {
  Response& response = *context.response;
  const bool ends_early = may_end_early(r, response);
  const bool ended_before = response.last_seen;
  for (ngx_chain_t* link = in; link != nullptr; link = link->next) {
    if (response.awaits_end) {
      swallow(response, link->buf);
    } else {
      write_plain(response, link->buf, upstream_died(r, response, link), ends_early);
    }
  }
  if (response.last_seen && !ended_before) compare_with_file(response);
  if (response.sink.failed()) return fail_for_memory(r, response);
  ngx_chain_t* out = response.sink.take();
  const bool all_is_held_back = out == nullptr && in != nullptr && !response.sink.busy();
  const ngx_int_t rc = all_is_held_back ? send_held_headers(context, r) : send(r, context, stopwatch, out);
  return rc == NGX_ERROR ? fail(r, response) : rc;
}

// A page that has ended: nginx only says so now, or calls because some of it is still on its way.
ngx_int_t filter_rest(ngx_http_request_t* r, Context& context, ngx_chain_t* in) {
  Response& response = *context.response;
  // A filter behind us puts something after the page: that goes on.
  if (response.sending_end) return next_page_body_filter(r, in);
  for (ngx_chain_t* link = in; link != nullptr; link = link->next) swallow(response, link->buf);
  if (!r->connection->buffered) return NGX_OK;
  Stopwatch stopwatch(context);
  const ngx_int_t rc = send_page(context, r, stopwatch, nullptr);
  response.sink.reclaim();
  return rc == NGX_ERROR ? fail(r, response) : rc;
}

}  // namespace

ngx_int_t page_body_filter(ngx_http_request_t* r, ngx_chain_t* in) {
  auto* context = static_cast<Context*>(ngx_http_get_module_ctx(r, ngx_http_abm_module));
  Response* response = context != nullptr ? context->response : nullptr;
  if (response == nullptr || response->rewriter == nullptr || r->header_only)
    return next_page_body_filter(r, in);
  if (response->broken) return NGX_ERROR;
  if (response->awaits_end) return filter_rest(r, *context, in);
  Stopwatch stopwatch(*context);
  return response->decoder.active() ? filter_encoded(r, *context, stopwatch, in)
                                    : filter_plain(r, *context, stopwatch, in);
}

}  // namespace abm::module
