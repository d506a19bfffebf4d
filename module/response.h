// One personalized response: the rewriter, what feeds it, and where its bytes go.
#pragma once

#include <array>
#include <cstdint>

#include "module/chain_sink.h"
#include "module/context.h"
#include "module/decoder.h"
#include "rewrite/rewriter.h"

namespace abm::module {

/// Plan and response are one object with one life: the numbers of edits mean nothing with another plan.
struct Response {
  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  Plan plan;
  rewrite::Rewriter::Pointer rewriter;  ///< nullptr: headers only (HEAD, 304)
  ChainSink sink;
  Decoder decoder;                      ///< idle unless the upstream's body is encoded
  std::array<ngx_buf_t*, 4> decoded{};  ///< what is decoded and under way; more waits for these to leave
  ngx_chain_t* waiting = nullptr;       ///< encoded input that waits for room
  const ngx_http_upstream_t* upstream = nullptr;  ///< that the page comes from; nullptr: from somewhere else
  bool died = false;          ///< the upstream ended amid its encoded body; what waits is its last
  bool compressed = false;    ///< a filter after ours encodes the body
  bool not_modified = false;  ///< answered 304 to our own validator
  bool last_seen = false;     ///< the whole page went through the rewriter
  bool broken = false;        ///< the body could not be carried on; the connection ends
};

/// Turns the response whose headers are being sent into a personalized one, which takes the context's plan.
/// False: no memory, nothing has changed.
[[nodiscard]] bool begin_response(Context& context, Encoding encoding) noexcept;

}  // namespace abm::module
