// A worker's memory of pages, as answers use it: what is known of a page before it is sent, what came of it,
// and a timer that learns.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "module/conf.h"
#include "module/gzip/answer_cache.h"
#include "module/gzip/text_deflater.h"
#include "module/page_store.h"

namespace abm::module {

struct Context;
struct Response;

/// Before the rewriter is made: gives it what is remembered of the page.
void look_up_page(Context& context, Response& response, rewrite::RewriterOptions& options) noexcept;
/// With all bytes of the page, before the rewriter gets them.
void collect_page(Response& response, std::string_view bytes) noexcept;
/// With the page's end, while the file that it may have been read from is open: whether it is that file, byte
/// for byte (known_file.cpp).
void compare_with_file(Response& response) noexcept;
/// Of the worker that answers; nullptr: it has none.
[[nodiscard]] TextDeflater* text_deflater(ngx_http_request_t* r) noexcept;
[[nodiscard]] AnswerCache* answer_cache(ngx_http_request_t* r) noexcept;
/// Once the answer is over.
void settle_page(Context& context, Response& response) noexcept;

/// This worker's; nullptr: pages are not remembered.
[[nodiscard]] const PageStore* page_store() noexcept;

/// A page that comes again and again, and is not told from memory as a whole.
struct UnrecalledPage {
  std::string host, path;  ///< the latter with its arguments, where they matter
  std::string_view why;
  uint32_t misses;     ///< in a row
  uint64_t parted_at;  ///< bytes that were as remembered, the last time
};
/// Those of this worker that were seen last, some at most.
[[nodiscard]] std::vector<UnrecalledPage> unrecalled_pages();

/// A page whose answers are left to nginx's gzip filter, since they would be larger (abm_gzip auto).
struct UnsplicedPage {
  std::string host, path;  ///< as above
  GzipSizes sizes;
};
[[nodiscard]] std::vector<UnsplicedPage> unspliced_pages();

/// Worker start and end.
ngx_int_t start_page_memory(ngx_cycle_t* cycle, MainConf* conf);
void stop_page_memory(MainConf* conf) noexcept;
/// What pages are learned with: a folder's selectors (Live::selectors).
struct SelectorsInUse {
  const DataPath* data;
  uint64_t selectors;
};
/// After rules were taken over: lets go, in time, of what was learned with other selectors than these.
void forget_other_pages(MainConf* conf, std::span<const SelectorsInUse> in_use);

}  // namespace abm::module
