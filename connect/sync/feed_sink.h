// A feed as it arrives: written to a file with a temporary name, and checked on the way, so that a body that
// can never be accepted is not fetched to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/feed.h"
#include "base/diagnostic.h"
#include "connect/http/http.h"
#include "connect/sync/incoming_file.h"

namespace abm::connect {

class FeedSink final : public BodySink {
 public:
  struct Options {
    const generation::Folder* folder = nullptr;  ///< borrowed
    std::string_view file_name;                  ///< in `folder`, once the feed is accepted
    std::string feed_name;                       ///< in findings
    std::function<Result<void>(const accounts::FeedHeader&)> admit;  ///< judges by the first line alone
  };

  explicit FeedSink(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<void> begin(uint64_t offset) override;
  [[nodiscard]] Result<void> write(std::string_view bytes) override;

  /// What was received; only after begin().
  [[nodiscard]] std::optional<IncomingFile>& file() noexcept { return file_; }
  /// Why the first line is not a header; empty otherwise.
  [[nodiscard]] const Diagnostics& findings() const noexcept { return findings_; }
  /// The error was on this machine: no space, no permission.
  [[nodiscard]] bool failed_here() const noexcept { return failed_here_; }

 private:
  [[nodiscard]] Result<void> look_at_lines(std::string_view bytes);
  [[nodiscard]] Result<void> look_at_header();

  Options options_;
  std::optional<IncomingFile> file_;
  std::string first_line_;
  uint64_t lines_ = 0;     ///< that have ended
  size_t line_bytes_ = 0;  ///< of the one that has not
  Diagnostics findings_;
  bool failed_here_ = false;
};

}  // namespace abm::connect
