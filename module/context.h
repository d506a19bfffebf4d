// Everything we know about one main request: who visits, what was decided, what became of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "module/conf.h"
#include "module/counters.h"
#include "module/hidden_headers.h"
#include "module/plan.h"
#include "module/request_heap.h"
#include "module/visitor.h"

namespace abm::module {

struct Beacon;
struct Response;

struct Context {
  explicit Context(ngx_http_request_t* r) noexcept : request(r) {}
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The plan of the page that is being sent, or else of the location that is being tried.
  [[nodiscard]] const Plan& page_plan() const noexcept;

  ngx_http_request_t* request;
  std::string_view first_uri;  ///< as the client asked, normalized; data is nullptr when it was not seen
  std::string_view first_args;
  /// What was taken out of the request (take_secrets.h), valid or not; "" for none.
  std::string_view preview_token, link_token, cookie;
  bool has_cookie = false;      ///< the client has sent one, or several that differ
  bool enabled = false;         ///< `abm on` in the location that answers
  bool fit = false;             ///< unfit_request() found nothing
  bool listed = false;          ///< the answer's type is one of abm_types
  ngx_uint_t status = 0;        ///< of the answer whose headers were sent; 0: none yet
  bool logging = false;         ///< the request has ended: $abm_visit may be built
  Skip log_skip = Skip::kNone;  ///< why the page stayed original, settled when the request ends
  std::string_view path;        ///< that rules were matched on
  std::string_view query;
  std::string_view told_path;      ///< of another page that the request is about; data is nullptr: of none
  const Beacon* beacon = nullptr;  ///< that an identified visitor's browser sent: has a line of its own
  LocConf* conf = nullptr;  ///< of the location that was entered last; the page's once its headers are sent
  const u_char* uri_data = nullptr;  ///< r->uri then: a redirect may come back to the same location
  HiddenHeaders hidden;
  bool asking = false;      ///< the visitor is being identified
  bool told_early = false;  ///< the visitor was identified before the page was decided
  Visitor visitor;
  Plan plan;
  Response* response = nullptr;  ///< set where the answer is personalized
  RequestHeap heap;
  uint64_t spent_ns = 0;  ///< our own time so far
};

/// The context of `r`'s main request; nullptr when it has none yet. Survives internal redirects, which clear
/// nginx's own slot.
[[nodiscard]] Context* find_context(ngx_http_request_t* r) noexcept;
/// The same, made if necessary; nullptr when there is no memory.
[[nodiscard]] Context* get_context(ngx_http_request_t* r) noexcept;
/// The context, ready for the location that the main request is in now: after a redirect, what was decided
/// before is forgotten. Once a page's headers are sent it stays that page's, whatever location runs next
/// (post_action).
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
