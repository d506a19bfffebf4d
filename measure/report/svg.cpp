#include "measure/report/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/html.h"

namespace abm::measure::svg {

std::string open(double height, std::string_view label) {
  return fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                     kWidth, height, escaped(label));
}

std::string line(std::string_view kind, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind,
                     x1, y1, x2, y2);
}

std::string text(std::string_view kind, double x, double y, std::string_view words) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kind, x, y, escaped(words));
}

std::string rectangle(std::string_view kind, double x, double y, double width, double height,
                      std::string_view tip) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
      "height=\"{:.2f}\"><title>{}</title></rect>\n",
      kind, x, y, std::max(width, 0.0), std::max(height, 0.0), escaped(tip));
}

std::string path(std::string_view kind, std::string_view data, std::string_view tip) {
  return fmt::format("<path class=\"{}\" d=\"{}\"><title>{}</title></path>\n", kind, data, escaped(tip));
}

std::string shortened(std::string_view words, size_t limit) {
  size_t characters = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if ((static_cast<unsigned char>(words[i]) & 0xc0) == 0x80) continue;
    if (characters++ == limit) return std::string(words.substr(0, i)) + "…";
  }
  return std::string(words);
}

std::string tick_text(double value, double step) {
  if (step >= 1) return grouped(static_cast<int64_t>(std::llround(value)));
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 1, 6);
  const std::string words = fmt::format("{:.{}f}", value, decimals);
  return words.find_first_not_of("-0.") == std::string::npos ? "0" : words;
}

}  // namespace abm::measure::svg
