// abm_slots: the visitor's edits for another page of the site, for client-side navigation. Whoever may not
// have any, for whatever reason, gets the same answer as whoever has none.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/uri_path.h"
#include "module/ask_visitor.h"
#include "module/conf.h"
#include "module/context.h"
#include "module/decide.h"
#include "module/endpoint.h"
#include "module/fence.h"
#include "module/page_request.h"
#include "rules/match/render.h"

namespace abm::module {
namespace {

constexpr size_t kMaxUrl = 8192;  // as long as a request line of nginx may be by default
constexpr std::string_view kNoEdits = R"({"v":1,"edits":[]})";
constexpr std::string_view kBadUrl =
    "abm_slots: \"url\" must be a path of this site, percent-encoded: ?url=%2Fpricing%3Fplan%3Dteam\n";

struct AskedPage {
  std::string path;   // like $uri
  std::string query;  // like $args
};

bool is_blank_or_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

// "//host" and "/\host" are other sites to a browser.
std::optional<AskedPage> asked_page(ngx_http_request_t* r) {
  const std::string_view raw = query_argument(r, "url");
  if (raw.empty() || raw.size() > kMaxUrl) return std::nullopt;
  const auto url = decode_percent(raw);
  if (!url || !url->starts_with('/') || url->starts_with("//") || url->starts_with("/\\"))
    return std::nullopt;
  if (url->find('#') != std::string::npos || std::any_of(url->begin(), url->end(), is_blank_or_control))
    return std::nullopt;
  const size_t question = url->find('?');
  auto path = normalize_path(std::string_view(*url).substr(0, question));
  if (!path) return std::nullopt;
  return AskedPage{*std::move(path), question == std::string::npos ? "" : url->substr(question + 1)};
}

// "" where there are none, or none for this visitor.
std::string_view edits_for(ngx_http_request_t* r, const AskedPage& page) noexcept {
  // What a subrequest gets becomes part of another page, which caches may keep.
  const bool may_tell = r == r->main && loc_conf(r)->data != nullptr && !is_cross_site(r);
  Context* context = may_tell ? enter_location(r) : nullptr;
  if (context == nullptr) return {};
  const Live* live = ask_visitor(*context, loc_conf(r), Asking::kForPage);
  const Visitor& visitor = context->visitor;
  if (live == nullptr || visitor.account() == nullptr || visitor.account()->excluded() || visitor.expired)
    return {};
  const rules::Decision decision = live->matcher->match(visit_to(*context, page.path, page.query));
  if (decision.arm != rules::Arm::kTreated || decision.winners.empty()) return {};
  rules::RenderInput input;
  input.program = &live->generation->rules();
  input.account = visitor.account();
  input.path = page.path;
  input.winners = decision.winners;
  input.memory = pool_memory(r->pool);
  const std::string_view edits = rules::render_json(input);
  if (edits.empty()) add(counters().out_of_memory);
  return edits;
}

ngx_int_t answer_slots(ngx_http_request_t* r) {
  Answer answer;
  const std::optional<AskedPage> page = asked_page(r);
  if (!page) {
    answer.status = NGX_HTTP_BAD_REQUEST;
    answer.body = kBadUrl;
    answer.type = "text/plain";
    answer.cache_control = "private, no-store";
    return send_answer(r, answer);
  }
  const std::string_view edits = edits_for(r, *page);
  answer.body = edits.empty() ? kNoEdits : edits;
  answer.type = "application/json";
  answer.cache_control = "private, no-cache";
  answer.etag = pool_copy(r->pool, fmt::format("W/\"abm-{:016x}\"", hash64(answer.body)));
  return send_answer(r, answer);
}

}  // namespace

ngx_int_t slots_handler(ngx_http_request_t* r) {
  return Fence<answer_slots, answer_internal_error>::call(r);
}

}  // namespace abm::module
