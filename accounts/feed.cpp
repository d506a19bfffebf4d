// Hands the feed's blocks to reader threads and merges their results in feed order.
#include "accounts/feed.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "accounts/block_reader.h"
#include "accounts/feed_block.h"
#include "accounts/feed_lines.h"
#include "accounts/header_reader.h"
#include "accounts/key_lines.h"
#include "base/ordered_work.h"
#include "base/thread.h"

namespace abm::accounts {
namespace {

constexpr unsigned kMaxThreads = 4;  // beyond that, merging, which is single-threaded, is the bottleneck
constexpr size_t kBlocksPerThread = 3;

unsigned threads_of(const FeedLimits& limits) noexcept {
  return limits.threads != 0 ? limits.threads : std::min(usable_processors(), kMaxThreads);
}

class FeedParser {
 public:
  FeedParser(FeedSource& source, const std::string& file_name, const FeedLimits& limits,
             Diagnostics& diagnostics)
      : limits_(limits),
        file_(file_name),
        diagnostics_(diagnostics),
        report_(file_name),
        lines_(source, limits.max_line_bytes) {}

  std::optional<FeedHeader> header() {
    first_ = std::make_unique<FeedBlock>();
    if (!lines_.next(*first_) && failed()) return std::nullopt;
    // A feed without a line has no header; the header reader reports that.
    const std::string_view line = first_->lines.empty() ? std::string_view() : first_->line(0);
    report_.begin_line(line, 1);
    std::optional<FeedHeader> header;
    if (first_->lines.empty() || check_length(first_->lines[0].length, limits_, report_)) {
      LineParser parser(limits_.max_depth, report_);
      header = read_header(line, parser, report_, summary_.unknown_keys);
    }
    tell_reported();
    return header;
  }

  std::optional<FeedSummary> all(const std::function<bool(Account&&)>& sink) {
    const auto header = this->header();
    if (!header) return std::nullopt;
    summary_.header = *header;
    const unsigned threads = threads_of(limits_);
    const auto make_reader = [this] { return BlockReader(file_, limits_); };
    OrderedWork<FeedBlock, decltype(make_reader)> work(threads - 1, make_reader);
    work.give(without_header(std::move(first_)));
    std::unique_ptr<FeedBlock> spare;
    bool all_given = false, wanted = true;
    while (wanted) {
      while (!all_given && work.size() < threads * kBlocksPerThread) {
        if (spare == nullptr) spare = std::make_unique<FeedBlock>();
        all_given = !lines_.next(*spare);
        if (!all_given) work.give(std::exchange(spare, nullptr));
      }
      std::unique_ptr<FeedBlock> block = work.take();
      if (block == nullptr) break;
      wanted = put(*block, sink);
      spare = std::move(block);
    }
    if (full()) note_stop();
    // If the sink stopped, what the source delivered after that does not matter.
    if ((wanted && failed()) || errors_ != 0) return std::nullopt;
    return summary_;
  }

 private:
  static std::unique_ptr<FeedBlock> without_header(std::unique_ptr<FeedBlock> block) {
    block->lines.erase(block->lines.begin());
    ++block->first_number;
    return block;
  }

  /// Whether the source failed; if so, reports it.
  bool failed() {
    if (!lines_.error().has_value()) return false;
    diagnostics_.error({}, {}, lines_.error()->message);
    return true;
  }

  /// The block's accounts go to `sink`, its findings to the diagnostics. False: stop.
  bool put(FeedBlock& block, const std::function<bool(Account&&)>& sink) {
    for (const FeedBlockLine& line : block.lines) keys_.prefetch(line.key.key);
    consumed_ = block.consumed;
    auto account = block.accounts.begin();
    auto finding = block.findings.begin();
    for (size_t i = 0; i < block.lines.size(); ++i) {
      const FeedBlockLine& line = block.lines[i];
      const uint64_t number = block.first_number + i;
      if (line.kind == LineKind::kBlank) {
        if (blank_ == 0) blank_ = number;
        continue;
      }
      if (full()) return false;
      if (blank_ != 0) report_at({}, std::exchange(blank_, 0), "empty line between accounts, remove it");
      if (summary_.accounts == limits_.max_accounts) {
        report_at(block.line(i), number, fmt::format("more than {} accounts", limits_.max_accounts));
        return false;
      }
      if (line.kind == LineKind::kRefused) {
        for (size_t told = 0; told < line.findings; ++told) tell(std::move(*finding++));
      } else if (!put_account(block.line(i), line, std::move(*account++), sink)) {
        return false;
      }
    }
    if (limits_.progress) limits_.progress(block.consumed);
    return !full();
  }

  bool put_account(std::string_view text, const FeedBlockLine& line, Account&& account,
                   const std::function<bool(Account&&)>& sink) {
    const auto first = keys_.note(line.key, account.line, expected_accounts(account.line));
    if (first.line != 0) {
      report_.begin_line(text, account.line);
      report_.name_account(account.id());
      report_.at_value(
          {line.id_member},
          first.same_id
              ? fmt::format("duplicate id '{}' on lines {} and {}, keep one", account.id(), first.line,
                            account.line)
              : fmt::format("the ids on lines {} and {} differ and share the key {:016x}, rename one",
                            first.line, account.line, line.key.key));
      tell_reported();
      return true;
    }
    ++summary_.accounts;
    summary_.unknown_keys += line.unknown_keys;
    // With an error the feed is refused anyway: the rest is only read for its errors.
    return errors_ != 0 || sink(std::move(account));
  }

  /// Estimated from the lines so far.
  [[nodiscard]] size_t expected_accounts(uint64_t lines) const noexcept {
    const double ratio = static_cast<double>(lines_.size()) / static_cast<double>(consumed_);
    return static_cast<size_t>(
        std::min(static_cast<double>(lines) * ratio, static_cast<double>(limits_.max_accounts)));
  }

  void report_at(std::string_view line, uint64_t number, std::string_view message) {
    report_.begin_line(line, number);
    report_.at(0, message);
    tell_reported();
  }
  void tell_reported() {
    for (Diagnostic& finding : report_.take()) tell(std::move(finding));
  }
  void tell(Diagnostic finding) {
    if (++errors_ <= FeedReport::kMaxErrors) diagnostics_.add(std::move(finding));
  }
  [[nodiscard]] bool full() const noexcept { return errors_ >= FeedReport::kMaxErrors; }

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
  FeedReport report_;  // for errors that no single line shows
  FeedLines lines_;
  std::unique_ptr<FeedBlock> first_;
  KeyLines keys_;
  FeedSummary summary_;
  uint64_t consumed_ = 0;
  uint64_t blank_ = 0;  // the first of the empty lines before the current line
  size_t errors_ = 0;
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
