// What becomes of an edit, by framework, place and kind of edit: the table of conf/frameworks, as far as a
// page's bytes tell.
#include "rewrite/framework/fate.h"

#include <gtest/gtest.h>

#include "../rewrite_fixture.h"

namespace abm::rewrite {
namespace {

const Slots& headings() {
  static const Slots kSlots({"h1"});
  return kSlots;
}

constexpr std::string_view kReactPage = "<div id=root><h1>a<!-- --></h1></div>";
constexpr std::string_view kVuePage = "<div id=app><!--[--><h1>a</h1><!--]--></div>";
constexpr std::string_view kSveltePage = "<div id=app><!--[--><!--[!--><!--]--><h1>a</h1><!--]--></div>";
constexpr std::string_view kSvelteKitPage = "<body data-sveltekit-preload-data=hover><h1>a</h1>";
constexpr std::string_view kAngularPage = "<app-root ng-version=20><h1>a</h1></app-root>";

constexpr EditShape kText{.content = true};
constexpr EditShape kHtml{.content = true, .markup = true};
constexpr EditShape kInnerNodes{.inner_nodes = true};
constexpr EditShape kSiblings{.siblings = true};
constexpr EditShape kRemove{.remove = true};
constexpr EditShape kAttributes{.attributes = true};
constexpr EditShape kHide{.hide = true};

/// Of the page's first h1.
Judgement judge_on(std::string_view page, EditShape shape, bool beside_risk = false) {
  const LocateResult located = locate(page, options_for(headings(), {}));
  EXPECT_FALSE(located.elements.empty());
  const ElementPlace place = located.elements[0].place;
  return beside_risk ? judge_beside_risk(located.signs, place, shape) : judge(located.signs, place, shape);
}
std::string_view fate(std::string_view page, EditShape shape, bool beside_risk = false) {
  return to_string(judge_on(page, shape, beside_risk).fate);
}

TEST(Fate, IsThatOfTheFramework) {
  struct Row {
    std::string_view page, text, html, inner_nodes, siblings, remove, attributes;
  };
  constexpr Row kRows[] = {
      {"<h1>a</h1>", "stays", "stays", "stays", "stays", "stays", "stays"},
      {kReactPage, "reverted", "reverted", "reverted", "reverted", "reverted", "stays"},
      {kVuePage, "unknown", "unknown", "unknown", "breaks-page", "breaks-page", "unknown"},
      {kSveltePage, "unknown", "unknown", "unknown", "reverted", "reverted", "unknown"},
      {kSvelteKitPage, "unknown", "unknown", "unknown", "breaks-page", "breaks-page", "unknown"},
      {kAngularPage, "unknown", "breaks-page", "unknown", "breaks-page", "breaks-page", "unknown"},
      {"<html q:container=paused><h1>a</h1>", "unknown", "unknown", "stays", "stays", "unknown", "stays"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(fate(row.page, kText), row.text) << row.page;
    EXPECT_EQ(fate(row.page, kHtml), row.html) << row.page;
    EXPECT_EQ(fate(row.page, kInnerNodes), row.inner_nodes) << row.page;
    EXPECT_EQ(fate(row.page, kSiblings), row.siblings) << row.page;
    EXPECT_EQ(fate(row.page, kRemove), row.remove) << row.page;
    EXPECT_EQ(fate(row.page, kAttributes), row.attributes) << row.page;
    EXPECT_EQ(fate(row.page, kHide), "stays") << row.page;
  }
}

TEST(Fate, DependsOnThePlaceFirst) {
  constexpr std::pair<std::string_view, std::string_view> kPages[] = {
      {"<astro-island></astro-island><h1>a</h1>", "outside"},
      {"<astro-island><h1>a</h1></astro-island>", "unknown"},
      {"<astro-island><astro-slot><h1>a</h1></astro-slot></astro-island>", "stays"},
      {"<h1>a</h1><div id=root><p>b<!-- --></p></div>", "outside"},
      {"<div id=__nuxt><div data-island-uid=x><h1>a</h1></div></div>", "stays"},
      {"<div id=root><p>b<!-- --></p><section data-abm-holds><p><h1>a</h1></section></div>", "stays"},
  };
  for (const auto& [page, wanted] : kPages) {
    for (const EditShape shape : {kText, kHtml, kInnerNodes, kSiblings, kRemove, kAttributes})
      EXPECT_EQ(fate(page, shape), wanted) << page;
  }
}

TEST(Fate, HasAReasonAndARemedyWhereThereIsARisk) {
  for (const std::string_view page : {kReactPage, kVuePage, kSveltePage, kSvelteKitPage, kAngularPage}) {
    for (const EditShape shape : {kText, kHtml, kInnerNodes, kSiblings, kRemove, kAttributes}) {
      const Judgement judgement = judge_on(page, shape);
      EXPECT_FALSE(judgement.why.empty());
      EXPECT_EQ(judgement.remedy.empty(), judgement.fate == Fate::kStays) << page;
    }
  }
}

TEST(Fate, AnElementWhoseDeveloperSaysSoHoldsWhatIsInside) {
  for (std::string page : {std::string(kReactPage), std::string(kVuePage), std::string(kAngularPage)}) {
    page.replace(page.find("<h1>"), 4, "<h1 data-abm-holds>");
    for (const EditShape shape : {kText, kHtml, kInnerNodes, kAttributes, kHide})
      EXPECT_EQ(fate(page, shape), "stays") << page;
    for (const EditShape shape : {kSiblings, kRemove}) EXPECT_NE(fate(page, shape), "stays") << page;
    EXPECT_EQ(fate(page, kSiblings) == "unknown", page.starts_with("<app-root")) << page;
    EXPECT_NE(fate(page, {.content = true, .remove = true}), "stays") << page;
  }
}

TEST(Fate, ARiskTakesAllThatReactHydratesAlong) {
  EXPECT_EQ(fate(kReactPage, kAttributes, true), "reverted");
  EXPECT_EQ(fate("<h1>a</h1><div id=root><p>b<!-- --></p></div>", kText, true), "outside");
  EXPECT_EQ(fate("<astro-island><h1>a</h1></astro-island>", kText, true), "unknown");
  EXPECT_EQ(fate("<h1>a</h1>", kText, true), "stays");
  EXPECT_EQ(fate(kVuePage, kSiblings, true), "breaks-page");
  EXPECT_EQ(fate(kVuePage, kAttributes, true), "unknown");
}

TEST(Fate, OfAnEditFollowsFromWhatItDoes) {
  const auto text = [](const Edit& edit) {
    const EditShape shape = shape_of(edit);
    std::string found;
    for (const auto& [is, name] : {std::pair{shape.content, "content"},
                                   {shape.markup, "markup"},
                                   {shape.inner_nodes, "inner"},
                                   {shape.siblings, "siblings"},
                                   {shape.remove, "remove"},
                                   {shape.attributes, "attributes"},
                                   {shape.hide, "hide"}})
      if (is) found += std::string(name) + " ";
    return found;
  };
  constexpr std::string_view kClass[] = {"a"};
  const auto with = [](auto set) {
    Edit edit;
    set(edit);
    return edit;
  };
  EXPECT_EQ(text(with([](Edit& e) { e.content = "a &lt; b"; })), "content ");
  EXPECT_EQ(text(with([](Edit& e) { e.content = "<p>a"; })), "content markup ");
  EXPECT_EQ(text(with([](Edit& e) { e.append = "a"; })), "inner ");
  EXPECT_EQ(text(with([](Edit& e) { e.before = "a", e.prepend = "b"; })), "inner siblings ");
  EXPECT_EQ(text(with([](Edit& e) { e.after = "a"; })), "siblings ");
  EXPECT_EQ(text(with([](Edit& e) { e.remove = true; })), "remove ");
  EXPECT_EQ(text(with([&](Edit& e) { e.add_classes = kClass; })), "attributes ");
  EXPECT_EQ(text(with([&](Edit& e) { e.remove_classes = kClass, e.hide = true; })), "attributes hide ");
}

TEST(Fate, OfASlotIsThatOfItsElementAtMostRisk) {
  SlotPlace place;
  place.add({kInNuxtRoot | kInNuxtIsland, true});
  EXPECT_EQ(place.place(), (ElementPlace{kInNuxtRoot | kInNuxtIsland, true}));
  place.add({0, true});
  EXPECT_EQ(place.place(), (ElementPlace{kInNuxtRoot, true}));
  place.add({kInNuxtRoot, false});
  EXPECT_EQ(place.place(), (ElementPlace{kInNuxtRoot, false}));
}

}  // namespace
}  // namespace abm::rewrite
