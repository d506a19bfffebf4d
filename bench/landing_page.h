// Generated but realistic pages for the benchmarks: a B2B landing page's mix of tags, attributes and text.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace abm::bench {

/// About `bytes` long, with `slots` elements `<… data-abm-slot="slot-N">` spread
/// evenly. Always the same bytes.
inline std::string landing_page(size_t bytes, int slots) {
  static const char* const kWords[] = {"line", "changeover",    "plant",  "engineers", "downtime", "the",
                                       "and",  "for",           "cost",   "platform",  "teams",    "of",
                                       "with", "manufacturing", "reduce", "hours",     "to",       "your"};
  std::mt19937 random(42);
  const auto text = [&](int words) {
    std::string out;
    for (int i = 0; i < words; ++i)
      out += std::string(i == 0 ? "" : " ") + kWords[random() % std::size(kWords)];
    return out;
  };
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Acme</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"stylesheet\" href=\"/assets/site.css\">\n<script>\nwindow.dataLayer = window.dataLayer || "
      "[];\n"
      "for (let i = 0; i < 10 && i <= 9; i++) { document.title += '<b>' + i; }\n</script>\n</head>\n<body>\n"
      "<header class=\"site-header\"><nav class=\"nav\"><ul>\n";
  for (int i = 0; i < 12; ++i)
    page += "<li class=\"nav-item\"><a class=\"nav-link\" href=\"/solutions\">" + text(2) + "</a></li>\n";
  page += "</ul></nav></header>\n<main>\n";
  int placed = 0;
  while (page.size() + 100 < bytes) {
    if (placed < slots &&
        page.size() >= bytes / static_cast<size_t>(slots + 1) * static_cast<size_t>(placed + 1)) {
      page += "<a class=\"button button-primary\" data-abm-slot=\"slot-" + std::to_string(placed++) +
              "\" href=\"/demo\">Book a demo</a>\n";
    }
    switch (random() % 4) {
      case 0:
        page += "<section class=\"feature\">\n  <div class=\"container\">\n    <h2 class=\"h2\">" + text(5) +
                "</h2>\n    <p>" + text(40) + " <strong>" + text(3) + "</strong> " + text(11) +
                "</p>\n  </div>\n</section>\n";
        break;
      case 1:
        page += "<div class=\"card card-wide\" id=\"card\">\n  <img src=\"/img/card-12.webp\" alt=\"" +
                text(4) + "\" width=\"640\" height=\"360\" loading=\"lazy\">\n  <h3 class=\"card-title\">" +
                text(4) + "</h3>\n  <p>" + text(36) + "</p>\n  <a href=\"/customers/story\">" + text(3) +
                "</a>\n</div>\n";
        break;
      case 2:
        page += "<ul>\n";
        for (int i = 0; i < 4; ++i) page += "  <li><span class=\"icon\"></span> " + text(14) + "</li>\n";
        page += "</ul>\n";
        break;
      default:
        page += "<p>" + text(60) +
                " <a href=\"https://www.example.com/resources/whitepaper?utm_source=home\">" + text(3) +
                "</a> " + text(30) + "</p>\n<!-- " + text(6) + " -->\n";
    }
  }
  return page + "</main>\n<footer><p>&copy; Acme</p></footer>\n</body>\n</html>\n";
}

}  // namespace abm::bench
