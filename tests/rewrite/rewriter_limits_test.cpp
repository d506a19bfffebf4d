// What bounds the rewriter: how much it holds, how long a tag and how deep a page may be, and memory that
// runs out.
#include "rewrite/rewriter.h"

#include <cstdlib>

#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

TEST(Rewriter, StopsHoldingAtTheLimitAndGoesOnBehindIt) {
  const std::string html = "<div id=x>" + std::string(300, 'y') + "</div><div id=x>z</div>";
  const Slots slots({"#x"});
  const Edit edits[] = {content("N")};
  RewriterOptions options = options_for(slots, edits);
  options.max_hold = 200;
  const auto page = rewrite_every_way(html, options);
  EXPECT_EQ(page.html, "<div id=x>" + std::string(300, 'y') + "</div><div id=x>N</div>");
  EXPECT_EQ(page.outcomes[0].applied, 1u);
  EXPECT_EQ(page.outcomes[0].skipped, 1u);
}

TEST(Rewriter, GivesUpAtANameBeyondTheLimitAndHoldsNoMore) {
  const std::string html = "<b id=x>1</b><i" + std::string(1 << 20, 'y') + "></i><b id=x>2</b>";
  const Slots slots({"#x", "#z"});
  Edit edits[] = {content("N"), content("Z")};
  edits[1].slot = 1;
  const RewriterOptions options = options_for(slots, edits);
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  TextSink sink;
  size_t most = 0;
  for (size_t at = 0; at < html.size(); at += 1000) {
    rewriter->write(std::string_view(html).substr(at, 1000), sink);
    most = std::max(most, rewriter->held());
  }
  rewriter->finish(sink);
  EXPECT_EQ(sink.html, "<b id=x>N</b>" + html.substr(13));
  EXPECT_EQ(rewriter->outcomes()[0].applied, 1u);
  EXPECT_EQ(rewriter->outcomes()[1].reason, Skip::kTagTooLong);
  EXPECT_LE(most, options.max_tag + 1);
}

TEST(Rewriter, HoldsNothingOfALongComment) {
  const std::string html = "<!--" + std::string(1 << 20, '-') + "x<b id=x>--><b id=x>o</b>";
  const Slots slots({"#x"});
  const Edit edits[] = {content("N")};
  const Rewriter::Pointer rewriter = Rewriter::create(options_for(slots, edits));
  TextSink sink;
  size_t most = 0;
  for (size_t at = 0; at < html.size(); at += 4096) {
    rewriter->write(std::string_view(html).substr(at, 4096), sink);
    most = std::max(most, rewriter->held());
  }
  rewriter->finish(sink);
  EXPECT_LE(most, 100u);
  EXPECT_EQ(sink.html, html.substr(0, html.size() - 5) + "N</b>");
}

TEST(Rewriter, TakesDeepAndStrayTagsInItsStride) {
  std::string nested = "<b id=x>1</b>";
  for (int i = 0; i < 100'000; ++i) nested += "<div>";
  nested += "<b id=x>2</b>";
  const Slots slots({"#x"});
  const Edit edits[] = {content("N")};
  const auto page = rewrite_page(nested, options_for(slots, edits), 4096);
  EXPECT_EQ(page.html, "<b id=x>N" + nested.substr(9));
  std::string stray = "<section><p><span>";
  for (int i = 0; i < 200'000; ++i) stray += "</div></x-a></b></td>";
  stray += "<b id=x>2</b>";
  const auto after = rewrite_page(stray, options_for(slots, edits), 4096);
  EXPECT_EQ(after.html, stray.substr(0, stray.size() - 5) + "N</b>");
}

TEST(Rewriter, PassesThePageThroughWhenMemoryEnds) {
  const std::string html = "<p>a</p><b id=x title='&amp;'>o<i>p</i></b><b id=x>q</b>";
  const Slots slots({"#x", "[title='&']", "p:nth-of-type(1)"});
  Edit edits[3] = {content("N"), content("M"), content("L")};
  for (uint32_t i = 0; i < 3; ++i) edits[i].slot = i;
  for (int allowed = 0; allowed < 12; ++allowed) {
    RewriterOptions options = options_for(slots, edits);
    int left = allowed;
    options.memory.context = &left;
    options.memory.allocate = [](void* context, size_t size) noexcept -> void* {
      return (*static_cast<int*>(context))-- > 0 ? std::malloc(size) : nullptr;
    };
    const auto page = rewrite_page(html, options, 3);
    // Whatever was edited before, the untouched rest is all there.
    EXPECT_NE(page.html.find("<p>"), std::string::npos);
    EXPECT_TRUE(page.html.ends_with("</b>"));
    if (allowed == 0) {
      EXPECT_EQ(page.html, html);
      EXPECT_EQ(page.outcomes[0].reason, Skip::kMemory);
    }
  }
}

}  // namespace
}  // namespace abm::rewrite
