#include "connect/import/table_reader.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/invisible.h"

namespace abm::connect {
namespace {

constexpr size_t kChunk = 64u << 10;
constexpr size_t kSniffed = 20;  // records
constexpr std::string_view kDelimiters = ",;\t";

}  // namespace

TableReader::TableReader(accounts::FeedSource& source, const TableOptions& options)
    : source_(source), limits_(options.limits), decoder_(options.encoding) {
  if (options.delimiter.has_value()) {
    delimiter_ = *options.delimiter;
    delimiter_known_ = true;
  }
}

/// One more piece of the file behind what is there; what came before the present record is given up.
bool TableReader::fill() {
  if (all_read_) return false;
  if (next_ > buffer_.size() / 2) {
    buffer_.erase(0, next_);
    next_ = 0;
  }
  chunk_.resize(kChunk);
  const auto got = source_.read(chunk_.data(), chunk_.size());
  if (!got) {
    fault_ = TableFault{{}, got.message()};
    return false;
  }
  bytes_read_ += *got;
  all_read_ = *got == 0;
  decoder_.decode(std::string_view(chunk_).substr(0, *got), all_read_, buffer_);
  return true;
}

/// The one of which most of the first records have the same number, and then the one of which they have more.
/// "sep=;" on the first line, which spreadsheet programs know, comes before.
void TableReader::choose_delimiter() {
  delimiter_known_ = true;
  const std::string_view text(buffer_);
  if (text.starts_with("sep=") && text.size() > 5 && (text[5] == '\r' || text[5] == '\n')) {
    delimiter_ = text[4];
    next_ = text[5] == '\r' && text.size() > 6 && text[6] == '\n' ? 7 : 6;
    next_line_ = 2;
    return;
  }
  std::array<std::map<size_t, size_t>, kDelimiters.size()> records;  // number of delimiters → of records
  std::array<size_t, kDelimiters.size()> counts{};
  bool quoted = false, any = false;
  size_t seen = 0;
  const auto end_record = [&] {
    for (size_t i = 0; i < counts.size(); ++i) ++records[i][counts[i]];
    counts.fill(0);
    any = false;
    ++seen;
  };
  for (size_t i = 0; i < text.size() && seen < kSniffed; ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) {
      if (any) end_record();
      continue;
    }
    any = any || (c != ' ' && c != '\r' && c != '\n');
    const size_t which = kDelimiters.find(c);
    if (!quoted && which != kDelimiters.npos) ++counts[which];
  }
  if (any && (all_read_ || seen == 0)) end_record();
  std::pair<size_t, size_t> best;
  for (size_t i = 0; i < records.size(); ++i) {
    for (const auto& [number, of] : records[i]) {
      if (number == 0 || std::pair(of, number) <= best) continue;
      best = {of, number};
      delimiter_ = kDelimiters[i];
    }
  }
}

bool TableReader::next() {
  if (fault_.has_value()) return false;
  after_blank_ = false;
  if (!delimiter_known_) {
    while (buffer_.size() < kChunk && fill()) {
    }
    if (fault_.has_value()) return false;
    choose_delimiter();
  }
  for (;;) {
    const Parsed parsed = next_ < buffer_.size() || all_read_ ? parse(next_) : Parsed::kUnfinished;
    if (parsed == Parsed::kFault) return false;
    if (parsed == Parsed::kUnfinished) {
      if (buffer_.size() - next_ > limits_.record_bytes) {
        refuse({next_line_, 1}, fmt::format("a record of more than {} bytes", limits_.record_bytes));
        return false;
      }
      if (!fill()) return false;
      continue;
    }
    if (cells_.empty()) return false;
    if (!is_blank()) return true;
    after_blank_ = true;
  }
}

bool TableReader::is_blank() const noexcept {
  return std::all_of(cells_.begin(), cells_.end(),
                     [](const Cell& cell) { return trimmed_of_invisible(cell.text).empty(); });
}

TableReader::Parsed TableReader::parse(size_t from) {
  cells_.clear();
  unquoted_.clear();
  counted_ = {};  // the buffer may have moved
  loose_quotes_ = ends_file_ = false;
  if (from >= buffer_.size()) return Parsed::kRecord;  // the end
  size_t at = from, line_start = from;
  uint32_t line = next_line_;
  for (;;) {
    if (const Parsed parsed = field(at, line, line_start); parsed != Parsed::kRecord) return parsed;
    if (cells_.back().text.size() > limits_.field_bytes)
      return refuse(position(cells_.size() - 1), fmt::format("a field of {} bytes, the limit is {}",
                                                             cells_.back().text.size(), limits_.field_bytes));
    if (cells_.size() > limits_.columns)
      return refuse(position(cells_.size() - 1), fmt::format("more than {} columns", limits_.columns));
    if (at < buffer_.size() && buffer_[at] == delimiter_) {
      ++at;
      continue;
    }
    break;
  }
  end_ = at;
  end_line_ = line;
  end_line_start_ = line_start;
  ends_file_ = at >= buffer_.size();
  if (!ends_file_) {
    // Whether LF follows CR decides where the next record begins.
    if (buffer_[at] == '\r' && at + 1 == buffer_.size() && !all_read_) return Parsed::kUnfinished;
    at += buffer_[at] == '\r' && at + 1 < buffer_.size() && buffer_[at + 1] == '\n' ? 2 : 1;
  }
  next_ = at;
  next_line_ = line + 1;
  return Parsed::kRecord;
}

TableReader::Parsed TableReader::field(size_t& at, uint32_t& line, size_t& line_start) {
  size_t start = at;
  while (start < buffer_.size() && buffer_[start] == ' ') ++start;
  if (start >= buffer_.size() && !all_read_) return Parsed::kUnfinished;
  if (start < buffer_.size() && buffer_[start] == '"') {
    at = start;
    return quoted(at, line, line_start);
  }
  const char stops[] = {delimiter_, '\r', '\n'};
  const size_t end = buffer_.find_first_of(std::string_view(stops, 3), at);
  if (end == buffer_.npos && !all_read_) return Parsed::kUnfinished;
  const size_t stop = std::min(end, buffer_.size());
  cells_.push_back({std::string_view(buffer_).substr(at, stop - at), at, line, line_start});
  at = stop;
  return Parsed::kRecord;
}

/// A quote ends the field if the delimiter, a line break or the end follows; written twice, or with other
/// text behind it, it belongs to the text.
TableReader::Parsed TableReader::quoted(size_t& at, uint32_t& line, size_t& line_start) {
  const size_t start = at;
  const Position opened = place(start, line, line_start);
  Cell cell{{}, start, line, line_start};
  size_t from = start + 1, look = from;
  std::string* copy = nullptr;
  const auto take = [&](size_t until) {
    if (copy == nullptr) copy = &unquoted_.emplace_back();
    *copy += std::string_view(buffer_).substr(from, until - from);
  };
  for (;;) {
    const size_t quote = buffer_.find('"', look);
    if (quote == buffer_.npos) {
      if (buffer_.size() - start > limits_.field_bytes || all_read_) {
        return refuse(
            opened, all_read_
                        ? std::string("a quoted field that begins here does not end: the file is cut short, "
                                      "or a quote inside a field is not written twice")
                        : fmt::format("a quoted field that begins here is longer than {} bytes: a quote "
                                      "inside a field is not written twice",
                                      limits_.field_bytes));
      }
      return Parsed::kUnfinished;
    }
    if (quote + 1 >= buffer_.size() && !all_read_) return Parsed::kUnfinished;
    if (quote + 1 < buffer_.size() && buffer_[quote + 1] == '"') {
      take(quote + 1);
      from = look = quote + 2;
      continue;
    }
    size_t behind = quote + 1;
    while (behind < buffer_.size() && buffer_[behind] == ' ' && delimiter_ != ' ') ++behind;
    if (behind >= buffer_.size() && !all_read_) return Parsed::kUnfinished;
    if (behind < buffer_.size() && buffer_[behind] != delimiter_ && buffer_[behind] != '\r' &&
        buffer_[behind] != '\n') {
      loose_quotes_ = true;
      look = quote + 1;
      continue;
    }
    if (copy != nullptr) {
      take(quote);
      cell.text = *copy;
    } else {
      cell.text = std::string_view(buffer_).substr(from, quote - from);
    }
    for (size_t i = start; i < quote; ++i) {
      const char c = buffer_[i];
      if (c != '\n' && !(c == '\r' && buffer_[i + 1] != '\n')) continue;
      ++line;
      line_start = i + 1;
    }
    at = behind;
    cells_.push_back(cell);
    return Parsed::kRecord;
  }
}

TableReader::Parsed TableReader::refuse(Position at, std::string message) {
  fault_ = TableFault{at, std::move(message)};
  cells_.clear();
  return Parsed::kFault;
}

Position TableReader::place(size_t offset, uint32_t line, size_t line_start) const noexcept {
  if (counted_.line_start != line_start || counted_.offset > offset) counted_ = {line_start, line_start, 0};
  const auto text = std::string_view(buffer_).substr(counted_.offset, offset - counted_.offset);
  counted_.points += static_cast<uint32_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  counted_.offset = offset;
  return {line, counted_.points + 1};
}

Position TableReader::position(size_t i) const noexcept {
  if (i >= cells_.size()) return place(end_, end_line_, end_line_start_);
  return place(cells_[i].offset, cells_[i].line, cells_[i].line_start);
}

}  // namespace abm::connect
