#include "measure/outcomes/outcome_rows.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "measure/embedded.h"
#include "measure/outcomes/follow.h"

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;
using connect::Opportunity;

std::string_view state_text(DealState state) noexcept {
  return state == DealState::kWon ? "won" : state == DealState::kLost ? "lost" : "open";
}

std::string_view type_text(DealType type) noexcept {
  return type == DealType::kExpansion ? "expansion" : type == DealType::kRenewal ? "renewal" : "new";
}

std::string segments_json(const OutcomeAccount& account) {
  std::string text;
  JsonWriter<std::string> json(text);
  json.begin_array();
  for (const std::string& segment : account.segments) json.string(segment);
  json.end_array();
  return text;
}

void bind_real(Statement& statement, int parameter, double value) noexcept {
  sqlite3_bind_double(statement.get(), parameter, value);
}

void bind_real(Statement& statement, int parameter, const std::optional<double>& value) noexcept {
  value.has_value() ? bind_real(statement, parameter, *value) : statement.bind_null(parameter);
}

void bind_text_or_null(Statement& statement, int parameter, const std::string& text) noexcept {
  text.empty() ? statement.bind_null(parameter) : statement.bind_text(parameter, text);
}

Result<void> write_opportunities(Database& database, const connect::OpportunitySet& set) {
  auto insert =
      database.prepare("INSERT INTO opportunity VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  if (!insert) return insert.error();
  for (const Opportunity& one : set.opportunities) {
    insert->bind_text(1, one.id);
    bind_text_or_null(*insert, 2, one.account);
    insert->bind_text(3, one.company);
    insert->bind_text(4, one.name);
    insert->bind_text(5, one.stage);
    insert->bind_text(6, state_text(one.state));
    insert->bind_text(7, type_text(one.type));
    insert->bind(8, one.created_ms);
    one.closed_ms.has_value() ? insert->bind(9, *one.closed_ms) : insert->bind_null(9);
    bind_real(*insert, 10, one.amount);
    bind_text_or_null(*insert, 11, set.currency);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> write_accounts(Database& database, const Outcomes& outcomes, const QuestionResult& result) {
  auto insert = database.prepare(
      "INSERT INTO outcome_account VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
      "?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)");
  if (!insert) return insert.error();
  const bool has_visits =
      outcomes.settings.adjust == generation::AdjustBy::kVisitsBefore && result.question == Question::kListed;
  for (const OutcomeAccount& account : result.accounts) {
    const std::string segments = segments_json(account);
    int at = 0;
    insert->bind_text(++at, to_string(result.question));
    insert->bind_text(++at, account.account);
    insert->bind_text(++at, account.tier);
    insert->bind_text(++at, segments);
    insert->bind_text(++at, account.control ? "control" : "treated");
    insert->bind(++at, account.since_ms);
    insert->bind(++at, account.until_ms);
    insert->bind(++at, account.window_over ? 1 : 0);
    bind_real(*insert, ++at, days_between(account.since_ms, outcomes.set.as_of_ms));
    insert->bind(++at, account.before);
    bind_real(*insert, ++at, account.amount_before);
    insert->bind(++at, static_cast<int64_t>(account.opened_before));
    has_visits ? insert->bind(++at, static_cast<int64_t>(account.visits_before)) : insert->bind_null(++at);
    insert->bind(++at, account.opportunities);
    bind_real(*insert, ++at, account.amount);
    insert->bind(++at, account.won);
    bind_real(*insert, ++at, account.won_amount);
    insert->bind(++at, account.lost);
    insert->bind(++at, account.expansions);
    bind_real(*insert, ++at, account.expansion_amount);
    bind_real(*insert, ++at, account.days_to_opportunity);
    bind_real(*insert, ++at, account.days_to_won);
    insert->bind(++at, account.after);
    insert->bind(++at, account.renewals);
    insert->bind(++at, account.renewed);
    bind_real(*insert, ++at, account.renewed_amount);
    insert->bind(++at, account.churned);
    bind_real(*insert, ++at, account.churned_amount);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> write_outcome_rows(Database& database, const Outcomes* outcomes) {
  if (auto done = database.execute(std::string(kOutcomesSql)); !done) return done;
  if (outcomes == nullptr) return {};
  if (auto begun = database.execute("BEGIN"); !begun) return begun;
  if (auto done = write_opportunities(database, outcomes->set); !done) return done;
  for (const QuestionResult* const result : {&outcomes->came, &outcomes->listed}) {
    if (auto done = write_accounts(database, *outcomes, *result); !done) return done;
  }
  return database.execute("COMMIT");
}

}  // namespace abm::measure
