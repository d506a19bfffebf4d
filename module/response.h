// One personalized response: the rewriter, what feeds it, and where its bytes go.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "module/chain_sink.h"
#include "module/decoder.h"
#include "module/gzip/answer_script.h"
#include "module/gzip/gzip_stage.h"
#include "module/page_recall.h"
#include "module/plan.h"
#include "rewrite/rewriter.h"

namespace abm::module {

/// A response owns its plan: the indexes of edits mean nothing with another one.
struct Response {
  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  Plan plan;
  PageRecall recall;
  rewrite::Rewriter::Pointer rewriter;  ///< nullptr: headers only (HEAD, 304)
  ChainSink sink;
  /// While this answer is compressed by us, in the place of nginx's filter.
  std::optional<GzipStage> gzip;
  std::optional<AnswerScript> script;   ///< of the answer so far, where it is to be kept in compressed form
  Decoder decoder;                      ///< idle unless the upstream's body is encoded
  std::array<ngx_buf_t*, 4> decoded{};  ///< decoded and in flight; more waits until these have left
  ngx_chain_t* waiting = nullptr;       ///< encoded input that waits for room
  /// That the page comes from; nullptr: it comes from elsewhere.
  const ngx_http_upstream_t* upstream = nullptr;
  off_t announced = -1;       ///< the page's size according to its headers; -1: they do not say
  bool body_begun = false;    ///< some of the body has come
  bool headers_held = false;  ///< they wait for the first piece of the body (held_headers.h)
  bool died = false;          ///< the upstream ended inside its encoded body; what waits is the last of it
  bool compressed = false;    ///< a filter after ours encodes the body, or we do in its place
  int gzip_level = 0;  ///< gzip_comp_level, where nginx's gzip filter wants to compress it; 0: it does not
  bool gzip_decided = false;  ///< who compresses it
  bool not_modified = false;  ///< answered 304 to our own validator
  bool last_seen = false;     ///< nginx's last buffer, or the last announced byte, has come
  bool awaits_end = false;    ///< the latter: what nginx still passes on, up to its last buffer, is dropped
  bool sending_end = false;   ///< the next filter is being called with the end of such a page
  bool passed_on = false;     ///< the rest went by the rewriter
  bool broken = false;        ///< the body could not be continued; the connection ends

  /// How much of what its headers announced is still to come; 0 where they do not say.
  [[nodiscard]] uint64_t bytes_missing() const noexcept {
    const auto size = announced > 0 ? static_cast<uint64_t>(announced) : 0;
    const uint64_t in = rewriter->bytes_in();
    return size > in ? size - in : 0;
  }
};

}  // namespace abm::module
