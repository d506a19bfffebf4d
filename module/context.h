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
#include "module/hidden_headers.h"
#include "module/request_heap.h"
#include "rules/match/matcher.h"
#include "rules/match/render.h"

namespace abm::module {

struct Response;

/// Who. All of it is the request's own: the account is a copy in its pool.
struct Visitor {
  bool asked = false;
  bool opted_out = false;
  bool preview = false;     ///< a valid preview token names the account
  bool expired = false;     ///< the feed's expires_at had passed
  int64_t now = 0;          ///< Unix seconds that schedules are judged by
  uint64_t generation = 0;  ///< that told us; 0: none was in use
  IpAddress address;
  bool has_address = false;  ///< false on UNIX-domain sockets
  generation::Identity identity;

  [[nodiscard]] const accounts::AccountView* account() const noexcept {
    return identity.account ? &*identity.account : nullptr;
  }
};

/// What the visit line says of a rule that won a slot, of a slot, and of a signal; texts in the request's
/// pool.
struct PlannedRule {
  std::string_view id;
  std::string_view variant;  ///< data is nullptr: the rule has none
};
struct PlannedSlot {
  std::string_view name;
  uint32_t rule = 0;  ///< index into Plan::rules
  bool held_out = false;
};
struct PlannedSignal {
  std::string_view rule, name, next;
};

/// What comes of the rules for one page. It outlives the generation that it was made from: all is the
/// request's own but the edits, which are read from the program as long as `program` holds it.
struct Plan {
  enum class Stage : uint8_t {
    kNone,
    kMatched,  ///< for a variable: arm and rules are known, nothing is rendered
    kDecided,  ///< for the page
  };
  Stage stage = Stage::kNone;
  Skip skip = Skip::kNoRule;               ///< kNone: there is something to write
  std::optional<rules::Arm> arm;           ///< none: rules do not apply (unknown, excluded, expired)
  std::span<const rules::Winner> winners;  ///< numbers of `program`
  std::span<const PlannedSlot> slots;      ///< by winner
  std::span<const PlannedRule> rules;
  std::span<const PlannedSignal> signals;
  rewrite::Charset charset = rewrite::Charset::kUtf8;  ///< that `rendered` was made for
  rules::RenderResult rendered;
  std::shared_ptr<const rules::Program> program;  ///< only while there is something to write

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

  /// The plan of the page that is being sent, or else of the location that is being tried.
  [[nodiscard]] const Plan& page_plan() const noexcept;

  ngx_http_request_t* request;
  std::string_view first_uri;  ///< as the client asked, normalized; empty data when not seen
  std::string_view first_args;
  std::string_view preview_token;  ///< the valid one that has been blotted out of the request line
  bool enabled = false;            ///< `abm on` in the location that answers
  bool fit = false;                ///< unfit_request() found nothing
  bool listed = false;             ///< the answer's type is one of abm_types
  ngx_uint_t status = 0;           ///< of the answer whose headers were sent; 0: none yet
  bool logging = false;            ///< the request has ended: $abm_visit may be built
  Skip log_skip = Skip::kNone;     ///< why the page left original, settled when the request ends
  std::string_view path;           ///< that rules were matched on
  std::string_view query;
  LocConf* conf = nullptr;  ///< of the location that was entered last; the page's once its headers are sent
  const u_char* uri_data = nullptr;  ///< r->uri then: a redirect may come back to the same location
  HiddenHeaders hidden;
  bool asking = false;      ///< the visitor is being asked for
  bool told_early = false;  ///< the visitor was asked for before the page is decided
  Visitor visitor;
  Plan plan;
  Response* response = nullptr;  ///< set where the answer is personalized
  RequestHeap heap;
  uint64_t spent_ns = 0;  ///< our own time so far
};

/// The context of `r`'s main request; nullptr when it has none yet. Survives internal redirects, which clear
/// nginx's own slot.
[[nodiscard]] Context* find_context(ngx_http_request_t* r) noexcept;
/// The same, made if need be; nullptr when there is no memory.
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
