// Findings with a position in a file: what `abmctl check` prints, and why a feed,
// rules file or CSV is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace abm {

/// 1-based. `column` counts code points from the line's start (a tab is one), as
/// editors show it. 0 = unknown.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

enum class Severity : uint8_t { kError, kWarning, kNote };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;  ///< as the user wrote it; empty if there is none
  Position at;
  std::string code;         ///< "ABM012" for lint findings, otherwise empty
  std::string message;      ///< lower case, input quoted, consequence last; no trailing full stop
  std::string source_line;  ///< the line's text without its newline; empty if not at hand
};

/// `file:line:column: message` (unknown parts are left out; "warning: " before a warning's message and "
/// [ABM012]" after it), then, if the line is known, the line and a caret below the column. Ends with a
/// newline. Control characters in any part are shown as `\xNN`. `color` adds ANSI escapes.
[[nodiscard]] std::string format_diagnostic(const Diagnostic& diagnostic, bool color = false);

/// The findings of one run, in the order found. Keeps at most `kMaxKept` and counts the rest; an error takes
/// the place of the last finding that is none.
class Diagnostics {
 public:
  static constexpr size_t kMaxKept = 1000;

  void add(Diagnostic diagnostic);
  /// All of another run's, those counted that it did not keep.
  void add_all(Diagnostics found);
  /// Calls `change` with each finding that is kept; its severity stays.
  template <typename Change>
  void for_each(Change&& change) {
    for (Diagnostic& diagnostic : kept_) change(diagnostic);
  }
  void error(std::string file, Position at, std::string message, std::string source_line = {});
  void warning(std::string file, Position at, std::string code, std::string message,
               std::string source_line = {});

  [[nodiscard]] const std::vector<Diagnostic>& all() const noexcept { return kept_; }
  [[nodiscard]] size_t errors() const noexcept { return errors_; }
  [[nodiscard]] size_t warnings() const noexcept { return warnings_; }
  [[nodiscard]] bool ok() const noexcept { return errors_ == 0; }
  /// Sorted by file, then position (stable), so that the findings of several files read in order.
  void sort();
  /// All findings as text, plus a line for those not kept.
  [[nodiscard]] std::string format(bool color = false) const;
  /// The first error as one line without the source excerpt, "" if there is none.
  [[nodiscard]] std::string first_error() const;

 private:
  std::vector<Diagnostic> kept_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
  size_t dropped_ = 0;
};

}  // namespace abm
