// What attributes mean, by element; and guarded edits, which look at the element before they touch it.
#include "rewrite/scan/attribute_context.h"

#include <algorithm>

#include "rewrite/select/selector_subjects.h"
#include "tests/rewrite/rewrite_fixture.h"

namespace abm::rewrite {
namespace {

using enum AttributeContext;

TEST(AttributeContext, TheElementDecidesAndTheWorstCountsWhereItIsUnknown) {
  const auto is = [](std::string_view element, std::string_view name) {
    return attribute_use(element, name).context;
  };
  EXPECT_EQ(is("a", "href"), kUrl);
  EXPECT_EQ(is("base", "href"), kCode);
  EXPECT_EQ(is("script", "data-x"), kText);
  EXPECT_EQ(is("script", "onload"), kScript);
  EXPECT_EQ(is("p", "content"), kText);
  EXPECT_EQ(is("meta", "content"), kRefresh);
  EXPECT_EQ(is("img", "alt"), kText);
  EXPECT_EQ(attribute_use_anywhere("content").context, kRefresh);
  EXPECT_EQ(attribute_use_anywhere("href").context, kUrl);
  EXPECT_EQ(worst_attribute_use("href").context, kCode);
  EXPECT_TRUE(worst_attribute_use("title").context == kText);
}

TEST(AttributeContext, NothingThatTheTableKnowsIsLessThanItsWorst) {
  for (const AttributeEntry& entry : attribute_table()) {
    if (entry.attribute == kAnyAttribute) continue;
    const std::string_view element = entry.element.empty() ? "p" : entry.element;
    EXPECT_GE(worst_attribute_use(entry.attribute).context, attribute_use(element, entry.attribute).context)
        << entry.attribute;
    EXPECT_EQ(harmless_on(element, entry.attribute, true),
              !attribute_use(element, entry.attribute).unsafe_to_set)
        << entry.attribute;
  }
}

TEST(SelectorSubjects, FollowChoicesAndKeepWhatIsExcluded) {
  const auto subjects = [](std::string_view text) {
    SelectorList list;
    EXPECT_FALSE(parse_selector(text, list).has_value()) << text;
    std::string out;
    for (const SelectorSubject& subject : selector_subjects(list)) {
      out += subject.type.empty() ? "*" : subject.type;
      for (const AttributeTest& test : subject.has) out += "+" + test.name;
      for (const std::string& name : subject.has_not) out += "-" + name;
      out += ' ';
    }
    return out;
  };
  EXPECT_EQ(subjects("div > A.x"), "a ");
  EXPECT_EQ(subjects("a, .x, *"), "a * * ");
  EXPECT_EQ(subjects(":is(a, :is(area, .x))"), "a area * ");
  EXPECT_EQ(subjects("[k]:is(a, b[l])"), "a+k b+k+l ");
  EXPECT_EQ(subjects("p:is(a)"), "p ");
  EXPECT_EQ(subjects(":root"), "html ");
  EXPECT_EQ(subjects("meta:not([http-equiv], .x)"), "meta-http-equiv ");
  EXPECT_EQ(subjects(":not(a)"), "* ");
}

Edit guarded(const AttributeEdit& attribute) {
  Edit edit;
  edit.attributes = {&attribute, 1};
  edit.guarded = true;
  return edit;
}

TEST(GuardedEdits, LeaveElementsAloneWhereTheAttributeLoadsOrRunsSomething) {
  const std::string page =
      "<base data-s href=/a/><p>x<a data-s href=/b>y</a><SCRIPT data-s src=/c></SCRIPT><svg><SET "
      "data-s/></svg>"
      "<IFRAME data-s></IFRAME><link data-s rel=stylesheet href=/d><img data-s><x-y data-s>z</x-y>";
  const AttributeEdit href{"href", "/new"};
  const auto with_href = rewrite_one(page, "[data-s]", guarded(href));
  EXPECT_EQ(with_href.html,
            "<base data-s href=/a/><p>x<a data-s href=\"/new\">y</a><SCRIPT data-s src=/c></SCRIPT><svg><SET "
            "data-s/></svg>"
            "<IFRAME data-s href=\"/new\"></IFRAME><link data-s rel=stylesheet href=/d><img data-s "
            "href=\"/new\"><x-y data-s "
            "href=\"/new\">z</x-y>");
  EXPECT_EQ(with_href.outcomes[0].applied, 4u);
  EXPECT_EQ(with_href.outcomes[0].skipped, 4u);
  EXPECT_EQ(with_href.outcomes[0].reason, Skip::kUnsafe);
  const AttributeEdit src{"src", "/new"};
  const auto with_src = rewrite_one(page, "[data-s]", guarded(src));
  EXPECT_NE(with_src.html.find("<IFRAME data-s></IFRAME>"), std::string::npos);
  EXPECT_NE(with_src.html.find("<SCRIPT data-s src=/c>"), std::string::npos);
  EXPECT_NE(with_src.html.find("<img data-s src=\"/new\">"), std::string::npos);
  const AttributeEdit type{"type", std::nullopt};
  EXPECT_EQ(rewrite_one("<script data-s type=text/template>x</script>", "[data-s]", guarded(type)).html,
            "<script data-s type=text/template>x</script>");
}

TEST(GuardedEdits, AreSkippedWholeAndAloneOfTheirElement) {
  const AttributeEdit href{"href", "/new"};
  Edit edit = guarded(href);
  edit.before = "<b>before</b>";
  EXPECT_EQ(rewrite_one("<p>x<base data-s>y", "[data-s]", edit).html, "<p>x<base data-s>y");
  const Slots slots({"[data-s]", "object"});
  const AttributeEdit data{"data", "/new"};
  Edit both[2] = {guarded(data), content("N")};
  both[1].slot = 1;
  const auto page = rewrite_every_way("<object data-s data=/a>old</object>!", options_for(slots, both));
  EXPECT_EQ(page.html, "<object data-s data=/a>N</object>!");
  both[0].content = "M";
  both[1].content.reset();
  both[1].add_classes = {};
  EXPECT_EQ(rewrite_every_way("<object data-s data=/a>old</object>!", options_for(slots, both)).html,
            "<object data-s data=/a>old</object>!");
}

}  // namespace
}  // namespace abm::rewrite
