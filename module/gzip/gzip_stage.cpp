#include "module/gzip/gzip_stage.h"

#include <algorithm>
#include <utility>

namespace abm::module {
namespace {

// What may be on its way, as nginx's filter has it (`gzip_buffers`, by default): of the request's memory,
// what is the page memory's does not count.
constexpr size_t kMostInFlight = 131072;
constexpr size_t kMostAtOnce = 65536;  // of a buffer
// Sending costs more than compressing. nginx's filter keeps a block back until it is full, which is about as
// much (zlib's deflate.c: lit_bufsize, 16,384 symbols for a memory level of 8).
constexpr uint64_t kLeastSent = 16384;
// But browsers begin with a page's head, which may be all there is for a while.
constexpr uint64_t kLeastSentFirst = 512;

}  // namespace

void GzipStage::set_page(std::string_view page, std::shared_ptr<const DeflatedPage> pieces,
                         std::shared_ptr<const DeflatedAnswer> answer) noexcept {
  pieces_ = std::move(pieces);
  answer_ = std::move(answer);
  knows_page_ = true;
  join_.set_page(page, pieces_.get(), answer_.get());
}

bool GzipStage::has_room() const noexcept {
  return sink_.memory_in_flight() < kMostInFlight;
}

void GzipStage::add(const ngx_chain_t* in) noexcept {
  ngx_chain_t** end = &waiting_;
  while (*end != nullptr) end = &(*end)->next;
  for (; in != nullptr; in = in->next) {
    ngx_chain_t* link = ngx_alloc_chain_link(pool_);
    if (link == nullptr) {
      no_memory_ = true;
      return;
    }
    link->buf = in->buf;
    link->next = nullptr;
    *end = link;
    end = &link->next;
  }
}

ngx_chain_t* GzipStage::take() noexcept {
  while (waiting_ != nullptr && has_room()) {
    ngx_chain_t* link = waiting_;
    compress(*link->buf);
    if (ngx_buf_size(link->buf) != 0) continue;
    end_buffer(*link->buf);
    waiting_ = link->next;
    ngx_free_chain(pool_, link);
  }
  const uint64_t least = taken_ == 0 && first_at_once_ ? kLeastSentFirst : kLeastSent;
  if (!pressing_ && !waits() && sink_.total() - taken_ < least) return nullptr;
  pressing_ = false;
  taken_ = sink_.total();
  return sink_.take();
}

void GzipStage::compress(ngx_buf_t& buffer) noexcept {
  if (!ngx_buf_in_memory(&buffer)) {
    // A filter before us that ignores main_filter_need_in_memory: nobody here can read that.
    if (ngx_buf_size(&buffer) != 0) unreadable_ = true;
    buffer.file_pos = buffer.file_last;
    return;
  }
  const size_t size = std::min(static_cast<size_t>(buffer.last - buffer.pos), kMostAtOnce);
  const std::string_view bytes(reinterpret_cast<const char*>(buffer.pos), size);
  // Blocks that are written to are those of what changes from request to request. Nothing follows a member.
  if (!ended_) join_.write(bytes, buffer.temporary == 0);
  buffer.pos += bytes.size();
}

void GzipStage::end_buffer(const ngx_buf_t& buffer) noexcept {
  if (ended_) {
    // Only its flags go on.
  } else if (buffer.last_buf) {
    join_.finish();
    ended_ = true;
  } else if (buffer.flush) {
    join_.flush();
  }
  pressing_ = pressing_ || buffer.flush || buffer.last_buf;
  sink_.mark(buffer);
}

}  // namespace abm::module
