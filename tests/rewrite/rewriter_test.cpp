// The rewriter's promises to a page: right elements, right ends, untouched bytes, any chunking.
#include "rewrite/rewriter.h"

#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

const std::string kLookAlike = "<a data-abm-slot=hero>";
const char* const kHero = "[data-abm-slot=hero]";

TEST(Rewriter, ReplacesTheContentOfAnElement) {
  const auto page =
      rewrite_one("<p>a<a data-abm-slot=hero href=/x>old <b>text</b></a>z", kHero, content("new"));
  EXPECT_EQ(page.html, "<p>a<a data-abm-slot=hero href=/x>new</a>z");
  EXPECT_EQ(page.outcomes[0].applied, 1u);
}

TEST(Rewriter, SplitsAtEveryByteWithoutDifference) {
  const std::string html =
      "<!doctype html><title><a data-abm-slot=hero></title><!-- <a data-abm-slot=hero> --><script>'<a "
      "data-abm-slot=hero>'"
      "</script><p>x<a class='b c' data-abm-slot=\"hero\"\n href = '/y'>old<b>er</b></a "
      "><ul><li>1<li>2</ul></p>\r\n";
  const Slots slots({kHero, "li", "b"});
  Edit edits[3];
  edits[0].content = "<i>new</i>";
  edits[0].after = "!";
  edits[1].slot = 1;
  edits[1].append = "+";
  edits[2].slot = 2;
  edits[2].remove = true;
  const RewriterOptions options = options_for(slots, edits);
  const RewrittenPage whole = rewrite_every_way(html, options);
  for (size_t at = 0; at <= html.size(); ++at) {
    const Rewriter::Pointer rewriter = Rewriter::create(options);
    TextSink sink;
    std::string first = html.substr(0, at), second = html.substr(at);
    rewriter->write(first, sink);
    first.assign(first.size(), '#');  // the chunk is the caller's again
    rewriter->write(second, sink);
    rewriter->finish(sink);
    EXPECT_EQ(sink.html, whole.html) << "split at " << at;
    EXPECT_EQ(rewriter->bytes_in(), html.size());
    EXPECT_EQ(rewriter->bytes_out(), whole.html.size());
  }
}

TEST(Rewriter, LeavesAPageWithoutMatchAsItIs) {
  std::string html = "\xEF\xBB\xBF<p>\r\n\0\xFF\xC3<b x=\xE9\n>&amp<</b </p>";
  html += std::string("\0<div", 5);
  EXPECT_EQ(rewrite_one(html, "#never", content("x")).html, html);
  const auto page = rewrite_one("a\r\n\xFF<i id=x>1</i>\xEF\xBF\r\n\x00z", "#x", content("N"));
  EXPECT_EQ(page.html, "a\r\n\xFF<i id=x>N</i>\xEF\xBF\r\n\x00z");
}

TEST(Rewriter, ReplacesExactlyTheOuterOfNestedElementsOfOneName) {
  const auto page = rewrite_one("<div><div id=x>1<div>2<div>3</div></div>4</div>5</div>", "#x", content("N"));
  EXPECT_EQ(page.html, "<div><div id=x>N</div>5</div>");
}

TEST(Rewriter, SkipsInnerEditsOfVoidElementsAndSwallowsNothing) {
  for (const std::string_view html : {"<p><img id=x>text</p>", "<br id=x />a", "<p><IMG ID=x />b",
                                      "<input id=x>c", "<svg><path id=x /><g></g></svg>d"}) {
    const auto page = rewrite_one(html, "#x", content("N"));
    EXPECT_EQ(page.html, html);
    EXPECT_EQ(page.outcomes[0].reason, Skip::kVoid);
  }
  Edit edit;
  edit.before = "[";
  edit.after = "]";
  EXPECT_EQ(rewrite_one("a<img id=x>b", "#x", edit).html, "a[<img id=x>]b");
}

TEST(Rewriter, PutsNothingIntoScriptOrStyle) {
  Edit prepend, append;
  prepend.prepend = append.append = "alert(1)";
  for (const std::string_view name :
       {"script", "style", "xmp", "iframe", "noembed", "noframes", "noscript"}) {
    const std::string element = "<" + std::string(name) + " id=x>a</" + std::string(name) + ">";
    for (const std::string& html : {element + "b", "<svg>" + element + "</svg>b"}) {
      for (const Edit& edit : {content("alert(1)"), prepend, append}) {
        const auto page = rewrite_one(html, "#x", edit);
        EXPECT_EQ(page.html, html);
        EXPECT_EQ(page.outcomes[0].reason, Skip::kRawText);
      }
    }
  }
  Edit around;
  around.before = "[";
  around.after = "]";
  EXPECT_EQ(rewrite_one("a<script id=x>b</script>c", "#x", around).html, "a[<script id=x>b</script>]c");
  EXPECT_EQ(rewrite_one("<title id=x>a</title>", "#x", content("b &amp; c")).html,
            "<title id=x>b &amp; c</title>");
}

TEST(Rewriter, DeliversTheRemainderWhenTheTargetIsNeverClosed) {
  const std::string html = "<div><div id=x>" + std::string(5000, 'y') + "<p>z";
  const auto page = rewrite_one(html, "#x", content("N"));
  EXPECT_EQ(page.html, html);
  EXPECT_EQ(page.outcomes[0].reason, Skip::kUnclosed);
}

TEST(Rewriter, EndsAnElementWhereTheTreeDoes) {
  const std::pair<const char*, const char*> kCases[] = {
      {"<ul><li id=x>a<li>b</ul>", "<ul><li id=x>N<li>b</ul>"},
      {"<p id=x>a<div>b</div>", "<p id=x>N<div>b</div>"},
      {"<dl><dt id=x>a<dd>b</dl>", "<dl><dt id=x>N<dd>b</dl>"},
      {"<table><tr><td id=x>a<td>b<tr><td>c</table>", "<table><tr><td id=x>N<td>b<tr><td>c</table>"},
      {"<table><tr id=x><td>a<td>b<tr><td>c</table>", "<table><tr id=x>N<tr><td>c</table>"},
      {"<select><option id=x>a<option>b</select>", "<select><option id=x>N<option>b</select>"},
      {"<div><span id=x>a</div>b", "<div><span id=x>N</div>b"},
      {"<h1 id=x>a</h2>b", "<h1 id=x>N</h2>b"},
      {"<ruby>a<rt id=x>b<rp>c</ruby>", "<ruby>a<rt id=x>N<rp>c</ruby>"},
      {"<button id=x>a<button>b</button>", "<button id=x>N<button>b</button>"},
      {"<a id=x>1<a>2</a>", "<a id=x>N<a>2</a>"},
      {"<p id=x>a<table><tr><td></p>c</table>", "<p id=x>N"},  // quirks: p stays open
      {"<!DOCTYPE html><p id=x>a<table></table>", "<!DOCTYPE html><p id=x>N<table></table>"},
      {"<div id=x/>a</div>b", "<div id=x/>N</div>b"},
      {"<svg><g id=x><g></g></g></svg>", "<svg><g id=x>N</g></svg>"},
      {"<svg><title id=x><p>a</p></title></svg>", "<svg><title id=x>N</title></svg>"},
  };
  for (const auto& [html, expected] : kCases) {
    EXPECT_EQ(
        rewrite_one(html, html == std::string_view("<div id=x/>a</div>b") ? "div" : "#x", content("N")).html,
        expected);
  }
}

TEST(Rewriter, LeavesLookAlikesInRawTextAlone) {
  for (const std::string& name : std::vector<std::string>{"script", "style", "textarea", "title", "xmp",
                                                          "iframe", "noembed", "noframes", "noscript"}) {
    const std::string html = "<body><" + name + ">" + kLookAlike + "</a></" + name + "><p>x";
    const auto page = rewrite_one(html, kHero, content("N"));
    EXPECT_EQ(page.html, html) << name;
    EXPECT_TRUE(page.outcomes[0].missing()) << name;
  }
  for (const std::string& html :
       {"<plaintext>" + kLookAlike + "</plaintext>" + kLookAlike,
        "<script><!--<script>" + kLookAlike + "</script>" + kLookAlike + "--></script>",
        "<script>'</scripty>" + kLookAlike + "'</script >"}) {
    EXPECT_EQ(rewrite_one(html, kHero, content("N")).html, html);
  }
}

TEST(Rewriter, LeavesLookAlikesInCommentsAlone) {
  for (const std::string& html : std::vector<std::string>{
           "<!--" + kLookAlike + "-->", "<!--[if IE]>" + kLookAlike + "<![endif]-->",
           "<!-- --!" + kLookAlike + "-->", "<!" + std::string("x '<a data-abm-slot=hero'>"),
           "<?php echo '<a data-abm-slot=hero' ?>", "</ x<a data-abm-slot=hero >",
           "<svg><![CDATA[" + kLookAlike + "]]></svg>", "<!--" + kLookAlike}) {
    const auto page = rewrite_one(html, kHero, content("N"));
    EXPECT_EQ(page.html, html);
    EXPECT_TRUE(page.outcomes[0].missing()) << html;
  }
  // … and what follows an end that only looks odd is markup again.
  for (const std::string& before : std::vector<std::string>{"<!-->", "<!--->", "<!--x--!>", "<!x>", "<?x?>",
                                                            "</>", "</ x>", "<![CDATA[>", "<!--a--->"}) {
    EXPECT_EQ(rewrite_one(before + "<a data-abm-slot=hero>o</a>", kHero, content("N")).html,
              before + "<a data-abm-slot=hero>N</a>");
  }
}

TEST(Rewriter, MatchesInForeignContentAndTemplatesAsTheTreeHasThem) {
  const std::pair<const char*, const char*> kCases[] = {
      {"<svg><foreignObject><div id=x>a</div></foreignObject></svg>",
       "<svg><foreignObject><div id=x>N</div></foreignObject></svg>"},
      {"<svg><style><a id=x>y</a></style></svg>", "<svg><style><a id=x>N</a></style></svg>"},
      {"<svg><div id=x>a</div></svg>", "<svg><div id=x>N</div></svg>"},
      {"<math><mi><b id=x>a</b></mi></math>", "<math><mi><b id=x>N</b></mi></math>"},
      {"<template><td id=x>a</td></template>", "<template><td id=x>N</td></template>"},
      {"<tr id=x>a</tr>", "<tr id=x>a</tr>"},
  };
  for (const auto& [html, expected] : kCases) EXPECT_EQ(rewrite_one(html, "#x", content("N")).html, expected);
}

TEST(Rewriter, MatchesAttributesInEveryQuoting) {
  for (const std::string_view tag :
       {"<A DATA-ABM-SLOT=hero>", "<a data-abm-slot='hero'>", "<a data-abm-slot=\"hero\">",
        "<a data-abm-slot = hero >", "<a x/data-abm-slot=hero>", "<a data-abm-slot=h&#101;ro>",
        "<a data-abm-slot=hero data-abm-slot=other>", "<a data-abm-slot='h&#x65;ro'/>",
        "<a\ndata-abm-slot\n=\nhero\n>"}) {
    EXPECT_EQ(rewrite_one(std::string(tag) + "o</a>", kHero, content("N")).html, std::string(tag) + "N</a>");
  }
  for (const std::string_view tag :
       {"<a data-abm-slot=other data-abm-slot=hero>", "<a data-abm-slot=Hero>", "<a data-abm-slot=hero/>",
        "<a data-abm-slot='hero '>", "<a xdata-abm-slot=hero>"}) {
    EXPECT_EQ(rewrite_one(std::string(tag) + "o</a>", kHero, content("N")).html, std::string(tag) + "o</a>");
  }
}

TEST(Rewriter, LetsNoTagAriseWhereSomethingWasRemovedOrInserted) {
  Edit gone;
  gone.remove = true;
  EXPECT_EQ(rewrite_one("<<script></script>img src=x onerror=alert(1)>", "script", gone).html,
            "<<!---->img src=x onerror=alert(1)>");
  EXPECT_EQ(rewrite_one("a<<b id=x></b> b", "#x", gone).html, "a< b");
  Edit before;
  before.before = "img src=x>";
  EXPECT_EQ(rewrite_one("<<b id=x></b>", "#x", before).html, "<<!---->img src=x><b id=x></b>");
  Edit append;
  append.append = "b>";
  EXPECT_EQ(rewrite_one("<i id=x><</i>", "#x", append).html, "<i id=x><<!---->b></i>");
}

TEST(Rewriter, GivesTheSameResultOfOverlappingRulesEveryTime) {
  const std::string html = "<div id=x class=y>a<b class=y>b</b></div>";
  const Slots slots({"#x", ".y", "div", "b"});
  Edit edits[4];
  edits[0].prepend = "0";
  edits[1].content = "1";
  edits[1].before = "[1";
  edits[2].content = "2";
  edits[3].content = "3";
  for (uint32_t i = 0; i < 4; ++i) edits[i].slot = i;
  std::string first;
  for (int run = 0; run < 100; ++run) {
    const auto page = rewrite_page(html, options_for(slots, edits), static_cast<size_t>(run % 7));
    if (run == 0) first = page.html;
    ASSERT_EQ(page.html, first);
    ASSERT_EQ(describe(page.outcomes), "1/0:none 1/1:nested 0/1:nested 0/1:nested ");
  }
  EXPECT_EQ(first, "[1<div id=x class=y>01</div>");
}

TEST(Rewriter, LeavesPagesOfUnsupportedCharsetsAlone) {
  const std::string html = "<b id=x>o</b>";
  const Slots slots({"#x"});
  const Edit edits[] = {content("N")};
  RewriterOptions options = options_for(slots, edits);
  options.charset = Charset::kUnsupported;
  EXPECT_EQ(rewrite_every_way(html, options).html, html);
  EXPECT_EQ(rewrite_every_way(html, options).outcomes[0].reason, Skip::kAmbiguous);
  options.charset = Charset::kUnlabelled;
  for (const std::string& prefix :
       std::vector<std::string>{"\xFF\xFE", "\xFE\xFF", "<meta charset=iso-2022-jp>",
                                "<meta http-equiv=content-type content='text/html; charset=hz-gb-2312'>"}) {
    EXPECT_EQ(rewrite_every_way(prefix + html, options).html, prefix + html);
  }
  for (const std::string& prefix :
       std::vector<std::string>{"\xEF\xBB\xBF", "<meta charset=utf-16>", "<meta charset=latin1>", ""}) {
    EXPECT_EQ(rewrite_every_way(prefix + html, options).html, prefix + "<b id=x>N</b>");
  }
}

TEST(Rewriter, FindsTagsBesideTrailBytesThatLookLikeMarkup) {
  // 0x95 0x5C and 0x83 0x7C are characters of Shift_JIS; 0x5D as a trail byte is no "]".
  const std::string html =
      "<p title=\x95\x5C>\x83\x7C<svg><![CDATA[\x83\x5D]><i id=x>]]></svg><b id=x "
      "alt='\x95\x5C'>\x95\x5C</b>\x83\x7C";
  const Slots slots({"#x", "[alt*='\\\\']", "p[title$='\\\\']"});
  Edit edits[3] = {content("N"), content("wrong"), content("wrong")};
  edits[1].slot = 1;
  edits[2].slot = 2;
  for (const Charset charset : {Charset::kShiftJis, Charset::kGbk}) {
    RewriterOptions options = options_for(slots, edits);
    options.charset = charset;
    const auto page = rewrite_every_way(html, options);
    EXPECT_EQ(page.html, html.substr(0, html.find("</b>") - 2) + "N</b>\x83\x7C");
    EXPECT_TRUE(page.outcomes[1].missing() && page.outcomes[2].missing());
  }
}

TEST(Rewriter, PutsInsertionsWhereTheTreeWantsThem) {
  Edit after;
  after.after = "<hr>";
  EXPECT_EQ(rewrite_one("<ul><li id=x>a<li>b</ul>", "#x", after).html, "<ul><li id=x>a</li><hr><li>b</ul>");
  Edit append;
  append.append = "+";
  EXPECT_EQ(rewrite_one("<div id=x><p>a</div>", "#x", append).html, "<div id=x><p>a</p>+</div>");
  const auto uncertain = rewrite_one("<div id=x><b>a</div>c", "#x", append);
  EXPECT_EQ(uncertain.html, "<div id=x><b>a</div>c");
  EXPECT_EQ(uncertain.outcomes[0].reason, Skip::kAmbiguous);
  Edit before;
  before.before = "-";
  EXPECT_EQ(rewrite_one("<p>a<div id=x>b</div>", "#x", before).html, "<p>a</p>-<div id=x>b</div>");
}

TEST(Rewriter, WritesEndTagsOnlyWhereTheyEndTheRightElement) {
  Edit append, after, gone;
  append.append = after.after = "+";
  gone.remove = true;
  // "</article>" would end the inner one alone; "</li>" ends nothing beyond a list, "</p>" nothing beyond a
  // button.
  for (const std::string_view html : {"<div id=x><article><article></div>a", "<div id=x><li><ul></div>a",
                                      "<div id=x><p><button></div>a", "<div id=x><h1><section><h2></div>a"}) {
    const auto page = rewrite_one(html, "#x", append);
    EXPECT_EQ(page.html, html);
    EXPECT_EQ(page.outcomes[0].reason, Skip::kAmbiguous);
  }
  EXPECT_EQ(rewrite_one("<main><center id=x><center></main>a", "#x", after).html,
            "<main><center id=x><center></main>a");
  EXPECT_EQ(rewrite_one("<table><tr id=x><td><p>a</table>", "#x", append).html,
            "<table><tr id=x><td><p>a</td>+</table>");
  // What a removed start tag ended stays ended.
  EXPECT_EQ(rewrite_one("<p>a<div id=x>b</div>c", "#x", gone).html, "<p>a</p>c");
  EXPECT_EQ(rewrite_one("<select id=x><option>a<select>b", "#x", gone).html,
            "<select id=x><option>a<select>b");
  EXPECT_EQ(rewrite_one("<svg><p id=x>b</p>c", "#x", gone).html, "<svg><p id=x>b</p>c");
  EXPECT_EQ(rewrite_one("<h1><a></h1><a id=x>b</a>c", "#x", gone).html, "<h1><a></h1><a id=x>b</a>c");
}

TEST(Rewriter, LeavesMisnestedElementsAsTheyAre) {
  for (const std::string_view html : {"<b><div id=x>a</b>c</div>d", "<form><div id=x>a</form>c</div>d",
                                      "<form id=x><div>a</form>c</div>d"}) {
    const auto page = rewrite_one(html, "#x", content("N"));
    EXPECT_EQ(page.html, html);
    EXPECT_EQ(page.outcomes[0].reason, Skip::kAmbiguous);
  }
}

TEST(Rewriter, SaysAppliedOnlyAfterTheBytes) {
  const Slots slots({"#x"});
  Edit edits[] = {content("N")};
  edits[0].after = "!";
  const Rewriter::Pointer rewriter = Rewriter::create(options_for(slots, edits));
  TextSink sink("{applied}");
  rewriter->write("a<b id=x>o</b", sink);
  EXPECT_EQ(sink.html, "a");
  rewriter->write(">c<b id=x>o", sink);
  EXPECT_EQ(sink.html, "a<b id=x>N</b>!{applied}c");
  EXPECT_EQ(rewriter->held(), 9u);
  rewriter->abandon(sink);
  EXPECT_EQ(sink.html, "a<b id=x>N</b>!{applied}c<b id=x>o");
  EXPECT_EQ(rewriter->held(), 0u);
  rewriter->write("<b id=x>", sink);
  rewriter->finish(sink);
  EXPECT_EQ(sink.html, "a<b id=x>N</b>!{applied}c<b id=x>o<b id=x>");
  EXPECT_EQ(rewriter->outcomes()[0].applied, 1u);
  EXPECT_EQ(rewriter->outcomes()[0].reason, Skip::kUnclosed);
}

// Found by fuzzing: a misnested form made every slot uncertain as soon as any slot of the set looked at
// relatives.
TEST(Rewriter, EditsAMisplacedElementWhateverOtherSlotsLookFor) {
  const std::string html = "<form><div></form></div><a p>b</a>";
  for (const auto& selectors :
       {std::vector<std::string>{"a"}, std::vector<std::string>{"a", "i ~ p", "p:nth-child(2)"}}) {
    const Slots slots(selectors);
    const Edit edit = content("N");
    const auto page = rewrite_every_way(html, options_for(slots, {&edit, 1}));
    EXPECT_EQ(page.html, "<form><div></form></div><a p>N</a>") << selectors.size() << " slots";
  }
}

}  // namespace
}  // namespace abm::rewrite
