// The rewriter's promises to a page: right elements, right ends, untouched bytes, any chunking.
#include "rewrite/rewriter.h"

#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

TEST(Rewriter, ReplacesTheContentOfAnElement) {
  const auto page = rewrite_one("<p>a<a data-abm-slot=hero href=/x>old <b>text</b></a>z", "[data-abm-slot=hero]",
                                content("new"));
  EXPECT_EQ(page.html, "<p>a<a data-abm-slot=hero href=/x>new</a>z");
  EXPECT_EQ(page.outcomes[0].applied, 1u);
}

TEST(Rewriter, ReplacesExactlyTheOuterOfNestedElementsOfOneName) {
  const auto page = rewrite_one("<div><div id=x>1<div>2<div>3</div></div>4</div>5</div>", "#x", content("N"));
  EXPECT_EQ(page.html, "<div><div id=x>N</div>5</div>");
}

TEST(Rewriter, SkipsInnerEditsOfVoidElementsAndSwallowsNothing) {
  for (const std::string_view html : {"<p><img id=x>text</p>", "<br id=x />a", "<p><IMG ID=x />b", "<input id=x>c"}) {
    const auto page = rewrite_one(html, "#x", content("N"));
    EXPECT_EQ(page.html, html);
    EXPECT_EQ(page.outcomes[0].reason, Skip::kVoid);
  }
}

TEST(Rewriter, DeliversTheRemainderWhenTheTargetIsNeverClosed) {
  const std::string html = "<div><div id=x>" + std::string(5000, 'y') + "<p>z";
  const auto page = rewrite_one(html, "#x", content("N"));
  EXPECT_EQ(page.html, html);
  EXPECT_EQ(page.outcomes[0].reason, Skip::kUnclosed);
}

TEST(Rewriter, EndsAnItemWhereTheNextBegins) {
  const auto page = rewrite_one("<ul><li id=x>a<li>b</ul>", "#x", content("N"));
  EXPECT_EQ(page.html, "<ul><li id=x>N<li>b</ul>");
}

}  // namespace
}  // namespace abm::rewrite
