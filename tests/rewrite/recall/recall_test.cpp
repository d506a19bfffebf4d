// A memory changes what a page costs, never its bytes: for the same page and for every other one, in any
// pieces, what leaves at each write is what leaves without the memory.
#include "variations.h"

namespace abm::rewrite {
namespace {

TEST(Recall, ChangesNothingOnNastyPages) {
  std::mt19937 random(seed_of_test());
  size_t learned = 0, whole = 0, part = 0;
  for (int i = 0; i < 4000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    Scene scene(random);
    if (i % 3 == 0) scene.add_head_edit();
    SCOPED_TRACE("page " + std::to_string(i) + ": " + ::testing::PrintToString(scene.selectors));
    const std::optional<RememberedPage> remembered = learn(page, scene.options, 1 + random() % 300);
    if (!remembered) continue;
    ++learned;
    for (const auto& cuts : {cuts_every(1, page.size()), cuts_every(page.size(), page.size()),
                             random_cuts(random, page.size())}) {
      const Recall recall = check(page, scene.options, *remembered, cuts);
      EXPECT_EQ(recall, scene.edits.empty() ? Recall::kScan : Recall::kWhole);
      whole += recall == Recall::kWhole;
    }
    for (int k = 0; k < 4; ++k) {
      const std::string other = mutated(page, random);
      part += check(other, scene.options, *remembered, cuts_every(1, other.size())) == Recall::kPart;
      part += check(other, scene.options, *remembered, random_cuts(random, other.size())) == Recall::kPart;
    }
    const std::string cut_off = page.substr(0, random() % (page.size() + 1));
    check(cut_off, scene.options, *remembered, random_cuts(random, cut_off.size()), false);
  }
  EXPECT_GT(learned, 2500u);
  EXPECT_GT(whole, 5000u);
  EXPECT_GT(part, 8000u);
}

// Every place of one page: a byte changed, put in, taken out; the page cut off there, by its end and by a
// failure.
TEST(Recall, ChangesNothingWhereverAPageParts) {
  const std::string page =
      "<!doctype html><html><head><title>a<b></title><style>p{}</style><script>if (a</b/) x='</scr'</script></head>"
      "<body class=x><!-- c --><div id=a><p class=x>one<p>two<table><tr><td>c<td>d</table><pre>\nq</pre>"
      "<svg><a title='<'>t</a></svg><ul><li>1<li>2</ul><img src=x alt=\"a>b\"><textarea>\n</p></textarea></div>"
      "a < b <3 <![CDATA[x]]></body></html>";
  const Slots slots({"#a", "p", "li", "td", "a", "img", ".x", "body", "pre", "b"});
  std::vector<Edit> edits(5);
  edits[4].slot = slots.set().head_slot(), edits[4].prepend = "{H}";
  edits[0] = content("{C}");
  edits[0].slot = 1;
  edits[1].slot = 2, edits[1].append = "{P}", edits[1].after = "{A}";
  edits[2].slot = 5, edits[2].before = "{B}", edits[2].hide = true;
  edits[3].slot = 7, edits[3].append = "{P}";
  const RewriterOptions options = options_for(slots, edits);
  const std::optional<RememberedPage> remembered = learn(page, options, 1);
  ASSERT_TRUE(remembered.has_value());
  for (size_t at = 0; at <= page.size() && !::testing::Test::HasFailure(); ++at) {
    SCOPED_TRACE(at);
    std::vector<std::string> others = {page.substr(0, at), page + page.substr(at)};
    for (const char c : {'<', '>', '"', 'a', '-', '/', '\0'}) {
      others.push_back(page.substr(0, at) + c + page.substr(at));
      if (at < page.size()) others.push_back(page.substr(0, at) + c + page.substr(at + 1));
    }
    if (at < page.size()) others.push_back(page.substr(0, at) + page.substr(at + 1));
    for (const std::string& other : others) {
      for (const size_t step : {size_t{1}, size_t{7}, other.size() + 1})
        check(other, options, *remembered, cuts_every(step, other.size()));
    }
    check(page.substr(0, at), options, *remembered, cuts_every(5, at), false);
    check(page, options, *remembered, {at, page.size()});
  }
}

/// The page's own bytes, without those of edits.
class PageBytes final : public Sink {
 public:
  void emit(Owner owner, std::string_view bytes) noexcept override {
    if (owner != Owner::kEdit) html += bytes;
  }
  void applied(uint32_t) noexcept override {}

  std::string html;
};

TEST(Recall, TakesTheFirstPageThatBeginsAsThisOneDoes) {
  const Slots slots({"p"});
  const std::vector<Edit> edits = {content("{C}")};
  RewriterOptions options = options_for(slots, edits);
  const std::string pages[] = {"<body><i>1</i><p>a</p>", "<body><i>2</i><p>a</p>", "<body><i>2</i><p>b</p>"};
  std::vector<RememberedPage> remembered;
  for (const std::string& page : pages) remembered.push_back(*learn(page, options));
  const RememberedPage* const candidates[] = {&remembered[0], &remembered[1], &remembered[2]};
  options.remembered = candidates;
  for (size_t i = 0; i < 3; ++i) {
    for (const bool cut : {false, true}) {
      PageBytes sink;
      const Rewriter::Pointer rewriter = Rewriter::create(options);
      const size_t at = cut ? 17 : pages[i].size();
      rewriter->write(pages[i].substr(0, at), sink);
      rewriter->write(pages[i].substr(at), sink);
      rewriter->finish(sink);
      EXPECT_EQ(sink.html, pages[i].substr(0, 17) + "</p>");
      EXPECT_EQ(rewriter->recall(), cut && i == 2 ? Recall::kPart : Recall::kWhole);
      EXPECT_EQ(rewriter->recalled(), cut && i == 2 ? 1u : i);
    }
  }
}

/// Gives memory so many times, then none.
struct ScarceMemory {
  size_t left;
  MemorySource source() {
    return {this,
            [](void* scarce, size_t size) noexcept -> void* {
              size_t& more = static_cast<ScarceMemory*>(scarce)->left;
              return more == 0 ? nullptr : (--more, std::malloc(size));
            },
            [](void*, void* memory, size_t) noexcept { std::free(memory); }};
  }
};

TEST(Recall, LosesNoByteWithoutMemory) {
  std::mt19937 random(seed_of_test());
  size_t failed = 0;
  for (int i = 0; i < 1500 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    Scene scene(random);
    const std::optional<RememberedPage> remembered = learn(page, scene.options);
    if (!remembered || scene.edits.empty()) continue;
    for (Edit& edit : scene.edits) {  // nothing of the page goes
      const uint32_t slot = edit.slot;
      edit = Edit{};
      edit.slot = slot;
      edit.prepend = "{P}", edit.after = "{A}";
    }
    scene.options.edits = scene.edits;
    const std::string other = mutated(page, random);
    const RememberedPage* const pages[] = {&*remembered};
    scene.options.remembered = pages;
    for (size_t left = 1; left < 8; ++left) {
      ScarceMemory scarce{left};
      scene.options.memory = scarce.source();
      PageBytes sink;
      const Rewriter::Pointer rewriter = Rewriter::create(scene.options);
      size_t begin = 0;
      for (const size_t cut : random_cuts(random, other.size())) {
        rewriter->write(other.substr(begin, cut - begin), sink);
        begin = cut;
      }
      rewriter->finish(sink);
      EXPECT_EQ(sink.html, other);
      for (const Outcome& outcome : rewriter->outcomes()) failed += outcome.reason == Skip::kMemory;
    }
  }
  EXPECT_GT(failed, 100u);
}

TEST(Recall, RemembersNothingThatDependsOnWhichSlotsAreLookedFor) {
  const std::string long_tag =
      "<body><p " + std::string(40, 'a') + " class=x title=\"" + std::string(99, 't') + "\">a</p>";
  const Slots asked({".x", "[title]"}), unasked({".x", "p"});
  RewriterOptions options = options_for(asked, {});
  options.max_tag = 64;
  EXPECT_FALSE(learn(long_tag, options).has_value());
  options.selectors = &unasked.set();
  EXPECT_TRUE(learn(long_tag, options).has_value());
}

TEST(Recall, RemembersNoPageThatScanningGaveUpAndNoneThatTakesTooMuch) {
  const Slots slots({"p"});
  RewriterOptions options = options_for(slots, {});
  options.charset = Charset::kUnsupported;
  EXPECT_FALSE(learn("<p>", options).has_value());
  EXPECT_FALSE(learn("", options).has_value());
  options.charset = Charset::kUtf8;
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "<div>";
  options.max_depth = 10;
  EXPECT_FALSE(learn(deep, options).has_value());
  options.max_depth = 512;
  std::string many;
  for (int i = 0; i < 500; ++i) many += "<p>";
  EXPECT_TRUE(learn(many, options).has_value());
  EXPECT_FALSE(learn(many, options, 1000, 4096).has_value());
  EXPECT_FALSE(learn(many, options, many.size(), 4096).has_value());
}

}  // namespace
}  // namespace abm::rewrite
