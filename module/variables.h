// $abm_…: resolved when read, even with `abm off`, wherever abm_data is set.
#pragma once

#include "module/ngx.h"

namespace abm::module {

struct MainConf;

/// Registers the variables. NGX_OK or NGX_ERROR.
ngx_int_t add_variables(ngx_conf_t* cf);

/// Once all of the configuration is read: which of the request's variables are ours. NGX_OK or NGX_ERROR.
ngx_int_t find_own_variables(ngx_cycle_t* cycle, MainConf* conf) noexcept;

}  // namespace abm::module
