#include "ipdb/csv.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::ipdb {
namespace {

constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

}  // namespace

CsvReader::CsvReader(std::string_view bytes, std::string file, const Limits& limits, Diagnostics& diagnostics)
    : bytes_(bytes), file_(std::move(file)), limits_(limits), diagnostics_(diagnostics) {
  if (bytes_.starts_with("\xef\xbb\xbf")) next_ = 3;
}

bool CsvReader::next() {
  while (next_ < bytes_.size() && errors_ < kMaxErrors) {
    const size_t end = std::min(bytes_.find('\n', next_), bytes_.size());
    text_ = bytes_.substr(next_, end - next_);
    next_ = end + 1;
    ++line_;
    if (text_.ends_with('\r')) text_.remove_suffix(1);
    if (line_ > limits_.max_lines) {
      error_at(0, fmt::format("more than {} lines; the file is not read further", limits_.max_lines));
      next_ = bytes_.size();
      return false;
    }
    if (text_.size() > limits_.max_line_bytes) {
      const size_t size = text_.size();
      text_ = {};
      error_at(0, fmt::format("a line of {} bytes, the limit is {}", size, limits_.max_line_bytes));
      continue;
    }
    if (text_.starts_with('#') || std::all_of(text_.begin(), text_.end(), is_blank)) continue;
    if (!is_utf8(text_)) {
      text_ = {};
      error_at(0, "text that is not UTF-8");
      continue;
    }
    if (split()) return true;
  }
  return false;
}

bool CsvReader::split() {
  fields_.clear();
  unquoted_.clear();
  size_t at = 0;
  for (;;) {
    while (at < text_.size() && is_blank(text_[at])) ++at;
    if (at < text_.size() && text_[at] == '"') {
      if (!quoted(at)) return false;
    } else {
      const size_t end = std::min(text_.find(',', at), text_.size());
      size_t last = end;
      while (last > at && is_blank(text_[last - 1])) --last;
      fields_.push_back({text_.substr(at, last - at), at});
      at = end;
    }
    if (at >= text_.size()) return true;
    ++at;  // the comma
  }
}

bool CsvReader::quoted(size_t& at) {
  const size_t start = at++;
  size_t from = at;
  std::string* copy = nullptr;
  for (;;) {
    const size_t quote = text_.find('"', at);
    if (quote == text_.npos) {
      error_at(start, "the quoted field does not end on this line");
      return false;
    }
    if (quote + 1 >= text_.size() || text_[quote + 1] != '"') {
      const std::string_view rest = text_.substr(from, quote - from);
      if (copy != nullptr) *copy += rest;
      fields_.push_back({copy != nullptr ? std::string_view(*copy) : rest, start});
      at = quote + 1;
      break;
    }
    if (copy == nullptr) copy = &unquoted_.emplace_back();
    *copy += text_.substr(from, quote + 1 - from);
    from = at = quote + 2;
  }
  while (at < text_.size() && is_blank(text_[at])) ++at;
  if (at < text_.size() && text_[at] != ',') {
    error_at(at, "text after the quoted field; a quote inside it is written twice");
    return false;
  }
  return true;
}

Position CsvReader::position(size_t offset) const {
  const auto begin = text_.begin();
  const auto points =
      std::count_if(begin, begin + static_cast<std::ptrdiff_t>(std::min(offset, text_.size())),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return {line_, static_cast<uint32_t>(points) + 1};
}

void CsvReader::error_at(size_t offset, std::string message) {
  diagnostics_.error(file_, position(offset), std::move(message), std::string(text_));
  if (++errors_ == kMaxErrors && next_ < bytes_.size()) {
    diagnostics_.error(file_, {line_, 0}, fmt::format("{} errors; the file is not read further", kMaxErrors));
  }
}

void CsvReader::error(size_t i, std::string message) {
  error_at(i < fields_.size() ? fields_[i].offset : text_.size(), std::move(message));
}

void CsvReader::warning(size_t i, std::string message) {
  const size_t offset = i < fields_.size() ? fields_[i].offset : text_.size();
  diagnostics_.warning(file_, position(offset), "", std::move(message), std::string(text_));
}

}  // namespace abm::ipdb
