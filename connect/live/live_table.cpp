#include "connect/live/live_table.h"

#include <unordered_map>

#include <fmt/format.h>

#include "base/csv_cell.h"

namespace abm::connect {
namespace {

constexpr size_t kTableBuffer = 256u << 10;

/// The first line of `rest`, with its end, which is taken off; "" if there is no whole one. Line ends in
/// quotes do not count.
std::string_view take_line(std::string_view& rest) {
  bool quoted = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') quoted = !quoted;
    if (rest[i] == '\n' && !quoted) {
      const std::string_view line = rest.substr(0, i + 1);
      rest.remove_prefix(i + 1);
      return line;
    }
  }
  return {};
}

std::string_view id_of_line(std::string_view line) {
  return line.substr(0, line.find_first_of(",\n"));
}

Error damaged_table() {
  return Error{"the table that was kept is damaged"};
}

}  // namespace

bool append_table_cell(std::string& line, std::string_view text, size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = ' ';
  }
  line += ',';
  append_csv_cell(line, clean);
  return cut;
}

std::string table_header(const std::vector<std::string>& columns) {
  std::string line;
  for (const std::string& column : columns) {
    if (!line.empty()) line += ',';
    append_csv_cell(line, column);
  }
  return line + '\n';
}

Result<TableWriter> TableWriter::create(const generation::Folder& folder, std::string_view name,
                                        const std::vector<std::string>& columns, uint64_t max_rows,
                                        uint64_t max_bytes) {
  auto file = IncomingFile::create(folder, name);
  if (!file) return file.error();
  TableWriter writer(std::move(*file), max_rows, max_bytes);
  writer.buffer_ = table_header(columns);
  return writer;
}

Result<bool> TableWriter::add(std::string_view id, std::string_view line) {
  if (!seen_.insert(hash128(id)).second) return false;
  if (auto copied = copy(line); !copied) return copied.error();
  return true;
}

Result<void> TableWriter::copy(std::string_view line) {
  ++rows_;
  buffer_ += line;
  is_full_ = rows_ > max_rows_ || file_.size() + buffer_.size() > max_bytes_;
  if (rows_ > max_rows_) return Error{fmt::format("more than {} records", max_rows_)};
  if (is_full_) return Error{fmt::format("its records take more than {} bytes", max_bytes_)};
  return buffer_.size() < kTableBuffer ? Result<void>() : flush();
}

Result<void> TableWriter::flush() {
  if (auto written = file_.write(buffer_); !written) return written;
  buffer_.clear();
  return {};
}

Result<TableMerge> merge_table(std::string_view table, const TableChanges& changes,
                               const std::vector<std::string>& columns, TableWriter& out) {
  TableMerge merge;
  if (take_line(table) != table_header(columns)) return damaged_table();
  std::unordered_set<std::string_view> met;
  while (!table.empty()) {
    const std::string_view line = take_line(table);
    if (line.empty()) return damaged_table();
    const auto change = changes.find(id_of_line(line));
    if (change == changes.end()) {
      if (auto copied = out.copy(line); !copied) return copied.error();
      continue;
    }
    met.insert(change->first);
    if (!change->second.has_value()) {
      ++merge.gone;
      continue;
    }
    merge.changed += *change->second == line ? 0 : 1;
    if (auto copied = out.copy(*change->second); !copied) return copied.error();
  }
  for (const auto& [id, line] : changes) {
    if (!line.has_value() || met.contains(id)) continue;
    ++merge.added;
    if (auto copied = out.copy(*line); !copied) return copied.error();
  }
  return merge;
}

Result<TableMerge> compare_tables(std::string_view before, std::string_view after) {
  TableMerge merge;
  if (before == after) return merge;
  const bool same_header = take_line(before) == take_line(after);
  std::unordered_map<std::string_view, uint64_t> lines;  // id → hash of its line
  while (!before.empty()) {
    const std::string_view line = take_line(before);
    if (line.empty()) return damaged_table();
    lines[id_of_line(line)] = hash64(line);
  }
  while (!after.empty()) {
    const std::string_view line = take_line(after);
    if (line.empty()) return damaged_table();
    const auto known = lines.find(id_of_line(line));
    if (known == lines.end()) {
      ++merge.added;
      continue;
    }
    if (!same_header || known->second != hash64(line)) ++merge.changed;
    lines.erase(known);
  }
  merge.gone = lines.size();
  return merge;
}

}  // namespace abm::connect
