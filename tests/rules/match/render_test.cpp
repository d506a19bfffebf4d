// Winners to edits: escaped values, skipped slots, fragments by path, encodings, a
// hash that sees every change.
#include "rules/match/render.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "rules/match/render_template.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

using samples::all;
using samples::content;
using samples::rule;
using samples::Site;

constexpr std::string_view kMuller = "M\xc3\xbcller & S\xc3\xb6hne";

/// Memory that lives as long as the test and counts how much was asked for.
struct Memory {
  std::vector<std::unique_ptr<char[]>> blocks;
  size_t fail_from = SIZE_MAX;
  MemorySource source() {
    return {this,
            [](void* self, size_t size) noexcept -> void* {
              auto& memory = *static_cast<Memory*>(self);
              if (memory.blocks.size() >= memory.fail_from) return nullptr;
              return memory.blocks.emplace_back(new char[size]).get();
            },
            [](void*, void*, size_t) noexcept {}};
  }
};

accounts::Account muller() {
  accounts::Account account = samples::account("mueller");
  account.text[static_cast<size_t>(accounts::TextField::kName)] = kMuller;
  account.text[static_cast<size_t>(accounts::TextField::kIndustry)] = "Food & Beverage";
  account.numbers[static_cast<size_t>(accounts::NumberField::kEmployees)] = 1200;
  account.tier = accounts::Tier::kOneToFew;
  account.attributes = {{"competitor", "\"><script>"}};
  return account;
}

class Render : public ::testing::Test {
 protected:
  /// Renders a single rule with these rewrites for mueller on /pricing.
  RenderResult render(std::vector<SlotRewrite> rewrites, rewrite::Charset charset = rewrite::Charset::kUtf8) {
    site_ = std::make_unique<Site>(samples::ruleset(4, {rule("r", all({}), std::move(rewrites))}),
                                   std::vector<accounts::Account>{muller()});
    account_.emplace(site_->account(0));
    Visit visit;
    visit.account = &*account_;
    visit.confidence = Confidence::kHigh;
    visit.path = "/pricing";
    RenderInput input;
    input.program = &site_->program();
    input.account = &*account_;
    input.path = visit.path;
    input.charset = charset;
    input.winners = site_->matcher().match(visit).winners;
    input.memory = memory_.source();
    input.script = script_;
    return render_edits(input);
  }
  /// The content of slot 0, or "skip:REASON".
  std::string shown(const rewrite::Template& source, rewrite::Charset charset = rewrite::Charset::kUtf8) {
    SlotRewrite rewrite;
    rewrite.content = source;
    const RenderResult result = render({rewrite}, charset);
    if (result.edits.empty()) return "skip:" + std::string(to_string(result.skips[0]));
    return std::string(*result.edits[0].content);
  }

  std::string fragment_shown(const SlotRewrite& file) {
    const RenderResult result = render({file});
    return result.edits.empty() ? "skip:" + std::string(to_string(result.skips[0]))
                                : std::string(*result.edits[0].content);
  }

  Memory memory_;
  const ScriptPage* script_ = nullptr;
  std::unique_ptr<Site> site_;
  std::optional<accounts::AccountView> account_;
};

TEST_F(Render, LiteralsPointIntoTheProgram) {
  const RenderResult result = render({content(0, "Hello")});
  ASSERT_EQ(result.edits.size(), 1u);
  const std::string_view program = site_->program().bytes();
  EXPECT_GE(result.edits[0].content->data(), program.data());
  EXPECT_LT(result.edits[0].content->data(), program.data() + program.size());
}

TEST_F(Render, FillsInEveryKindOfField) {
  EXPECT_EQ(shown(samples::text("{{account.id}} {{account.tier}} {{account.employees}} {{page.path}}")),
            "mueller one-to-few 1200 /pricing");
  EXPECT_EQ(shown(samples::text("{{account.name}}")), "M\xc3\xbcller &amp; S\xc3\xb6hne");
}

TEST_F(Render, EscapesForThePlace) {
  EXPECT_EQ(shown(samples::text("{{account.attributes.competitor}}")).find('<'), std::string::npos);
  SlotRewrite rewrite;
  rewrite.attributes = {
      {"title", samples::text("vs {{account.attributes.competitor}}", rewrite::Place::kDoubleQuoted)},
      {"href", samples::text("/vs/{{account.industry}}", rewrite::Place::kUrlDoubleQuoted)},
      {"data-old", std::nullopt}};
  const RenderResult result = render({rewrite});
  ASSERT_EQ(result.edits.size(), 1u);
  ASSERT_EQ(result.edits[0].attributes.size(), 3u);
  EXPECT_EQ(result.edits[0].attributes[0].value->find('"'), std::string_view::npos);
  EXPECT_EQ(result.edits[0].attributes[1].value, "/vs/Food%20%26%20Beverage");
  EXPECT_EQ(result.edits[0].attributes[2].value, std::nullopt);
}

TEST_F(Render, APlaceholderWithoutValueSkipsItsSlotOnly) {
  SlotRewrite attribute;
  attribute.slot = 2;
  attribute.hide = true;
  attribute.attributes = {{"title", samples::text("{{account.play}}", rewrite::Place::kDoubleQuoted)}};
  const RenderResult result = render(
      {content(0, "a {{account.stage}}"), content(1, "b {{account.stage|you}}"), attribute, content(3, "d")});
  ASSERT_EQ(result.skips.size(), 4u);
  EXPECT_EQ(result.skips[0], RenderSkip::kNoValue);
  EXPECT_EQ(result.skips[1], RenderSkip::kNone);
  EXPECT_EQ(result.skips[2], RenderSkip::kNoValue);
  ASSERT_EQ(result.edits.size(), 2u);
  EXPECT_EQ(result.edits[0].content, "b you");
  EXPECT_EQ(result.edits[1].slot, 3u);
  EXPECT_EQ(result.edit_of_winner[0], kNoEdit);
  EXPECT_EQ(result.edit_of_winner[1], 0u);
  EXPECT_EQ(result.edit_of_winner[3], 1u);
  EXPECT_EQ(shown(samples::text("[{{account.stage|}}]")), "[]");
}

TEST_F(Render, HeldOutWinnersGiveNoEdit) {
  static_cast<void>(render({content(0, "x")}));
  Winner winner;
  winner.held_out = true;
  RenderInput input;
  input.program = &site_->program();
  input.account = &*account_;
  input.winners = {&winner, 1};
  input.memory = memory_.source();
  const RenderResult result = render_edits(input);
  EXPECT_TRUE(result.ok);
  EXPECT_TRUE(result.edits.empty());
  EXPECT_EQ(result.skips[0], RenderSkip::kHeldOut);
}

TEST_F(Render, PicksTheFragmentWhosePathTheValuesSpell) {
  const auto fragment = [](std::string path, std::string_view text) {
    return Fragment{std::move(path), std::make_shared<rewrite::Template>(samples::text(text))};
  };
  SlotRewrite file;
  file.html_file = samples::text("industry/{{account.industry}}.html");
  file.fragments = {fragment("industry/retail.html", "no"),
                    fragment("industry/food-beverage.html", "<b>{{account.tier}}</b>")};
  EXPECT_EQ(fragment_shown(file), "<b>one-to-few</b>");
  file.fragments = {fragment("industry/FOOD-Beverage.html", "loose"),
                    fragment("industry/Food-Beverage.html", "exact"),
                    fragment("industry/food-beverage.html", "loose")};
  EXPECT_EQ(fragment_shown(file), "exact");
  file.fragments = {fragment("industry/retail.html", "no")};
  EXPECT_EQ(fragment_shown(file), "skip:no-fragment");
  file.fragments = {};
  EXPECT_EQ(fragment_shown(file), "skip:no-fragment");
  file.html_file = samples::text("industry/{{account.play}}.html");
  EXPECT_EQ(fragment_shown(file), "skip:no-value");
}

TEST(FindFragment, ComparesHoweverANameIsComposedThenWithoutCase) {
  const auto found = [](std::vector<std::string> paths, std::string_view industry) {
    SlotRewrite file;
    file.slot = 0;
    file.html_file = samples::text("industry/{{account.industry}}.html");
    for (std::string& path : paths) {
      auto text = std::make_shared<rewrite::Template>(samples::text(path));
      file.fragments.push_back({std::move(path), std::move(text)});
    }
    accounts::Account account = samples::account("a");
    account.text[static_cast<size_t>(accounts::TextField::kIndustry)] = industry;
    const samples::Site site(samples::ruleset(1, {samples::rule("r", Condition{}, {file})}), {account});
    const accounts::AccountView view = site.account(0);
    Winner winner;
    Arena arena;
    RenderInput input;
    input.program = &site.program();
    input.account = &view;
    input.winners = {&winner, 1};
    input.memory = arena.source();
    const RenderResult result = render_edits(input);
    return result.edits.empty() ? std::string("none")
                                : std::string(result.edits[0].content.value_or("empty"));
  };
  const std::string nfc = "industry/für.html", nfd = "industry/fu\u0308r.html";
  for (const std::string& path : {nfc, nfd}) {
    EXPECT_EQ(found({path}, "für"), path);
    EXPECT_EQ(found({path}, "fu\u0308r"), path);
    EXPECT_EQ(found({path, "industry/FÜR.html"}, "FU\u0308R"), "industry/FÜR.html");
    EXPECT_EQ(found({path, "industry/FÜR.html"}, "für"), path);
  }
  // The spelling of before, where only letters of ASCII were kept; the one with all letters goes first.
  EXPECT_EQ(found({"industry/f-r.html"}, "für"), "industry/f-r.html");
  EXPECT_EQ(found({"industry/f-r.html", nfd}, "für"), nfd);
  EXPECT_EQ(found({"industry/other.html"}, "für"), "none");
}

TEST(SanitizeComponent, LeavesNothingThatNamesAnotherFolder) {
  const auto sanitized = [](std::string_view value) {
    std::string out(sanitize_component(nullptr, 0, value), '\0');
    EXPECT_EQ(sanitize_component(out.data(), out.size(), value), out.size());
    return out;
  };
  EXPECT_EQ(sanitized("Food & Beverage"), "Food-Beverage");
  EXPECT_EQ(sanitized("../../etc/passwd"), "..-..-etc-passwd");
  EXPECT_EQ(sanitized("a\\b%2fc"), "a-b-2fc");
  EXPECT_EQ(sanitized("Müller – Söhne"), "Müller-Söhne");
  EXPECT_EQ(sanitized("Mu\u0308ller"), "Mu\u0308ller");
  EXPECT_EQ(sanitized("Нефть/Газ"), "Нефть-Газ");
  EXPECT_EQ(sanitized("a\u2044b\u2215c\uff0fd\u202ee"), "a-b-c-d-e");
  EXPECT_EQ(sanitized("M\xfcller\xed\xa0\x80"), "M-ller-");
  EXPECT_EQ(sanitized("v1.2_b-c"), "v1.2_b-c");
  EXPECT_EQ(sanitized(""), "");
}

TEST_F(Render, WritesReferencesWhereThePageIsNotUtf8) {
  using rewrite::Charset;
  const std::string name = shown(samples::text("{{account.name}}"), Charset::kSingleByte);
  EXPECT_EQ(name.find('\xc3'), std::string::npos);
  EXPECT_EQ(name.find("&#"), 1u);
  const std::string markup =
      shown(samples::text("<b title=\"{{account.id}} \xc3\xbc\">\xc3\xbc</b>"), Charset::kShiftJis);
  for (const char c : markup) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << markup;
  EXPECT_NE(markup.find("mueller &#"), std::string::npos) << markup;
  EXPECT_EQ(shown(samples::text("plain"), Charset::kSingleByte), "plain");
  EXPECT_EQ(shown(samples::text("<!-- \xc3\xbc -->x"), Charset::kSingleByte), "skip:charset");
  EXPECT_EQ(shown(samples::text("<!-- \xc3\xbc -->x"), Charset::kUtf8), "<!-- \xc3\xbc -->x");
}

TEST_F(Render, WritesReferencesInAttributeValuesAndClassesToo) {
  SlotRewrite rewrite;
  rewrite.attributes = {{"title", samples::text("a < \xc3\xbc", rewrite::Place::kDoubleQuoted)}};
  rewrite.add_classes = {"gr\xc3\xbcn"};
  const RenderResult result = render({rewrite}, rewrite::Charset::kGbk);
  ASSERT_EQ(result.edits.size(), 1u);
  EXPECT_EQ(result.edits[0].attributes[0].value, "a < &#252;");
  EXPECT_EQ(result.edits[0].add_classes[0], "gr&#252;n");
}

TEST_F(Render, EveryFailedAllocationIsASkipOrNoResult) {
  SlotRewrite rewrite = content(0, "a {{account.name}}");
  rewrite.attributes = {{"title", samples::text("{{account.id}}", rewrite::Place::kDoubleQuoted)}};
  rewrite.add_classes = {"gr\xc3\xbcn"};
  size_t total = 0;
  for (size_t fail = 0;; ++fail) {
    memory_.blocks.clear();
    memory_.fail_from = fail;
    const RenderResult result = render({rewrite}, rewrite::Charset::kSingleByte);
    if (result.ok && result.edits.size() == 1) break;
    ++total;
    ASSERT_LT(fail, 50u);
    if (result.ok) {
      EXPECT_EQ(result.skips[0], RenderSkip::kMemory);
    } else {
      EXPECT_TRUE(result.edits.empty());
    }
  }
  EXPECT_GE(total, 7u);
}

TEST_F(Render, HashSeesEveryChangeAndNothingElse) {
  std::vector<std::vector<SlotRewrite>> different;
  different.push_back({content(0, "x")});
  different.push_back({content(0, "y")});
  different.push_back({content(1, "x")});
  different.push_back({content(0, "x"), content(1, "x")});
  for (const auto member :
       {&SlotRewrite::before, &SlotRewrite::prepend, &SlotRewrite::append, &SlotRewrite::after}) {
    SlotRewrite rewrite;
    rewrite.*member = samples::text("x");
    different.push_back({rewrite});
  }
  SlotRewrite attribute;
  attribute.attributes = {{"title", samples::text("x", rewrite::Place::kDoubleQuoted)}};
  different.push_back({attribute});
  attribute.attributes[0].name = "alt";
  different.push_back({attribute});
  attribute.attributes[0].value.reset();
  different.push_back({attribute});
  SlotRewrite flags;
  flags.hide = true;
  different.push_back({flags});
  flags.hide = false;
  flags.remove = true;
  different.push_back({flags});
  SlotRewrite classes;
  classes.add_classes = {"x"};
  different.push_back({classes});
  std::swap(classes.add_classes, classes.remove_classes);
  different.push_back({classes});
  std::vector<uint64_t> hashes;
  for (const auto& rewrites : different) hashes.push_back(render(rewrites).hash);
  for (size_t a = 0; a < hashes.size(); ++a) {
    EXPECT_EQ(render(different[a]).hash, hashes[a]);
    for (size_t b = a + 1; b < hashes.size(); ++b) EXPECT_NE(hashes[a], hashes[b]) << a << " and " << b;
  }
  EXPECT_EQ(render({content(0, "m{{account.id}}")}).hash, render({content(0, "mmueller")}).hash);
}

/// Edits for abm.js.
class ScriptRender : public Render {
 protected:
  std::string block(std::vector<SlotRewrite> rewrites, const ScriptPage& page,
                    rewrite::Charset charset = rewrite::Charset::kUtf8) {
    script_ = &page;
    last_ = render(std::move(rewrites), charset);
    EXPECT_TRUE(last_.ok);
    return last_.block == kNoEdit ? "" : std::string(last_.edits[last_.block].prepend);
  }
  RenderResult last_;
};

ScriptPage scripted() {
  ScriptPage page;
  page.usual = Delivery::kScript;
  page.script = "/abm.js?v=1";
  return page;
}

TEST_F(ScriptRender, WritesWhatBrowsersNeedAndEscapesWhatHtmlReads) {
  SlotRewrite rewrite = content(1, "{{account.name}}</script><!-- \xe2\x80\xa8");
  rewrite.prepend = samples::text("a\"b");
  rewrite.attributes = {{"href", samples::text("/x?a=1&amp;b=2&quot;", rewrite::Place::kUrlDoubleQuoted)},
                        {"title", std::nullopt}};
  rewrite.add_classes = {"a&b"};
  rewrite.remove_classes = {"c"};
  rewrite.hide = true;
  EXPECT_EQ(
      block({rewrite}, scripted()),
      "<script type=\"application/json\" id=\"abm-edits\">{\"v\":1,\"page\":\"/pricing\",\"edits\":[{\"slot\":"
      "\"s1\",\"select\":\"#s1\",\"html\":\"M\xc3\xbcller \\u0026amp; S\xc3\xb6hne\\u003c/script\\u003e"
      "\\u003c!-- \\u2028\",\"prepend\":\"a\\\"b\",\"attributes\":{\"href\":\"/x?a=1\\u0026b=2\\\"\",\"title\":null},"
      "\"addClass\":[\"a\\u0026b\"],\"removeClass\":[\"c\"],\"hide\":true}]}</script>"
      "<script src=\"/abm.js?v=1\"></script>");
  EXPECT_EQ(last_.edits.size(), 1u);
  EXPECT_EQ(last_.edits[0].slot, site_->program().selectors().head_slot());
  EXPECT_EQ(last_.edit_of_winner[0], 0u);
}

TEST_F(ScriptRender, IsAsciiInPagesThatMayNotBeUtf8) {
  const std::string text =
      block({content(0, "\xc3\xbc \xf0\x9f\x99\x82")}, scripted(), rewrite::Charset::kSingleByte);
  EXPECT_NE(text.find("\"html\":\"\\u00fc \\ud83d\\ude42\""), std::string::npos) << text;
}

TEST_F(ScriptRender, KeepsGuardedEditsFromElementsThatTheyWouldRun) {
  SlotRewrite rewrite = content(0, "x");
  rewrite.content.reset();
  rewrite.guarded = true;
  rewrite.attributes = {{"src", samples::text("/x", rewrite::Place::kUrlDoubleQuoted)}};
  const std::string text = block({rewrite}, scripted());
  EXPECT_NE(text.find("\"select\":\":is(#s0):not("), std::string::npos) << text;
  for (const std::string_view name : {"script", "iframe", "embed"})
    EXPECT_NE(text.find(name, 60), std::string::npos) << name;
  rewrite.attributes = {{"title", samples::text("x", rewrite::Place::kDoubleQuoted)}};
  EXPECT_EQ(block({rewrite}, scripted()).find(":not("), std::string::npos) << "harmless on any element";
}

TEST_F(ScriptRender, SkipsWhatThereIsNoScriptFor) {
  ScriptPage page = scripted();
  page.script = {};
  EXPECT_EQ(block({content(0, "x")}, page), "");
  EXPECT_EQ(last_.skips[0], RenderSkip::kNoScript);
  EXPECT_TRUE(last_.edits.empty());
}

TEST_F(ScriptRender, WatchesSlotsThatTheHtmlHasWhereTheSiteAsks) {
  ScriptPage page = scripted();
  page.usual = Delivery::kHtml;
  EXPECT_EQ(block({content(0, "x")}, page), "");
  EXPECT_FALSE(last_.once);
  page.seen = "/abm/seen", page.id = "9f", page.slots = "/abm/slots";
  const std::string text = block({content(0, "x")}, page);
  EXPECT_NE(
      text.find(
          "\"edits\":[],\"watch\":[{\"slot\":\"s0\",\"select\":\"#s0\"}],\"slots\":\"/abm/slots\",\"seen\":"
          "\"/abm/seen\",\"id\":\"9f\"}"),
      std::string::npos)
      << text;
  EXPECT_TRUE(last_.once);
  EXPECT_EQ(last_.edits.size(), 2u);
  EXPECT_EQ(last_.edit_of_winner[0], 0u);
  const uint64_t hash = last_.hash;
  page.id = "a0";
  static_cast<void>(block({content(0, "x")}, page));
  EXPECT_NE(last_.hash, hash);
}

TEST_F(ScriptRender, AllEditsAreJsonWhoeverDeliversThem) {
  for (const Deliver deliver : {Deliver::kAsConfigured, Deliver::kHtml, Deliver::kScript}) {
    Ruleset rules = samples::ruleset(1, {rule("r", all({}), {content(0, "x <b>")})});
    rules.slots[0].deliver = deliver;
    const Site site(rules, {muller()});
    const accounts::AccountView account = site.account(0);
    Winner winner;
    RenderInput input;
    input.program = &site.program();
    input.account = &account;
    input.path = "/a";
    input.winners = {&winner, 1};
    input.memory = memory_.source();
    EXPECT_EQ(render_json(input),
              "{\"v\":1,\"page\":\"/a\",\"edits\":[{\"slot\":\"s0\",\"select\":\"#s0\",\"html\":\"x "
              "\\u003cb\\u003e\"}]}");
    winner.held_out = true;
    EXPECT_EQ(render_json(input), "{\"v\":1,\"edits\":[]}");
  }
}

TEST_F(ScriptRender, TakesANonceOn) {
  const std::string plain = block({content(0, "x")}, scripted());
  const uint64_t hash = last_.hash;
  ASSERT_TRUE(add_nonce(last_, "", memory_.source()));
  EXPECT_EQ(last_.edits[0].prepend, plain);
  ASSERT_TRUE(add_nonce(last_, "aB+/=", memory_.source()));
  EXPECT_TRUE(last_.edits[0].prepend.ends_with("<script src=\"/abm.js?v=1\" nonce=\"aB+/=\"></script>"));
  EXPECT_NE(last_.hash, hash);
}

TEST_F(ScriptRender, GivesNothingWithoutMemory) {
  const ScriptPage page = scripted();
  script_ = &page;
  for (size_t blocks = 0;; ++blocks) {
    memory_.blocks.clear();
    memory_.fail_from = blocks;
    const RenderResult result = render({content(0, "x {{account.name}}")});
    if (result.ok && result.skips[0] == RenderSkip::kNone) break;
    ASSERT_TRUE(!result.ok || result.edits.empty()) << blocks;
    ASSERT_LT(blocks, 100u);
  }
}

}  // namespace
}  // namespace abm::rules
