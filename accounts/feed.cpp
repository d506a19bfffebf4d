// Drives the readers over the feed's lines.
#include "accounts/feed.h"

#include <fmt/format.h>

#include "accounts/account_reader.h"
#include "accounts/feed_line.h"
#include "accounts/feed_lines.h"
#include "accounts/feed_report.h"
#include "accounts/header_reader.h"
#include "accounts/json_fault.h"
#include "accounts/key_lines.h"
#include "base/hash.h"

namespace abm::accounts {
namespace {

constexpr uint64_t kTellEvery = 8192;  // accounts

bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == line.npos;
}

class FeedParser {
 public:
  FeedParser(FeedSource& source, const std::string& file_name, const FeedLimits& limits,
             Diagnostics& diagnostics)
      : limits_(limits),
        file_(file_name),
        diagnostics_(diagnostics),
        report_(file_name, diagnostics),
        parser_(limits.max_depth, report_),
        lines_(source, limits.max_line_bytes) {}

  std::optional<FeedHeader> header() {
    std::string_view line;
    if (!lines_.next(line) && failed()) return std::nullopt;
    report_.begin_line(line, 1);
    if (!fits()) return std::nullopt;
    return read_header(line, parser_, report_, summary_.unknown_keys);
  }

  std::optional<FeedSummary> all(const std::function<bool(Account&&)>& sink) {
    const auto header = this->header();
    if (!header) return std::nullopt;
    summary_.header = *header;
    AccountReader reader(parser_, report_);
    Account account;
    std::string_view line;
    uint64_t blank = 0;  // the first of the empty lines before this one
    while (!report_.full() && lines_.next(line)) {
      if (is_blank(line)) {
        if (blank == 0) blank = lines_.number();
        continue;
      }
      if (blank != 0) refuse_blank(blank);
      blank = 0;
      report_.begin_line(line, lines_.number());
      if (!fits()) continue;
      if (summary_.accounts == limits_.max_accounts) {
        report_.at(0, fmt::format("more than {} accounts", limits_.max_accounts));
        break;
      }
      if (!read_account(line, reader, account)) continue;
      ++summary_.accounts;
      if (limits_.progress && summary_.accounts % kTellEvery == 0) limits_.progress(lines_.consumed());
      // With an error the feed is refused anyway: the rest is read for its errors only.
      if (report_.errors() == 0 && !sink(std::move(account))) return summary_;
    }
    if (report_.full()) note_stop();
    if (failed() || report_.errors() != 0) return std::nullopt;
    return summary_;
  }

 private:
  /// Whether the source failed; then that is the error.
  bool failed() {
    if (!lines_.error().has_value()) return false;
    diagnostics_.error({}, {}, lines_.error()->message);
    return true;
  }

  bool fits() {
    if (lines_.length() <= limits_.max_line_bytes) return true;
    report_.at(0, fmt::format("the line has {} bytes, at most {} are allowed", lines_.length(),
                              limits_.max_line_bytes));
    return false;
  }

  bool read_account(std::string_view line, AccountReader& reader, Account& account) {
    const auto object = parser_.parse(line);
    if (!object || !reader.read(line, *object, account, summary_.unknown_keys)) return false;
    account.line = lines_.number();
    const uint64_t first = keys_.note(hash64(account.id()), account.line, expected_accounts());
    if (first == 0) return true;
    report_.at_value({reader.id_member()}, fmt::format("duplicate id '{}' on lines {} and {}, keep one",
                                                       account.id(), first, account.line));
    return false;
  }

  /// From the lines so far: an estimate that the length of the feed bounds.
  [[nodiscard]] size_t expected_accounts() const noexcept {
    const double ratio = static_cast<double>(lines_.size()) / static_cast<double>(lines_.consumed());
    return static_cast<size_t>(static_cast<double>(lines_.number()) * ratio);
  }

  void refuse_blank(uint64_t number) {
    report_.begin_line({}, number);
    report_.at(0, "empty line between accounts, remove it");
  }

  void note_stop() {
    Diagnostic note;
    note.severity = Severity::kNote;
    note.file = file_;
    note.message = fmt::format("stopped reading after {} errors", FeedReport::kMaxErrors);
    diagnostics_.add(std::move(note));
  }

  const FeedLimits& limits_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  FeedReport report_;
  LineParser parser_;
  FeedLines lines_;
  KeyLines keys_;
  FeedSummary summary_;
};

}  // namespace

std::optional<FeedSummary> parse_feed(FeedSource& source, const std::string& file_name,
                                      const FeedLimits& limits, Diagnostics& diagnostics,
                                      const std::function<bool(Account&&)>& sink) {
  return FeedParser(source, file_name, limits, diagnostics).all(sink);
}

std::optional<FeedSummary> parse_feed(std::string_view bytes, const std::string& file_name,
                                      const FeedLimits& limits, Diagnostics& diagnostics,
                                      const std::function<bool(Account&&)>& sink) {
  FeedText source(bytes);
  return parse_feed(source, file_name, limits, diagnostics, sink);
}

std::optional<FeedHeader> parse_feed_header(std::string_view bytes, const std::string& file_name,
                                            const FeedLimits& limits, Diagnostics& diagnostics) {
  FeedText source(bytes);
  return FeedParser(source, file_name, limits, diagnostics).header();
}

}  // namespace abm::accounts
