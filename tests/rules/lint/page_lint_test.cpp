// Rules on sample pages: what matches, what the page's framework makes of it, and what is warned of.
#include "rules/lint/page_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/lint/page_condition.h"
#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kReactPage =
    "<header><p class=note>a</p></header><div id=root><h1 id=hero>Hi <!-- -->Ada</h1><a class=cta>b</a></div>";

class PageLint : public ::testing::Test {
 protected:
  void page(std::string_view url_path, std::string_view html, std::string_view host = "") {
    pages_.push_back({"samples" + std::string(url_path) + ".html", std::string(host), std::string(url_path),
                      std::string(html)});
  }
  /// All findings, a line each.
  std::string lint(const std::string& rules) {
    LoadOptions options;
    options.pages = pages_;
    const Loaded loaded = load_text(rules, options);
    EXPECT_TRUE(loaded.ruleset.has_value()) << loaded.text();
    if (loaded.ruleset.has_value()) reviews_ = loaded.ruleset->reviews;
    return loaded.text();
  }

  std::vector<SamplePage> pages_;
  std::vector<PageReview> reviews_;
};

TEST_F(PageLint, SaysWhatBecomesOfEverySlotOnEveryPage) {
  page("/", kReactPage);
  page("/plain", "<h1 id=hero>a</h1><h1 id=hero>b</h1>");
  lint(
      "slots: { hero: '#hero', note: p.note, cta: a.cta }\n"
      "rules:\n"
      "  - { id: r1, when: { path: / }, rewrite: { hero: { text: x }, note: { text: y } } }\n"
      "  - { id: r2, when: { tier: one-to-few }, rewrite: { cta: { attributes: { title: x } } } }\n"
      "  - { id: r3, when: { path: /plain }, rewrite: { hero: { after: '<p>x</p>' } } }\n");
  ASSERT_EQ(reviews_.size(), 2u);
  EXPECT_EQ(reviews_[0].framework, rewrite::Framework::kReact);
  EXPECT_EQ(reviews_[0].evidence, "<!-- --> between texts");
  const std::vector<SlotOnPage>& slots = reviews_[0].slots;
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots[0].slot, "hero");
  EXPECT_EQ(slots[0].elements, 1u);
  EXPECT_EQ(slots[0].hydrated, 1u);
  ASSERT_EQ(slots[0].edits.size(), 1u);
  EXPECT_EQ(slots[0].edits[0].rule, "r1");
  EXPECT_EQ(slots[0].edits[0].does, "text");
  EXPECT_EQ(slots[0].edits[0].judgement.fate, rewrite::Fate::kReverted);
  EXPECT_EQ(slots[1].slot, "note");
  EXPECT_EQ(slots[1].hydrated, 0u);
  EXPECT_EQ(slots[1].edits[0].judgement.fate, rewrite::Fate::kOutside);
  EXPECT_EQ(slots[2].slot, "cta");
  EXPECT_EQ(slots[2].edits[0].judgement.fate, rewrite::Fate::kStays);
  ASSERT_EQ(reviews_[1].slots.size(), 2u);
  EXPECT_EQ(reviews_[1].framework, rewrite::Framework::kNone);
  EXPECT_EQ(reviews_[1].slots[0].slot, "cta");  // r2 may apply on any page
  EXPECT_EQ(reviews_[1].slots[0].elements, 0u);
  EXPECT_EQ(reviews_[1].slots[1].elements, 2u);
  EXPECT_EQ(reviews_[1].slots[1].edits[0].does, "before or after");
}

TEST_F(PageLint, WarnsOfWhatIsPutBackOrBreaks) {
  page("/", kReactPage);
  page("/also", kReactPage);
  page("/ng", "<app-root ng-version=20><h1 id=hero>a</h1></app-root>");
  const std::string found = lint(
      "slots: { hero: '#hero' }\n"
      "rules:\n"
      "  - id: r1\n"
      "    when: { path: [/, /also] }\n"
      "    rewrite: { hero: { text: x } }\n"
      "  - id: r2\n"
      "    when: { path: /ng }\n"
      "    rewrite: { hero: { remove: true } }\n");
  EXPECT_THAT(found,
              HasSubstr("a.yaml:6:16: warning: slot 'hero' on samples/.html (/, React) and 1 more: its edit "
                        "(text) is put back: React compares"));
  EXPECT_THAT(found, HasSubstr("[ABM019]"));
  EXPECT_THAT(found, HasSubstr("slot 'hero' on samples/ng.html (/ng, Angular): its edit (remove) "
                               "breaks the page: Angular"));
  EXPECT_THAT(found, HasSubstr("[ABM020]"));
}

TEST_F(PageLint, WarnsOfASlotThatNoPageHasOnWhichARuleMayApply) {
  page("/", kReactPage);
  page("/a", "<p>a</p>");
  const std::string rules =
      "slots: { gone: .gone, note: .note, elsewhere: .elsewhere }\n"
      "rules:\n"
      "  - { id: r1, when: { path: /** }, rewrite: { gone: { text: x }, note: { text: x } } }\n"
      "  - { id: r2, when: { path: /b }, rewrite: { elsewhere: { text: x } } }\n";
  const std::string found = lint(rules);
  EXPECT_THAT(found,
              HasSubstr("slot 'gone' matches no element of samples/.html (/), samples/a.html (/a); correct"));
  EXPECT_THAT(found, HasSubstr("[ABM021]"));
  EXPECT_THAT(found, Not(HasSubstr("slot 'note'")));       // one page has it
  EXPECT_THAT(found, Not(HasSubstr("slot 'elsewhere'")));  // no sample page is one of the rule's
  EXPECT_THAT(lint("silence: [ABM021]\n" + rules), Not(HasSubstr("ABM021")));
}

TEST_F(PageLint, IsSilencedByRuleAndFile) {
  page("/", kReactPage);
  const std::string slots = "slots: { hero: '#hero' }\n";
  EXPECT_THAT(lint(slots + "rules: [{ id: r, when: { path: / }, rewrite: { hero: { text: x } } }]\n"),
              HasSubstr("ABM019"));
  EXPECT_THAT(
      lint(slots +
           "rules: [{ id: r, silence: ABM019, when: { path: / }, rewrite: { hero: { text: x } } }]\n"),
      Not(HasSubstr("ABM019")));
  EXPECT_THAT(lint("silence: ABM019\n" + slots +
                   "rules: [{ id: r, when: { path: / }, rewrite: { hero: { text: x } } }]\n"),
              Not(HasSubstr("ABM019")));
}

TEST_F(PageLint, LooksAtVariantsToo) {
  page("/", kReactPage);
  EXPECT_THAT(lint("slots: { hero: '#hero' }\n"
                   "rules:\n"
                   "  - id: r\n"
                   "    when: { path: / }\n"
                   "    variants:\n"
                   "      - { id: a, rewrite: { hero: { attributes: { title: x } } } }\n"
                   "      - { id: b, rewrite: { hero: { html: x } } }\n"),
              HasSubstr("ABM019"));
}

TEST_F(PageLint, LeavesToAbmJsWhatAbmJsMakes) {
  page("/", kReactPage);
  EXPECT_THAT(lint("slots: { hero: { selector: '#hero', deliver: script } }\n"
                   "rules: [{ id: r, when: { path: / }, rewrite: { hero: { text: x } } }]\n"),
              Not(HasSubstr("ABM019")));
  EXPECT_EQ(reviews_[0].slots[0].edits[0].does, "text by script");
  EXPECT_EQ(reviews_[0].slots[0].edits[0].judgement.fate, rewrite::Fate::kStays);
}

TEST_F(PageLint, SaysWhichSlotTakesAnotherAlong) {
  page("/", kReactPage);
  lint(
      "slots: { cta: a.cta, note: p.note, hero: '#hero' }\n"
      "rules:\n"
      "  - { id: r1, when: { path: / }, rewrite: { cta: { attributes: { title: x } }, note: { text: y } } }\n"
      "  - { id: r2, when: { path: / }, rewrite: { hero: { text: x } } }\n");
  const std::vector<SlotOnPage>& slots = reviews_[0].slots;
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots[0].slot + " " + slots[0].edits[0].goes_with, "cta hero");
  EXPECT_EQ(slots[1].slot + " " + slots[1].edits[0].goes_with, "note ");  // outside
  EXPECT_EQ(slots[2].slot + " " + slots[2].edits[0].goes_with, "hero ");
}

TEST_F(PageLint, SaysHowFarAPageCouldBeRead) {
  page("/", "<h1 id=hero>a</h1><" + std::string(20'000, 'x') + ">");
  EXPECT_THAT(
      lint(
          "slots: { hero: '#hero' }\nrules: [{ id: r, when: { path: / }, rewrite: { hero: { text: x } } }]\n"),
      HasSubstr("samples/.html: note: the page can be read up to byte 18 only (tag-too-long)"));
}

TEST(PageCondition, TellsWhatIsKnownOfThePage) {
  const SamplePage page{"p", "www.acme.example", "/Pricing/Plans", ""};
  const auto of = [](Subject subject, std::vector<std::string> values) {
    Condition condition;
    condition.kind = Condition::Kind::kTest;
    condition.test.subject = subject;
    condition.test.values = std::move(values);
    return condition;
  };
  const auto joined = [](Condition::Kind kind, std::vector<Condition> children) {
    Condition condition;
    condition.kind = kind;
    condition.children = std::move(children);
    return condition;
  };
  const Condition here = of(Subject::kPath, {"/x", "/pricing/**"}),
                  elsewhere = of(Subject::kPath, {"/pricing"});
  const Condition account = of(Subject::kIndustry, {"x"});
  using Kind = Condition::Kind;
  EXPECT_EQ(on_page(here, page), OnPage::kAlways);
  EXPECT_EQ(on_page(elsewhere, page), OnPage::kNever);
  EXPECT_EQ(on_page(account, page), OnPage::kPerhaps);
  EXPECT_EQ(on_page(of(Subject::kHost, {"www.acme.example"}), page), OnPage::kAlways);
  EXPECT_EQ(on_page(of(Subject::kHost, {"acme.example"}), page), OnPage::kNever);
  EXPECT_EQ(on_page(of(Subject::kHost, {"acme.example"}), {"p", "", "/", ""}), OnPage::kPerhaps);
  EXPECT_EQ(on_page(joined(Kind::kAll, {}), page), OnPage::kAlways);
  EXPECT_EQ(on_page(joined(Kind::kAll, {here, account}), page), OnPage::kPerhaps);
  EXPECT_EQ(on_page(joined(Kind::kAll, {elsewhere, account}), page), OnPage::kNever);
  EXPECT_EQ(on_page(joined(Kind::kAny, {elsewhere, account}), page), OnPage::kPerhaps);
  EXPECT_EQ(on_page(joined(Kind::kAny, {here, account}), page), OnPage::kAlways);
  EXPECT_EQ(on_page(joined(Kind::kNot, {here}), page), OnPage::kNever);
  EXPECT_EQ(on_page(joined(Kind::kNot, {elsewhere}), page), OnPage::kAlways);
  EXPECT_EQ(on_page(joined(Kind::kNot, {account}), page), OnPage::kPerhaps);
}

}  // namespace
}  // namespace abm::rules
