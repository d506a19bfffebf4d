// How our filters get into the chain, behind the exception fence.
#include "module/filters.h"

#include "module/fence.h"

namespace abm::module {
namespace {

ngx_int_t pass_origin_headers(ngx_http_request_t* r) {
  return next_origin_header_filter(r);
}
ngx_int_t pass_page_headers(ngx_http_request_t* r) {
  return next_page_header_filter(r);
}
ngx_int_t pass_origin_body(ngx_http_request_t* r, ngx_chain_t* in) {
  return next_origin_body_filter(r, in);
}
ngx_int_t break_off(ngx_http_request_t*, ngx_chain_t*) noexcept {
  return NGX_ERROR;
}

}  // namespace

ngx_http_output_header_filter_pt next_origin_header_filter;
ngx_http_output_body_filter_pt next_origin_body_filter;
ngx_http_output_header_filter_pt next_page_header_filter;
ngx_http_output_body_filter_pt next_page_body_filter;

void add_origin_filter() noexcept {
  next_origin_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = Fence<origin_header_filter, pass_origin_headers>::call;
  next_origin_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = Fence<origin_body_filter, pass_origin_body>::call;
}

void add_page_filters() noexcept {
  next_page_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = Fence<page_header_filter, pass_page_headers>::call;
  next_page_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = Fence<page_body_filter, break_off>::call;
}

}  // namespace abm::module
