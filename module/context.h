// Everything we know of one main request: who visits, what was decided, what became of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "generation/identify.h"
#include "module/conf.h"
#include "module/counters.h"
#include "module/live.h"
#include "module/request_heap.h"
#include "rules/matcher.h"
#include "rules/render.h"

namespace abm::module {

struct Response;

/// The client's headers that a personalized page must not show to upstreams and nginx's own filters, put
/// aside.
struct HiddenHeaders {
  bool made = false;             ///< there is a copy; `list` is the one of the two not in use
  bool hidden = false;           ///< the request's header list is our copy
  bool validators_kept = false;  ///< the list is back, the pointers below are still withheld
  ngx_list_t list;
  ngx_table_elt_t* range = nullptr;
  ngx_table_elt_t* if_range = nullptr;
  ngx_table_elt_t* if_none_match = nullptr;
  ngx_table_elt_t* if_modified_since = nullptr;
};

/// Who: asked once per request and location.
struct Visitor {
  bool asked = false;
  bool opted_out = false;
  bool preview = false;  ///< a valid preview token names the account
  int64_t now = 0;       ///< Unix seconds that schedules are judged by
  IpAddress address;
  bool has_address = false;  ///< false on UNIX-domain sockets
  generation::Identity identity;

  [[nodiscard]] const accounts::AccountView* account() const noexcept {
    return identity.account ? &*identity.account : nullptr;
  }
};

/// What: made once per request and location. Spans live in the request's pool.
struct Plan {
  bool decided = false;
  Skip skip = Skip::kNoRule;      ///< kNone: there is something to write
  std::optional<rules::Arm> arm;  ///< none: rules do not apply (unknown, excluded, expired)
  std::span<const rules::Winner> winners;
  std::span<const rules::MatchedRule> rules;
  std::span<const uint32_t> signals;
  rewrite::Charset charset = rewrite::Charset::kUtf8;  ///< that `rendered` was made for
  rules::RenderResult rendered;

  /// "" where there is none.
  [[nodiscard]] std::string_view arm_text() const noexcept {
    return arm ? rules::to_string(*arm) : std::string_view();
  }
};

struct Context {
  explicit Context(ngx_http_request_t* r) noexcept : request(r) {}
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  ngx_http_request_t* request;
  std::string_view first_uri;  ///< as the client asked, normalized; empty data when not seen
  std::string_view first_args;
  std::string_view preview_token;  ///< the valid one that has been blotted out of the request line
  bool enabled = false;         ///< `abm on` in the location that answers
  bool listed = false;          ///< the answer's type is one of abm_types
  bool logging = false;         ///< the request has ended: $abm_visit may be built
  Skip log_skip = Skip::kNone;  ///< why the page left original, settled when the request ends
  std::string_view path;        ///< that rules were matched on
  std::string_view query;
  LocConf* conf = nullptr;  ///< of the location that was asked last
  HiddenHeaders hidden;
  Visitor visitor;
  Plan plan;
  Response* response = nullptr;  ///< set where the answer is personalized
  RequestHeap heap;
  std::shared_ptr<const Live> live;  ///< pinned: every view above points into it
  uint64_t spent_ns = 0;             ///< our own time so far
};

/// The context of `r`'s main request; nullptr when it has none yet. Survives internal redirects, which clear
/// nginx's own slot.
[[nodiscard]] Context* find_context(ngx_http_request_t* r) noexcept;
/// The same, made if need be; nullptr when there is no memory.
[[nodiscard]] Context* get_context(ngx_http_request_t* r) noexcept;
/// The context, ready for the location that `r` is in now: after a redirect, what was decided before is
/// forgotten.
[[nodiscard]] Context* enter_location(ngx_http_request_t* r) noexcept;

/// Adds the time of its own life to a context.
class Stopwatch {
 public:
  explicit Stopwatch(Context& context) noexcept : context_(context), start_(now()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { stop(); }
  void stop() noexcept {
    if (!running_) return;
    context_.spent_ns += now() - start_;
    running_ = false;
  }
  void resume() noexcept {
    start_ = now();
    running_ = true;
  }

 private:
  static uint64_t now() noexcept;
  Context& context_;
  uint64_t start_;
  bool running_ = true;
};

}  // namespace abm::module
