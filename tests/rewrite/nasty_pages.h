// Generated pages of tags that matter to tree construction, in no sensible order.
#pragma once

#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace abm::rewrite {

/// Without `search`, which parse5 8.1 takes for an unknown element (HTML has it since 2023).
inline std::string nasty_page(std::mt19937& random) {
  // One entry a line would be a page of them.
  // clang-format off
  static const char* const kTags[] = {
      "a", "a", "b", "b", "i", "font", "nobr", "code", "p", "p", "div", "div", "span", "ul", "ol", "li", "li", "dl", "dt",
      "dd", "h1", "h2", "table", "table", "tbody", "thead", "tfoot", "tr", "tr", "td", "td", "th", "caption", "colgroup",
      "col", "select", "option", "optgroup", "hr", "br", "img", "image", "input", "button", "form", "form", "pre",
      "textarea", "title", "style", "script", "xmp", "iframe", "noembed", "noscript", "noframes", "template", "template",
      "svg", "svg", "math", "foreignObject", "desc", "mi", "mtext", "annotation-xml", "mglyph", "ruby", "rb", "rt", "rp",
      "rtc", "applet", "object", "marquee", "section", "address", "article", "center", "details", "summary", "dialog",
      "body", "html", "head", "frameset", "frame", "main", "x-foo", "label", "em", "strong", "link", "meta", "base",
      "blockquote", "fieldset", "menu", "param", "source", "wbr", "listing", "keygen", "area", "path", "g"};
  static const char* const kAttributes[] = {"", "", "", " id=a", " class='x y'", " color=red", " type=hidden",
                                            " encoding=text/html", " a=\"<b>\"", " /", " x=1/", " a a=2"};
  static const char* const kTexts[] = {"", "", "x", " ", "\n", "text", "<", "&amp;", "<!-- <p> -->", "<!-->", "<!--->",
                                       "<!--x--!>", "<?php <p> ?>", "</>", "</ x>", "<![CDATA[ <p> ]]>", "<!x>", "a<b"};
  // clang-format on
  const auto pick = [&](const auto& array) { return array[random() % std::size(array)]; };
  std::string page;
  if (random() % 3 != 0) page = "<!DOCTYPE html>";
  if (random() % 5 == 0) page = "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">";
  if (random() % 3 == 0) page += "<html><head><title>t</title></head><body>";
  std::vector<std::string> open;
  // Most pages use few kinds of tags, so that those meet each other.
  std::vector<std::string> palette;
  for (size_t i = 0, n = 2 + random() % 12; i < n; ++i) palette.push_back(pick(kTags));
  for (size_t i = 0, n = 3 + random() % 40; i < n; ++i) {
    const std::string tag = random() % 8 == 0 ? pick(kTags) : palette[random() % palette.size()];
    switch (random() % 5) {
      case 0:
      case 1:
        page += "<" + tag + pick(kAttributes) + (random() % 10 == 0 ? "/>" : ">");
        open.push_back(tag);
        break;
      case 2:
        page += "</" + tag + ">";
        break;
      case 3:
        if (open.empty()) break;
        page += "</" + open.back() + ">";
        open.pop_back();
        break;
      default:
        page += pick(kTexts);
    }
  }
  return page;
}

}  // namespace abm::rewrite
