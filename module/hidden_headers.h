// The client's Range, validators and Accept-Encoding, put aside for as long as upstreams and nginx's own
// filters must not act on them: their answer would be about the original page.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "module/ngx.h"

namespace abm::module {

/// Of one main request. All memory is its pool's.
class HiddenHeaders {
 public:
  enum class Phase : uint8_t {
    kUntouched,     ///< the request is as the client sent it
    kOriginAsked,   ///< whoever makes the content sees a request without Range, validators and encodings
    kPageExpected,  ///< the origin has answered: the header list is back, nginx's filters see no validators
    kPersonalized,  ///< the answer is our page: its subrequests see what the origin saw
    kRestored,      ///< the request is as the client sent it; the origin may have seen less
  };

  /// Before the content is made: takes Range and validators out of the request and makes its encoding
  /// "identity", in the header list, in headers_in and in variables that were read before. A client that sent
  /// none of them leaves the phase as it is. False: no memory, nothing has changed.
  [[nodiscard]] bool ask_origin(ngx_http_request_t* r) noexcept;
  /// The origin's answer may become a page: gives the request its own list and variables back, and withholds
  /// Range and validators from nginx's own filters.
  void expect_page(ngx_http_request_t* r) noexcept;
  /// The answer became one: what its subrequests include is asked for whole and unencoded, too.
  void personalize(ngx_http_request_t* r) noexcept;
  /// Gives everything back.
  void restore(ngx_http_request_t* r) noexcept;
  /// The same, and forgets what was asked: another location asks another origin.
  void start_over(ngx_http_request_t* r) noexcept;

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  /// Whether headers_in is without the client's Range and validators.
  [[nodiscard]] bool withholds_validators() const noexcept { return withheld_.has_value(); }
  /// While withheld; nullptr: the client sent none.
  [[nodiscard]] const ngx_table_elt_t* if_none_match() const noexcept;
  /// Whether neither the origin nor nginx's filters have seen the client's Range and validators so far.
  [[nodiscard]] bool nobody_saw_validators() const noexcept {
    return list_is_hidden() && withholds_validators();
  }
  /// Whether the origin may have judged the client's own Range or validators: its answer is the answer to
  /// those.
  [[nodiscard]] bool origin_saw_validators(const ngx_http_request_t* r) const noexcept;

 private:
  /// A variable that repeats one of the headers: its value, and what it says while the list is hidden.
  struct Variable {
    ngx_uint_t index;
    ngx_http_variable_value_t own, shown;
  };
  /// What nginx's own filters go by, out of headers_in.
  struct Validators {
    ngx_table_elt_t *range, *if_range, *if_none_match, *if_modified_since;
  };
  [[nodiscard]] bool list_is_hidden() const noexcept {
    return other_list_ && (phase_ == Phase::kOriginAsked || phase_ == Phase::kPersonalized);
  }
  void find_variables(ngx_http_request_t* r) noexcept;
  void restore_list(ngx_http_request_t* r) noexcept;
  void withhold_validators(ngx_http_request_t* r) noexcept;
  void restore_validators(ngx_http_request_t* r) noexcept;

  Phase phase_ = Phase::kUntouched;
  std::optional<ngx_list_t> other_list_;  ///< the client's or our copy, whichever the request is without
  std::optional<Validators> withheld_;
  std::span<Variable> variables_;
};

/// While the configuration is read: gives the headers' own variables ($http_range …) an index, so that nginx
/// can be made to read them again. NGX_OK or NGX_ERROR.
ngx_int_t add_hidden_variables(ngx_conf_t* cf) noexcept;

}  // namespace abm::module
