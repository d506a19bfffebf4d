// $request_id, which joins what tells of one request.
#pragma once

#include <string_view>

#include "module/ngx.h"

namespace abm::module {

/// The same one however often it is asked for; "" where it could not be made. Valid as long as the request.
[[nodiscard]] std::string_view request_id(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
