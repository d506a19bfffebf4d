// Other views of a page: with a place changed, and with other bytes in its gaps.
#pragma once

#include "rewrite/recall/gap_finder.h"
#include "serving.h"

namespace abm::rewrite {

/// False: the pages differ elsewhere, too.
inline bool find_gaps(RememberedPage& remembered, std::string_view other, const RewriterOptions& options,
                      size_t slice = 1000) {
  GapFinder finder(remembered, other, scan_options(options));
  GapFinder::State state = GapFinder::State::kLooking;
  while (state == GapFinder::State::kLooking) state = finder.advance(slice);
  if (state == GapFinder::State::kDiffers) return false;
  remembered.gaps = finder.take();
  return true;
}

/// The page with other bytes in its gaps.
template <typename Fill>
std::string filled(const RememberedPage& page, Fill fill) {
  std::string result;
  size_t begin = 0;
  for (const PageGap& gap : page.gaps) {
    result.append(page.bytes.substr(begin, gap.begin - begin)).append(fill());
    begin = gap.end;
  }
  return result.append(page.bytes.substr(begin));
}

inline std::string random_filling(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "x",    "17:03",    "\"",        "'",   "<",       ">",
      "-",    "-->",      "</script>", "</",  "<!--",    std::string(1, '\0'),
      "\r",   "\r\n",     "\n",        " ",   "&am",     "&lt",
      "]]>",  "=",        "/>",        "<b>", "!",       "<script ",
      "\xE2", "\x81\x5C", "--!>",      "]]",  "</title", "é"};
  std::string filling;
  for (size_t n = random() % 4; n > 0; --n) filling += kPieces[random() % kPieces.size()];
  return filling;
}

inline std::string mutated(std::string page, std::mt19937& random) {
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

}  // namespace abm::rewrite
