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

constexpr EditShape kContent{.content = true};
constexpr EditShape kInnerNodes{.inner_nodes = true};
constexpr EditShape kNodes{.nodes = true};
constexpr EditShape kAttributes{.attributes = true};

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
    std::string_view page, content, inner_nodes, nodes, attributes;
  };
  constexpr Row kRows[] = {
      {"<h1>a</h1>", "stays", "stays", "stays", "stays"},
      {kReactPage, "reverted", "reverted", "reverted", "stays"},
      {kVuePage, "unknown", "breaks-page", "breaks-page", "unknown"},
      {kSveltePage, "unknown", "reverted", "reverted", "unknown"},
      {kSvelteKitPage, "unknown", "breaks-page", "breaks-page", "unknown"},
      {kAngularPage, "unknown", "unknown", "breaks-page", "unknown"},
      {"<html q:container=paused><h1>a</h1>", "stays", "stays", "stays", "stays"},
      {"<astro-island></astro-island><h1>a</h1>", "outside", "outside", "outside", "outside"},
      {"<astro-island><h1>a</h1></astro-island>", "unknown", "unknown", "unknown", "unknown"},
      {"<astro-island><astro-slot><h1>a</h1></astro-slot></astro-island>", "stays", "stays", "stays",
       "stays"},
      {"<h1>a</h1><div id=root><p>b<!-- --></p></div>", "outside", "outside", "outside", "outside"},
      {"<div id=__nuxt><div data-island-uid=x><h1>a</h1></div></div>", "stays", "stays", "stays", "stays"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(fate(row.page, kContent), row.content) << row.page;
    EXPECT_EQ(fate(row.page, kInnerNodes), row.inner_nodes) << row.page;
    EXPECT_EQ(fate(row.page, kNodes), row.nodes) << row.page;
    EXPECT_EQ(fate(row.page, kAttributes), row.attributes) << row.page;
  }
}

TEST(Fate, HasAReasonAndARemedyWhereThereIsARisk) {
  for (const std::string_view page : {kReactPage, kVuePage, kSveltePage, kSvelteKitPage, kAngularPage}) {
    for (const EditShape shape : {kContent, kInnerNodes, kNodes, kAttributes}) {
      const Judgement judgement = judge_on(page, shape);
      EXPECT_FALSE(judgement.why.empty());
      EXPECT_EQ(judgement.remedy.empty(), judgement.fate == Fate::kStays) << page;
    }
  }
}

TEST(Fate, AnElementWhoseDeveloperSaysSoHoldsItsInnerHtml) {
  for (std::string page : {std::string(kReactPage), std::string(kVuePage), std::string(kAngularPage)}) {
    page.replace(page.find("<h1>"), 4, "<h1 data-abm-holds>");
    EXPECT_EQ(fate(page, kContent), "stays") << page;
    EXPECT_EQ(fate(page, kInnerNodes), "stays") << page;
    EXPECT_NE(fate(page, kNodes), "stays") << page;
  }
}

TEST(Fate, ARiskTakesTheWholeHydratedPartAlong) {
  EXPECT_EQ(fate(kReactPage, kAttributes, true), "reverted");
  EXPECT_EQ(fate("<h1>a</h1><div id=root><p>b<!-- --></p></div>", kContent, true), "outside");
  EXPECT_EQ(fate("<astro-island><h1>a</h1></astro-island>", kContent, true), "unknown");
  EXPECT_EQ(fate("<h1>a</h1>", kContent, true), "stays");
  EXPECT_EQ(fate(kVuePage, kNodes, true), "breaks-page");
}

TEST(Fate, OfAnEditFollowsFromWhatItDoes) {
  Edit edit;
  edit.content = "x";
  EXPECT_TRUE(shape_of(edit).content);
  edit = {};
  edit.append = "x";
  EXPECT_TRUE(shape_of(edit).inner_nodes && !shape_of(edit).content && !shape_of(edit).nodes);
  edit = {};
  edit.remove = true;
  EXPECT_TRUE(shape_of(edit).nodes);
  edit = {};
  edit.hide = true;
  EXPECT_TRUE(shape_of(edit).attributes && !shape_of(edit).nodes);
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
