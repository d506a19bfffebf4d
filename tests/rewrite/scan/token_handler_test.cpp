// Tokenizer takes a handler only if it has every hook: one that is missing or misspelt does not compile.
#include "rewrite/scan/token_handler.h"

#include <gtest/gtest.h>

#include "rewrite/tree/token_feed.h"

namespace abm::rewrite {
namespace {

enum class Hook {
  kNone,
  kStartTag,
  kEndTag,
  kPlainStart,
  kPlainEnd,
  kWantsText,
  kText,
  kCdataAllowed,
  kCharset,
  kAskedAttributes,
  kAsksAttribute,
  kDoctype,
  kComment,
  kCdata,
  kSkipped,
  kScript,
};

/// Has every hook but one.
template <Hook kMissing>
struct Handler {
  Content start_tag(const TagToken&) requires(kMissing != Hook::kStartTag);
  bool end_tag(const TagToken&) requires(kMissing != Hook::kEndTag);
  bool plain_start(Tag, NameKey, uint64_t, std::string_view) requires(kMissing != Hook::kPlainStart);
  size_t plain_end(const char*, const char*) requires(kMissing != Hook::kPlainEnd);
  bool wants_text() const requires(kMissing != Hook::kWantsText);
  void text(std::string_view, uint64_t) requires(kMissing != Hook::kText);
  bool cdata_allowed() const requires(kMissing != Hook::kCdataAllowed);
  Charset charset() const requires(kMissing != Hook::kCharset);
  uint64_t asked_attributes() const requires(kMissing != Hook::kAskedAttributes);
  bool asks_attribute(std::string_view) const requires(kMissing != Hook::kAsksAttribute);
  void doctype(std::string_view, bool) requires(kMissing != Hook::kDoctype);
  void comment(const CommentToken&) requires(kMissing != Hook::kComment);
  void cdata(uint64_t, uint64_t) requires(kMissing != Hook::kCdata);
  void skipped(uint64_t, uint64_t) requires(kMissing != Hook::kSkipped);
  void script(std::string_view) requires(kMissing != Hook::kScript);
};

static_assert(TokenHandler<Handler<Hook::kNone>>);
static_assert(!TokenHandler<Handler<Hook::kStartTag>>);
static_assert(!TokenHandler<Handler<Hook::kEndTag>>);
static_assert(!TokenHandler<Handler<Hook::kPlainStart>>);
static_assert(!TokenHandler<Handler<Hook::kPlainEnd>>);
static_assert(!TokenHandler<Handler<Hook::kWantsText>>);
static_assert(!TokenHandler<Handler<Hook::kText>>);
static_assert(!TokenHandler<Handler<Hook::kCdataAllowed>>);
static_assert(!TokenHandler<Handler<Hook::kCharset>>);
static_assert(!TokenHandler<Handler<Hook::kAskedAttributes>>);
static_assert(!TokenHandler<Handler<Hook::kAsksAttribute>>);
static_assert(!TokenHandler<Handler<Hook::kDoctype>>);
static_assert(!TokenHandler<Handler<Hook::kComment>>);
static_assert(!TokenHandler<Handler<Hook::kCdata>>);
static_assert(!TokenHandler<Handler<Hook::kSkipped>>);
static_assert(!TokenHandler<Handler<Hook::kScript>>);

/// A hook with another result is as wrong as none.
struct EndsWithoutAnswer : Handler<Hook::kEndTag> {
  void end_tag(const TagToken&);
};
static_assert(!TokenHandler<EndsWithoutAnswer>);

TEST(TokenHandler, IsWhatTheRewriterGivesTheTokenizer) {
  EXPECT_TRUE(TokenHandler<TokenFeed>);
}

}  // namespace
}  // namespace abm::rewrite
