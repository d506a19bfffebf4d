// The Content-Type that a response will leave with. nginx splits it at a "; charset=" that it recognizes, and
// takes all that follows for the charset; a browser reads the header as a whole.
#pragma once

#include "module/conf.h"
#include "rewrite/scan/charset.h"

namespace abm::module {

/// Whether the type is one of abm_types; not what our own handlers answer, whatever that is.
[[nodiscard]] bool has_listed_type(const ngx_http_request_t* r, const LocConf& conf) noexcept;

/// By the header's first charset parameter; kUnlabelled where it has none.
[[nodiscard]] rewrite::Charset charset_of_answer(const ngx_http_request_t* r) noexcept;

}  // namespace abm::module
