// Gaps are where a page may change without a change in what the scan tells: whatever stands there, what
// leaves at each write is what leaves without the memory.
#include "rewrite/recall/gap_finder.h"

#include "variations.h"

namespace abm::rewrite {
namespace {

TEST(GapFinder, NothingThatStandsInAGapChangesWhatIsTold) {
  std::mt19937 random(seed_of_test());
  size_t with_gaps = 0, gaps = 0, whole = 0, part = 0;
  for (int i = 0; i < 6000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    const Scene scene(random);
    SCOPED_TRACE("page " + std::to_string(i) + ": " + ::testing::PrintToString(scene.selectors));
    std::optional<RememberedPage> remembered = learn(page, scene.options);
    if (!remembered || scene.edits.empty()) continue;
    for (int k = 0; k < 24; ++k) {
      std::string other = filled(*remembered, [&] { return std::to_string(random() % 1000); });
      if (other.empty()) break;
      const size_t at = random() % other.size();
      other.replace(at, 1 + random() % 3, std::to_string(random() % 100));
      const size_t before = remembered->gaps.size();
      if (!find_gaps(*remembered, other, scene.options, 1 + random() % 200)) continue;
      EXPECT_GE(remembered->gaps.size() + 1, before);
      EXPECT_EQ(check(other, scene.options, *remembered, random_cuts(random, other.size())), Recall::kWhole);
    }
    with_gaps += !remembered->gaps.empty();
    gaps += remembered->gaps.size();
    for (int k = 0; k < 6 && !remembered->gaps.empty(); ++k) {
      const std::string other = filled(*remembered, [&] { return random_filling(random); });
      for (const auto& cuts : {cuts_every(1, other.size()), cuts_every(other.size() + 1, other.size()),
                               random_cuts(random, other.size())}) {
        const Recall recall = check(other, scene.options, *remembered, cuts);
        whole += recall == Recall::kWhole;
        part += recall == Recall::kPart;
      }
      const std::string cut_off = other.substr(0, random() % (other.size() + 1));
      check(cut_off, scene.options, *remembered, random_cuts(random, cut_off.size()), false);
    }
  }
  EXPECT_GT(with_gaps, 500u);
  EXPECT_GT(gaps, 800u);
  EXPECT_GT(whole, 5000u);
  EXPECT_GT(part, 3000u);
}

/// How the gaps between two views read, "" where they differ elsewhere, too.
std::string gaps_between(std::string_view page, std::string_view other, const RewriterOptions& options) {
  std::optional<RememberedPage> remembered = learn(page, options);
  if (!remembered || !find_gaps(*remembered, other, options)) return "";
  std::string text;
  for (const PageGap& gap : remembered->gaps)
    text += "[" + std::string(page.substr(gap.begin, gap.end - gap.begin)) + "]";
  return text;
}

TEST(GapFinder, FindsTokensTimesAndIds) {
  const Slots slots({".hero", "[data-slot]", "h1"});
  const RewriterOptions options = options_for(slots, {});
  const auto gaps = [&](std::string_view page, std::string_view other) {
    return gaps_between(page, other, options);
  };
  EXPECT_EQ(gaps("<body><input name=t value=\"a1\"><p>x", "<body><input name=t value=\"b22\"><p>x"), "[a1]");
  EXPECT_EQ(gaps("<body><input value=''><p>x", "<body><input value='b22'><p>x"), "[]");
  EXPECT_EQ(gaps("<body><p>at 09:41:07</p>", "<body><p>at 09:42:00</p>"), "[09:41:07]");
  EXPECT_EQ(gaps("<body>x<p>9:41 UTC</p>", "<body>x<p>10:02 UTC</p>"), "[9:41 UTC]");
  EXPECT_EQ(
      gaps("<script nonce=\"x1\">var id=12; a>b</script>", "<script nonce=\"y\">var id=13; a>b</script>"),
      "[x1][id=12; a]");
  EXPECT_EQ(gaps("<body>x<table>12<tr></table>", "<body>x<table>13<tr></table>"),
            "[2]");  // the first one leaves the table
  EXPECT_EQ(gaps("<!-- took 12 ms --><body>", "<!-- took 9 ms --><body>"), "[12 ms ]");
  EXPECT_EQ(gaps("<!-- 2026-11-29 --><body>", "<!-- 2026-12-01 --><body>"), "[11][29 ]");
}

TEST(GapFinder, LeavesWhatDecidesSomethingAlone) {
  const Slots slots({".hero", "[data-slot]", "h1"});
  RewriterOptions options = options_for(slots, {});
  const auto gaps = [&](std::string_view page, std::string_view other) {
    return gaps_between(page, other, options);
  };
  EXPECT_EQ(gaps("<body><p class=\"a\">", "<body><p class=\"b\">"), "");          // a selector asks
  EXPECT_EQ(gaps("<body><p data-Slot=\"a\">", "<body><p data-Slot=\"b\">"), "");  // the same
  EXPECT_EQ(gaps("<body><input type=\"a\">", "<body><input type=\"b\">"), "");    // hidden ones differ
  EXPECT_EQ(gaps("<template shadowrootmode=\"x\">", "<template shadowrootmode=\"y\">"), "");
  EXPECT_EQ(gaps("<body><a href=\"1\">", "<body><a href=\"2\">"), "");      // Noah's Ark
  EXPECT_EQ(gaps("<body><h1 title=\"1\">", "<body><h1 title=\"2\">"), "");  // may be edited
  EXPECT_EQ(gaps("<body><p title=a1>", "<body><p title=b2>"), "");          // not quoted
  EXPECT_EQ(gaps("<body><p a1=\"\">", "<body><p b2=\"\">"), "");            // a name
  EXPECT_EQ(gaps("<body>x</body a='1'>", "<body>x</body a='2'>"), "");      // no start tag
  EXPECT_EQ(gaps("1<body>", "2<body>"), "");                                // opens the body
  EXPECT_EQ(gaps("<!doctype a1><body>", "<!doctype b2><body>"), "");
  EXPECT_EQ(gaps("<!--1--><body>", "<!----><body>"), "");
  EXPECT_EQ(gaps("<body><p>1 <p>2", "<body><p>1 <div>2"), "");
  EXPECT_EQ(gaps("<body><p>1", "<body><p>2"), "");  // nothing ends it
  EXPECT_EQ(gaps("<meta content=\"1\"><body>", "<meta content=\"2\"><body>"), "[1]");
  options.charset = Charset::kUnlabelled;
  EXPECT_EQ(gaps("<meta content=\"1\"><body>", "<meta content=\"2\"><body>"), "");
}

TEST(GapFinder, GivesUpBeyondSomeGaps) {
  const Slots slots({"h1"});
  const RewriterOptions options = options_for(slots, {});
  const auto page = [](char c, size_t count) {
    std::string text = "<body>x";
    for (size_t i = 0; i < count; ++i) text += std::string("<p>at ") + c + "</p>";
    return text;
  };
  EXPECT_NE(gaps_between(page('1', kMostGaps), page('2', kMostGaps), options), "");
  EXPECT_EQ(gaps_between(page('1', kMostGaps + 1), page('2', kMostGaps + 1), options), "");
}

TEST(GapFinder, AGapThatGrowsTooLongIsScanned) {
  const Slots slots({"h1"});
  const std::vector<Edit> edits = {content("{C}")};
  RewriterOptions options = options_for(slots, edits);
  options.max_tag = 1000;
  const std::string page = "<body><input value=\"1\"><h1>a</h1><p>at 1</p>";
  std::optional<RememberedPage> remembered = learn(page, options);
  ASSERT_TRUE(remembered.has_value());
  ASSERT_TRUE(find_gaps(*remembered, "<body><input value=\"2\"><h1>a</h1><p>at 2</p>", options));
  ASSERT_EQ(remembered->gaps.size(), 2u);
  for (const size_t size : {900u, 980u, 990u, 1000u, 1100u, 5000u}) {
    const std::string in_tag = "<body><input value=\"" + std::string(size, 'v') + "\"><h1>a</h1><p>at 2</p>";
    const std::string in_text = "<body><input value=\"2\"><h1>a</h1><p>at " + std::string(size, 'v') + "</p>";
    for (const size_t step : {1u, 100u, 10000u}) {
      EXPECT_EQ(check(in_tag, options, *remembered, cuts_every(step, in_tag.size())),
                size <= 980     ? Recall::kWhole
                : step == 10000 ? Recall::kScan
                                : Recall::kPart);
      EXPECT_EQ(check(in_text, options, *remembered, cuts_every(step, in_text.size())),
                size <= 4096    ? Recall::kWhole
                : step == 10000 ? Recall::kScan
                                : Recall::kPart);
    }
  }
}

}  // namespace
}  // namespace abm::rewrite
