#include "tools/output.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace abm::tools {
namespace {

constexpr std::chrono::seconds kQuietTime{1};
constexpr std::chrono::milliseconds kRedraw{100};

void put(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

Output::Output()
    : stdout_is_terminal_(::isatty(STDOUT_FILENO) != 0),
      stderr_is_terminal_(::isatty(STDERR_FILENO) != 0),
      color_(std::getenv("NO_COLOR") == nullptr),  // https://no-color.org
      started_(std::chrono::steady_clock::now()) {}

void Output::line(std::string_view text) const {
  clear_progress();
  put(stdout, text);
  put(stdout, "\n");
}

void Output::bytes(std::string_view text) const {
  clear_progress();
  put(stdout, text);
}

void Output::note(std::string_view text) const {
  clear_progress();
  put(stderr, text);
  put(stderr, "\n");
}

Status Output::failure(std::string_view message) const {
  note(fmt::format("abmctl: {}", message));
  return Status::kCouldNotRun;
}

void Output::findings(const Diagnostics& diagnostics) const {
  clear_progress();
  put(stderr, diagnostics.format(stderr_is_terminal_ && color_));
}

void Output::progress(std::string_view phase, uint64_t done, uint64_t total) {
  if (!stderr_is_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - started_ < kQuietTime || now - shown_ < kRedraw) return;
  shown_ = now;
  std::string text = fmt::format("\r\x1b[K{}", phase);
  if (total != 0) {
    text += fmt::format(": {}%", done * 100 / total);
  } else if (done != 0) {
    text += fmt::format(": {}", done);
  }
  put(stderr, text);
  std::fflush(stderr);
  progress_visible_ = true;
}

void Output::clear_progress() const {
  if (!progress_visible_) return;
  put(stderr, "\r\x1b[K");
  progress_visible_ = false;
}

std::string Output::strong(std::string_view text) const {
  return color() ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

void write_findings(Json& json, const Diagnostics& diagnostics) {
  json.begin_array();
  for (const Diagnostic& finding : diagnostics.all()) {
    constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
    json.begin_object().key("severity").string(kSeverities[static_cast<size_t>(finding.severity)]);
    json.key("file")
        .string(finding.file)
        .key("line")
        .number(finding.at.line)
        .key("column")
        .number(finding.at.column);
    json.key("code");
    json.string_or_null(finding.code);
    json.key("message").string(finding.message).end_object();
  }
  json.end_array();
}

}  // namespace abm::tools
