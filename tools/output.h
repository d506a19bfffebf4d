// How abmctl speaks: results on stdout, findings and progress on stderr, colour only on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/json_writer.h"

namespace abm::tools {

/// Exit status of every subcommand.
enum class Status : int {
  kOk = 0,
  kProblems = 1,     ///< it ran, and found something wrong
  kCouldNotRun = 2,  ///< wrong usage, unreadable input, no disk space …
};

using Json = JsonWriter<std::string>;

class Output {
 public:
  Output();

  /// A line of the result. `text` needs no newline.
  void line(std::string_view text) const;
  /// Bytes of the result as they are.
  void bytes(std::string_view text) const;
  /// A remark on stderr that is not part of the result.
  void note(std::string_view text) const;
  /// Why it could not run, on stderr; returns kCouldNotRun.
  Status failure(std::string_view message) const;
  /// All findings, on stderr, with source lines and carets.
  void findings(const Diagnostics& diagnostics) const;

  /// Shows work that takes over a second, on a terminal only; the line is overwritten,
  /// and cleared by any other output.
  void progress(std::string_view phase, uint64_t done, uint64_t total);
  void clear_progress() const;

  [[nodiscard]] bool terminal() const noexcept { return stdout_is_terminal_; }
  [[nodiscard]] bool notes_on_terminal() const noexcept { return stderr_is_terminal_; }
  [[nodiscard]] bool color() const noexcept { return stdout_is_terminal_ && color_; }
  /// `text` in bold where the result goes to a terminal.
  [[nodiscard]] std::string strong(std::string_view text) const;

 private:
  bool stdout_is_terminal_;
  bool stderr_is_terminal_;
  bool color_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  mutable bool progress_visible_ = false;
};

/// `findings` as JSON array elements: severity, file, line, column, code, message.
void write_findings(Json& json, const Diagnostics& diagnostics);

}  // namespace abm::tools
