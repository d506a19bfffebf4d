// Any bytes as an account feed. Oracle: a feed is either refused with a position inside it, or its snapshot
// opens and says about every account what the parser said.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "accounts/feed.h"
#include "accounts/json_fault.h"
#include "accounts/snapshot.h"
#include "base/text.h"
#include "tests/accounts/feed_samples.h"
#include "tests/accounts/snapshot_walk.h"

namespace {

using namespace abm::accounts;

void expect(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "oracle: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// The text of a line (1-based) without LF or CRLF; "" past the last one.
std::string_view line_of(std::string_view text, uint32_t number) {
  for (; number > 1; --number) {
    const size_t newline = text.find('\n');
    if (newline == text.npos) return {};
    text.remove_prefix(newline + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

void check_refusal(std::string_view feed, const abm::Diagnostics& diagnostics) {
  expect(diagnostics.errors() > 0, "refused without a reason");
  for (const abm::Diagnostic& finding : diagnostics.all()) {
    if (finding.severity != abm::Severity::kError) continue;
    std::string_view line = line_of(feed, finding.at.line);
    uint32_t columns = 1;
    for (; !line.empty(); ++columns) line.remove_prefix(abm::decode_utf8(line).length);
    expect(finding.at.line >= 1 && finding.at.column >= 1 && finding.at.column <= columns,
           "place outside the feed");
    expect(abm::is_utf8(finding.message) && abm::is_utf8(finding.source_line), "a message that is not UTF-8");
    expect(finding.message.size() < 4096, "a message that nobody reads");
  }
  expect(abm::is_utf8(diagnostics.format()), "text that is not UTF-8");
}

void check_acceptance(std::string_view feed, const samples::Parsed& parsed) {
  expect(parsed.diagnostics.ok(), "accepted with errors");
  for (const Account& account : parsed.accounts) {
    const std::string_view line = line_of(feed, static_cast<uint32_t>(account.line));
    expect(!find_json_fault(line, FeedLimits().max_depth), "accepted a line that is not JSON");
  }
  const std::string file = samples::snapshot_of(parsed.accounts, parsed.summary->header);
  expect(!file.empty(), "an accepted feed that the writer refuses");
  const auto snapshot = Snapshot::open(file);
  expect(snapshot.ok(), "a written snapshot that open refuses");
  expect(samples::walk(*snapshot, file).empty(), "a snapshot that does not hold together");
  const std::string difference = samples::difference(*snapshot, parsed.accounts, parsed.summary->header);
  expect(difference.empty(), difference);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Without a header the input is the accounts: otherwise most mutations would die in the first line.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string feed = input.substr(0, 6) == R"({"abm")" ? std::string(input) : samples::feed_of(input);
  const samples::Parsed parsed = samples::parse(feed);
  if (parsed.summary) {
    check_acceptance(feed, parsed);
  } else {
    check_refusal(feed, parsed.diagnostics);
  }
  return 0;
}
