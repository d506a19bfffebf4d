// The head element, which is a slot of every set: found where it has a start tag that counts, whatever else
// is looked for.
#include "rewrite_fixture.h"

namespace abm::rewrite {
namespace {

std::string with_head(std::string_view page, const Slots& slots, std::vector<Edit> edits,
                      Outcome* outcome = nullptr) {
  Edit& head = edits.emplace_back();
  head.slot = slots.set().head_slot();
  head.prepend = "{H}";
  const RewriterOptions options = options_for(slots, edits);
  const RewrittenPage whole = rewrite_page(page, options);
  for (size_t chunk = 1; chunk < page.size(); ++chunk) {
    const RewrittenPage cut = rewrite_page(page, options, chunk);
    EXPECT_EQ(cut.html, whole.html) << "in chunks of " << chunk;
    EXPECT_EQ(cut.outcomes.back().applied, whole.outcomes.back().applied) << "in chunks of " << chunk;
  }
  EXPECT_EQ(splice(page, locate(page, options), options).html, whole.html);
  if (outcome != nullptr) *outcome = whole.outcomes.back();
  return whole.html;
}

TEST(HeadSlot, StandsBehindTheStartTag) {
  for (const Slots& slots :
       {Slots({"h1", "head", "head > title", "title + script:nth-of-type(1)"}), Slots({}), Slots({"h1"})}) {
    EXPECT_EQ(with_head("<!doctype html><html><head><title>x</title></head><h1>y", slots, {}),
              "<!doctype html><html><head>{H}<title>x</title></head><h1>y");
    EXPECT_EQ(with_head("<HEAD\tlang='>'>\n<title>x", slots, {}), "<HEAD\tlang='>'>{H}\n<title>x");
    EXPECT_EQ(with_head("<html lang=en><!-- <head> --><head/>x", slots, {}),
              "<html lang=en><!-- <head> --><head/>{H}x");
  }
}

TEST(HeadSlot, IsMissingWhereNoTagOpensTheHead) {
  const Slots slots({"h1"});
  for (const std::string_view page :
       {"<!doctype html><title>x</title><h1>y</h1>", "<body><head>x", "<!-- <head> --><p>",
        "<script>'<head>'</script>x", "<svg><head>x</svg>", "<template><head></template>", "<p><head>x"}) {
    Outcome outcome;
    EXPECT_EQ(with_head(page, slots, {}, &outcome), page);
    EXPECT_TRUE(outcome.missing()) << page;
  }
}

TEST(HeadSlot, IsFoundOnceThoughMoreTagsFollow) {
  const Slots slots({"h1"});
  EXPECT_EQ(with_head("<head><head></head><head>x", slots, {}), "<head>{H}<head></head><head>x");
}

TEST(HeadSlot, StandsBehindWhatOtherSlotsPutThere) {
  const Slots slots({"head", "h1"});
  std::vector<Edit> edits(2);
  edits[0].prepend = "{P}", edits[0].append = "{A}";
  edits[1].slot = 1, edits[1].content = "{C}";
  EXPECT_EQ(with_head("<head><title>a</title></head><h1>b</h1>", slots, edits),
            "<head>{P}{H}<title>a</title>{A}</head><h1>{C}</h1>");
  edits[0] = {};
  edits[0].content = "{C}";
  EXPECT_EQ(with_head("<head><title>a</title></head><h1>b</h1>", slots, edits),
            "<head>{H}{C}</head><h1>{C}</h1>");
}

TEST(HeadSlot, DoesNotNeedItsTagWhole) {
  const Slots slots({"h1"});
  std::vector<Edit> edits(1);
  edits[0].slot = slots.set().head_slot(), edits[0].prepend = "{H}";
  RewriterOptions options = options_for(slots, edits);
  options.max_tag = 64;
  const std::string page = "<head data-x='" + std::string(200, 'x') + "'><title>";
  EXPECT_EQ(rewrite_page(page, options, 7).html, page.substr(0, page.size() - 7) + "{H}<title>");
}

TEST(HeadSlot, IsNoneOfTheSlotsThatAreLocatedWithoutEdits) {
  const Slots slots({"title"});
  const LocateResult found = locate("<head><title>x</title>", options_for(slots, {}));
  ASSERT_EQ(found.elements.size(), 1u);
  EXPECT_EQ(found.elements[0].slot, 0u);
}

}  // namespace
}  // namespace abm::rewrite
