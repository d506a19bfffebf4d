// Every entry of the table of attributes, both ways a value gets there (markup, and attribute edits of a
// slot): whatever is accepted is accepted both ways, and can hold any value. parse5 and the URL Standard
// (node) are the judges.
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rewrite/scan/attribute_context.h"
#include "tests/node_script.h"
#include "tests/places.h"
#include "tests/rewrite/base64.h"
#include "tests/rewrite/rewrite_fixture.h"
#include "tests/rewrite/template/template_render.h"
#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

using rewrite::AttributeEntry;

constexpr std::string_view kHostile[] = {
    "\"><script>alert(1)</script>",
    "' onx=y z='",
    "\" onx=y z=\"",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:x",
    "\x01javascript:x",
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\t//evil.example",
    "https://evil.example/",
    "https:evil.example",
    "data:text/html,x",
    "0;url=//evil.example",
    "0",
    "a, //evil.example",
    "a //evil.example 2x",
    "@evil.example",
    ":80@evil.example",
    ".evil.example",
    "</script>",
    "</style>",
    "--!>",
    "]]>",
    "\xe2\x80\xa8",
    "{{7*7}}",
    "${7*7}",
    "..",
    ".",
    "",
    "?",
    "#",
    "&#47;&#47;evil.example",
    "&sol;",
    "\xff\xfe",
};
/// What a rule may write around a value.
constexpr std::string_view kPatterns[] = {
    "{{ account.name }}",
    "/x/{{ account.name }}",
    "./{{ account.name }}",
    "//host.example/{{ account.name }}",
    "https://host.example/{{ account.name }}?q={{ account.name }}#{{ account.name }}",
    "/a {{ account.name }}",
    "/a, {{ account.name }} 2x",
    "0;url={{ account.name }}",
    "https://{{ account.name }}",
    "//{{ account.name }}",
    "https:{{ account.name }}",
    "{{ account.name }}:x",
    "/{{ account.name }}",
    "https://host.example{{ account.name }}",
    "/\t/{{ account.name }}",
    "color:{{ account.name }}",
};
/// What browsers take for URLs, whatever the table says.
const std::set<std::string, std::less<>> kUrls = {
    "action",     "background", "cite", "classid",    "codebase", "data",   "dynsrc",
    "formaction", "href",       "icon", "itemid",     "longdesc", "lowsrc", "manifest",
    "poster",     "profile",    "src",  "xlink:href", "xml:base"};
const std::set<std::string, std::less<>> kLists = {"archive",  "attributionsrc", "imagesrcset",
                                                   "itemtype", "ping",           "srcset"};
constexpr std::string_view kOthers[] = {"title", "alt",    "onclick", "v-html", "@click",
                                        ":href", "data-x", "value",   "name"};

std::string element_of(const AttributeEntry& entry) {
  return entry.element.empty() ? "a" : std::string(entry.element);
}

std::string page_with(std::string_view inside) {
  return fmt::format("<!DOCTYPE html><body><main>{}</main><i>after</i>", inside);
}

std::string yaml_of(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::optional<SlotRewrite> load(const std::string& selector, const std::string& edit) {
  Loaded loaded = load_text("slots: { s: " + yaml_of(selector) +
                            " }\nrules:\n  - { id: one, rewrite: { s: { " + edit + " } } }\n");
  if (!loaded.ruleset) return std::nullopt;
  return std::move(loaded.ruleset->rules[0].rewrite[0]);
}

/// The page that a visitor from an account with this name gets, for an edit of one attribute.
std::string edited(const SlotRewrite& rule, const std::string& selector, const std::string& page,
                   std::string_view name) {
  const rewrite::Slots slots({selector});
  const std::string value = render(*rule.attributes[0].value, name, rewrite::Charset::kUtf8);
  const rewrite::AttributeEdit attribute{rule.attributes[0].name, value};
  rewrite::Edit edit;
  edit.attributes = {&attribute, 1};
  edit.guarded = rule.guarded;
  const rewrite::Edit edits[] = {edit};
  return rewrite_page(page, options_for(slots, edits)).html;
}

struct Case {
  std::string kind, attribute, hostile, harmless;
};

class AttributeContexts : public testing::Test {
 protected:
  /// One element, one attribute and the text around the value: both ways.
  void add(const std::string& element, const std::string& attribute, std::string_view pattern) {
    const std::string markup = fmt::format("<{} {}=\"{}\">", element, attribute, pattern);
    const auto html = load("main", "append: " + yaml_of(markup));
    const std::string set = fmt::format("attributes: {{ {}: {} }}", yaml_of(attribute), yaml_of(pattern));
    const auto plain = load(element, set);
    const auto typed = plain ? plain : load(element, set + ", unsafe: true");
    const auto untyped = load("[data-s]", set);
    EXPECT_EQ(html.has_value(), typed.has_value())
        << "'" << attribute << "' of <" << element << ">, " << pattern << ": the two ways disagree";
    const bool url = kUrls.contains(attribute), list = kLists.contains(attribute);
    const std::string kind = url ? "url" : list ? "list" : "text";
    const std::string page = page_with(fmt::format("<{0} data-s></{0}>", element));
    for (const std::string_view name : kHostile) {
      if (html) {
        const auto shown = [&](std::string_view v) {
          return page_with(render(*html->append, v, rewrite::Charset::kUtf8));
        };
        cases_.push_back({kind, attribute, shown(name), shown("X")});
      }
      if (typed)
        cases_.push_back(
            {kind, attribute, edited(*typed, element, page, name), edited(*typed, element, page, "X")});
      if (untyped) {
        cases_.push_back({kind, attribute, edited(*untyped, "[data-s]", page, name),
                          edited(*untyped, "[data-s]", page, "X")});
      }
    }
    (typed ? accepted_ : refused_).insert(element + " " + attribute);
  }

  [[nodiscard]] std::vector<std::string> verdicts() const {
    std::vector<std::string> lines;
    for (const Case& c : cases_) {
      lines.push_back(fmt::format("{} {} {} {}", c.kind, c.attribute, rewrite::base64(c.hostile),
                                  rewrite::base64(c.harmless)));
    }
    return places::judge_with_node("attributes.mjs", lines);
  }

  std::vector<Case> cases_;
  std::set<std::string> accepted_, refused_;
};

TEST_F(AttributeContexts, WhateverIsAcceptedHoldsEveryValueBothWays) {
  if (!std::filesystem::exists(places::source_folder() + "/tests/rewrite/parse5/node_modules/parse5")) {
    GTEST_SKIP() << "parse5 is not installed: run npm install in tests/rewrite/parse5";
  }
  for (const AttributeEntry& entry : rewrite::attribute_table()) {
    for (const std::string_view pattern : kPatterns) {
      if (entry.attribute != rewrite::kAnyAttribute) {
        add(element_of(entry), std::string(entry.attribute), pattern);
        continue;
      }
      for (const char* attribute : {"src", "href", "xlink:href", "to", "title", "name"})
        add(element_of(entry), attribute, pattern);
    }
  }
  for (const std::string_view attribute : kOthers) {
    for (const std::string_view pattern : kPatterns) add("a", std::string(attribute), pattern);
  }
  const std::vector<std::string> said = verdicts();
  ASSERT_EQ(said.size(), cases_.size());
  size_t different = 0;
  for (size_t i = 0; i < said.size(); ++i) {
    if (said[i] == "same" || ++different > 10) continue;
    ADD_FAILURE() << cases_[i].attribute << ": " << said[i] << "\n  " << cases_[i].hostile;
  }
  EXPECT_EQ(different, 0u);
  for (const char* good :
       {"a href", "link href", "iframe src", "object data", "a ping", "a class", "a title", "a data-x"}) {
    EXPECT_TRUE(accepted_.contains(good)) << good;
  }
  for (const char* bad :
       {"meta content", "script src", "base href", "set to", "a srcset", "a style", "a srcdoc", "a onclick",
        "a rel", "a sandbox", "a fill", "a v-html", "a @click", "a :href", "animate to", "a attributename"}) {
    EXPECT_TRUE(refused_.contains(bad)) << bad;
    EXPECT_FALSE(accepted_.contains(bad)) << bad;
  }
}

/// "" if accepted, otherwise the first error.
std::string verdict(const std::string& selector, const std::string& edit) {
  const Loaded loaded = load_text("slots: { s: " + yaml_of(selector) +
                                  " }\nrules:\n  - { id: one, rewrite: { s: { " + edit + " } } }\n");
  return loaded.ruleset ? "" : loaded.diagnostics.first_error();
}

TEST(AttributeEdits, ThatLoadOrRunSomethingNeedUnsafeEvenWithoutPlaceholder) {
  const std::pair<const char*, const char*> cases[] = {
      {"script", "{ src: /a.js }"},
      {"base", "{ href: /x/ }"},
      {"iframe", "{ sandbox: allow-scripts }"},
      {"iframe", "{ sandbox: ~ }"},
      {"iframe", "{ srcdoc: '<p>x' }"},
      {"iframe", "{ src: /x }"},
      {"animate", "{ attributeName: href }"},
      {"set", "{ to: /x }"},
      {"a", "{ onclick: 'go()' }"},
      {"*", "{ OnLoad: 'go()' }"},
      {"object", "{ data: /x }"},
      {"embed", "{ src: /x }"},
      {"link", "{ href: /x.css }"},
      {"link[rel=stylesheet]", "{ href: /x.css }"},
      {"meta", "{ http-equiv: refresh }"},
      {"meta", "{ content: '0;url=/x' }"},
      {"meta[http-equiv=refresh]", "{ content: '5' }"},
      {"script", "{ integrity: ~ }"},
      {"script", "{ type: module }"},
      {"link[rel=canonical]", "{ rel: stylesheet }"},
      {"meta[name=referrer]", "{ content: unsafe-url }"},
      {":is(a, script)", "{ src: /a.js }"},
      {"a, base", "{ href: /x }"},
      {".x", "{ sandbox: ~ }"},
      {"[data-s]", "{ content: x }"},
      {":is(script, a):not(.x)", "{ src: /x }"},
      {"p:is(base), link", "{ href: /x }"},
  };
  for (const auto& [selector, attributes] : cases) {
    const std::string edit = std::string("attributes: ") + attributes;
    EXPECT_NE(verdict(selector, edit).find("write 'unsafe: true' beside 'attributes'"), std::string::npos)
        << selector << " " << edit << ": " << verdict(selector, edit);
    EXPECT_EQ(verdict(selector, edit + ", unsafe: true"), "") << selector << " " << edit;
  }
}

TEST(AttributeEdits, ThatAreHarmlessStayAcceptedWithoutUnsafe) {
  const std::pair<const char*, const char*> cases[] = {
      {"a", "{ href: /x, rel: nofollow, target: _blank, title: ~, HREFLANG: de }"},
      {"[data-s]", "{ href: /x, src: /y.png, rel: ~, type: button, title: 'Hi {{ account.name }}' }"},
      {"[data-s]", "{ href: '/for/{{ account.id }}', 'data-name': '{{ account.name }}' }"},
      {"img", "{ src: /x.png, srcset: '/a.png 1x, /b.png 2x', alt: '{{ account.name }}' }"},
      {"meta[name=description]", "{ content: 'For {{ account.industry }}' }"},
      {"meta[property='og:title']", "{ content: '{{ account.name }}' }"},
      {"meta:not([http-equiv])", "{ content: x }"},
      {"link[rel=canonical]", "{ href: '/for/{{ account.id }}' }"},
      {"form", "{ action: '/lead/{{ account.id }}', method: post }"},
      {"use", "{ href: '#icon-{{ account.industry }}' }"},
      {":is(a, area)", "{ href: /x, ping: '/seen/{{ account.id }}' }"},
      {"script", "{ 'data-industry': '{{ account.industry }}', class: x }"},
      {"div", "{ style: 'color: red', class: 'x {{ account.industry }}' }"},
  };
  for (const auto& [selector, attributes] : cases) {
    const std::string edit = std::string("attributes: ") + attributes;
    EXPECT_EQ(verdict(selector, edit), "") << selector << " " << edit;
  }
}

TEST(AttributeEdits, UnsafeNeverLetsAValueIn) {
  const std::pair<const char*, const char*> cases[] = {
      {"meta[http-equiv=refresh]", "{ content: '0;url={{ account.attributes.u }}' }"},
      {"meta[name=description]", "{ http-equiv: refresh, content: '{{ account.name }}' }"},
      {"script", "{ src: '/{{ account.id }}.js' }"},
      {"[data-s]", "{ href: '/{{ account.id }}' }"},
      {"*", "{ src: '/{{ account.id }}' }"},
      {"a", "{ onclick: '{{ account.id }}' }"},
      {"set", "{ to: '{{ account.id }}' }"},
      {"path", "{ fill: '{{ account.id }}' }"},
  };
  for (const auto& [selector, attributes] : cases) {
    const std::string edit = std::string("attributes: ") + attributes + ", unsafe: true";
    EXPECT_NE(verdict(selector, edit).find("takes no placeholder"), std::string::npos)
        << selector << " " << edit << ": " << verdict(selector, edit);
  }
}

TEST(AttributeEdits, UnsafeGoesWithAttributesOnlyAndIsReported) {
  EXPECT_NE(verdict("a", "text: x, unsafe: true").find("'unsafe' goes with 'attributes' only"),
            std::string::npos);
  EXPECT_NE(verdict("a", "attributes: { href: /x }, unsafe: false"), "");
  const auto warnings = [](const std::string& edit) {
    return load_text("slots: { s: script }\nrules:\n  - { id: one, rewrite: { s: { " + edit +
                     ", unsafe: true } } }\n")
        .text();
  };
  EXPECT_NE(warnings("attributes: { src: /a.js }")
                .find("setting attribute 'src' of <script> can load or run something"),
            std::string::npos);
  EXPECT_NE(warnings("attributes: { src: /a.js }").find("[ABM016]"), std::string::npos);
  EXPECT_NE(warnings("attributes: { data-x: y }").find("'unsafe' is not needed"), std::string::npos);
}

TEST(AttributeEdits, AreGuardedWhereTheSelectorNamesNoType) {
  EXPECT_TRUE(load("[data-s]", "attributes: { href: /x }")->guarded);
  EXPECT_TRUE(load("a, .x", "attributes: { href: /x }")->guarded);
  EXPECT_FALSE(load("a", "attributes: { href: /x }")->guarded);
  EXPECT_FALSE(load(":is(a, area).x", "attributes: { href: /x }")->guarded);
  EXPECT_FALSE(load("[data-s]", "attributes: { href: /x }, unsafe: true")->guarded);
}

}  // namespace
}  // namespace abm::rules
