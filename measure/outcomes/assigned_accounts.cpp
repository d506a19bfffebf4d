#include "measure/outcomes/assigned_accounts.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace abm::measure {
namespace {

constexpr std::string_view kControl = "control";

/// By number of account_state.
Result<std::unordered_map<int64_t, std::vector<std::string>>> segments_by_state(Database& database) {
  std::unordered_map<int64_t, std::vector<std::string>> segments;
  auto rows = database.prepare(
      "SELECT s.id, j.value FROM account_state s, json_each(s.segments) j WHERE j.type = 'text' ORDER BY 1, 2");
  if (!rows) return rows.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return segments;
    std::vector<std::string>& of_state = segments[rows->integer(0)];
    if (of_state.empty() || of_state.back() != rows->text(1)) of_state.emplace_back(rows->text(1));
  }
}

}  // namespace

Result<std::vector<OutcomeAccount>> accounts_that_came(Database& database) {
  const auto segments = segments_by_state(database);
  if (!segments) return segments.error();
  // Of visits in the same millisecond, the order of lines must not choose.
  auto rows = database.prepare(
      "WITH decided AS (SELECT a.account, a.tier, a.id AS state, a.segments, d.arm, b.first_ms "
      "FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state "
      "WHERE b.bot = 0 AND d.arm IS NOT NULL), "
      "ranked AS (SELECT *, row_number() OVER (PARTITION BY account ORDER BY first_ms, arm, tier, segments) AS place, "
      "count(*) FILTER (WHERE arm = 'control') OVER (PARTITION BY account) AS controls, "
      "count(*) OVER (PARTITION BY account) AS decisions FROM decided) "
      "SELECT account, tier, state, arm, first_ms, controls > 0 AND controls < decisions FROM ranked "
      "WHERE place = 1 ORDER BY 1");
  if (!rows) return rows.error();
  std::vector<OutcomeAccount> accounts;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return accounts;
    OutcomeAccount& account = accounts.emplace_back();
    account.account = rows->text(0);
    account.tier = rows->text(1);
    if (const auto found = segments->find(rows->integer(2)); found != segments->end())
      account.segments = found->second;
    account.control = rows->text(3) == kControl;
    account.since_ms = rows->integer(4);
    account.changed = rows->integer(5) != 0;
  }
}

std::vector<OutcomeAccount> listed_accounts(const std::vector<ListedAccount>& listed, int64_t since_ms) {
  std::vector<OutcomeAccount> accounts;
  for (const ListedAccount& one : listed) {
    if (one.excluded || one.arm.empty()) continue;
    OutcomeAccount& account = accounts.emplace_back();
    account.account = one.id;
    account.tier = one.tier;
    account.segments = one.segments;
    std::sort(account.segments.begin(), account.segments.end());
    account.control = one.arm == kControl;
    account.since_ms = since_ms;
  }
  std::sort(accounts.begin(), accounts.end(),
            [](const OutcomeAccount& a, const OutcomeAccount& b) { return a.account < b.account; });
  return accounts;
}

Result<bool> control_was_kept_back_before(Database& database, int64_t since_ms) {
  auto rows = database.prepare(
      "SELECT EXISTS (SELECT 1 FROM visit v JOIN decision d ON d.id = v.decision "
      "WHERE d.arm = 'control' AND v.bot = 0 AND v.ts_ms < ?1)");
  if (!rows) return rows.error();
  rows->bind(1, since_ms);
  const auto row = rows->step();
  if (!row) return row.error();
  return *row && rows->integer(0) != 0;
}

Result<void> count_visits_before(Database& database, std::vector<OutcomeAccount>& accounts) {
  std::unordered_map<std::string_view, OutcomeAccount*> by_id;
  int64_t latest = 0;
  for (OutcomeAccount& account : accounts) {
    by_id.emplace(account.account, &account);
    latest = std::max(latest, account.since_ms);
  }
  auto rows = database.prepare(
      "SELECT a.account, v.ts_ms FROM visit v JOIN account_state a ON a.id = v.account_state "
      "WHERE v.bot = 0 AND v.load = 0 AND v.ts_ms >= 1577836800000 AND v.ts_ms < ?1");
  if (!rows) return rows.error();
  rows->bind(1, latest);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    const auto found = by_id.find(rows->text(0));
    if (found != by_id.end() && rows->integer(1) < found->second->since_ms) ++found->second->visits_before;
  }
}

Result<uint64_t> count_known_before(Database& database, const std::vector<OutcomeAccount>& accounts,
                                    int64_t from_ms) {
  std::unordered_set<std::string_view> ids;
  for (const OutcomeAccount& account : accounts) ids.insert(account.account);
  auto rows = database.prepare("SELECT account FROM first_seen WHERE first_ms < ?1");
  if (!rows) return rows.error();
  rows->bind(1, from_ms);
  for (uint64_t known = 0;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return known;
    known += ids.contains(rows->text(0)) ? 1 : 0;
  }
}

}  // namespace abm::measure
