// A page's way to the next filter: as it is, or compressed here.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Gives the next filter what the rewriter made, nullptr where it is only to go on with what it has. The
/// stopwatch is stopped while that runs. After the headers have been sent. What nginx's body filters return.
[[nodiscard]] ngx_int_t send_page(Context& context, ngx_http_request_t* r, Stopwatch& stopwatch,
                                  ngx_chain_t* page);

/// Once the answer is over: counts what was compressed here.
void count_gzip(const Response& response) noexcept;

}  // namespace abm::module
