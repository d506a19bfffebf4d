// Hostile values in every place a placeholder may stand: parse5 finds the tree that it finds for "X". Skipped
// where `npm install` has not been run in tests/rewrite/parse5.
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/node_script.h"
#include "tests/places.h"
#include "tests/rewrite/base64.h"
#include "tests/rewrite/template/template_render.h"

namespace abm::rewrite {
namespace {

const std::string_view kHostile[] = {
    "\"><script>alert(1)</script>",
    "' onx=y z='",
    "\" onx=y z=\"",
    "javascript:alert(1)",
    "</script>",
    "</style>",
    "</title>",
    "</textarea><img src=x onerror=alert(1)>",
    "--!>",
    "-->",
    "<!--",
    "]]>",
    "<![CDATA[",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "&",
    "<",
    ">",
    "`",
    "=",
    "/",
    "/>",
    "..",
    "{{ account.name }}",
    "</p></div><p>",
    "</",
    "e",
    "e>",
    "script",
    "\xff\xfe<",
    "\x80\x3c",
    "M\xc3\xbcller & S\xc3\xb6hne <GmbH>",
    "a\r\nb\tc",
};

struct Pair {
  std::string hostile, harmless;
};

/// Every pair has one shape, by parse5.
void expect_same_shapes(const std::vector<Pair>& pairs) {
  std::vector<std::string> lines;
  for (const Pair& pair : pairs) lines.push_back(base64(pair.hostile) + ' ' + base64(pair.harmless));
  const auto verdicts = places::judge_with_node("shapes.mjs", lines);
  ASSERT_EQ(verdicts.size(), pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(verdicts[i], "same") << pairs[i].hostile;
}

std::string page_of(const std::string& body) {
  return "<!DOCTYPE html><body><main>" + body + "</main><i>after</i>";
}

void add_pairs(std::string_view source, std::vector<Pair>& pairs) {
  const std::optional<Template> parsed = accepted_template(source, TemplateKind::kMarkup);
  if (!parsed) return;
  for (const std::string_view value : kHostile) {
    for (const Charset charset : {Charset::kUtf8, Charset::kSingleByte}) {
      pairs.push_back({page_of(render(*parsed, value, charset)), page_of(render(*parsed, "X", charset))});
    }
  }
}

class EscapeParse5 : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5")) {
      GTEST_SKIP() << "parse5 is not installed: run npm install in tests/rewrite/parse5";
    }
  }
};

TEST_F(EscapeParse5, HostileValuesLeaveTheTreeAloneInEveryPlace) {
  std::vector<Pair> pairs;
  for (const std::string_view source :
       {"<p>{{ a }}</p>", "a{{ a }}b{{ a }}", "<title>{{ a }}</title>", "<textarea>x{{ a }}</textarea>",
        "<table><tr><td>{{ a }}</table>", "<select><option>{{ a }}</select>", "<ul><li>{{ a }}<li>b</ul>",
        "<svg><text>{{ a }}</text><title>{{ a }}</title></svg>", "<math><mi>{{ a }}</mi></math>",
        "<p title=\"{{ a }}\" class='{{ a }} x'>y</p>", "<input value=\"{{ a }}\"><input value='{{ a }}'>",
        "<a href=\"{{ a }}\">x</a>", "<a href='/for/{{ a }}?q={{ a }}#{{ a }}'>x</a>",
        "<img src=\"https://example.com/{{ a }}.png\" alt='{{ a }}'>",
        "<button formaction='./{{ a }}'>x</button>", "<pre>x{{ a }}</pre>",
        "<template><b>{{ a }}</b></template>", "<b title='a'>x</b>1 < {{ a }}"}) {
    const size_t before = pairs.size();
    add_pairs(source, pairs);
    EXPECT_GT(pairs.size(), before) << source << " was refused";
  }
  for (const TemplateKind kind :
       {TemplateKind::kText, TemplateKind::kAttributeValue, TemplateKind::kUrlAttributeValue}) {
    const std::optional<Template> parsed = accepted_template("/x/\"&<'>{{ a }}", kind);
    ASSERT_TRUE(parsed);
    const std::string_view before = kind == TemplateKind::kText ? "<p>" : "<a href=\"";
    const std::string_view after = kind == TemplateKind::kText ? "</p>" : "\">y</a>";
    for (const std::string_view value : kHostile) {
      const auto page = [&](std::string_view v) {
        return page_of(std::string(before) + render(*parsed, v, Charset::kUtf8) + std::string(after));
      };
      pairs.push_back({page(value), page("X")});
    }
  }
  expect_same_shapes(pairs);
}

TEST_F(EscapeParse5, WhateverMarkupIsAcceptedHoldsItsValues) {
  const std::string_view pieces[] = {
      "{{ a }}",    "{{ a }}",    "{{ a }}",     "<p ",        "<a href=\"",
      "<a href='/", "title=",     "\"",          "'",          ">",
      " ",          "x",          "</p>",        "<title>",    "</title>",
      "</ti",       "<textarea>", "</textarea>", "<script>",   "</script>",
      "<!--",       "-->",        "--!>",        "<svg>",      "</svg>",
      "<style>",    "</style>",   "<![CDATA[",   "]]>",        "<b>",
      "</b>",       "&",          "&#",          "<",          "/",
      "=",          "onclick=\"", "<math><mi>",  "<div>",      "<foreignObject>",
      "<!x",        "<?",         "</",          "<noscript>", "</noscript>",
      "<desc>",     "<iframe>",   "</iframe>",   "<br/>"};
  std::mt19937 random(4);
  std::vector<Pair> pairs;
  size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string source;
    for (size_t n = 2 + random() % 8; n > 0; --n) source += pieces[random() % std::size(pieces)];
    const std::optional<Template> parsed = accepted_template(source, TemplateKind::kMarkup);
    if (!parsed) continue;
    ++accepted;
    const std::string_view value = kHostile[random() % std::size(kHostile)];
    pairs.push_back(
        {page_of(render(*parsed, value, Charset::kUtf8)), page_of(render(*parsed, "X", Charset::kUtf8))});
  }
  EXPECT_GT(accepted, 1000u);
  expect_same_shapes(pairs);
}

}  // namespace
}  // namespace abm::rewrite
