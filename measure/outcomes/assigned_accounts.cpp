#include "measure/outcomes/assigned_accounts.h"

#include <algorithm>
#include <map>
#include <span>
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

/// Of the families among `accounts`: who came with an arm, and who is listed but did not come.
Result<void> add_members(Database& database, const std::vector<ListedAccount>* listed,
                         std::vector<OutcomeAccount>& accounts) {
  std::unordered_map<std::string_view, OutcomeAccount*> units;
  for (OutcomeAccount& account : accounts) units.emplace(account.account, &account);
  std::unordered_set<std::string> came;
  auto rows = database.prepare("SELECT u.account, u.unit FROM assigned JOIN unit u USING (account)");
  if (!rows) return rows.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    came.emplace(rows->text(0));
    if (const auto found = units.find(rows->text(1)); found != units.end())
      found->second->members.emplace_back(rows->text(0));
  }
  const std::span<const ListedAccount> others =
      listed == nullptr ? std::span<const ListedAccount>() : std::span(*listed);
  for (const ListedAccount& one : others) {
    if (one.excluded || one.family.empty() || came.contains(one.id)) continue;
    if (const auto found = units.find(one.family); found != units.end())
      found->second->members.push_back(one.id);
  }
  for (OutcomeAccount& account : accounts) {
    if (account.members.size() == 1 && account.members.front() == account.account) account.members.clear();
    std::sort(account.members.begin(), account.members.end());
  }
  return {};
}

}  // namespace

Result<std::vector<OutcomeAccount>> accounts_that_came(Database& database,
                                                       const std::vector<ListedAccount>* listed) {
  const auto segments = segments_by_state(database);
  if (!segments) return segments.error();
  // Of visits in the same millisecond, the order of lines must not choose.
  auto rows = database.prepare(
      "WITH decided AS (SELECT u.unit AS account, a.tier, a.id AS state, a.segments, d.arm, b.first_ms "
      "FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state "
      "JOIN unit u ON u.account = a.account WHERE b.bot = 0 AND d.arm IS NOT NULL), "
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
    if (!*row) break;
    OutcomeAccount& account = accounts.emplace_back();
    account.account = rows->text(0);
    account.tier = rows->text(1);
    if (const auto found = segments->find(rows->integer(2)); found != segments->end())
      account.segments = found->second;
    account.control = rows->text(3) == kControl;
    account.since_ms = rows->integer(4);
    account.changed = rows->integer(5) != 0;
  }
  if (auto done = add_members(database, listed, accounts); !done) return done.error();
  return accounts;
}

std::vector<OutcomeAccount> listed_accounts(const std::vector<ListedAccount>& listed, int64_t since_ms) {
  std::map<std::string_view, std::vector<const ListedAccount*>> units;
  for (const ListedAccount& one : listed) {
    if (one.excluded || one.arm.empty()) continue;
    units[one.family.empty() ? one.id : one.family].push_back(&one);
  }
  std::vector<OutcomeAccount> accounts;
  for (auto& [unit, members] : units) {
    std::sort(members.begin(), members.end(),
              [](const ListedAccount* a, const ListedAccount* b) { return a->id < b->id; });
    const auto top = std::find_if(members.begin(), members.end(),
                                  [&](const ListedAccount* one) { return one->id == unit; });
    const ListedAccount& told = top == members.end() ? *members.front() : **top;
    OutcomeAccount& account = accounts.emplace_back();
    account.account = unit;
    account.tier = told.tier;
    account.control = told.arm == kControl;
    account.since_ms = since_ms;
    const bool alone = members.size() == 1 && told.id == unit;
    for (const ListedAccount* const one : members) {
      if (!alone) account.members.push_back(one->id);
      account.segments.insert(account.segments.end(), one->segments.begin(), one->segments.end());
    }
    std::sort(account.segments.begin(), account.segments.end());
    account.segments.erase(std::unique(account.segments.begin(), account.segments.end()),
                           account.segments.end());
  }
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
  const auto by_id = accounts_by_id(std::span(accounts));
  int64_t latest = 0;
  for (const OutcomeAccount& account : accounts) latest = std::max(latest, account.since_ms);
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
  const auto by_id = accounts_by_id(std::span(accounts));
  std::unordered_set<const OutcomeAccount*> known;
  auto rows = database.prepare("SELECT account FROM first_seen WHERE first_ms < ?1");
  if (!rows) return rows.error();
  rows->bind(1, from_ms);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return known.size();
    if (const auto found = by_id.find(rows->text(0)); found != by_id.end()) known.insert(found->second);
  }
}

}  // namespace abm::measure
