#include "nginx_pool.h"

#include <cstring>

namespace abm::module {

void* TestPool::allocate(size_t size) {
  if (allocations_++ == fail_at_) return nullptr;
  bytes_ += size;
  return blocks_.emplace_back(new std::byte[size]).get();
}

}  // namespace abm::module

// As in nginx's ngx_palloc.c and ngx_buf.c.
extern "C" {

void* ngx_palloc(ngx_pool_t* pool, size_t size) {
  return static_cast<abm::module::TestPool*>(pool)->allocate(size);
}

void* ngx_pcalloc(ngx_pool_t* pool, size_t size) {
  void* memory = ngx_palloc(pool, size);
  if (memory != nullptr) std::memset(memory, 0, size);
  return memory;
}

ngx_chain_t* ngx_alloc_chain_link(ngx_pool_t* pool) {
  ngx_chain_t* link = pool->chain;
  if (link == nullptr) return static_cast<ngx_chain_t*>(ngx_palloc(pool, sizeof(ngx_chain_t)));
  pool->chain = link->next;
  return link;
}

ngx_buf_t* ngx_create_temp_buf(ngx_pool_t* pool, size_t size) {
  auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(pool));
  if (buffer == nullptr) return nullptr;
  buffer->start = static_cast<u_char*>(ngx_palloc(pool, size));
  if (buffer->start == nullptr) return nullptr;
  buffer->pos = buffer->last = buffer->start;
  buffer->end = buffer->start + size;
  buffer->temporary = 1;
  return buffer;
}

}  // extern "C"
