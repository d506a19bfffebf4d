#include "connect/import/opportunity_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/text.h"
#include "connect/import/cells.h"
#include "connect/import/deal_dates.h"
#include "connect/import/moments.h"
#include "connect/import/money.h"
#include "connect/import/report_footer.h"
#include "connect/import/table_file.h"
#include "connect/import/table_reader.h"
#include "connect/import/values.h"
#include "connect/import/websites.h"

namespace abm::connect {
namespace {

using D = DealField;

constexpr std::array<D, 3> kMoments = {D::kCreated, D::kClosed, D::kModified};

/// "1.23457E+11", as a spreadsheet writes an id that it took for a number: its last digits are lost.
bool is_cut_id(std::string_view cell) {
  std::string text = ascii_lower(cell_text(cell));
  const size_t power = text.find("e+");
  if (power == text.npos || power == 0) return false;
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  std::string_view number = std::string_view(text).substr(0, power);
  if (const size_t mark = number.find_first_of(".,"); mark != number.npos) {
    if (!digits(number.substr(mark + 1))) return false;
    number = number.substr(0, mark);
  }
  return number.size() == 1 && digits(number) && digits(std::string_view(text).substr(power + 2));
}

class DealTableReader {
 public:
  DealTableReader(const DealTableRequest& request, DealTable& out) : request_(request), out_(out) {}

  Result<void> run(const OpenSource& open);

 private:
  /// What of a row waits until its columns are known as a whole.
  struct Waiting {
    std::array<std::optional<int64_t>, kMoments.size()> month_first;
    char either = 0;
  };

  [[nodiscard]] Error fault_at(Position at, std::string_view message) const {
    return Error{fmt::format("{}: {}", place(at), message)};
  }
  [[nodiscard]] std::string place(Position at) const {
    return fmt::format("{}:{}:{}", out_.name, at.line, at.column);
  }
  void tell(const std::string& what, Position at, std::string_view value = {}) const {
    request_.notes->add(what, place(at), value);
  }
  [[nodiscard]] Result<void> find_header(TableReader& table);
  [[nodiscard]] Result<void> row(const TableReader& table);
  [[nodiscard]] bool is_whole(const TableReader& table);
  [[nodiscard]] Result<void> check_ids(const TableReader& table) const;
  [[nodiscard]] std::string text_of(const TableReader& table, D field) const;
  [[nodiscard]] std::string company_of(const TableReader& table) const;
  [[nodiscard]] std::optional<bool> flag_of(const TableReader& table, D field) const;
  [[nodiscard]] std::optional<int64_t> moment(const TableReader& table, size_t which, Waiting& waiting);
  void money(const TableReader& table, DealRow& row, Waiting& waiting);
  [[nodiscard]] AccountMatch match(const TableReader& table) const;
  [[nodiscard]] Result<void> settle_dates();
  void settle_amounts();

  const DealTableRequest& request_;
  DealTable& out_;
  size_t columns_ = 0;
  ReportFooter footer_;
  std::array<DealDates, kMoments.size()> dates_;
  bool dot_is_decimal_ = false, comma_is_decimal_ = false;
  bool dot_is_thousands_ = false, comma_is_thousands_ = false;
  std::vector<Waiting> waiting_;  // by row
};

Result<void> DealTableReader::run(const OpenSource& open) {
  const generation::AccountSource& source = *request_.source;
  const auto encoding = find_table_encoding(open, source.encoding, out_.name);
  if (!encoding) return encoding.error();
  auto file = open();
  if (!file) return file.error();
  const TableOptions options = {.encoding = *encoding, .delimiter = source.delimiter, .limits = {}};
  auto footer = ReportFooter::find(open, options);
  if (!footer) return footer.error();
  footer_ = std::move(*footer);
  TableReader table(**file, options);
  if (auto found = find_header(table); !found) return found;
  if (*encoding == Encoding::kWindows1252 && source.encoding.empty())
    request_.notes->add(fmt::format("{} is not UTF-8, and read as Windows-1252", out_.name), "");
  while (table.next()) {
    if (request_.progress && out_.read % 4096 == 0) request_.progress(table.bytes_read());
    if (auto done = row(table); !done) return done;
    if (out_.read > kMostTableRows)
      return fault_at(table.position(0), fmt::format("more than {} rows", kMostTableRows));
    if (out_.rows.size() > request_.most_rows)
      return fault_at(table.position(0), fmt::format("more than {} opportunities: export those created since "
                                                     "the programme began, and a year before",
                                                     request_.most_rows));
  }
  if (table.fault().has_value()) {
    if (table.fault()->at.line == 0) return Error{table.fault()->message};
    return fault_at(table.fault()->at, table.fault()->message);
  }
  if (auto settled = settle_dates(); !settled) return settled;
  settle_amounts();
  return {};
}

Result<void> DealTableReader::find_header(TableReader& table) {
  std::vector<std::string> first;
  Position first_at;
  for (size_t line = 0; line < kMostTitleLines && table.next(); ++line) {
    std::vector<std::string> record;
    for (size_t i = 0; i < table.size(); ++i)
      record.push_back(read_text_cell(table[i], accounts::kMaxTextBytes).text);
    DealColumns plan = plan_deal_columns(record, *request_.source);
    if (line == 0) {
      first = record;
      first_at = table.position(0);
    }
    if (!plan.is_header()) continue;
    if (!plan.missing.empty()) {
      const std::vector<std::string_view> known(plan.headers.begin(), plan.headers.end());
      return fault_at(table.position(0),
                      fmt::format("the map of this source names the column '{}', which is not there{}{}",
                                  plan.missing.front(), did_you_mean(plan.missing.front(), known),
                                  request_.source->live.has_value()
                                      ? "; what it is asked for now counts after abmctl sync"
                                      : ""));
    }
    if (!plan.has(D::kCreated))
      return fault_at(table.position(0),
                      fmt::format("no column says when an opportunity was created: add it to the export, or "
                                  "name it in this source's 'map: {{ created: … }}'. Its columns: {}",
                                  joined_headers(record)));
    if (!plan.has(D::kAccountId) && !plan.has(D::kCrmId) && !plan.has(D::kDomain))
      return fault_at(
          table.position(0),
          fmt::format("no column says whose an opportunity is: add the company's id in the CRM or "
                      "its domain to the export, or name it in this source's 'map: {{ crm_id: …, "
                      "domain: … }}'. Its columns: {}",
                      joined_headers(record)));
    out_.columns = std::move(plan);
    columns_ = record.size();
    for (size_t i = 0; i < kMoments.size(); ++i) {
      if (!out_.columns.has(kMoments[i])) continue;
      dates_[i].want(out_.columns.columns(kMoments[i]).front().read);
    }
    return {};
  }
  if (table.fault().has_value()) return fault_at(table.fault()->at, table.fault()->message);
  if (first.empty()) return Error{fmt::format("{}: the file is empty: export it again", out_.name)};
  return fault_at(
      first_at,
      fmt::format("these are no opportunities: no column is known to be a stage, an amount or a date; "
                  "name them in this source's 'map: {{ created: …, amount: … }}'. Its columns: {}",
                  joined_headers(first)));
}

/// False: it is left out, and that is told.
bool DealTableReader::is_whole(const TableReader& table) {
  for (size_t i = columns_; i < table.size(); ++i) {
    if (cell_text(table[i]).empty()) continue;
    tell(
        "rows with more fields than the header has columns are left out: a separator in a field without quotes?",
        table.position(i));
    return false;
  }
  if (table.size() < columns_)
    tell("rows with fewer fields than the header has columns: the last ones are empty", table.position(0));
  return true;
}

Result<void> DealTableReader::row(const TableReader& table) {
  if (footer_.has(table)) {
    tell("lines of a report's footer are left out", table.position(0));
    return {};
  }
  ++out_.read;
  if (table.size() < columns_ && table.ends_file() && table.size() > 1)
    return fault_at(table.position(table.size()),
                    fmt::format("the file is cut short: its last row has {} of {} columns; export it again",
                                table.size(), columns_));
  if (!is_whole(table)) {
    ++out_.left_out;
    return {};
  }
  if (auto whole = check_ids(table); !whole) return whole;
  DealRow row;
  Waiting waiting;
  const Position created_at = table.position(out_.columns.columns(D::kCreated).front().column);
  const auto created = moment(table, 0, waiting);
  if (!created.has_value()) {
    if (cell_text(table[out_.columns.columns(D::kCreated).front().column]).empty())
      tell("rows without a date of creation are left out", created_at);
    ++out_.left_out;
    return {};
  }
  row.source = request_.number;
  row.at = {table.position(0).line, 1};
  row.created_ms = *created;
  row.closed_ms = moment(table, 1, waiting);
  row.modified_ms = moment(table, 2, waiting);
  row.id = opportunity_id_of(text_of(table, D::kId));
  row.company = company_of(table);
  row.name = text_of(table, D::kName);
  row.stage = text_of(table, D::kStage);
  row.type = text_of(table, D::kType);
  row.is_closed = flag_of(table, D::kIsClosed);
  row.is_won = flag_of(table, D::kIsWon);
  row.match = match(table);
  money(table, row, waiting);
  out_.rows.push_back(std::move(row));
  waiting_.push_back(waiting);
  return {};
}

/// An id that a spreadsheet wrote as a rounded number is many opportunities' or companies'.
Result<void> DealTableReader::check_ids(const TableReader& table) const {
  for (const D field : {D::kId, D::kCrmId, D::kAccountId}) {
    for (const DealColumn& column : out_.columns.columns(field)) {
      if (!is_cut_id(table[column.column])) continue;
      return fault_at(
          table.position(column.column),
          fmt::format("the id '{}' in '{}' is a rounded number: a spreadsheet cut the ids. Export the "
                      "file again, and do not save it with a spreadsheet (or have the column as text)",
                      cell_text(table[column.column]), out_.columns.headers[column.column]));
    }
  }
  return {};
}

/// Of the first column that says something.
std::string DealTableReader::text_of(const TableReader& table, D field) const {
  for (const DealColumn& column : out_.columns.columns(field)) {
    std::string text = read_text_cell(table[column.column], accounts::kMaxTextBytes).text;
    if (!text.empty()) return text;
  }
  return {};
}

/// Its name, else its domain, else its id; of a person's mail address the domain alone.
std::string DealTableReader::company_of(const TableReader& table) const {
  std::string name = text_of(table, D::kCompany);
  if (!name.empty()) return without_mailboxes(name);
  const std::string website = text_of(table, D::kDomain);
  for (WebsiteDomain& domain : domains_in_cell(website)) {
    if (!domain.domain.empty()) return std::move(domain.domain);
  }
  for (const D field : {D::kCrmId, D::kAccountId}) {
    if (name = text_of(table, field); !name.empty()) return without_mailboxes(name);
  }
  return website.empty() ? std::string("(no company)") : without_mailboxes(website);
}

std::optional<bool> DealTableReader::flag_of(const TableReader& table, D field) const {
  if (!out_.columns.has(field)) return std::nullopt;
  const size_t column = out_.columns.columns(field).front().column;
  const auto flag = read_yes_no(table[column]);
  if (!flag.has_value() && !cell_text(table[column]).empty())
    tell("cells of 'is closed' or 'is won' that are neither yes nor no do not count", table.position(column),
         table[column]);
  return flag;
}

std::optional<int64_t> DealTableReader::moment(const TableReader& table, size_t which, Waiting& waiting) {
  if (!out_.columns.has(kMoments[which])) return std::nullopt;
  const size_t column = out_.columns.columns(kMoments[which]).front().column;
  const MomentCell cell = read_moment_cell(table[column], dates_[which].wanted());
  if (!cell.fault.empty()) {
    tell(kMoments[which] == D::kCreated
             ? fmt::format("rows whose date of creation {} are left out", cell.fault)
             : fmt::format("a date of '{}' that {} does not count", out_.columns.headers[column], cell.fault),
         table.position(column), table[column]);
    return std::nullopt;
  }
  dates_[which].add(cell, table.position(column), table[column]);
  waiting.month_first[which] = cell.month_first;
  return cell.ms;
}

void DealTableReader::money(const TableReader& table, DealRow& row, Waiting& waiting) {
  if (!out_.columns.has(D::kAmount)) return;
  const DealColumn& column = out_.columns.columns(D::kAmount).front();
  row.money_at = table.position(column.column);
  const MoneyCell cell =
      read_money_cell(table[column.column], column.times, request_.source->live.has_value());
  if (!cell.fault.empty()) {
    tell(fmt::format("an amount that {} does not count: the opportunity has none", cell.fault), row.money_at,
         table[column.column]);
    return;
  }
  row.amount = cell.value;
  if (!row.amount.has_value()) return;
  waiting.either = cell.either;
  dot_is_decimal_ = dot_is_decimal_ || cell.decimal == '.';
  comma_is_decimal_ = comma_is_decimal_ || cell.decimal == ',';
  dot_is_thousands_ = dot_is_thousands_ || cell.thousands == '.';
  comma_is_thousands_ = comma_is_thousands_ || cell.thousands == ',';
  if (cell.power)
    tell("amounts with a power of ten, such as 1.235E+05, may be rounded: a spreadsheet writes them so",
         row.money_at, table[column.column]);
  row.currency = cell.currency;
  row.loose_currency = cell.loose;
  bool own_column = false;
  for (const DealColumn& stated : out_.columns.columns(D::kCurrency)) {
    const std::string_view text = table[stated.column];
    if (cell_text(text).empty()) continue;
    own_column = true;
    std::string currency = currency_of(text);
    if (currency.empty() || (!row.currency.empty() && !cell.loose && row.currency != currency)) {
      tell(currency.empty() ? "an amount in a currency that is none of three letters does not count"
                            : "an amount with two currencies does not count",
           table.position(stated.column), text);
      row.amount.reset();
      row.currency.clear();
      return;
    }
    row.currency = std::move(currency);
    row.loose_currency = is_loose_sign(text);
  }
  if (own_column || !row.currency.empty()) return;
  row.currency = out_.columns.currency;
  row.loose_currency = out_.columns.currency_loose;
}

AccountMatch DealTableReader::match(const TableReader& table) const {
  AccountMatcher::Cells cells;
  for (const DealColumn& column : out_.columns.columns(D::kAccountId))
    cells.account_id = table[column.column];
  for (const DealColumn& column : out_.columns.columns(D::kCrmId)) {
    cells.crm_ids = table[column.column];
    if (!cell_text(cells.crm_ids).empty()) break;
  }
  for (const DealColumn& column : out_.columns.columns(D::kDomain))
    cells.domains.push_back(table[column.column]);
  return request_.accounts->find(cells);
}

/// "3/4/2026": the column's other cells decide, if they agree.
Result<void> DealTableReader::settle_dates() {
  for (size_t which = 0; which < kMoments.size(); ++which) {
    const DealField field = kMoments[which];
    if (!out_.columns.has(field)) continue;
    const std::string& header = out_.columns.headers[out_.columns.columns(field).front().column];
    const auto month_first = dates_[which].month_first(
        {out_.name, generation::kOpportunityFields[static_cast<size_t>(field)], header}, *request_.notes);
    if (!month_first) return month_first.error();
    if (!*month_first) continue;
    for (size_t i = 0; i < out_.rows.size(); ++i) {
      if (!waiting_[i].month_first[which].has_value()) continue;
      DealRow& row = out_.rows[i];
      const int64_t ms = *waiting_[i].month_first[which];
      if (field == D::kCreated) row.created_ms = ms;
      if (field == D::kClosed) row.closed_ms = ms;
      if (field == D::kModified) row.modified_ms = ms;
    }
  }
  return {};
}

/// "5.000": five thousand, unless other cells of the column show that the mark stands before a fraction.
void DealTableReader::settle_amounts() {
  const bool dot = dot_is_decimal_ && !dot_is_thousands_, comma = comma_is_decimal_ && !comma_is_thousands_;
  for (size_t i = 0; i < out_.rows.size(); ++i) {
    const char mark = waiting_[i].either;
    DealRow& row = out_.rows[i];
    if (mark == 0 || !row.amount.has_value()) continue;
    const bool decimal = mark == '.' ? dot : comma;
    if (decimal) *row.amount /= 1000;
    if (decimal || mark == '.')
      tell(decimal ? "amounts such as 1.234 are read as fractions, as the column's other amounts show"
                   : "amounts such as 5.000 are read as thousands",
           row.money_at);
  }
}

}  // namespace

Result<DealTable> read_deal_table(const OpenSource& open, const DealTableRequest& request) {
  DealTable out;
  out.name = request.name;
  if (auto done = DealTableReader(request, out).run(open); !done) return done.error();
  return out;
}

}  // namespace abm::connect
