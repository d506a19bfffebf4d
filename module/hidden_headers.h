// The client's Range, validators and Accept-Encoding, put aside for as long as upstreams and nginx's own
// filters must not act on them: what they would answer is about the original page.
#pragma once

#include <cstdint>
#include <span>

#include "module/ngx.h"

namespace abm::module {

/// Of one main request. All memory is its pool's.
class HiddenHeaders {
 public:
  /// Before the content is made: upstreams are to see the request without Range and validators and with the
  /// encoding "identity", in its header list, in headers_in and in variables that were read before. False: no
  /// memory, nothing has changed.
  [[nodiscard]] bool hide(ngx_http_request_t* r) noexcept;
  /// Gives the request its own list and variables back. Range and validators stay withheld from nginx's
  /// filters.
  void restore_list(ngx_http_request_t* r) noexcept;
  /// For the subrequests of a personalized page: what they include is asked for whole and unencoded, too.
  void hide_list_again(ngx_http_request_t* r) noexcept;
  /// Withholds Range and validators from nginx's own filters where hide() has not done so.
  void withhold_validators(ngx_http_request_t* r) noexcept;
  void restore_validators(ngx_http_request_t* r) noexcept;
  /// Both; and what was hidden before counts no more: another location asks another origin.
  void start_over(ngx_http_request_t* r) noexcept;

  [[nodiscard]] bool list_is_hidden() const noexcept { return list_hidden_; }
  [[nodiscard]] bool validators_are_withheld() const noexcept { return withheld_; }
  /// While withheld; nullptr: the client sent none.
  [[nodiscard]] const ngx_table_elt_t* if_none_match() const noexcept { return if_none_match_; }
  /// Whether the origin may have judged the client's own Range or validators: its answer is the answer to
  /// those.
  [[nodiscard]] bool origin_saw_validators(const ngx_http_request_t* r) const noexcept;

 private:
  /// A variable that tells one of the headers, what it tells itself, and what while the list is hidden.
  struct Variable {
    ngx_uint_t index;
    ngx_http_variable_value_t own, shown;
  };
  void find_variables(ngx_http_request_t* r) noexcept;

  bool made_ = false;         ///< there is a copy; `list_` is the one of the two not in use
  bool list_hidden_ = false;  ///< the request's header list is our copy
  bool withheld_ = false;     ///< the pointers below are not in headers_in
  ngx_list_t list_;
  std::span<Variable> variables_;
  ngx_table_elt_t* range_ = nullptr;
  ngx_table_elt_t* if_range_ = nullptr;
  ngx_table_elt_t* if_none_match_ = nullptr;
  ngx_table_elt_t* if_modified_since_ = nullptr;
};

/// While the configuration is read: gives the headers' own variables ($http_range …) a place in each request,
/// so that hiding can make nginx read them again. NGX_OK or NGX_ERROR.
ngx_int_t add_hidden_variables(ngx_conf_t* cf) noexcept;

}  // namespace abm::module
