// The pieces that charts are drawn from. Units are those of the drawing, which the page scales to its width;
// classes are those of page.css.
#pragma once

#include <string>
#include <string_view>

namespace abm::measure::svg {

inline constexpr double kWidth = 960;
/// At most so much a character of a label takes.
inline constexpr double kCharacter = 7.5;

/// Begins a picture with a name for those who cannot see it; "</svg>" ends it.
[[nodiscard]] std::string open(double height, std::string_view label);
[[nodiscard]] std::string line(std::string_view kind, double x1, double y1, double x2, double y2);
[[nodiscard]] std::string text(std::string_view kind, double x, double y, std::string_view words);
/// A width or height below zero is zero.
[[nodiscard]] std::string rectangle(std::string_view kind, double x, double y, double width, double height,
                                    std::string_view tip);
/// `data` as in the attribute d.
[[nodiscard]] std::string path(std::string_view kind, std::string_view data, std::string_view tip);

/// Cut to `limit` characters.
[[nodiscard]] std::string shortened(std::string_view words, size_t limit);
/// 1,200 or 12.5: as many decimals as the step between ticks has.
[[nodiscard]] std::string tick_text(double value, double step);

}  // namespace abm::measure::svg
