// The one door to nginx: its headers for C++, and the few casts that its macros would spread over our code.
#pragma once

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
}

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "base/memory.h"

namespace abm::module {

[[nodiscard]] inline std::string_view view(const ngx_str_t& text) noexcept {
  return {reinterpret_cast<const char*>(text.data), text.len};
}

/// For nginx fields that only ever read what they point to (ngx_str_t has no const form).
[[nodiscard]] inline u_char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

[[nodiscard]] inline ngx_str_t ngx_string_of(std::string_view text) noexcept {
  return {text.size(), bytes_of(text)};
}

/// A literal as nginx wants it; what nginx's own ngx_string() does with a cast.
template <size_t N>
[[nodiscard]] ngx_str_t literal(const char (&text)[N]) noexcept {
  return {N - 1, bytes_of({text, N - 1})};
}

/// Memory for `count` objects of T from a pool, zeroed; nullptr when there is none. T needs no destructor.
template <typename T>
[[nodiscard]] T* pool_array(ngx_pool_t* pool, size_t count) noexcept {
  static_assert(std::is_trivially_destructible_v<T>);
  return static_cast<T*>(ngx_pcalloc(pool, count * sizeof(T)));
}

/// `text` copied into `pool`; data is nullptr when there is no memory.
[[nodiscard]] inline std::string_view pool_copy(ngx_pool_t* pool, std::string_view text) noexcept {
  auto* copy = static_cast<char*>(ngx_pnalloc(pool, text.size() + 1));
  if (copy == nullptr) return {};
  ngx_memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return {copy, text.size()};
}

/// Memory that is freed with the pool.
[[nodiscard]] inline MemorySource pool_memory(ngx_pool_t* pool) noexcept {
  return {
      pool,
      [](void* context, size_t size) noexcept { return ngx_palloc(static_cast<ngx_pool_t*>(context), size); },
      [](void*, void*, size_t) noexcept {}};
}

/// Calls `visit(ngx_table_elt_t&)` for every header of a list until it returns false.
template <typename Visit>
void for_each_header(ngx_list_t& list, Visit&& visit) noexcept {
  for (ngx_list_part_t* part = &list.part; part != nullptr; part = part->next) {
    auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; ++i) {
      if (!visit(headers[i])) return;
    }
  }
}

}  // namespace abm::module
