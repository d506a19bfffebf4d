// Attribute edits: only what is named changes, and its neighbours stay as they were.
#include "rewrite/splice/tag_editor.h"

#include "tests/rewrite/rewrite_fixture.h"

namespace abm::rewrite {
namespace {

std::string edit_attributes(std::string_view html, std::vector<AttributeEdit> attributes) {
  Edit edit;
  edit.attributes = attributes;
  return rewrite_one(html, "a, br", edit).html;
}

TEST(TagEditor, SetsTheFirstOfAnAttribute) {
  EXPECT_EQ(edit_attributes("<a href=/x id=y>", {{"href", "/new"}}), "<a href=\"/new\" id=y>");
  EXPECT_EQ(edit_attributes("<a HREF = '/x'id=y>", {{"href", "/new"}}), "<a HREF=\"/new\"id=y>");
  EXPECT_EQ(edit_attributes("<a href=1 href=2>", {{"href", "/new"}}), "<a href=\"/new\" href=2>");
  EXPECT_EQ(edit_attributes("<a href>", {{"href", "/new"}}), "<a href=\"/new\">");
  EXPECT_EQ(edit_attributes("<a href= >", {{"href", "/new"}}), "<a href=\"/new\">");
}

TEST(TagEditor, AppendsWhatIsNotThereBehindTheLast) {
  EXPECT_EQ(edit_attributes("<a>", {{"href", "/new"}}), "<a href=\"/new\">");
  EXPECT_EQ(edit_attributes("<br/>", {{"id", "n"}}), "<br id=\"n\"/>");
  EXPECT_EQ(edit_attributes("<a x=1/>", {{"id", "n"}}), "<a x=1/ id=\"n\">");
  EXPECT_EQ(edit_attributes("<a x= >", {{"id", "n"}}), "<a x= \"\" id=\"n\">");
  EXPECT_EQ(edit_attributes("<a\tx\n>", {{"id", "n"}}), "<a\tx id=\"n\"\n>");
}

TEST(TagEditor, RemovesAllOfAnAttribute) {
  EXPECT_EQ(edit_attributes("<a x=1 href=2 href=3 y>", {{"href", std::nullopt}}), "<a x=1 y>");
  EXPECT_EQ(edit_attributes("<a href>", {{"href", std::nullopt}}), "<a>");
  EXPECT_EQ(edit_attributes("<a x=1 href=2>", {{"href", std::nullopt}}), "<a x=1>");
  EXPECT_EQ(edit_attributes("<br x=1 href=\"2\"/>", {{"href", std::nullopt}}), "<br x=1 />");
  EXPECT_EQ(edit_attributes("<a x href=2 =z>", {{"href", std::nullopt}}), "<a x / =z>");
  EXPECT_EQ(edit_attributes("<a x='1'href='2'y='3'>", {{"href", std::nullopt}}), "<a x='1'y='3'>");
}

TEST(TagEditor, SetsRemovesAndAppendsTogether) {
  EXPECT_EQ(edit_attributes("<a id=1 href=2 title=3>", {{"href", std::nullopt}, {"id", "n"}, {"rel", "r"}}),
            "<a id=\"n\" title=3 rel=\"r\">");
}

TEST(TagEditor, ChangesClassesTokenByToken) {
  const std::string_view add[] = {"new", "b"}, remove[] = {"a"};
  Edit edit;
  edit.add_classes = add;
  edit.remove_classes = remove;
  const auto changed = [&](std::string_view html) { return rewrite_one(html, "p", edit).html; };
  EXPECT_EQ(changed("<p>"), "<p class=\"new b\">");
  EXPECT_EQ(changed("<p class=a>"), "<p class=\"new b\">");
  EXPECT_EQ(changed("<p class='a  b\tc' id=x>"), "<p class='b\tc new' id=x>");
  EXPECT_EQ(changed("<p class=\"x a y\">"), "<p class=\"x y new b\">");
  EXPECT_EQ(changed("<p CLASS=\"&#97; z\" class=a>"), "<p CLASS=\"z new b\" class=a>");
  EXPECT_EQ(changed("<p class>"), "<p class=\"new b\">");
}

TEST(TagEditor, HidesAnElement) {
  Edit edit;
  edit.hide = true;
  EXPECT_EQ(rewrite_one("<p id=x>", "p", edit).html, "<p id=x hidden=\"\">");
  EXPECT_EQ(rewrite_one("<p hidden=until-found>", "p", edit).html, "<p hidden=\"\">");
  EXPECT_EQ(rewrite_one("<p hidden>", "p", edit).html, "<p hidden=\"\">");
}

TEST(TagEditor, LetsTheFirstSlotSetAnAttribute) {
  const Slots slots({"p", "#x"});
  const AttributeEdit first[] = {{"title", "1"}}, second[] = {{"title", "2"}, {"lang", "en"}};
  Edit edits[2];
  edits[0].attributes = first;
  edits[1].attributes = second;
  edits[1].slot = 1;
  EXPECT_EQ(rewrite_every_way("<p id=x>", options_for(slots, edits)).html,
            "<p id=x title=\"1\" lang=\"en\">");
}

}  // namespace
}  // namespace abm::rewrite
