// $abm_…: resolved when asked for, with `abm off` too, wherever abm_data is set.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// Registers the variables. NGX_OK or NGX_ERROR.
ngx_int_t add_variables(ngx_conf_t* cf);

}  // namespace abm::module
