#include "yaml/source_text.h"

#include <algorithm>

namespace abm::yaml {
namespace {

bool starts_point(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

}  // namespace

SourceText::SourceText(std::string_view bytes) : bytes_(bytes) {
  starts_.push_back(0);
  for (size_t i = bytes.find('\n'); i != bytes.npos; i = bytes.find('\n', i + 1)) starts_.push_back(i + 1);
}

std::string_view SourceText::line(uint32_t line) const noexcept {
  if (line == 0 || line > starts_.size()) return {};
  const size_t begin = starts_[line - 1];
  size_t end = line < starts_.size() ? starts_[line] - 1 : bytes_.size();
  if (end > begin && bytes_[end - 1] == '\r') --end;
  return bytes_.substr(begin, end - begin);
}

Position SourceText::position(size_t offset) const noexcept {
  if (starts_.empty()) return {};
  offset = std::min(offset, bytes_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const size_t begin = *(after - 1);
  return {static_cast<uint32_t>(after - starts_.begin()),
          count_points(bytes_.substr(begin, offset - begin)) + 1};
}

uint32_t SourceText::longer_line(size_t limit) const noexcept {
  for (size_t i = 0; i < starts_.size(); ++i) {
    const size_t end = i + 1 < starts_.size() ? starts_[i + 1] : bytes_.size();
    if (end - starts_[i] > limit) return static_cast<uint32_t>(i + 1);
  }
  return 0;
}

uint32_t count_points(std::string_view text) noexcept {
  return static_cast<uint32_t>(std::count_if(text.begin(), text.end(), starts_point));
}

size_t offset_of_column(std::string_view line, uint32_t column) noexcept {
  size_t i = 0;
  for (uint32_t seen = 1; i < line.size() && seen < column; ++seen) {
    ++i;
    while (i < line.size() && !starts_point(line[i])) ++i;
  }
  return i;
}

}  // namespace abm::yaml
