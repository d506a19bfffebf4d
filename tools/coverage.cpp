#include "tools/coverage.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "measure/store/load.h"
#include "measure/store/visit_store.h"

namespace abm::tools {
namespace {

using generation::by_address;
using generation::Way;

size_t row_of(accounts::Tier tier) {
  return Coverage::kTiers - 1 - static_cast<size_t>(tier);
}

void count(Coverage::Tier& row, const CoveredAccount& account) {
  ++row.accounts;
  ++row.by[static_cast<size_t>(account.recognition.way)];
  if (account.visits == 0) return;
  ++(by_address(account.recognition.way) ? row.came : row.came_else);
}

}  // namespace

uint64_t Coverage::Tier::recognisable() const noexcept {
  return by[0] + by[1] + by[2];
}

const CameAccounts::Visits* CameAccounts::find(std::string_view account) const {
  const auto found =
      std::lower_bound(accounts.begin(), accounts.end(), account,
                       [](const auto& entry, std::string_view id) { return entry.first < id; });
  return found == accounts.end() || found->first != account ? nullptr : &found->second;
}

namespace {

/// As the report's table "What each source adds" counts: a cookie is not held against the link or the login
/// that it comes from.
Result<std::vector<SourceShare>> shares_of(measure::VisitStore& store) {
  auto select = store.database().prepare(
      "WITH known AS (SELECT a.account AS account, d.source AS source, count(*) AS visits FROM visit v "
      "JOIN account_state a ON a.id = v.account_state JOIN decision d ON d.id = v.decision "
      "WHERE v.bot = 0 AND v.load = 0 GROUP BY 1, 2), "
      "others AS (SELECT k.*, (SELECT count(*) FROM known o WHERE o.account = k.account "
      "AND o.source <> k.source AND o.source <> 'remembered') AS others FROM known k) "
      "SELECT source, sum(visits), count(*), sum(others = 0) FROM others GROUP BY 1 ORDER BY 2 DESC, 1");
  if (!select) return select.error();
  std::vector<SourceShare> shares;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return shares;
    const auto number = [&](int column) { return static_cast<uint64_t>(select->integer(column)); };
    shares.push_back({std::string(select->text(0)), number(1), number(2), number(3)});
  }
}

}  // namespace

Result<CameAccounts> came_accounts(const std::vector<std::string>& logs,
                                   const std::function<void(uint64_t, uint64_t)>& progress,
                                   const Output& out) {
  auto store = measure::VisitStore::open("");
  if (!store) return store.error();
  const auto sources = measure::load_logs(logs, *store, nullptr, progress);
  if (!sources) return sources.error();
  uint64_t lines = 0, good = 0;
  for (const measure::SourceCounts& source : *sources) {
    lines += source.lines;
    good += source.loaded + source.known;
    if (!source.fault.empty()) out.note(fmt::format("{}; what came before that was read", source.fault));
    if (source.damaged() != 0)
      out.note(fmt::format("{}: {} lines left out: abmctl report says why", source.name, source.damaged()));
  }
  if (lines != 0 && good == 0) return Error{"no line of the logs is a visit"};
  auto select = store->database().prepare(
      "SELECT a.account, count(*), min(v.ts_ms), max(v.ts_ms) FROM visit v "
      "JOIN account_state a ON a.id = v.account_state WHERE v.bot = 0 AND v.load = 0 "
      "GROUP BY 1 ORDER BY 1 COLLATE BINARY");
  if (!select) return select.error();
  CameAccounts came;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    const int64_t first = select->integer(2), last = select->integer(3);
    came.accounts.emplace_back(std::string(select->text(0)),
                               CameAccounts::Visits{static_cast<uint64_t>(select->integer(1)), last});
    came.first_ms = came.first_ms == 0 ? first : std::min(came.first_ms, first);
    came.last_ms = std::max(came.last_ms, last);
  }
  std::sort(came.accounts.begin(), came.accounts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  auto shares = shares_of(*store);
  if (!shares) return shares.error();
  came.sources = std::move(*shares);
  return came;
}

Coverage coverage_of(const generation::BuildInputs& inputs, const generation::Artifacts& artifacts,
                     const CameAccounts* came) {
  const generation::Recogniser recognise(*artifacts.generation, artifacts.accounts, *artifacts.networks,
                                         generation::recognition_sources(inputs));
  const accounts::Snapshot& snapshot = artifacts.generation->accounts();
  Coverage coverage;
  coverage.source = fmt::format("{}, feed version {} of {}", path_for_people(inputs.feed),
                                snapshot.feed_version(), snapshot.tenant());
  for (size_t i = 0; i < Coverage::kTiers; ++i)
    coverage.tiers[i].name = to_string(static_cast<accounts::Tier>(Coverage::kTiers - 1 - i));
  coverage.all.name = "all";
  coverage.traffic = came != nullptr;
  if (came != nullptr) {
    coverage.first_ms = came->first_ms, coverage.last_ms = came->last_ms;
    coverage.sources = came->sources;
  }
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView view = snapshot.at(i);
    if (view.excluded()) {
      ++coverage.excluded;
      continue;
    }
    CoveredAccount account{std::string(view.id()), std::string(view.name()), view.tier(), recognise(i), 0};
    if (const auto* visits = came == nullptr ? nullptr : came->find(view.id()); visits != nullptr)
      account.visits = visits->visits;
    count(coverage.tiers[row_of(view.tier())], account);
    count(coverage.all, account);
    coverage.accounts.push_back(std::move(account));
  }
  std::stable_sort(coverage.accounts.begin(), coverage.accounts.end(),
                   [](const CoveredAccount& a, const CoveredAccount& b) { return a.tier > b.tier; });
  return coverage;
}

namespace {

void write_tier(Json& json, const Coverage::Tier& tier, bool traffic) {
  json.begin_object().key("tier").string(tier.name).key("accounts").number(tier.accounts);
  json.key("recognisable").number(tier.recognisable()).key("by").begin_object();
  for (size_t i = 0; i < generation::kWays; ++i) json.key(generation::kWayNames[i]).number(tier.by[i]);
  json.end_object().key("came");
  traffic ? json.number(tier.came) : json.null();
  json.key("came_otherwise");
  traffic ? json.number(tier.came_else) : json.null();
  json.end_object();
}

void write_sources(Json& json, const std::vector<SourceShare>& sources) {
  json.begin_array();
  for (const SourceShare& share : sources) {
    json.begin_object().key("source").string(share.source).key("visits").number(share.visits);
    json.key("accounts").number(share.accounts).key("accounts_only_by_it").number(share.only).end_object();
  }
  json.end_array();
}

}  // namespace

std::string coverage_json(const Coverage& coverage) {
  std::string text;
  Json json(text);
  json.begin_object().key("source").string(coverage.source).key("excluded").number(coverage.excluded);
  json.key("from").string_or_null(coverage.first_ms == 0 ? "" : format_rfc3339(coverage.first_ms / 1000));
  json.key("until").string_or_null(coverage.last_ms == 0 ? "" : format_rfc3339(coverage.last_ms / 1000));
  json.key("all");
  write_tier(json, coverage.all, coverage.traffic);
  json.key("tiers").begin_array();
  for (const Coverage::Tier& tier : coverage.tiers) write_tier(json, tier, coverage.traffic);
  json.end_array().key("sources");
  coverage.traffic ? write_sources(json, coverage.sources) : static_cast<void>(json.null());
  json.key("accounts").begin_array();
  for (const CoveredAccount& account : coverage.accounts) {
    json.begin_object().key("account").string(account.id).key("name").string(account.name);
    json.key("tier").string(to_string(account.tier));
    json.key("recognised_by").string(generation::kWayNames[static_cast<size_t>(account.recognition.way)]);
    json.key("reasons").begin_array();
    for (const generation::Why why : account.recognition.why) {
      const generation::WhyText& told = text_of(why);
      json.begin_object().key("code").string(told.code).key("text").string(told.text);
      json.key("remedy").string(told.remedy).end_object();
    }
    json.end_array().key("detail").string_or_null(account.recognition.detail);
    json.key("visits");
    coverage.traffic ? json.number(account.visits) : json.null();
    json.end_object();
  }
  json.end_array().end_object();
  return text;
}

measure::Table coverage_table(const Coverage& coverage) {
  measure::Table table;
  table.name = "coverage";
  table.columns = {"account", "name", "tier", "recognised_by", "reason", "detail", "remedy"};
  if (coverage.traffic) table.columns.emplace_back("visits");
  for (const CoveredAccount& account : coverage.accounts) {
    const auto& why = account.recognition.why;
    const bool known = why.empty();
    std::vector<measure::Cell>& row = table.rows.emplace_back();
    row.emplace_back(account.id);
    row.emplace_back(account.name);
    row.emplace_back(std::string(to_string(account.tier)));
    row.emplace_back(std::string(generation::kWayNames[static_cast<size_t>(account.recognition.way)]));
    row.push_back(known ? measure::Cell() : std::string(text_of(why.front()).text));
    row.push_back(account.recognition.detail.empty() ? measure::Cell() : account.recognition.detail);
    row.push_back(known ? measure::Cell() : std::string(text_of(why.front()).remedy));
    if (coverage.traffic) row.emplace_back(static_cast<int64_t>(account.visits));
  }
  return table;
}

}  // namespace abm::tools
