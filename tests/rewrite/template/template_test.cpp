// Templates: the notation and its errors, what is literal, and the place of every placeholder.
#include "rewrite/template/template.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::rewrite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Parts as text: literals as they are, placeholders as [source|default @place]; or the errors as "!offset
/// message".
std::string parsed(std::string_view source, TemplateKind kind) {
  constexpr const char* kPlaceNames[] = {"text", "double", "single", "url-double", "url-single"};
  std::vector<TemplateError> errors;
  const Template result = parse_template(source, kind, errors);
  std::string out;
  for (const TemplateError& error : errors) out += fmt::format("!{} {}\n", error.offset, error.message);
  if (!out.empty()) return out;
  for (const TemplatePart& part : result.parts) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      out += *literal;
      continue;
    }
    const auto& placeholder = std::get<Placeholder>(part);
    EXPECT_EQ(source.substr(placeholder.offset, 2), "{{");
    out += fmt::format("[{}{} @{}]", placeholder.source,
                       placeholder.default_value ? "|" + *placeholder.default_value : "",
                       kPlaceNames[static_cast<size_t>(placeholder.place)]);
  }
  return out;
}
std::string text(std::string_view source) {
  return parsed(source, TemplateKind::kText);
}
std::string markup(std::string_view source) {
  return parsed(source, TemplateKind::kMarkup);
}
std::string url(std::string_view source) {
  return parsed(source, TemplateKind::kUrlAttributeValue);
}

TEST(Template, ReadsPlaceholdersAndTheirDefaults) {
  EXPECT_EQ(text("Hi {{ account.name }}!"), "Hi [account.name @text]!");
  EXPECT_EQ(text("{{account.attributes.integration_partner|default:\"you\"}}"),
            "[account.attributes.integration_partner|you @text]");
  EXPECT_EQ(text("{{\taccount.a \n| default :  'it' }}"), "[account.a|it @text]");
  EXPECT_EQ(text("{{ a | default: 'x \"}}\" \\' \\\\ y' }}"), "[a|x \"}}\" ' \\ y @text]");
  EXPECT_EQ(text("{{ a }}{{ b }}"), "[a @text][b @text]");
  EXPECT_EQ(text("a } b }} c { d"), "a } b }} c { d");
  EXPECT_EQ(text("\\{{ a }} \\\\{{"), "{{ a }} \\{{");
  EXPECT_EQ(text(""), "");
}

TEST(Template, ErrorsNameTheirOffsetAndTheRemedy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"ab{{", "!2 '{{' opens a placeholder, and the end cannot begin a field's name"},
      {"ab{{ x", "!2 placeholder is not closed: write }} after it"},
      {"{{}}", "!0 placeholder without a name"},
      {"{{ }}", "!0 placeholder without a name"},
      {"x {{ $y }}", "!2 '{{' opens a placeholder, and '$' cannot begin a field's name"},
      {"{{{ a }}}", "!0 '{{' opens a placeholder, and '{' cannot begin a field's name"},
      {"{{ .a }}", "!3 '.a' is not a field's name"},
      {"{{ a..b }}", "!3 'a..b' is not a field's name"},
      {"{{ a b }}", "!5 placeholder needs '}}' before 'b'"},
      {"{{ a }", "!5 placeholder needs '}}' before '}'"},
      {"{{ a | upper }}", "!7 unknown filter 'upper'; the only one is default"},
      {"{{ a | }}", "!7 '|' needs a filter, not '}'"},
      {"{{ a | default }}", "!15 default needs ':'"},
      {"{{ a | default: you }}", "!16 default needs a text in straight quotes (\" or '), not 'y'"},
      {"{{ a | default: \xe2\x80\x9cyou\xe2\x80\x9d }}",
       "!16 default needs a text in straight quotes (\" or '), not '\xe2\x80\x9c'"},
      {"{{ a | default: \"you }}", "!16 default's text is not closed: write \" after it"},
      {"{{ a | default: \"\" }}", "!16 default is empty"},
      {"{{ a | default: \"a\\n\" }}", "!18 in a default, '\\' may only come before"},
      {"{{ a | default: \"x\" | default: \"y\" }}", "!20 a placeholder takes one filter only"},
      {std::string_view("a\0b", 3), "!1 NUL byte"},
  };
  for (const auto& [source, error] : cases) {
    for (const TemplateKind kind : {TemplateKind::kText, TemplateKind::kMarkup, TemplateKind::kPath}) {
      EXPECT_THAT(parsed(source, kind), StartsWith(error)) << source;
    }
  }
}

TEST(Template, ReportsEveryErrorInOrder) {
  std::vector<TemplateError> errors;
  static_cast<void>(parse_template("<p {{ a }}>{{ b | up }} <!-- {{ c }} --> {{}} {{ ok }}",
                                   TemplateKind::kMarkup, errors));
  std::vector<size_t> offsets;
  for (const TemplateError& error : errors) offsets.push_back(error.offset);
  EXPECT_THAT(offsets, ElementsAre(3, 18, 29, 41));
}

TEST(Template, LiteralPartsAreReadyToBeEmitted) {
  EXPECT_EQ(text("a & b <i> \"c\" {{ x }} <"), "a &amp; b &lt;i&gt; \"c\" [x @text] &lt;");
  EXPECT_EQ(parsed("a & \"b\" <{{ x }}>", TemplateKind::kAttributeValue),
            "a &amp; &quot;b&quot; &lt;[x @double]&gt;");
  EXPECT_EQ(markup("a & \"b\" <br> {{ x }}"), "a & \"b\" <br> [x @text]");
  EXPECT_EQ(parsed("industry/{{ x }}.html", TemplateKind::kPath), "industry/[x @text].html");
  std::vector<TemplateError> errors;
  EXPECT_TRUE(parse_template("plain", TemplateKind::kText, errors).is_literal());
  EXPECT_FALSE(parse_template("{{ x }}", TemplateKind::kText, errors).is_literal());
}

TEST(Template, FindsThePlaceOfEachPlaceholderInMarkup) {
  EXPECT_EQ(markup("<p title=\"{{ a }}\" class='x {{ b }}'>{{ c }}</p>"),
            "<p title=\"[a @double]\" class='x [b @single]'>[c @text]</p>");
  EXPECT_EQ(markup("<A HREF = \"/for/{{ a }}?q={{ b }}#{{ c }}\">x</A>"),
            "<A HREF = \"/for/[a @url-double]?q=[b @url-double]#[c @url-double]\">x</A>");
  EXPECT_EQ(markup("<img src='/i/{{ a }}.png' alt='{{ a }}'>"),
            "<img src='/i/[a @url-single].png' alt='[a @single]'>");
  EXPECT_EQ(markup("<title>{{ a }}</title><textarea>x {{ b }} <p {{ c }}</textarea>{{ d }}"),
            "<title>[a @text]</title><textarea>x [b @text] <p [c @text]</textarea>[d @text]");
  EXPECT_EQ(markup("<script>var a = 1 < 2;</script>{{ a }}"), "<script>var a = 1 < 2;</script>[a @text]");
  EXPECT_EQ(markup("<svg><title>{{ a }}</title><a xlink:href=\"/{{ b }}\"/></svg>"),
            "<svg><title>[a @text]</title><a xlink:href=\"/[b @url-double]\"/></svg>");
  EXPECT_EQ(markup("<svg><style>a<b c=\"</style>\"></b></style></svg>{{ a }}"),
            "<svg><style>a<b c=\"</style>\"></b></style></svg>[a @text]")
      << "no raw text in svg";
  // What a default contains is no markup.
  EXPECT_EQ(markup("<p title=\"{{ a | default: \"<b title='\\\">\" }}\">{{ b | default: \"</p>\" }}</p>"),
            "<p title=\"[a|<b title='\"> @double]\">[b|</p> @text]</p>");
  EXPECT_EQ(markup("1 < {{ a }} && 2"), "1 < [a @text] && 2");
}

TEST(Template, RefusesPlacesWhereNoEscapingHolds) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"<script>{{ a }}</script>", "!8 placeholder inside <script>"},
      {"<SCRIPT>if (a<b) '{{ a }}'</SCRIPT>", "!18 placeholder inside <SCRIPT>"},
      {"<script><!--<script>{{ a }}</script>{{ b }}--></script>", "!20 placeholder inside <script>"},
      {"<style>a{color:{{ a }}}</style>", "!15 placeholder inside <style>"},
      {"<svg><style>{{ a }}</style></svg>", "!12 placeholder inside <style>"},
      {"<svg><script>{{ a }}</script></svg>", "!13 placeholder inside <script>"},
      {"<xmp>{{ a }}</xmp>", "!5 placeholder inside <xmp>"},
      {"<iframe>{{ a }}</iframe>", "!8 placeholder inside <iframe>"},
      {"<noscript>{{ a }}</noscript>", "!10 placeholder inside <noscript>"},
      {"<noembed>{{ a }}</noembed>", "!9 placeholder inside <noembed>"},
      {"<noframes>{{ a }}</noframes>", "!10 placeholder inside <noframes>"},
      {"<plaintext>{{ a }}", "!11 placeholder inside <plaintext>"},
      {"<!-- {{ a }} -->", "!5 placeholder inside a comment"},
      {"<!-->{{ a }}<!--{{ b }}--!>", "!16 placeholder inside a comment"},
      {"<!doctype {{ a }}>", "!10 placeholder inside a comment or declaration"},
      {"<?php {{ a }} ?>", "!6 placeholder inside a comment"},
      {"</ {{ a }}>", "!3 placeholder inside a comment"},
      {"<![CDATA[{{ a }}]]>", "!9 placeholder inside a comment"},
      {"<svg><![CDATA[ > {{ a }}]]></svg>", "!17 placeholder inside a comment"},
      {"<svg><![CDATA[ {{ a }}", "!15 placeholder inside a tag or comment that is not closed"},
      {"<{{ a }}>", "!1 placeholder inside a tag's name"},
      {"<h{{ a }}>", "!2 placeholder inside a tag's name"},
      {"</{{ a }}>", "!2 placeholder inside a tag's name"},
      {"</p {{ a }}>", "!4 placeholder inside a tag's name or between attributes"},
      {"<p {{ a }}>", "!3 placeholder in an attribute's name"},
      {"<p data-{{ a }}=\"x\">", "!8 placeholder in an attribute's name"},
      {"<p title={{ a }}>", "!9 placeholder in the unquoted value of 'title'"},
      {"<p title=x{{ a }}>", "!10 placeholder in the unquoted value of 'title'"},
      {"<p title=\"x\"{{ a }}>", "!12 placeholder in an attribute's name"},
      {"<a onclick=\"go('{{ a }}')\">", "!16 placeholder in the attribute 'onclick': its value is script"},
      {"<a OnClick='{{ a }}'>", "!12 placeholder in the attribute 'onclick': its value is script"},
      {"<p style=\"color: {{ a }}\">", "!17 placeholder in the attribute 'style': its value is CSS"},
      {"<iframe srcdoc=\"{{ a }}\">", "!16 placeholder in the attribute 'srcdoc'"},
      {"<img srcset=\"{{ a }} 2x\">", "!13 placeholder in the attribute 'srcset'"},
      {"<script src=\"/{{ a }}.js\"></script>", "!14 placeholder in an attribute of <script>"},
      {"<meta http-equiv=\"refresh\" content=\"0;url={{ a }}\">",
       "!42 placeholder in an attribute of <meta>"},
      {"<base href=\"/{{ a }}/\">", "!13 placeholder in an attribute of <base>"},
      {"<svg><set attributeName=\"href\" to=\"{{ a }}\"/></svg>", "!35 placeholder in an attribute of <set>"},
      {"<p title=\"{{ a }}", "!10 placeholder inside a tag or comment that is not closed"},
      {"<!-- {{ a }}", "!5 placeholder inside a tag or comment that is not closed"},
      {"<title></{{ a }}</title>", "!9 placeholder right after '<' in <title>"},
      {"<title></ti{{ a }}</title>", "!11 placeholder right after '<' in <title>"},
      {"<textarea><{{ a }}{{ b }}</textarea>", "!11 placeholder right after '<' in <textarea>"},
      {"&#{{ a }};", "!2 placeholder right after '&'"},
      {"<p title=\"a&{{ a }}\">", "!12 placeholder right after '&'"},
  };
  for (const auto& [source, error] : cases) EXPECT_THAT(markup(source), StartsWith(error)) << source;
}

TEST(Template, UrlsMayNotLetAPlaceholderChooseSchemeOrHost) {
  const char* const allowed[] = {"/for/{{ a }}",
                                 "{{ a }}",
                                 "{{ a }}/{{ b }}",
                                 "./{{ a }}:x",
                                 "?q={{ a }}",
                                 "#{{ a }}",
                                 "/a:b/{{ a }}",
                                 "https://example.com/{{ a }}",
                                 "HTTP://example.com?{{ a }}",
                                 "https://example.com#{{ a }}",
                                 "mailto:{{ a }}",
                                 "tel:{{ a }}",
                                 "//example.com/{{ a }}",
                                 "https://u@example.com:8/{{ a }}",
                                 "/x",
                                 "",
                                 " https://example.com/x ",
                                 "a&b={{ a }}"};
  for (const char* source : allowed) EXPECT_THAT(url(source), testing::Not(StartsWith("!"))) << source;
  const std::pair<std::string_view, std::string_view> refused[] = {
      {"javascript:alert(1)", "scheme 'javascript:' is not allowed"},
      {" \tJava\nScript:{{ a }}", "scheme 'javascript:' is not allowed"},
      {"\x01javascript:x", "scheme 'javascript:' is not allowed"},
      {"data:text/html,{{ a }}", "scheme 'data:' is not allowed"},
      {"vbscript:x", "scheme 'vbscript:' is not allowed"},
      {"ftp://x", "scheme 'ftp:' is not allowed"},
      {"{{ a }}:x", "a placeholder cannot choose the scheme"},
      {"java{{ a }}:x", "a placeholder cannot choose the scheme"},
      {"{{ a }}://x/", "a placeholder cannot choose the scheme"},
      {"https://{{ a }}/", "a placeholder cannot choose the host"},
      {"https://{{ a }}.example.com/", "a placeholder cannot choose the host"},
      {"https://example.com{{ a }}", "a placeholder cannot choose the host"},
      {"https://example.com:{{ a }}/", "a placeholder cannot choose the host"},
      {"https:{{ a }}", "a placeholder cannot choose the host"},
      {"https:\\/{{ a }}", "a placeholder cannot choose the host"},
      {"https:///{{ a }}", "a placeholder cannot choose the host"},
      {"//{{ a }}", "a placeholder cannot choose the host"},
      {"\\/{{ a }}", "a placeholder cannot choose the host"},
      {"/\t/{{ a }}", "a placeholder cannot choose the host"},
  };
  for (const auto& [source, error] : refused) EXPECT_THAT(url(source), HasSubstr(error)) << source;
}

TEST(Template, UrlsInMarkupAreJudgedAsTheBrowserReadsThem) {
  EXPECT_THAT(markup("<a href=\"java&#115;cript:{{ a }}\">"),
              HasSubstr("!25 in the attribute 'href', scheme"));
  EXPECT_THAT(markup("<a href='https:&sol;&sol;{{ a }}/'>"), HasSubstr("cannot choose the host"));
  EXPECT_THAT(markup("<form ACTION=\"{{ a }}&colon;x\">"), HasSubstr("cannot choose the scheme"));
  EXPECT_THAT(markup("<a href=\"https://x\\{{y/{{ a }}\">"), testing::Not(StartsWith("!")));
  EXPECT_THAT(markup("<a href=\"https://x\\{{{{ a }}\">"), HasSubstr("cannot choose the host"));
  EXPECT_THAT(markup("<a href=\"javascript:x\">{{ a }}</a>"), testing::Not(StartsWith("!")))
      << "the author's own link, for lint to judge";
}

TEST(Template, AnyMarkupParsesWithoutLosingLiteralBytes) {
  constexpr std::string_view kAlphabet[] = {
      "{{ a }}", "{{",  "\\{{",  "<",       ">",    "\"",  "'",        "=",         " ",  "/",
      "p",       "<p ", "title", "href=\"", "<!--", "-->", "<script>", "</script>", "&#", "<svg>"};
  uint32_t state = 1;
  for (int i = 0; i < 30000; ++i) {
    std::string source;
    for (int n = 0; n < 8; ++n) source += kAlphabet[((state = state * 1664525 + 1013904223) >> 8) % 20];
    std::vector<TemplateError> errors;
    const Template result = parse_template(source, TemplateKind::kMarkup, errors);
    for (const TemplateError& error : errors) ASSERT_LE(error.offset, source.size());
    if (!errors.empty()) continue;
    std::string joined;
    for (const TemplatePart& part : result.parts) {
      joined += std::holds_alternative<Placeholder>(part) ? "{{ a }}" : std::get<std::string>(part);
    }
    std::string unescaped = source;
    for (size_t at; (at = unescaped.find("\\{{")) != std::string::npos;) unescaped.replace(at, 3, "{{");
    ASSERT_EQ(joined, unescaped) << source;
  }
}

}  // namespace
}  // namespace abm::rewrite
