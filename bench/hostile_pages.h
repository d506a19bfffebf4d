// Pages built to be slow to parse, and a flat page of the same size to compare them with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace abm::bench {

inline std::string repeated(std::string_view unit, size_t times) {
  std::string out;
  out.reserve(unit.size() * times);
  for (size_t i = 0; i < times; ++i) out += unit;
  return out;
}

struct HostilePage {
  const char* name;
  std::string html;
};

inline HostilePage hostile_page(int which) {
  // As many open formatting elements as are still tracked, all different.
  std::string formatting;
  for (int i = 0; i < 120; ++i) formatting += "<b id=" + std::to_string(i) + ">";
  switch (which) {
    case 0:
      return {"nested-100k", repeated("<div>", 100'000) + repeated("</div>", 100'000)};
    case 1:
      return {"stray-ends-1m", repeated("</div>", 1'000'000)};
    case 2:
      return {"stray-paragraph-ends-1m", repeated("</p>", 1'000'000)};
    case 3:
      return {"items-below-inline-400", repeated("<span>", 400) + repeated("<dd></dd>", 100'000)};
    case 4:
      return {"formatting-120-open", formatting + repeated("<i></i>", 100'000)};
    case 5:
      return {"formatting-misnested", repeated("<a><div>", 100'000)};
    default:
      return {"formatting-reopened", repeated("<p><b><i><u>x", 100'000)};
  }
}
inline constexpr int kHostilePages = 7;

inline std::string flat_page(size_t bytes) {
  return repeated("<div></div>", bytes / 11 + 1).substr(0, bytes);
}

}  // namespace abm::bench
