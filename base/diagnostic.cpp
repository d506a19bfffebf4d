#include "base/diagnostic.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace abm {
namespace {

/// Control characters would let an input file write to the operator's terminal; tabs are kept.
std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string place(const Diagnostic& d) {
  std::string text = printable(d.file);
  if (d.at.line != 0) {
    text += fmt::format("{}{}", text.empty() ? "line " : ":", d.at.line);
    if (d.at.column != 0) text += fmt::format(":{}", d.at.column);
  }
  if (!text.empty()) text += ": ";
  return text;
}

std::string_view word(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "";
    case Severity::kWarning:
      return "warning: ";
    case Severity::kNote:
      return "note: ";
  }
  return "";
}

std::string headline(const Diagnostic& d) {
  std::string text = place(d);
  text += word(d.severity);
  text += printable(d.message);
  if (!d.code.empty()) text += fmt::format(" [{}]", d.code);
  return text;
}

/// At most this many code points of a source line are shown, in a window around the column.
constexpr size_t kShown = 120;

std::string excerpt(const Diagnostic& d, bool color) {
  if (d.source_line.empty()) return {};
  // Code points, so that window and caret match an editor's column.
  std::vector<std::string_view> points;
  const std::string_view line = d.source_line;
  for (size_t i = 0; i < line.size();) {
    size_t next = i + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xc0) == 0x80) ++next;
    points.push_back(line.substr(i, next - i));
    i = next;
  }
  const size_t column = d.at.column == 0 ? 0 : d.at.column - 1;
  const size_t first = column > kShown / 2 && points.size() > kShown ? column - kShown / 2 : 0;
  const size_t last = std::min(points.size(), first + kShown);
  std::string text = "  ";
  std::string caret = "  ";
  for (size_t i = first; i < last; ++i) {
    text += printable(points[i]);
    if (i < column)
      caret += points[i] == "\t"
                   ? "\t"
                   : std::string(printable(points[i]).size() > 2 && points[i].size() == 1 ? 4 : 1, ' ');
  }
  if (d.at.column == 0) return text + '\n';
  return fmt::format("{}\n{}{}^{}\n", text, caret, color ? "\x1b[32m" : "", color ? "\x1b[0m" : "");
}

}  // namespace

std::string format_diagnostic(const Diagnostic& diagnostic, bool color) {
  std::string text = headline(diagnostic);
  if (color) {
    const char* start = diagnostic.severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m";
    text = fmt::format("{}{}\x1b[0m", start, text);
  }
  return text + '\n' + excerpt(diagnostic, color);
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++errors_;
  if (diagnostic.severity == Severity::kWarning) ++warnings_;
  if (kept_.size() < kMaxKept) {
    kept_.push_back(std::move(diagnostic));
    return;
  }
  ++dropped_;
  if (diagnostic.severity != Severity::kError) return;
  const auto other = std::find_if(kept_.rbegin(), kept_.rend(),
                                  [](const Diagnostic& kept) { return kept.severity != Severity::kError; });
  if (other == kept_.rend()) return;
  kept_.erase(std::next(other).base());
  kept_.push_back(std::move(diagnostic));
}

void Diagnostics::add_all(Diagnostics found) {
  size_t errors = found.errors_, warnings = found.warnings_;
  for (Diagnostic& diagnostic : found.kept_) {
    errors -= diagnostic.severity == Severity::kError ? 1 : 0;
    warnings -= diagnostic.severity == Severity::kWarning ? 1 : 0;
    add(std::move(diagnostic));
  }
  errors_ += errors;
  warnings_ += warnings;
  dropped_ += found.dropped_;
}

void Diagnostics::error(std::string file, Position at, std::string message, std::string source_line) {
  add({Severity::kError, std::move(file), at, {}, std::move(message), std::move(source_line)});
}

void Diagnostics::warning(std::string file, Position at, std::string code, std::string message,
                          std::string source_line) {
  add({Severity::kWarning, std::move(file), at, std::move(code), std::move(message), std::move(source_line)});
}

void Diagnostics::sort() {
  std::stable_sort(kept_.begin(), kept_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.at) < std::tie(b.file, b.at);
  });
}

std::string Diagnostics::format(bool color) const {
  std::string text;
  for (const Diagnostic& d : kept_) text += format_diagnostic(d, color);
  if (dropped_ != 0) text += fmt::format("… and {} more\n", dropped_);
  return text;
}

std::string Diagnostics::first_error() const {
  for (const Diagnostic& d : kept_) {
    if (d.severity == Severity::kError) return headline(d);
  }
  return {};
}

}  // namespace abm
