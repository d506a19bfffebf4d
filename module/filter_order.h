// Where other modules' filters stand: one that compresses before us would hand us bytes that nobody can
// rewrite.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// `nginx -t` warns of compressing filters that run before ours, with the remedy.
void warn_of_encoders(ngx_conf_t* cf) noexcept;

}  // namespace abm::module
