// Fragments: what they leave open, what they contain, and how they look in another charset.
#include "rewrite/template/markup_lint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rewrite/template/escape.h"

namespace abm::rewrite {
namespace {

std::string problems(std::string_view fragment) {
  std::string out;
  for (const MarkupProblem& problem : markup_problems(fragment)) {
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", problem.offset, problem.message);
  }
  return out;
}

TEST(MarkupProblems, NoneInMarkupThatClosesWhatItOpens) {
  for (const char* fragment : {"",
                               "text",
                               "<p>a</p>",
                               "<div><br><img src=x><hr/></div>",
                               "<ul><li>a<li>b</ul>",
                               "<table><tr><td>a<td>b<tr><td>c</table>",
                               "<dl><dt>a<dd>b</dl>",
                               "<select><option>a<option>b</select>",
                               "<script>if (a < b) '</div>'</script>",
                               "<!-- <div> -->",
                               "<svg><path/><g><title>x</title></g></svg>",
                               "<svg/>",
                               "<P>a</p>",
                               "{{ account.name | default: \"<b>\" }}",
                               "<a title=\"<div>\">x</a>",
                               "<textarea><div></textarea>",
                               "<p>a<b>c</b></p><div>x</div>",
                               "<div><p>a</div>",
                               "a < b",
                               "<noscript><img src=x></noscript>",
                               "<object><param name=a></object>"}) {
    EXPECT_EQ(problems(fragment), "") << fragment;
  }
}

TEST(MarkupProblems, NameWhatWouldReachBeyondTheFragment) {
  const std::pair<const char*, const char*> cases[] = {
      {"<div>", "0 <div> is not closed"},
      {"x<div><b>y</div>", "6 <b> is not closed before </div>"},
      {"<p>a", "0 <p> is not closed"},
      {"a</div>", "1 </div> closes nothing that the fragment opened"},
      {"<p>a<div>b</div></p>", "16 </p> closes nothing that the fragment opened"},
      {"<p><span>a<ul></ul></span></p>",
       "19 </span> closes nothing that the fragment opened; "
       "26 </p> closes nothing that the fragment opened"},
      {"<div/>", "0 '/>' does not close <div>: write </div>"},
      {"</img>", "0 <img> has no end tag"},
      {"<a href=\"x>y</a>", "0 tag or comment is not finished"},
      {"a<!-- b", "1 tag or comment is not finished"},
      {"a<", "1 tag or comment is not finished"},
      {"<script>x", "0 <script> is not closed"},
      {"<body><p>a</p></body>",
       "0 <body> belongs to the page, not to a fragment; "
       "14 </body> belongs to the page, not to a fragment"},
      {"<svg><g></svg>", "5 <g> is not closed before </svg>"},
      {"<title>a</titl", "0 <title> is not closed; 8 tag or comment is not finished"},
      {"<i><b></i></b>", "3 <b> is not closed before </i>; 10 </b> closes nothing that the fragment opened"},
  };
  for (const auto& [fragment, expected] : cases) EXPECT_EQ(problems(fragment), expected) << fragment;
}

TEST(MarkupProblems, StayFewAndFastOnHostileFragments) {
  std::string deep, stray;
  for (int i = 0; i < 100000; ++i) {
    deep += "<b>";
    stray += "</b>";
  }
  EXPECT_EQ(markup_problems(deep).size(), 100u);
  EXPECT_EQ(markup_problems(stray).size(), 100u);
  EXPECT_EQ(markup_problems(deep + stray).size(), 100u) << "beyond 512 levels elements are not followed";
}

TEST(MarkupFacts, FindScriptsLinksAndHosts) {
  constexpr std::string_view kFragment =
      "<a href=\"/local\">a</a><a HREF='https://User@Example.com:8080/x'>b</a><script "
      "src=//cdn.example/x.js></script>"
      "<!-- <script> --><img src=\" http://[::1]/\"><a title=\"https://not.a.link/\" "
      "href=\"mailto:a@b.example\">"
      "<textarea><script></textarea>";
  const MarkupFacts facts = markup_facts(kFragment);
  EXPECT_THAT(facts.scripts, testing::ElementsAre(kFragment.find("<script src")));
  std::string links;
  for (const ExternalLink& link : facts.links) {
    links += fmt::format("{}={} {} ", link.attribute, link.host, kFragment.substr(link.offset, 8));
  }
  EXPECT_EQ(links, "href=example.com https:// src=cdn.example //cdn.ex src=[::1]  http:// ");
  EXPECT_EQ(facts.unreferenced, std::nullopt);
}

TEST(MarkupFacts, FindTheFirstCharacterThatNoReferenceCanWrite) {
  EXPECT_EQ(markup_facts("<p title=\"\xc3\xbc\">\xc3\xbc</p>").unreferenced, std::nullopt);
  EXPECT_EQ(markup_facts("\xc3\xbc<script>'\xc3\xbc'</script>").unreferenced, 11u);
  EXPECT_EQ(markup_facts("<!-- \xc3\xbc -->").unreferenced, 5u);
  EXPECT_EQ(markup_facts("<p data-\xc3\xbc=x>").unreferenced, 8u);
}

std::string for_charset(std::string_view markup, Charset charset) {
  const size_t needed = markup_for_charset(nullptr, 0, markup, charset);
  if (needed == kNotRepresentable) return "!";
  std::string out(needed, '#');
  EXPECT_EQ(markup_for_charset(out.data(), needed, markup, charset), needed);
  for (size_t capacity = 0; capacity < needed; ++capacity) {
    std::string cut(needed, '#');
    EXPECT_EQ(markup_for_charset(cut.data(), capacity, markup, charset), needed);
    EXPECT_EQ(cut, out.substr(0, capacity) + std::string(needed - capacity, '#'));
  }
  return out;
}

TEST(MarkupForCharset, WritesReferencesWhereTheyAreDecoded) {
  const auto legacy = [](std::string_view markup) { return for_charset(markup, Charset::kSingleByte); };
  EXPECT_EQ(legacy("<p title='\xc3\xa9' class=\xc3\xa9>\xe2\x82\xac &amp; x</p>"),
            "<p title='&#233;' class=&#233;>&#8364; &amp; x</p>");
  EXPECT_EQ(legacy("<title>\xc3\xa9</title>"), "<title>&#233;</title>");
  EXPECT_EQ(legacy("<script>x</script>\xc3\xa9"), "<script>x</script>&#233;");
  EXPECT_EQ(legacy("<script>'\xc3\xa9'</script>"), "!");
  EXPECT_EQ(legacy("<style>/* \xc3\xa9 */</style>"), "!");
  EXPECT_EQ(legacy("<!-- \xc3\xa9 -->"), "!");
  EXPECT_EQ(legacy("<p \xc3\xa9>"), "!");
  EXPECT_EQ(legacy("<\xc3\xa9>"), "<&#233;>") << "no tag: text";
  EXPECT_EQ(legacy("plain"), "plain");
  EXPECT_EQ(for_charset("<!-- \xc3\xa9 -->", Charset::kUtf8), "<!-- \xc3\xa9 -->");
}

}  // namespace
}  // namespace abm::rewrite
