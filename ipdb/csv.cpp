#include "ipdb/csv.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/invisible.h"
#include "base/text.h"

namespace abm::ipdb {
CsvReader::CsvReader(std::string_view bytes, std::string file, const Limits& limits, Diagnostics& diagnostics)
    : file_bytes_(bytes.size()),
      bytes_(bytes),
      file_(std::move(file)),
      limits_(limits),
      diagnostics_(diagnostics) {
  if (utf16_to_utf8(bytes, decoded_)) bytes_ = decoded_;
  if (bytes_.starts_with("\xef\xbb\xbf")) next_ = 3;
}

// Up to LF, CRLF or CR. The next LF is looked for once: a file may have none.
std::string_view CsvReader::take_line() {
  if (newline_ < next_ || line_ == 0) newline_ = std::min(bytes_.find('\n', next_), bytes_.size());
  const std::string_view line = bytes_.substr(next_, newline_ - next_);
  const size_t end = std::min(line.find('\r'), line.size());
  next_ += end + 1;
  if (next_ == newline_ && end != line.size()) ++next_;  // CRLF
  ++line_;
  return line.substr(0, end);
}

namespace {

size_t first_not_utf8(std::string_view text) noexcept {
  size_t at = 0;
  while (at < text.size()) {
    const DecodedPoint point = decode_utf8(text.substr(at));
    if (!point.valid) break;
    at += point.length;
  }
  return at;
}

}  // namespace

bool CsvReader::next() {
  while (next_ < bytes_.size() && errors_ < kMaxErrors) {
    text_ = take_line();
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
    const std::string_view visible = trimmed_of_invisible(text_);
    if (visible.empty() || visible.front() == '#') continue;
    if (!is_utf8(text_)) {
      text_ = text_.substr(0, first_not_utf8(text_));  // what can be shown
      error_at(text_.size(), "text that is neither UTF-8 nor UTF-16; save the file as UTF-8");
      continue;
    }
    if (split()) return true;
  }
  return false;
}

void CsvReader::skip_blanks(size_t& at) const noexcept {
  while (at < text_.size()) {
    const size_t length = text_[at] == ' ' || text_[at] == '\t' ? 1 : invisible_at(text_, at);
    if (length == 0) return;
    at += length;
  }
}

bool CsvReader::split() {
  fields_.clear();
  unquoted_.clear();
  size_t at = 0;
  for (;;) {
    skip_blanks(at);
    if (at < text_.size() && text_[at] == '"') {
      if (!quoted(at)) return false;
    } else {
      const size_t end = std::min(text_.find(',', at), text_.size());
      fields_.push_back({trimmed_of_invisible(text_.substr(at, end - at)), at});
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
  skip_blanks(at);
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

std::string CsvReader::with_note(size_t i, std::string message) const {
  return i < fields_.size() ? std::move(message) + note_on_invisible(fields_[i].text) : std::move(message);
}

void CsvReader::error(size_t i, std::string message) {
  error_at(i < fields_.size() ? fields_[i].offset : text_.size(), with_note(i, std::move(message)));
}

void CsvReader::warning(size_t i, std::string message) {
  const size_t offset = i < fields_.size() ? fields_[i].offset : text_.size();
  diagnostics_.warning(file_, position(offset), "", with_note(i, std::move(message)), std::string(text_));
}

}  // namespace abm::ipdb
