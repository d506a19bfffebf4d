// Any bytes as exports of opportunities: every row becomes an opportunity or is counted as left out, every
// account is one of the list, and nothing contradicts itself. The first byte picks whose export it is, the
// currency, and whether a second file follows behind a NUL.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "connect/import/opportunities.h"

namespace {

using namespace abm;
using namespace abm::connect;

constexpr int64_t kNow = 1'796'000'000;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A file that is only in memory.
Fd file_with(std::string_view bytes) {
  Fd fd(::memfd_create("deals", MFD_CLOEXEC));
  require(fd.valid() && write_all(fd.get(), bytes, "memory").ok());
  return fd;
}

void look_at(const OpportunitySet& set, const std::set<std::string>& accounts) {
  require(set.rows == set.opportunities.size() + set.left_out);
  require(set.as_of_ms <= kNow * 1000);
  std::set<std::string> ids;
  uint64_t nobodys = 0;
  const Opportunity* before = nullptr;
  for (const Opportunity& deal : set.opportunities) {
    require(!deal.id.empty() && ids.insert(deal.id).second);
    require(deal.account.empty() || accounts.contains(deal.account));
    nobodys += deal.account.empty() ? 1 : 0;
    require(!deal.company.empty() && is_utf8(deal.company) && is_utf8(deal.name) && is_utf8(deal.stage));
    require(deal.created_ms <= kNow * 1000);
    require(!deal.closed_ms.has_value() ||
            (deal.state != DealState::kOpen && *deal.closed_ms >= deal.created_ms &&
             *deal.closed_ms <= kNow * 1000));
    require(!deal.amount.has_value() || (std::isfinite(*deal.amount) && *deal.amount >= 0));
    require(before == nullptr || before->created_ms < deal.created_ms ||
            (before->created_ms == deal.created_ms && before->id < deal.id));
    require(deal.created_ms <= set.as_of_ms);
    before = &deal;
  }
  require(set.matched_by_id + set.matched_by_crm_id + set.matched_by_domain + nobodys ==
          set.opportunities.size());
  uint64_t unmatched = 0;
  for (const UnmatchedCompany& company : set.unmatched) {
    require(company.opportunities != 0 && company.amount >= 0 && !company.told_by.empty());
    unmatched += company.opportunities;
  }
  require(unmatched == nobodys);
  for (const std::string& remark : set.remarks)
    require(is_utf8(remark) && remark.find('\n') == std::string::npos);
  require(set.currency.empty() || set.currency.size() == 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t choice = data[0];
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1), second;
  if (const size_t end = bytes.find('\0'); (choice & 0x10) != 0 && end != bytes.npos) {
    second = bytes.substr(end + 1);
    bytes = bytes.substr(0, end);
  }
  const std::set<std::string> accounts = {"deere", "acme", "twin"};
  AccountMatcher matcher;
  for (const std::string& account : accounts) matcher.add_account(account);
  matcher.add_domain("deere.com", "deere");
  matcher.add_domain("acme.com", "acme");
  matcher.add_domain("acme.com", "twin");
  matcher.add_crm_id("101", "deere");
  matcher.add_crm_id("0015e00002aBcDe", "acme");

  constexpr generation::SourceKind kKinds[] = {generation::SourceKind::kCsv, generation::SourceKind::kHubspot,
                                               generation::SourceKind::kSalesforce,
                                               generation::SourceKind::kDemandbase};
  std::vector<Fd> files;
  std::vector<generation::AccountSource> sources;
  for (const std::string_view part : {bytes, second}) {
    if (part.empty()) continue;
    files.push_back(file_with(part));
    generation::AccountSource source;
    source.kind = kKinds[choice & 3];
    source.from = fmt::format("/proc/self/fd/{}", files.back().get());
    sources.push_back(std::move(source));
  }
  generation::OutcomesInput settings;
  if ((choice & 4) != 0) settings.currency = "EUR";
  if ((choice & 8) != 0) settings.stages = {{"signed", "won"}, {"duplicate", "ignore"}};
  OpportunityRequest request;
  request.sources = sources;
  request.settings = &settings;
  request.accounts = &matcher;
  request.now = kNow;
  int name = 0;
  request.name_of = [&name](const generation::AccountSource&) { return fmt::format("{}.csv", name++); };
  const auto set = read_opportunities(request);
  if (set) return look_at(*set, accounts), 0;
  require(is_utf8(set.message()) && !set.message().empty());
  return 0;
}
