// `abm_remember`: one cookie that names an account, for visitors who have said yes to that.
#pragma once

#include "module/context.h"

namespace abm::module {

/// For a main request's answer, when nothing but us changes its headers any more: has the browser keep the
/// account that a valid link or a signed identity has named in this very request, or forget what may not be
/// remembered (any more).
void remember_visitor(Context& context, ngx_http_request_t* r);

}  // namespace abm::module
