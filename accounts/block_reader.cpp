#include "accounts/block_reader.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace abm::accounts {
namespace {

/// A reused account keeps the memory of its longest texts and lists. Without a limit, a feed could make every
/// account of every block as large as the largest.
constexpr unsigned kRenewAccounts = 16;

bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == line.npos;
}

}  // namespace

bool check_length(size_t length, const FeedLimits& limits, FeedReport& report) {
  if (length <= limits.max_line_bytes) return true;
  report.at(0, fmt::format("the line has {} bytes, at most {} are allowed", length, limits.max_line_bytes));
  return false;
}

BlockReader::BlockReader(const std::string& file_name, const FeedLimits& limits)
    : limits_(limits), report_(file_name), parser_(limits.max_depth, report_), reader_(parser_, report_) {}

void BlockReader::operator()(FeedBlock& block) {
  if (++block.times_read % kRenewAccounts == 0) block.accounts = {};
  block.findings.clear();
  size_t accounts = 0;
  for (size_t i = 0; i < block.lines.size(); ++i) {
    const std::string_view line = block.line(i);
    FeedBlockLine& found = block.lines[i];
    // The rest of a truncated line could be anything.
    if (found.length <= limits_.max_line_bytes && is_blank(line)) continue;
    if (accounts == block.accounts.size()) block.accounts.emplace_back();
    Account& account = block.accounts[accounts];
    report_.begin_line(line, block.first_number + i);
    account.line = block.first_number + i;
    if (read(line, found, account)) {
      found.kind = LineKind::kAccount;
      ++accounts;
      continue;
    }
    found.kind = LineKind::kRefused;
    std::vector<Diagnostic> findings = report_.take();
    found.findings = findings.size();
    std::move(findings.begin(), findings.end(), std::back_inserter(block.findings));
    // No more are reported for a feed, so the rest need not be read.
    if (block.findings.size() >= FeedReport::kMaxErrors) block.lines.resize(i + 1);
  }
}

bool BlockReader::read(std::string_view line, FeedBlockLine& found, Account& account) {
  if (!check_length(found.length, limits_, report_)) return false;
  const auto object = parser_.parse(line);
  if (!object || !reader_.read(line, *object, account, found.unknown_keys)) return false;
  found.id_member = reader_.id_member();
  found.key = IdKey::of(account.id());
  return true;
}

}  // namespace abm::accounts
