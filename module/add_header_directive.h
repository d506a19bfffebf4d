// A look at add_header on its way to the headers filter.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// nginx gives a directive to the first module that knows it: this command, which only looks and then hands
/// over to the headers filter, must belong to a module before that one. The last element of
/// ngx_http_abm_filter_module's commands is ngx_null_command.
extern ngx_command_t add_header_commands[];

/// Before http{} is read: takes over add_header's contexts and numbers of arguments. NGX_OK.
ngx_int_t prepare_add_header(ngx_conf_t* cf);

}  // namespace abm::module
