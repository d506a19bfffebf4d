// Where elements end that no end tag ends, what replacing content leaves as it was, and line breaks that HTML
// drops.
#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

// Minifiers leave out every end tag that may be left out.
TEST(ElementEnds, EndsWhatIsOpenWhereACompletePageEnds) {
  Edit around, removal;
  around.prepend = "{P}";
  around.append = "{A}";
  around.after = "{B}";
  removal.remove = true;
  EXPECT_EQ(rewrite_one("<!doctype html><p class=s>old", ".s", content("N")).html,
            "<!doctype html><p class=s>N");
  EXPECT_EQ(rewrite_one("<!doctype html><p class=s>old", ".s", around).html,
            "<!doctype html><p class=s>{P}old{A}</p>{B}");
  EXPECT_EQ(rewrite_one("<table><tr><td class=s>x", ".s", content("N")).html, "<table><tr><td class=s>N");
  EXPECT_EQ(rewrite_one("<ul><li>a<li class=s>b", ".s", removal).html, "<ul><li>a</li>");
  EXPECT_EQ(rewrite_one("<body class=s><p>a</body>\n</html>\n", "p", content("N")).html,
            "<body class=s><p>N</body>\n</html>\n");
  Edit append;
  append.append = "{A}";
  EXPECT_EQ(rewrite_one("<body class=s><p>a", ".s", append).html, "<body class=s><p>a</p>{A}");
  // An end tag that may not be left out.
  EXPECT_EQ(rewrite_one("<div class=s>old", ".s", around).html, "<div class=s>{P}old{A}</div>{B}");
  const RewrittenPage kept = rewrite_one("<div class=s>old", ".s", content("N"));
  EXPECT_EQ(kept.html, "<div class=s>old");
  EXPECT_EQ(kept.outcomes[0].reason, Skip::kUnclosed);
}

TEST(ElementEnds, DoesNotTakeAPageForCompleteThatEndsInsideATagOrAComment) {
  for (const char* const rest : {"<b", "<b title='", "<!-- c", "<", "<script>a", "<textarea>b"}) {
    const std::string page = std::string("<p class=s>old") + rest;
    const RewrittenPage kept = rewrite_one(page, ".s", content("N"));
    EXPECT_EQ(kept.html, page);
    EXPECT_EQ(kept.outcomes[0].reason, Skip::kUnclosed);
  }
}

TEST(ElementEnds, EndsNothingWhereThePageIsAbandoned) {
  const std::string page = "<body><p class=s>old";
  for (const char* const selector : {"body", ".s"}) {
    const Slots slots({selector});
    Edit append;
    append.append = "{A}";
    const Edit edits[] = {append};
    const Rewriter::Pointer rewriter = Rewriter::create(options_for(slots, edits));
    TextSink sink;
    rewriter->write(page, sink);
    rewriter->abandon(sink);
    EXPECT_EQ(sink.html, page);
    EXPECT_EQ(rewriter->outcomes()[0].reason, Skip::kUnclosed);
  }
}

TEST(ElementEnds, WritesOneEndTagForElementsThatEndTogether) {
  const Slots slots({"div", "p"});
  Edit edits[2];
  edits[0].append = "{D}";
  edits[1].slot = 1;
  edits[1].after = "{P}";
  for (const std::string end : {"", "</div>"}) {
    EXPECT_EQ(rewrite_every_way("<div><p>a" + end, options_for(slots, edits)).html,
              "<div><p>a</p>{P}{D}" + end);
  }
  edits[1].after = {};
  edits[1].remove = true;
  EXPECT_EQ(rewrite_every_way("<div><p>a</div>", options_for(slots, edits)).html, "<div>{D}</div>");
}

// Found by comparing trees: content whose formatting, or whose misplaced elements, are not only its own.
TEST(ElementEnds, LeavesContentAloneThatChangesWhatFollows) {
  for (const char* const page : {"<p><b id=x>1<b>2<p>3", "<p><b>1</p><div id=x>2</b>3</div>4",
                                 "<table id=x>text<tr><td>1</table>", "<p id=x><i>1<p>2"}) {
    const RewrittenPage kept = rewrite_one(page, "#x", content("N"));
    EXPECT_EQ(kept.html, page);
    EXPECT_EQ(kept.outcomes[0].reason, Skip::kAmbiguous);
  }
  EXPECT_EQ(rewrite_one("<p><b id=x>1<p>2", "#x", content("N")).html, "<p><b id=x>N<p>2");
}

// HTML drops a line break right behind the start tag of pre, textarea and listing.
TEST(ElementEnds, KeepsTheFirstLineBreakOfPreformattedText) {
  Edit prepend, append, before, removal;
  prepend.prepend = "X";
  append.append = "\nX";
  before.before = "\nX";
  removal.remove = true;
  EXPECT_EQ(rewrite_one("<pre>\na</pre>", "pre", prepend).html, "<pre>\nXa</pre>");
  EXPECT_EQ(rewrite_one("<pre>\r\na</pre>", "pre", prepend).html, "<pre>\r\nXa</pre>");
  EXPECT_EQ(rewrite_one("<listing>a</listing>", "listing", prepend).html, "<listing>Xa</listing>");
  EXPECT_EQ(rewrite_one("<pre><b>a</b></pre>", "pre", prepend).html, "<pre>X<b>a</b></pre>");
  prepend.prepend = "\nX";
  EXPECT_EQ(rewrite_one("<pre>a</pre>", "pre", prepend).html, "<pre>\n\nXa</pre>");
  EXPECT_EQ(rewrite_one("<pre>\na</pre>", "pre", prepend).html, "<pre>\n\nXa</pre>");
  EXPECT_EQ(rewrite_one("<pre></pre>", "pre", append).html, "<pre>\n\nX</pre>");
  EXPECT_EQ(rewrite_one("<pre>\n</pre>", "pre", append).html, "<pre>\n\nX</pre>");
  EXPECT_EQ(rewrite_one("<pre>\na</pre>", "pre", content("\nN")).html, "<pre>\n\nN</pre>");
  EXPECT_EQ(rewrite_one("<textarea>\na</textarea>", "textarea", content("\nN")).html,
            "<textarea>\n\nN</textarea>");
  EXPECT_EQ(rewrite_one("<pre>\na</pre>", "pre", content("N")).html, "<pre>N</pre>");
  EXPECT_EQ(rewrite_one("<pre><b>a</b>c</pre>", "b", before).html, "<pre>\n\nX<b>a</b>c</pre>");
  EXPECT_EQ(rewrite_one("<pre><b>a</b>\nc</pre>", "b", removal).html, "<pre>\n\nc</pre>");
  EXPECT_EQ(rewrite_one("<p><b>a</b>\nc</p>", "b", removal).html, "<p>\nc</p>");
}

}  // namespace
}  // namespace abm::rewrite
