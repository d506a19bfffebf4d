// The three objects that nginx looks up in a dynamic module: which modules, their names, and where they
// stand.
//
// nginx puts a module before the first of the names that follow its own in ngx_module_order; filters run from
// the last module to the first. So ngx_http_abm_filter_module runs right after the postpone filter and before
// gzip, and ngx_http_abm_module, which nothing follows, runs first of all header filters: it sees the
// response before nginx judges ranges and validators.
#include "module/ngx.h"

#define ABM_EXPORT __attribute__((visibility("default")))

extern "C" {

extern ngx_module_t ngx_http_abm_filter_module;
extern ngx_module_t ngx_http_abm_module;

extern ABM_EXPORT ngx_module_t* ngx_modules[];
extern ABM_EXPORT char* ngx_module_names[];
extern ABM_EXPORT char* ngx_module_order[];

ngx_module_t* ngx_modules[] = {&ngx_http_abm_filter_module, &ngx_http_abm_module, nullptr};

// nginx reads these as plain char pointers.
#define ABM_NAME(text) const_cast<char*>(text)

char* ngx_module_names[] = {ABM_NAME("ngx_http_abm_filter_module"), ABM_NAME("ngx_http_abm_module"), nullptr};

char* ngx_module_order[] = {ABM_NAME("ngx_http_gzip_filter_module"), ABM_NAME("ngx_http_abm_filter_module"),
                            ABM_NAME("ngx_http_postpone_filter_module"), ABM_NAME("ngx_http_abm_module"),
                            nullptr};

}  // extern "C"
