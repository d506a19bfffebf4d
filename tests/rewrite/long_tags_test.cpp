// Tags longer than is held: they pass by, what follows them is edited, and so are they, but for what needs
// their bytes.
#include <random>

#include "nasty_pages.h"
#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

struct Watched {
  std::string html;
  std::vector<Outcome> outcomes;
  size_t most_held = 0;
};

Watched watch(std::string_view html, const RewriterOptions& options, size_t chunk) {
  Watched watched;
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  TextSink sink;
  for (size_t at = 0; at < html.size(); at += chunk) {
    rewriter->write(html.substr(at, chunk), sink);
    watched.most_held = std::max(watched.most_held, rewriter->held());
  }
  rewriter->finish(sink);
  watched.html = sink.html;
  watched.outcomes.assign(rewriter->outcomes().begin(), rewriter->outcomes().end());
  return watched;
}

Edit attribute_edit() {
  static const AttributeEdit kHref[] = {{"href", "/n"}};
  Edit edit;
  edit.attributes = kHref;
  return edit;
}

TEST(LongTags, DoNotStopTheEditsBehindThem) {
  const std::string tags[] = {
      "<img src=\"data:," + std::string(10'000'000, 'x') + "\">",
      "<svg><path d='" + std::string(20'000, '1') + "'/></svg>",
      "<iframe srcdoc=\"" + std::string(20'000, '>') + "\"></iframe>",
      "<div data-state=" + std::string(20'000, '{') + "></div>",
      "</p title='" + std::string(20'000, 'y') + "'>",
  };
  const Slots slots({"a.cta"});
  const Edit edits[] = {content("New")};
  const RewriterOptions options = options_for(slots, edits);
  for (const std::string& tag : tags) {
    const std::string before = "<body>" + tag + "<a class=\"cta\">";
    for (const size_t chunk : {1000u, 16384u, 1u << 25}) {
      const Watched watched = watch(before + "Old</a>", options, chunk);
      EXPECT_TRUE(watched.html == before + "New</a>") << tag.substr(0, 20);
      EXPECT_EQ(watched.outcomes[0].applied, 1u) << tag.substr(0, 20);
      EXPECT_LE(watched.most_held, options.max_tag + 1);
    }
  }
}

TEST(LongTags, MayHaveAnyNumberOfAttributes) {
  std::string html = "<div";
  for (int i = 0; i < 100'000; ++i) html += " class" + std::to_string(i) + "=y";
  html += " class=cta>Old</div>";
  const Slots slots({".cta"});
  const Edit edits[] = {content("New")};
  const Watched watched = watch(html, options_for(slots, edits), 4096);
  EXPECT_TRUE(watched.html == html.substr(0, html.size() - 9) + "New</div>");
}

TEST(LongTags, AreEditedButForWhatNeedsTheirBytes) {
  const std::string tag = "<a data-s='" + std::string(20'000, 's') + "' id=x>";
  const std::string html = tag + "Old</a><a id=x>Old</a>";
  EXPECT_TRUE(rewrite_one(html, "#x", content("New")).html == tag + "New</a><a id=x>New</a>");
  Edit around;
  around.prepend = "{P}";
  around.append = "{A}";
  EXPECT_TRUE(rewrite_one(html, "#x", around).html == tag + "{P}Old{A}</a><a id=x>{P}Old{A}</a>");
  Edit remove, before;
  remove.remove = true;
  before.before = "{B}";
  const std::pair<Edit, std::string> needing[] = {
      {attribute_edit(), "<a id=x href=\"/n\">Old</a>"}, {remove, ""}, {before, "{B}<a id=x>Old</a>"}};
  for (const auto& [edit, second] : needing) {
    const RewrittenPage page = rewrite_one(html, "#x", edit);
    EXPECT_TRUE(page.html == tag + "Old</a>" + second);
    EXPECT_EQ(page.outcomes[0].applied, 1u);
    EXPECT_EQ(page.outcomes[0].skipped, 1u);
    EXPECT_EQ(page.outcomes[0].reason, Skip::kTagTooLong);
  }
}

TEST(LongTags, ThatEndAnElementLeaveItsEndAlone) {
  const std::string page = "<p id=x>1<div title='" + std::string(20'000, 's') + "'></div><b id=x>2</b>";
  Edit append;
  append.append = "{A}";
  const RewrittenPage appended = rewrite_one(page, "#x", append);
  EXPECT_TRUE(appended.html == page.substr(0, page.size() - 4) + "{A}</b>");
  EXPECT_EQ(appended.outcomes[0].reason, Skip::kTagTooLong);
  EXPECT_TRUE(rewrite_one(page, "#x", content("N")).html.starts_with("<p id=x>N<div"));
}

TEST(LongTags, ThatLoseAnAttributeMakeOnlyTheSlotsUncertainThatAskForIt) {
  const std::string html =
      "<div><p id=x src='" + std::string(20'000, 's') + "'>1</p><p id=y>2</p></div><p id=y>3</p>";
  const Slots slots({"#x", "[src^=s]", "[src^=s] + p", "#y"});
  Edit edits[4];
  static constexpr std::string_view kMarks[] = {"{0}", "{1}", "{2}", "{3}"};
  for (uint32_t i = 0; i < 4; ++i) {
    edits[i].slot = i;
    edits[i].append = kMarks[i];
  }
  const RewrittenPage page = rewrite_every_way(html, options_for(slots, edits));
  EXPECT_TRUE(page.html.ends_with(">1{0}</p><p id=y>2{3}</p></div><p id=y>3{3}</p>"))
      << page.html.substr(page.html.size() - 60);
  EXPECT_EQ(page.outcomes[0].skipped, 0u);
  EXPECT_EQ(page.outcomes[1].reason, Skip::kTagTooLong);
  EXPECT_EQ(page.outcomes[2].reason, Skip::kTagTooLong);
  EXPECT_EQ(page.outcomes[3].skipped, 0u);
}

TEST(LongTags, AreTheSameWhereverThePageIsSplit) {
  const std::string html =
      "<p class='y x'>1</p><a href=/aaaaaaaaaaaaaaaaaaaaa class=x title='>'>2</a><p class=x>3<i id=aaaaaaaaaaaaaaaaaaaaa>";
  const Slots slots({".x"});
  for (Edit edit : {content("N"), attribute_edit()}) {
    const std::vector<Edit> edits = {edit};
    RewriterOptions options = options_for(slots, edits);
    options.max_tag = 24;
    const RewrittenPage whole = rewrite_every_way(html, options);
    for (size_t split = 1; split < html.size(); ++split) {
      const Rewriter::Pointer rewriter = Rewriter::create(options);
      TextSink sink;
      rewriter->write(std::string_view(html).substr(0, split), sink);
      rewriter->write(std::string_view(html).substr(split), sink);
      rewriter->finish(sink);
      EXPECT_EQ(sink.html, whole.html) << split;
      const std::span<const Outcome> outcomes = rewriter->outcomes();
      EXPECT_EQ(describe({outcomes.begin(), outcomes.end()}), describe(whole.outcomes)) << split;
    }
  }
}

// One element is skipped for its length, one behind it because its own tag is too long: whichever is known
// first.
TEST(LongTags, GiveTheReasonOfTheFirstElementWhereverThePageIsSplit) {
  const std::string html =
      "<ul><li id=a class=xxxxxxxxxxxxxxxxxxx><div id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>text</div></ul>";
  const Slots slots({"#a"});
  const std::vector<Edit> edits = {content("N")};
  RewriterOptions options = options_for(slots, edits);
  options.max_tag = options.max_hold = 19;
  const RewrittenPage page = rewrite_every_way(html, options);
  EXPECT_EQ(page.outcomes[0].skipped, 2u);
  EXPECT_EQ(page.outcomes[0].reason, Skip::kUnclosed);
  EXPECT_EQ(page.outcomes[0].skipped_at, 4u);
}

// That it ends one shows at its own end, which may be too late.
TEST(LongTags, EndAnElementWhereTheyEndThemselves) {
  const std::string html = "<ul><li id=a>a<li class=" + std::string(60, 'x') + ">b</ul>";
  const Slots slots({"#a"});
  const std::vector<Edit> edits = {content("N")};
  RewriterOptions options = options_for(slots, edits);
  options.max_tag = 19;
  for (const size_t max_hold : {19u, 40u, 79u, 80u, 81u, 82u, 83u, 200u}) {
    options.max_hold = max_hold;
    const RewrittenPage page = rewrite_every_way(html, options);
    const bool in_time = html.find(">b") + 1 - html.find("<li id") <= max_hold;
    EXPECT_EQ(page.html.find("N") != std::string::npos, in_time) << max_hold;
    EXPECT_EQ(page.outcomes[0].reason, in_time ? Skip::kNone : Skip::kUnclosed) << max_hold;
  }
}

// One slot is in doubt at the very tag that another has found.
TEST(LongTags, InDoubtForOneSlotAreHeldForAnother) {
  const std::string html = "<ul><li id=\"a b c d e f g h i j k l\">old</ul>";
  const Slots slots({"li", "#a"});
  std::vector<Edit> edits = {content("N"), content("M")};
  edits[1].slot = 1;
  RewriterOptions options = options_for(slots, edits);
  options.max_tag = 19;
  const RewrittenPage page = rewrite_every_way(html, options);
  EXPECT_EQ(page.html, "<ul><li id=\"a b c d e f g h i j k l\">N</ul>");
  EXPECT_EQ(page.outcomes[1].reason, Skip::kTagTooLong);
}

// Where nothing needs the bytes of a long tag, the limit does not show.
TEST(LongTags, ChangeNothingForEditsThatDoNotNeedThem) {
  static const char* const kChosen[] = {"p",  "div", ".x", "li",    "[a]",  "span",
                                        "td", "a",   "#a", "svg *", "p + *"};
  std::mt19937 random(17);
  size_t compared = 0, applied = 0;
  for (int i = 0; i < 4000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    const Slots slots({kChosen[random() % std::size(kChosen)]});
    Edit edit = content("{C}");
    if (random() % 3 == 0) {
      edit = {};
      edit.prepend = "{M}";
    }
    RewriterOptions options = options_for(slots, {&edit, 1});
    const RewrittenPage unlimited = rewrite_page(page, options);
    options.max_tag = 20;
    const RewrittenPage limited = rewrite_every_way(page, options);
    const LocateResult located = locate(page, options);
    if (!located.complete || !located.uncertain.empty()) continue;  // a name, or an attribute, was too long
    EXPECT_EQ(limited.html, unlimited.html) << page;
    ++compared;
    applied += limited.outcomes[0].applied;
  }
  EXPECT_GT(compared, 2000u);
  EXPECT_GT(applied, 300u);
}

}  // namespace
}  // namespace abm::rewrite
