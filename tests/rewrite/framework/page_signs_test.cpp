// Which framework made a page: told from each one's markers, in any pieces, with and without a memory.
#include "rewrite/framework/page_signs.h"

#include <gtest/gtest.h>

#include "../recall/serving.h"
#include "../rewrite_fixture.h"
#include "rewrite/recall/gap_finder.h"

namespace abm::rewrite {
namespace {

struct Sample {
  std::string_view page;
  std::string_view framework;
};

// The least that each renderer leaves behind.
constexpr Sample kSamples[] = {
    {"<p>plain</p>", ""},
    {"<div id=root><p>no marker</p></div>", ""},
    {"<div id=root><p>Hi <!-- -->Ada</p></div>", "react"},
    {"<div id=root><!--$--><p>a</p><!--/$--></div>", "react"},
    {"<p>a</p><script>$RC=function(a,b){}</script>", "react"},
    {"<p>a</p><script> window.__reactRouterContext = {}</script>", "react"},
    {"<div id=\"___gatsby\"><p>a</p></div>", "react"},
    {"<div id=__next><p>a</p></div><script id=\"__NEXT_DATA__\" type=\"application/json\">{}</script>",
     "next-pages"},
    {"<script src=\"/_next/static/a.js\"></script><div id=__next></div><script id='__NEXT_DATA__'>{}</script>",
     "next-pages"},
    {"<p>a</p><script>(self.__next_f=self.__next_f||[]).push([0])</script>", "next-app"},
    {"<script src=\"/x/_next/static/a.js\" async></script><p>a</p>", "next-app"},
    {"<div id=app><!--[--><p>a</p><!--]--></div>", "vue"},
    {"<div id=app><!--v-if--><p>a</p></div>", "vue"},
    {"<div id=__nuxt><!--[--><p>a</p><!--]--></div>", "nuxt"},
    {"<p>a</p><script type=application/json id=__NUXT_DATA__>[]</script>", "nuxt"},
    {"<p>a</p><script>window.__NUXT__={}</script>", "nuxt"},
    {"<div id=app><!--[--><!--[!--><p>a</p><!--]--><!--]--></div>", "svelte"},
    {"<div id=app><!--[--><!--[-1--><!--]--><!--]--></div>", "svelte"},
    {"<div id=app><!--[0--><!--]--></div>", "svelte"},
    {"<body data-sveltekit-preload-data=hover><div><!--[--><p>a</p><!--]--></div>", "sveltekit"},
    {"<p>a</p><script>\n\t{\n\t\t__sveltekit_1x2y = {base: ''};</script>", "sveltekit"},
    {"<app-root ng-version=20.3.0 ng-server-context=ssr><p>a</p></app-root>", "angular"},
    {"<app-root ngh=0><p>a</p></app-root>", "angular"},
    {"<body><!--nghm--><app-root><p>a</p></app-root>", "angular"},
    {"<p>a</p><script id=ng-state type=application/json>{}</script>", "angular"},
    {"<html q:container=paused><p>a</p>", "qwik"},
    {"<p>a</p><script type=qwik/json>{}</script>", "qwik"},
    {"<!--qv q:key=1--><p>a</p><!--/qv-->", "qwik"},
    {"<astro-island uid=a><p>Hi <!-- -->Ada</p></astro-island>", "astro"},
    {"<script type=module src=/_astro/page.js></script><p>a</p>", "astro"},
    // What is no marker, though it looks like one.
    {"<!-- root --><!--  --><!----><p>a</p>", ""},
    {"<p title=\"<!--$-->\">a</p><textarea><!--$--></textarea>", ""},
    {"<script>x = '<!--$-->'; // self.__next_f</script><p>a</p>", ""},
    {"<style>self.__next_f</style><p>self.__next_f</p>", ""},
    {"<!--[if IE]><p>a</p><![endif]-->", ""},
    {"<!--[1. section--><p>a</p>", ""},
    {"<p>a</p><!-- --><p>b</p>", ""},  // once, anybody may have written it
    {"<p>a<!-- -->b<!-- -->c</p>", "react"},
    {"<!--$--><p>a</p>", ""},
    {"<script src=\"https://widget.example/_next/static/a.js\"></script><p>a</p>", ""},
    {"<script src=//widget.example/_nuxt/a.js></script><p>a</p>", ""},
    {"<script type=text/template>window.__NUXT__ = {}</script><p>a</p>", ""},
    {"<script type=text/template>x</script><p>a</p><script>window.__NUXT__ = {}</script>", "nuxt"},
    {"<div title=' id=zz' id=__nuxt><p>a</p></div>", "nuxt"},
};

const Slots& slots() {
  static const Slots kSlots({"p", "h1"});
  return kSlots;
}

TEST(PageSigns, NameTheFramework) {
  for (const Sample& sample : kSamples) {
    const LocateResult located = locate(sample.page, options_for(slots(), {}));
    EXPECT_EQ(to_string(located.signs.framework()), sample.framework) << sample.page;
    EXPECT_EQ(located.signs.evidence().empty(), sample.framework.empty()) << sample.page;
    EXPECT_EQ(title_of(located.signs.framework()).empty(), sample.framework.empty());
  }
}

TEST(PageSigns, DoNotDependOnPieces) {
  Edit edit;
  edit.content = "x";
  const RewriterOptions options = options_for(slots(), {&edit, 1});
  for (const Sample& sample : kSamples) {
    const RewrittenPage whole = rewrite_page(sample.page, options);
    for (size_t step = 1; step < sample.page.size(); ++step) {
      const RewrittenPage pieces = rewrite_page(sample.page, options, step);
      EXPECT_EQ(pieces.signs, whole.signs) << sample.page << " in pieces of " << step;
      EXPECT_EQ(pieces.places[0].place(), whole.places[0].place()) << sample.page;
    }
  }
}

TEST(PageSigns, AreRemembered) {
  Edit edit;
  edit.content = "x";
  RewriterOptions options = options_for(slots(), {&edit, 1});
  size_t learned = 0;
  for (const Sample& sample : kSamples) {
    const RewrittenPage scanned = rewrite_page(sample.page, options);
    const std::optional<RememberedPage> remembered = learn(sample.page, options);
    if (!remembered) continue;
    ++learned;
    const RememberedPage* const pages[] = {&*remembered};
    options.remembered = pages;
    const RewrittenPage recalled = rewrite_page(sample.page, options);
    EXPECT_EQ(recalled.signs, scanned.signs) << sample.page;
    EXPECT_EQ(recalled.places[0].place(), scanned.places[0].place()) << sample.page;
    const std::string longer = std::string(sample.page) + "<div id=__nuxt><p>b</p></div>";  // parts from it
    options.remembered = {};
    const RewrittenPage longer_scanned = rewrite_page(longer, options);
    options.remembered = pages;
    const RewrittenPage parted = rewrite_page(longer, options, 7);
    EXPECT_EQ(parted.html, longer_scanned.html);
    EXPECT_EQ(parted.signs, longer_scanned.signs) << longer;
    EXPECT_EQ(parted.places[0].place(), longer_scanned.places[0].place()) << longer;
    options.remembered = {};
  }
  EXPECT_GT(learned, 30u);
}

/// Of the elements that `h1` finds, one letter each: "i" inside what is hydrated, "o" outside.
std::string hydrated(std::string_view page) {
  std::string text;
  const LocateResult located = locate(page, options_for(slots(), {}));
  for (const Located& found : located.elements) {
    if (found.slot == 1) text += located.signs.is_hydrated(found.place.within) ? 'i' : 'o';
  }
  return text;
}

TEST(PageSigns, TellWhatIsHydrated) {
  EXPECT_EQ(hydrated("<h1>a</h1><div id=root><h1>b<!-- --></h1></div><h1>c</h1>"), "oio");
  EXPECT_EQ(hydrated("<h1>a</h1><div id=shop><h1>b<!-- -->c<!-- --></h1></div>"), "ii");  // no root is known
  EXPECT_EQ(hydrated("<h1>a</h1><div id=__next><div><h1>b</h1></div></div><h1>c</h1><script id=__NEXT_DATA__>"
                     "</script>"),
            "oio");
  EXPECT_EQ(hydrated("<h1>a</h1><div id=root><h1>b</h1></div><script>self.__next_f.push([])</script>"), "ii");
  EXPECT_EQ(hydrated("<h1>a</h1><div id=__nuxt><h1>b</h1></div>"), "oi");
  EXPECT_EQ(hydrated("<h1>a</h1><app-root ngh=0><h1>b</h1></app-root><h1>c</h1>"), "oio");
  EXPECT_EQ(hydrated("<h1>a</h1><astro-island><h1>b</h1><astro-slot><h1>c</h1></astro-slot></astro-island>"),
            "oii");
  EXPECT_EQ(hydrated("<html q:container=paused><h1>a</h1>"), "i");
  EXPECT_EQ(hydrated("<h1>a</h1>"), "o");
  // Where an element lies is what the tree says, not the tags.
  EXPECT_EQ(hydrated("<div id=root><p><!-- -->a</div><h1>b</h1>"), "o");
  EXPECT_EQ(hydrated("<div id=root><b><p><!-- -->a</b></div><h1>b</h1>"), "o");
}

// What others look for on the page makes no difference: a scan looks for one visitor's slots, a memory for
// all.
TEST(PageSigns, DoNotDependOnWhichSlotsAreLookedFor) {
  const Slots all({"p", "section", "[id]", ".x", "div", "*:first-child"});
  constexpr std::string_view kPages[] = {
      "<section>a</section><section class=x id=root><p>b<!-- --></p></section><p>c</p>",
      "<div>a</div><div q:container class=x><p>b</p></div>",
      "<section>a</section><section id=__nuxt><p>b</p></section>",
      "<div title=' id=zz' id=root><p>a<!-- --></p></div>",
      "<p>a</p><span ng-version=20><p>b</p></span>",
      "<body><p>a</p><body data-sveltekit-preload-data=x><p>b</p>",
      "<section>a</section><section data-abm-holds><p>b</p></section><main id=app><!--[--><p>c</p></main>",
  };
  std::vector<PageSigns> signs;
  for (const std::string_view page : kPages) {
    std::string places;
    for (uint32_t slot = 0; slot <= 6; ++slot) {
      Edit edit;
      edit.slot = slot;
      edit.add_classes = {};
      const std::span<const Edit> edits =
          slot == 6 ? std::span<const Edit>() : std::span<const Edit>(&edit, 1);
      const LocateResult located = locate(page, options_for(all, edits));
      signs.push_back(located.signs);
      EXPECT_EQ(signs.back(), signs[signs.size() - 1 - slot]) << page << " " << slot;
    }
  }
}

// Whatever changes in its gaps, a page told from memory has the signs that a scan of it finds.
TEST(PageSigns, GapsHideNone) {
  constexpr std::pair<std::string_view, std::string_view> kVersions[] = {
      {"<p>a</p><!--aaa1--><p>b<!-- --></p>", "<p>a</p><!--bbb2--><p>b<!-- --></p>"},
      {"<p>a</p><script src=\"/a/1.js\"></script>", "<p>a</p><script src=\"/a/2.js\"></script>"},
      {"<p>a</p><script>x=1</script>", "<p>a</p><script>x=2</script>"},
      {"<div id=\"k1\"><p>a</p></div>", "<div id=\"k2\"><p>a</p></div>"},
      {"<div id=\"r1\"><p>a</p></div>", "<div id=\"r2\"><p>a</p></div>"},
      {"<!--$--><p>a</p><!--/$-->", "<!--v-if--><p>a</p><!--/$-->"},
  };
  constexpr std::string_view kOthers[] = {
      " ", "$", "v-if", "/_next/static/x.js", "window.__NUXT__=1", "__nuxt", "root", "zzz", "9"};
  Edit edit;
  edit.content = "x";
  RewriterOptions options = options_for(slots(), {&edit, 1});
  size_t recalled = 0;
  for (const auto& [one, two] : kVersions) {
    std::optional<RememberedPage> remembered = learn(one, options);
    ASSERT_TRUE(remembered.has_value());
    GapFinder finder(*remembered, two, scan_options(options));
    GapFinder::State state = GapFinder::State::kLooking;
    while (state == GapFinder::State::kLooking) state = finder.advance(1000);
    if (state != GapFinder::State::kFound) continue;
    remembered->gaps = finder.take();
    for (const PageGap& gap : remembered->gaps) {
      for (const std::string_view other : kOthers) {
        std::string page(one);
        page.replace(gap.begin, gap.end - gap.begin, other);
        options.remembered = {};
        const RewrittenPage scanned = rewrite_page(page, options);
        const RememberedPage* const pages[] = {&*remembered};
        options.remembered = pages;
        const RewrittenPage told = rewrite_page(page, options);
        EXPECT_EQ(told.html, scanned.html) << page;
        EXPECT_EQ(told.signs.framework(), scanned.signs.framework()) << page;
        ++recalled;
      }
    }
  }
  EXPECT_GT(recalled, 0u);
}

TEST(PageSigns, LongTagsAreReadToo) {
  const std::string page =
      "<div title=\"" + std::string(20'000, 'x') + "\" id=__nuxt><h1 data-abm-holds>a</h1></div>";
  const LocateResult located = locate(page, options_for(slots(), {}));
  EXPECT_EQ(located.signs.framework(), Framework::kNuxt);
  ASSERT_EQ(located.elements.size(), 1u);
  EXPECT_EQ(located.elements[0].place, (ElementPlace{kInNuxtRoot | kInHeld, true}));
}

}  // namespace
}  // namespace abm::rewrite
