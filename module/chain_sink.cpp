// Buffers and links are recycled, so that memory grows with what is in flight, not with the length of the
// page.
#include "module/chain_sink.h"

#include <algorithm>
#include <cstring>

namespace abm::module {
namespace {

// Most copies are pieces of a tag that the end of a buffer cut in two.
constexpr size_t kSmallBlock = 512;
constexpr size_t kLargeBlock = 4096;
constexpr size_t kReferences = 16;  // made at once: enough for a page with five edits that comes in one piece

}  // namespace

void ChainSink::start(ngx_pool_t* pool, std::span<uint64_t> first_offsets) noexcept {
  pool_ = pool;
  first_offsets_ = first_offsets;
}

void ChainSink::append(ngx_chain_t* link) noexcept {
  link->next = nullptr;
  *out_end_ = link;
  out_end_ = &link->next;
  newest_ = link->buf;
  open_block_ = nullptr;
}

ngx_chain_t* ChainSink::new_reference() noexcept {
  if (ngx_chain_t* link = free_references_) {
    free_references_ = link->next;
    return link;
  }
  if (fresh_ == fresh_end_) {
    fresh_ = static_cast<Reference*>(ngx_palloc(pool_, kReferences * sizeof(Reference)));
    fresh_end_ = fresh_ != nullptr ? fresh_ + kReferences : nullptr;
    if (fresh_ == nullptr) return nullptr;
  }
  Reference* reference = fresh_++;
  reference->link.buf = &reference->buffer;
  return &reference->link;
}

ngx_buf_t* ChainSink::reference(std::string_view bytes) noexcept {
  ngx_chain_t* link = new_reference();
  if (link == nullptr) {
    failed_ = true;
    return nullptr;
  }
  ngx_buf_t* buffer = link->buf;
  *buffer = ngx_buf_t{};
  buffer->tag = static_cast<ngx_buf_tag_t>(this);
  append(link);
  in_flight_ += sizeof(Reference);
  buffer->memory = 1;
  buffer->pos = bytes_of(bytes);
  buffer->last = buffer->pos + bytes.size();
  total_ += bytes.size();
  return buffer;
}

// The page's pieces lie behind one another, in however many chunks they came.
void ChainSink::refer_to_remembered(std::string_view bytes) noexcept {
  if (newest_ != nullptr && newest_ == last_remembered_ && newest_->last == bytes_of(bytes) &&
      !newest_->flush) {
    newest_->last += bytes.size();
    total_ += bytes.size();
    return;
  }
  last_remembered_ = reference(bytes);
}

void ChainSink::copy(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (open_block_ == nullptr || open_block_->last == open_block_->end) {
      const bool small = bytes.size() <= kSmallBlock;
      ngx_chain_t*& free_blocks = small ? free_small_blocks_ : free_large_blocks_;
      ngx_chain_t* link = free_blocks;
      if (link != nullptr) {
        free_blocks = link->next;
      } else {
        link = ngx_alloc_chain_link(pool_);
        if (link != nullptr) link->buf = ngx_create_temp_buf(pool_, small ? kSmallBlock : kLargeBlock);
        if (link == nullptr || link->buf == nullptr) {
          failed_ = true;
          return;
        }
      }
      link->buf->pos = link->buf->last = link->buf->start;
      link->buf->flush = link->buf->last_buf = link->buf->last_in_chain = link->buf->recycled = 0;
      link->buf->tag = static_cast<ngx_buf_tag_t>(this);
      append(link);
      in_flight_ += small ? kSmallBlock : kLargeBlock;
      open_block_ = link->buf;
    }
    const size_t size = std::min(bytes.size(), static_cast<size_t>(open_block_->end - open_block_->last));
    std::memcpy(open_block_->last, bytes.data(), size);
    open_block_->last += size;
    total_ += size;
    bytes.remove_prefix(size);
  }
}

void ChainSink::emit(rewrite::Owner owner, std::string_view bytes) noexcept {
  if (failed_) return;
  if (owner == rewrite::Owner::kScratch) {
    copy(bytes);
    return;
  }
  if (owner == rewrite::Owner::kRemembered) return refer_to_remembered(bytes);
  ngx_buf_t* buffer = reference(bytes);
  if (owner == rewrite::Owner::kInput && buffer != nullptr) last_in_source_ = buffer;
}

void ChainSink::applied(uint32_t edit) noexcept {
  if (edit < first_offsets_.size() && first_offsets_[edit] == 0) first_offsets_[edit] = total_ + 1;
}

void ChainSink::begin_input(ngx_buf_t* source) noexcept {
  source_ = source;
  last_in_source_ = nullptr;
}

void ChainSink::end_input() noexcept {
  if (source_ == nullptr) return;
  if (last_in_source_ == nullptr) {
    source_->pos = source_->last;
  } else {
    last_in_source_->shadow = source_;
    last_in_source_->recycled = source_->recycled;
  }
  source_ = nullptr;
}

void ChainSink::mark(const ngx_buf_t& flags) noexcept {
  if (!flags.flush && !flags.last_buf) return;  // the rest means nothing to the filters that follow
  ngx_buf_t* buffer = newest_;
  if (buffer == nullptr) {
    ngx_chain_t* link = ngx_alloc_chain_link(pool_);
    if (link != nullptr) link->buf = static_cast<ngx_buf_t*>(ngx_calloc_buf(pool_));
    if (link == nullptr || link->buf == nullptr) {
      failed_ = true;
      return;
    }
    buffer = link->buf;
    buffer->sync = 1;
    buffer->tag = static_cast<ngx_buf_tag_t>(this);
    append(link);
  }
  if (flags.flush) buffer->flush = 1;
  if (flags.last_buf) buffer->last_buf = buffer->last_in_chain = 1;
}

void ChainSink::pass(ngx_buf_t* source) noexcept {
  ngx_chain_t* link = ngx_alloc_chain_link(pool_);
  if (link == nullptr) {
    failed_ = true;
    return;
  }
  link->buf = source;
  total_ += static_cast<uint64_t>(ngx_buf_size(source));
  append(link);
  newest_ = nullptr;  // not ours to put flags on
}

ngx_chain_t* ChainSink::take() noexcept {
  ngx_chain_t* chain = out_;
  if (chain != nullptr) {
    ngx_chain_t** end = &busy_;
    while (*end != nullptr) end = &(*end)->next;
    *end = chain;
  }
  out_ = nullptr;
  out_end_ = &out_;
  newest_ = nullptr;
  last_remembered_ = nullptr;
  open_block_ = nullptr;
  return chain;
}

void ChainSink::reclaim() noexcept {
  while (busy_ != nullptr && ngx_buf_size(busy_->buf) == 0) {
    ngx_chain_t* link = busy_;
    ngx_buf_t* buffer = link->buf;
    busy_ = link->next;
    // A buffer without bytes has no size from the start: nobody can tell whether it is still held, so it is
    // not used again.
    if (buffer->tag != static_cast<ngx_buf_tag_t>(this) || !ngx_buf_in_memory(buffer)) {
      ngx_free_chain(pool_, link);
      continue;
    }
    if (buffer->shadow != nullptr) {
      buffer->shadow->pos = buffer->shadow->last;
      buffer->shadow = nullptr;
    }
    const auto size = static_cast<size_t>(buffer->end - buffer->start);
    in_flight_ -= size == 0 ? sizeof(Reference) : size;
    ngx_chain_t*& list = size == 0             ? free_references_
                         : size == kSmallBlock ? free_small_blocks_
                                               : free_large_blocks_;
    link->next = list;
    list = link;
  }
}

uint64_t ChainSink::bytes_left() const noexcept {
  uint64_t pending = 0;
  for (const ngx_chain_t* chains[] = {busy_, out_}; const ngx_chain_t* first : chains) {
    for (const ngx_chain_t* link = first; link != nullptr; link = link->next) {
      pending += static_cast<uint64_t>(ngx_buf_size(link->buf));
    }
  }
  return total_ - pending;
}

}  // namespace abm::module
