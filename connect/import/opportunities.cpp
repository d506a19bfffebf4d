#include "connect/import/opportunities.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/import/deal_notes.h"
#include "connect/import/money.h"
#include "connect/import/opportunity_table.h"
#include "connect/import/opportunity_words.h"
#include "connect/import/repeated_sources.h"
#include "connect/import/source_file.h"
#include "connect/import/table_file.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;

constexpr uint64_t kMostOpportunities = 2'000'000;  // of all sources; they are in memory
constexpr int64_t kDealDayMs = 86'400'000;
constexpr size_t kToldWords = 20;

std::string_view vendor_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kHubspot:
      return "HubSpot";
    case SourceKind::kSalesforce:
      return "Salesforce";
    case SourceKind::kDemandbase:
      return "Demandbase";
    default:
      return {};
  }
}

/// "id 'Record ID', amount 'Amount' …": which columns were taken.
std::string taken_columns(const DealColumns& columns) {
  std::string text;
  for (size_t field = 0; field < kDealFields; ++field) {
    for (const DealColumn& column : columns.of[field])
      text += fmt::format("{}{} '{}'", text.empty() ? "" : ", ", generation::kOpportunityFields[field],
                          columns.headers[column.column]);
  }
  return text;
}

/// "'Owner', 'Region' and 3 more": which were not.
std::string left_columns(const DealColumns& columns) {
  std::vector<bool> taken(columns.headers.size());
  for (const auto& of_field : columns.of) {
    for (const DealColumn& column : of_field) taken[column.column] = true;
  }
  std::vector<std::string> left;
  for (size_t i = 0; i < columns.headers.size(); ++i) {
    if (!taken[i] && !columns.headers[i].empty()) left.push_back(columns.headers[i]);
  }
  return joined_headers(left);
}

class DealReader {
 public:
  explicit DealReader(const OpportunityRequest& request)
      : request_(request), words_(settings().stages, settings().types), now_ms_(request.now * 1000) {}

  Result<OpportunitySet> run();

 private:
  [[nodiscard]] const generation::OutcomesInput& settings() const {
    static const generation::OutcomesInput kNone;
    return request_.settings == nullptr ? kNone : *request_.settings;
  }
  [[nodiscard]] std::string name_of(const AccountSource& source) const {
    return request_.name_of ? request_.name_of(source) : path_for_people(source.from);
  }
  [[nodiscard]] Result<void> read(const AccountSource& source);
  void forget_repeated();
  [[nodiscard]] Result<void> decide_currency();
  void take(DealRow& row);
  void close(const DealRow& row, Opportunity& out);
  void add_unmatched(const DealRow& row, const Opportunity& deal);
  void tell_words();
  void tell_matches();
  void finish();
  [[nodiscard]] std::string place(const DealRow& row, Position at) const {
    return fmt::format("{}:{}:{}", names_[row.source], at.line, at.column);
  }
  void leave_out(const std::string& what, const DealRow& row, std::string_view value = {}) {
    ++out_.left_out;
    notes_.add(what, place(row, row.at), value);
  }
  void know(const DealRow& row);
  void know(int64_t ms) {
    if (ms <= now_ms_) out_.as_of_ms = std::max(out_.as_of_ms, ms);
  }

  const OpportunityRequest& request_;
  DealWords words_;
  int64_t now_ms_;
  std::vector<std::string> names_;  // of sources
  std::string converted_;           // how to take the amounts that the CRM has converted; "": it has none
  std::vector<DealRow> rows_;
  std::vector<bool> repeated_;  // by row: another one has its id, and counts
  DealNotes notes_;
  std::map<std::string, uint64_t> unknown_stages_, unknown_types_;
  std::map<std::pair<std::string, std::string>, UnmatchedCompany> unmatched_;
  uint64_t without_currency_ = 0;
  OpportunitySet out_;
};

Result<void> DealReader::read(const AccountSource& source) {
  const std::string name = name_of(source);
  if (request_.why_missing) {
    if (std::string fault = request_.why_missing(source); !fault.empty()) return Error{std::move(fault)};
  }
  DealTableRequest table;
  table.source = &source;
  table.name = name;
  table.number = static_cast<uint32_t>(names_.size());
  table.most_rows = kMostOpportunities - rows_.size();
  table.accounts = request_.accounts;
  table.notes = &notes_;
  table.progress = [&](uint64_t bytes) {
    if (request_.progress) request_.progress(fmt::format("reading {}", name), bytes, 0);
  };
  auto read = read_deal_table([&source] { return open_source_file(source.from); }, table);
  if (!read) return read.error();
  const std::string_view vendor = vendor_of(read->columns.kind);
  const bool says_vendor = vendor.empty() || source.live.has_value();
  out_.sources.push_back(says_vendor ? name : fmt::format("{} ({})", name, vendor));
  out_.remarks.push_back(fmt::format("{}: {} row{}; columns: {}", out_.sources.back(), read->read,
                                     read->read == 1 ? "" : "s", taken_columns(read->columns)));
  if (const std::string left = left_columns(read->columns); !left.empty())
    out_.remarks.push_back(fmt::format("{}: columns that are not read: {}; 'map:' of the source takes one",
                                       out_.sources.back(), left));
  out_.rows += read->read;
  out_.left_out += read->left_out;
  names_.push_back(name);
  if (converted_.empty() && !read->columns.converted.empty())
    converted_ = fmt::format(
        "; or take the amounts that the CRM has converted: 'map: {{ amount: {} }}' in the source {}",
        read->columns.converted, name);
  std::move(read->rows.begin(), read->rows.end(), std::back_inserter(rows_));
  if (request_.asked_at) {
    if (const auto asked = request_.asked_at(source); asked.has_value()) know(*asked * 1000);
  }
  return {};
}

/// Of rows with the same id the one that was modified last counts, or else the last one. Each source decides
/// for itself first: one that does not say when corrects those before it as a whole.
void DealReader::forget_repeated() {
  repeated_.assign(rows_.size(), false);
  for (const bool across : {false, true}) {
    std::unordered_map<std::string_view, size_t> best;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (!across && i != 0 && rows_[i].source != rows_[i - 1].source) best.clear();
      if (rows_[i].id.empty() || repeated_[i]) continue;
      const auto [found, is_new] = best.emplace(rows_[i].id, i);
      if (is_new) continue;
      const auto &before = rows_[found->second].modified_ms, &now = rows_[i].modified_ms;
      // Absent is earlier than any, where it is compared.
      const bool dated = across ? before.has_value() && now.has_value() : before != now;
      const bool earlier = dated && now < before;
      const size_t lost = earlier ? i : found->second;
      repeated_[lost] = true;
      ++out_.left_out;
      notes_.add(dated && before != now
                     ? "rows whose opportunity has a row that was modified later, which counts, are left out"
                 : across ? "rows whose opportunity is in a later source, too, which counts, are left out"
                          : "rows whose opportunity has another row further down, which counts, are left out",
                 place(rows_[lost], rows_[lost].at), rows_[lost].id);
      if (!earlier) found->second = i;
    }
  }
}

/// One currency; amounts in another one are never converted.
Result<void> DealReader::decide_currency() {
  out_.currency = settings().currency;
  const DealRow* first = nullptr;
  for (size_t i = 0; i < rows_.size(); ++i) {
    DealRow& row = rows_[i];
    if (repeated_[i] || !row.amount.has_value()) continue;
    if (!settings().currency.empty() && row.loose_currency && row.currency != out_.currency &&
        sign_may_be(row.currency, out_.currency)) {
      notes_.add(
          fmt::format("a sign that several currencies have is taken for {}, as 'outcomes: currency' says",
                      out_.currency),
          place(row, row.money_at));
      row.currency = out_.currency;
    }
    if (row.currency.empty()) ++without_currency_;
    if (row.currency.empty() || !settings().currency.empty()) continue;
    if (first == nullptr) {
      first = &row;
      out_.currency = row.currency;
    } else if (row.currency != out_.currency) {
      return Error{fmt::format(
          "{}: this amount is in {}, the one in {} in {}: amounts are compared in one currency and never "
          "converted. Write the one that counts into site.yaml, 'outcomes: {{ currency: {} }}': opportunities "
          "in another one are then left out and counted{}",
          place(row, row.money_at), row.currency, place(*first, first->money_at), first->currency,
          first->currency, converted_)};
    }
  }
  return {};
}

/// When it was closed, unless it is open, or its date cannot be.
void DealReader::close(const DealRow& row, Opportunity& out) {
  if (out.state == DealState::kOpen || !row.closed_ms.has_value()) return;
  const int64_t closed = *row.closed_ms;
  if (closed > now_ms_) {
    notes_.add("won or lost in the future: the date of closing does not count", place(row, row.at), out.id);
  } else if (closed >= out.created_ms) {
    out.closed_ms = closed;
  } else if (closed / kDealDayMs == out.created_ms / kDealDayMs) {
    out.closed_ms = out.created_ms;  // the day has no time of day
  } else {
    notes_.add("closed before it was created: the date of closing does not count", place(row, row.at),
               out.id);
  }
}

/// How far the export reaches, as far as this row says it. An open one's date of closing is a wish.
void DealReader::know(const DealRow& row) {
  if (row.modified_ms.has_value()) know(*row.modified_ms);
  know(row.created_ms);
  if (row.closed_ms.has_value() &&
      words_.stage(row.stage, row.is_closed, row.is_won).state != DealState::kOpen)
    know(*row.closed_ms);
}

void DealReader::take(DealRow& row) {
  const StageAnswer stage = words_.stage(row.stage, row.is_closed, row.is_won);
  const TypeAnswer type = words_.type(row.type);
  if (row.created_ms > now_ms_) return leave_out("created in the future: rows are left out", row, row.id);
  if (stage.ignored)
    return leave_out(fmt::format("stage '{}' is to be ignored: rows are left out", row.stage), row);
  if (type.ignored)
    return leave_out(fmt::format("type '{}' is to be ignored: rows are left out", row.type), row);
  if (row.amount.has_value() && !row.currency.empty() && row.currency != out_.currency)
    return leave_out(fmt::format("amount in {}, not in {}: opportunities are left out, nothing is converted",
                                 row.currency, out_.currency),
                     row, row.id);
  if (stage.reason == WordReason::kNothing) ++unknown_stages_[row.stage];
  if (type.reason != WordReason::kNothing) out_.has_types = true;
  if (type.reason == WordReason::kNothing && !row.type.empty()) ++unknown_types_[row.type];
  Opportunity deal;
  deal.id = row.id.empty() ? fmt::format("{}:{}", names_[row.source], row.at.line) : std::move(row.id);
  deal.state = stage.state;
  deal.type = type.type;
  deal.created_ms = row.created_ms;
  deal.amount = row.amount;
  close(row, deal);
  deal.account = row.match.account;
  deal.company = std::move(row.company);
  deal.name = std::move(row.name);
  deal.stage = std::move(row.stage);
  out_.matched_by_id += row.match.by == MatchedBy::kId ? 1 : 0;
  out_.matched_by_crm_id += row.match.by == MatchedBy::kCrmId ? 1 : 0;
  out_.matched_by_domain += row.match.by == MatchedBy::kDomain ? 1 : 0;
  if (row.match.by == MatchedBy::kNothing) add_unmatched(row, deal);
  out_.opportunities.push_back(std::move(deal));
}

void DealReader::add_unmatched(const DealRow& row, const Opportunity& deal) {
  UnmatchedCompany& company = unmatched_[{deal.company, row.match.told_by}];
  ++company.opportunities;
  company.amount += deal.amount.value_or(0);
}

void DealReader::tell_words() {
  const auto tell = [this](const std::map<std::string, uint64_t>& words, std::string_view key,
                           std::string_view says, std::string_view taken, std::string_view group) {
    size_t told = 0;
    for (const auto& [word, count] : words) {
      if (word.empty()) {
        out_.remarks.push_back(fmt::format("without a {}: {} opportunit{} taken for {}", key, count,
                                           count == 1 ? "y is" : "ies are", taken));
        continue;
      }
      if (++told > kToldWords) continue;
      out_.remarks.push_back(
          fmt::format("{} '{}' {}: {} opportunit{} taken for {}; say what it is, such as "
                      "'outcomes: {{ {}s: {{ {}: [\"{}\"] }} }}'",
                      key, word, says, count, count == 1 ? "y is" : "ies are", taken, key, group, word));
    }
    if (told > kToldWords)
      out_.remarks.push_back(fmt::format("{} more words for a {} are not known", told - kToldWords, key));
  };
  tell(unknown_stages_, "stage", "says neither open, won nor lost", "open, or lost if the CRM says closed",
       "won");
  tell(unknown_types_, "type", "says neither new, expansion nor renewal", "new", "renewal");
}

void DealReader::tell_matches() {
  const uint64_t matched = out_.matched_by_id + out_.matched_by_crm_id + out_.matched_by_domain;
  const bool by_crm_only = std::any_of(unmatched_.begin(), unmatched_.end(), [](const auto& entry) {
    return entry.first.second.starts_with("CRM id") && entry.first.second.find("domain") == std::string::npos;
  });
  if (by_crm_only && !request_.accounts->has_crm_ids())
    out_.remarks.emplace_back(
        "no CRM ids of listed accounts are known, so that only domains and the list's own ids tell whose an "
        "opportunity is: add the company's domain to the export, name its column in 'map: { domain: … }', or "
        "have the accounts come from the CRM (accounts: sources:)");
  if (matched == 0 && !out_.opportunities.empty())
    out_.remarks.push_back(
        fmt::format("none of {} opportunities is of a listed account", out_.opportunities.size()));
}

void DealReader::finish() {
  std::sort(out_.opportunities.begin(), out_.opportunities.end(),
            [](const Opportunity& a, const Opportunity& b) {
              return std::tie(a.created_ms, a.id) < std::tie(b.created_ms, b.id);
            });
  for (auto& [key, company] : unmatched_) {
    company.company = key.first;
    company.told_by = key.second;
    out_.unmatched.push_back(std::move(company));
  }
  std::stable_sort(out_.unmatched.begin(), out_.unmatched.end(),
                   [](const UnmatchedCompany& a, const UnmatchedCompany& b) {
                     return std::pair(a.opportunities, a.amount) > std::pair(b.opportunities, b.amount);
                   });
  if (out_.rows != 0 && out_.opportunities.empty())
    out_.remarks.push_back(
        out_.rows == 1 ? std::string("the only opportunity was left out: what follows says why")
                       : fmt::format("all {} opportunities were left out: what follows says why", out_.rows));
  if (without_currency_ != 0 && !out_.currency.empty())
    out_.remarks.push_back(
        fmt::format("amounts that state no currency are taken for {}: {}", out_.currency, without_currency_));
  tell_words();
  tell_matches();
  for (std::string& line : notes_.lines()) out_.remarks.push_back(std::move(line));
}

Result<OpportunitySet> DealReader::run() {
  const auto repeated = repeated_sources(request_.sources);
  for (size_t i = 0; i < request_.sources.size(); ++i) {
    if (repeated[i].has_value()) continue;
    if (auto done = read(request_.sources[i]); !done) return done.error();
  }
  for (size_t i = 0; i < request_.sources.size(); ++i) {
    if (!repeated[i].has_value()) continue;
    const std::string name = name_of(request_.sources[i]), other = name_of(request_.sources[*repeated[i]]);
    out_.remarks.push_back(name == other
                               ? fmt::format("{} is named more than once: it is read once", name)
                               : fmt::format("{} is the same export as {}: it is read once", name, other));
  }
  for (const DealRow& row : rows_) know(row);
  forget_repeated();
  if (auto decided = decide_currency(); !decided) return decided.error();
  out_.opportunities.reserve(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (!repeated_[i]) take(rows_[i]);
  }
  finish();
  return std::move(out_);
}

}  // namespace

Result<OpportunitySet> read_opportunities(const OpportunityRequest& request) {
  return DealReader(request).run();
}

}  // namespace abm::connect
