// Properties over many pages: any division into chunks gives the same bytes, a page without matches stays the
// same, and nothing changes but what is edited.
#include <random>

#include "nasty_pages.h"
#include "random_edits.h"
#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

void check_random_rules(unsigned seed, int pages) {
  std::mt19937 random(seed);
  size_t applied = 0;
  for (int i = 0; i < pages && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    std::vector<std::string> selectors;
    std::vector<Edit> edits;
    for (uint32_t slot = 0, n = 1 + random() % 4; slot < n; ++slot) {
      selectors.push_back(kSelectors[random() % std::size(kSelectors)]);
      Edit edit = random_edit(random);
      edit.slot = slot;
      edits.push_back(edit);
    }
    const Slots slots(selectors);
    RewriterOptions options = options_for(slots, edits);
    if (random() % 4 == 0) options.max_hold = 20 + random() % 100;
    if (random() % 8 == 0) options.max_tag = 10 + random() % 30;
    if (random() % 8 == 0) options.max_depth = 3 + random() % 8;
    std::string what;
    for (size_t k = 0; k < selectors.size(); ++k) what += selectors[k] + " | ";
    SCOPED_TRACE("seed " + std::to_string(seed) + " page " + std::to_string(i) + ": " + what + "\n" + page);
    const RewrittenPage result = rewrite_every_way(page, options);
    for (const Outcome& o : result.outcomes) applied += o.applied;
  }
  EXPECT_GT(applied, static_cast<size_t>(pages) / 4);
}

std::string describe_slot(const LocateResult& result, uint32_t slot) {
  std::string text = result.complete ? "complete" : "gave up at " + std::to_string(result.gave_up_at);
  for (const auto& [of, span, place] : result.elements) {
    if (of != slot) continue;
    text += "\n" + std::to_string(span.begin) + " " + std::to_string(span.content_begin) + " " +
            std::to_string(span.content_end) + " " + std::to_string(span.end) +
            (span.is_void ? " void" : "") + (span.closed ? "" : " open") +
            (span.ambiguous ? " ambiguous" : "") + (span.endable ? "" : " not endable");
    const auto number = [](Tag tag) { return std::to_string(static_cast<int>(tag)); };
    text += " tag " + number(span.tag);
    if (span.ended_inside) text += " over " + number(span.ended_inside.end_tag());
    if (span.ended_before) text += " after " + number(span.ended_before.end_tag());
  }
  for (const Uncertain& u : result.uncertain) {
    if (u.slot == slot) text += "\nuncertain at " + std::to_string(u.offset);
  }
  return text;
}

// Most tags interest no selector and take the short ways through tree construction; "*" sends every tag the
// long way. Both must find the same elements.
TEST(Locate, FindsASlotWhateverOtherSlotsLookFor) {
  std::mt19937 random(11);
  size_t found = 0;
  for (int i = 0; i < 6000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    const std::string selector = kSelectors[random() % std::size(kSelectors)];
    const Slots alone({selector}), beside_all({selector, "*"}),
        beside_type_counts({selector, "x-foo:nth-of-type(7)"});
    const LocateResult own = locate(page, options_for(alone, {}));
    SCOPED_TRACE("page " + std::to_string(i) + ": " + selector + "\n" + page);
    EXPECT_EQ(describe_slot(own, 0), describe_slot(locate(page, options_for(beside_all, {})), 0));
    EXPECT_EQ(describe_slot(own, 0), describe_slot(locate(page, options_for(beside_type_counts, {})), 0));
    found += own.elements.size();
  }
  EXPECT_GT(found, 2000u);
}

// Types are counted for 64 names under one parent, and for 1,024 in all. A page with more puts the slots in
// doubt that ask for such an index, and no others.
TEST(Locate, FindsASlotWhateverOtherSlotsCountOnAPageOfTooManyTypes) {
  std::string wide = "<body><div id=x>", deep = "<body>",
              after = "</div><p>1</p><p>2</p><div class=y><a>b</a></div>";
  for (int i = 0; i < 70; ++i) wide += "<t-" + std::to_string(i) + ">x</t-" + std::to_string(i) + "><a>c</a>";
  for (int i = 0; i < 40; ++i) {
    for (int k = 0; k < 40; ++k) deep += "<t-" + std::to_string(k) + "></t-" + std::to_string(k) + ">";
    deep += "<div>";
  }
  for (const std::string& page : {wide + after, deep + after}) {
    for (const char* selector : {"p:nth-of-type(2)", "p:first-of-type", "div > a", "a", "p + p",
                                 ":not(p:nth-of-type(2)) > a", ".y:nth-of-type(n+1) a", "p:nth-child(2)"}) {
      SCOPED_TRACE(selector);
      const Slots alone({selector}), beside({selector, "x-foo:nth-of-type(7)", "*"});
      const LocateResult own = locate(page, options_for(alone, {}));
      EXPECT_EQ(describe_slot(own, 0), describe_slot(locate(page, options_for(beside, {})), 0));
      const bool counts = std::string_view(selector).find("of-type") != std::string_view::npos;
      EXPECT_EQ(own.uncertain.empty(), !counts);
      for (const Uncertain& uncertain : own.uncertain) EXPECT_EQ(uncertain.reason, Skip::kAmbiguous);
    }
  }
}

TEST(Chunking, GivesTheSameBytesAndOutcomesForRandomRulesOnNastyPages) {
  const char* const seed = std::getenv("ABM_TEST_SEED");
  check_random_rules(seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 7u, 3000);
}

}  // namespace
}  // namespace abm::rewrite
