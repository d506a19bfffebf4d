// A memory changes what a page costs, never its bytes: for the same page and for every other one, in any
// pieces, what leaves at each write is what leaves without the memory.
#include <random>

#include "../nasty_pages.h"
#include "../random_edits.h"
#include "../rewrite_fixture.h"
#include "rewrite/recall/page_learner.h"

namespace abm::rewrite {
namespace {

std::optional<RememberedPage> learn(std::string_view page, const RewriterOptions& options,
                                    size_t slice = 1000, size_t max_bytes = 1 << 24) {
  PageLearner learner(page, options, max_bytes);
  PageLearner::State state = PageLearner::State::kLearning;
  while (state == PageLearner::State::kLearning) state = learner.advance(slice);
  if (state == PageLearner::State::kRefused) return std::nullopt;
  return learner.take();
}

/// Takes bytes only as long as their owner promises them.
class OwnedSink final : public Sink {
 public:
  explicit OwnedSink(const RememberedPage* remembered) : remembered_(remembered) {}
  void emit(Owner owner, std::string_view bytes) noexcept override {
    EXPECT_FALSE(bytes.empty());
    const std::string_view promised = owner == Owner::kInput                              ? chunk
                                      : owner == Owner::kMemory && remembered_ != nullptr ? remembered_->bytes
                                                                                          : bytes;
    EXPECT_TRUE(lies_in(bytes, promised) && (owner != Owner::kMemory || remembered_ != nullptr)) << bytes;
    html += bytes;
  }
  void applied(uint32_t edit) noexcept override { html += "\x01" + std::to_string(edit); }

  std::string html;
  std::string_view chunk;

 private:
  static bool lies_in(std::string_view bytes, std::string_view whole) {
    return bytes.data() >= whole.data() && bytes.data() + bytes.size() <= whole.data() + whole.size();
  }
  const RememberedPage* remembered_;
};

/// All that leaves, with a mark after each write.
struct Stream {
  std::string text;
  Recall recall = Recall::kScan;
};
Stream stream(std::string_view page, const RewriterOptions& options, const std::vector<size_t>& cuts,
              bool complete) {
  OwnedSink sink(options.remembered);
  const Rewriter::Pointer rewriter = Rewriter::create(options);
  size_t begin = 0;
  for (const size_t cut : cuts) {
    // A copy of its own: the chunk is gone after the write.
    const std::string chunk(page.substr(begin, cut - begin));
    sink.chunk = chunk;
    rewriter->write(chunk, sink);
    sink.html += "\x02";
    sink.chunk = {};
    begin = cut;
  }
  complete ? rewriter->finish(sink) : rewriter->abandon(sink);
  Stream result{std::move(sink.html), rewriter->recall()};
  const std::span<const Outcome> outcomes = rewriter->outcomes();
  result.text += "\n" + describe({outcomes.begin(), outcomes.end()}) + std::to_string(rewriter->bytes_in()) +
                 " " + std::to_string(rewriter->bytes_out());
  return result;
}

std::vector<size_t> cuts_every(size_t step, size_t size) {
  std::vector<size_t> cuts;
  for (size_t at = 0; at < size; at += step) cuts.push_back(std::min(at + step, size));
  return cuts;
}

std::vector<size_t> random_cuts(std::mt19937& random, size_t size) {
  std::vector<size_t> cuts;
  for (size_t at = 0; at < size;) cuts.push_back(at = std::min(size, at + random() % 40));
  return cuts;
}

/// Serves `page` with and without the memory; returns how much was recalled.
Recall check(std::string_view page, RewriterOptions options, const RememberedPage& remembered,
             const std::vector<size_t>& cuts, bool complete = true) {
  const Stream plain = stream(page, options, cuts, complete);
  options.remembered = &remembered;
  const Stream recalled = stream(page, options, cuts, complete);
  if (recalled.text != plain.text) {
    const auto parted = std::ranges::mismatch(recalled.text, plain.text);
    const auto at = static_cast<size_t>(parted.in1 - recalled.text.begin());
    ADD_FAILURE() << "recalled: " << ::testing::PrintToString(recalled.text.substr(at > 20 ? at - 20 : 0, 60))
                  << "\nplain:    " << ::testing::PrintToString(plain.text.substr(at > 20 ? at - 20 : 0, 60))
                  << "\n"
                  << page;
  }
  return recalled.recall;
}

std::string mutated(std::string page, std::mt19937& random) {
  static const std::string_view kPieces[] = {"<",   ">",    "\"",   "'",        "-->",    "</script>",
                                             "\0x", "\r",   "&am",  "<p>",      "</div>", " ",
                                             "</p", "<!--", "<td>", "<b id=a>", "x"};
  const size_t at = random() % (page.size() + 1);
  const std::string_view piece = kPieces[random() % std::size(kPieces)];
  switch (random() % 6) {
    case 0:
      return page.insert(at, piece);
    case 1:
      return page.erase(at, 1 + random() % 3);
    case 2:
      return page.substr(0, at);
    case 3:
      return page + std::string(piece);
    case 4:
      if (at < page.size()) page[at] = static_cast<char>(random());
      return page;
    default:
      return page.replace(at, 1 + random() % 8, piece);
  }
}

/// Slots for a page, of which some have edits.
struct Scene {
  explicit Scene(std::mt19937& random) : slots(choose(random)) {
    for (uint32_t slot = 0; slot < selectors.size(); ++slot) {
      if (random() % 2 == 0) continue;
      Edit edit = random_edit(random);
      edit.slot = slot;
      edits.push_back(edit);
    }
    options = options_for(slots, edits);
    if (random() % 4 == 0) options.max_hold = 20 + random() % 100;
    if (random() % 8 == 0) options.max_tag = 10 + random() % 30;
    if (random() % 8 == 0) options.max_depth = 3 + random() % 8;
    if (random() % 8 == 0) options.charset = static_cast<Charset>(random() % 8);
  }
  std::vector<std::string> selectors;
  Slots slots;
  std::vector<Edit> edits;
  RewriterOptions options;

 private:
  const std::vector<std::string>& choose(std::mt19937& random) {
    for (size_t n = 1 + random() % 5; n > 0; --n)
      selectors.push_back(kSelectors[random() % std::size(kSelectors)]);
    return selectors;
  }
};

unsigned seed_of_test() {
  const char* const seed = std::getenv("ABM_TEST_SEED");
  return seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 7u;
}

TEST(Recall, ChangesNothingOnNastyPages) {
  std::mt19937 random(seed_of_test());
  size_t learned = 0, whole = 0, part = 0;
  for (int i = 0; i < 4000 && !::testing::Test::HasFailure(); ++i) {
    const std::string page = nasty_page(random);
    const Scene scene(random);
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
  std::vector<Edit> edits(4);
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
