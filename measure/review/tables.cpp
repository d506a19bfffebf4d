#include "measure/review/tables.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/review/shown.h"

namespace abm::measure {
namespace {

using Cells = std::vector<std::string>;
using Way = ReviewShift::Way;

constexpr size_t kMostPages = 3;    // of an account, in a cell
constexpr size_t kMostSignals = 3;  // of an account, a row each; so are things that happened to a customer
constexpr size_t kNameColumns = 40, kWordsColumns = 300;

std::string tier_cell(const ReviewedAccount& account) {
  return std::string(accounts::to_string(account.tier));
}

std::string engagement_cell(const ReviewedAccount& account) {
  const uint32_t now = account.activity.engagement;
  if (account.engagement_before == now) return fmt::to_string(now);
  return fmt::format("{} → {}", account.engagement_before, now);
}

std::string people_cell(const ReviewedAccount& account) {
  return fmt::to_string(account.activity.people_7d);
}

std::string pages_cell(const ReviewedAccount& account) {
  std::string text;
  for (size_t i = 0; i < std::min(account.pages.size(), kMostPages); ++i)
    text += (i == 0 ? "" : ", ") + shown(account.pages[i].path, kNameColumns);
  if (account.pages.size() > kMostPages)
    text += fmt::format(" and {} more", account.pages.size() - kMostPages);
  return text;
}

std::string last_visit_cell(const ReviewedAccount& account, Day today) {
  const auto quiet = account.activity.quiet_days;
  return quiet.has_value() ? to_string(today - *quiet) : "never";
}

std::string intent_cell(const ReviewedAccount& account) {
  return account.intent.has_value() ? fmt::to_string(*account.intent) : "none";
}

/// What the list says, and where that was moved.
std::string list_tier_cell(const ReviewedAccount& account) {
  const std::string_view said = accounts::to_string(account.list_tier);
  return account.tier == account.list_tier ? std::string(said)
                                           : fmt::format("{}, now {}", said, tier_cell(account));
}

std::string signal_cell(const CalledSignal& signal) {
  const std::string name = shown(signal.name, kNameColumns);
  return signal.views == 1 ? name : fmt::format("{} × {}", name, signal.views);
}

std::string and_more(size_t count) {
  return fmt::format("and {} more", count - kMostSignals);
}

std::string next_cell(const CalledSignal& signal) {
  return signal.next.empty() ? "no rule says" : fmt::format("{}", fmt::join(signal.next, "; or: "));
}

/// Without a hold, it lasts until the last day, which says nothing.
std::string why_cell(const ReviewShift& shift, Day today) {
  if (shift.until.value_or(today) <= today) return shift.why;
  return fmt::format("{}; until {}", shift.why, to_string(*shift.until));
}

std::string or_none(const std::string& text) {
  return text.empty() ? "none" : shown(text, kNameColumns);
}

/// Builds the tables of one review.
class ReviewTables {
 public:
  explicit ReviewTables(const Review& review) : review_(review) {}
  std::vector<ReviewTable> take();

 private:
  /// A table whose first columns are the account and, unless all are one's, its owner.
  [[nodiscard]] ReviewTable table(std::string title, std::string about,
                                  std::vector<std::string> columns) const;
  /// `again`: the account stands in the row above.
  void add(ReviewTable& table, const ReviewedAccount& account, Cells cells, bool again = false) const;
  void keep(ReviewTable table, uint64_t count);

  void calls();
  void shifts(Way way, const char* title, const char* about);
  void accounts_of(const std::vector<ReviewedAccount>& accounts, ReviewTable table,
                   Cells (*cells)(const ReviewedAccount&, Day));
  void customers();
  void coverage();
  void load();

  const Review& review_;
  std::vector<ReviewTable> tables_;
};

ReviewTable ReviewTables::table(std::string title, std::string about,
                                std::vector<std::string> columns) const {
  ReviewTable table;
  table.title = std::move(title);
  table.about = std::move(about);
  table.columns.emplace_back("account");
  if (review_.owner.empty()) table.columns.emplace_back("owner");
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  while (table.below + 1 < table.columns.size() &&
         (table.columns[table.below + 1] == "owner" || table.columns[table.below + 1] == "tier"))
    ++table.below;
  return table;
}

void ReviewTables::add(ReviewTable& table, const ReviewedAccount& account, Cells cells, bool again) const {
  const auto name = [](const std::string& text) { return shown(text, kNameColumns); };
  Cells row = {again ? "" : name(account.name)};
  if (review_.owner.empty())
    row.push_back(again ? "" : account.owner.empty() ? "no owner" : name(account.owner));
  row.insert(row.end(), cells.begin(), cells.end());
  table.rows.push_back(std::move(row));
}

void ReviewTables::keep(ReviewTable table, uint64_t count) {
  if (count == 0 && table.empty.empty()) return;
  for (Cells& row : table.rows) {
    for (std::string& cell : row) cell = shown(cell, kWordsColumns);
  }
  table.title += fmt::format(" ({})", grouped(static_cast<int64_t>(count)));
  if (count > kMostReviewRows) table.more = count - kMostReviewRows;
  tables_.push_back(std::move(table));
}

void ReviewTables::calls() {
  ReviewTable calls = table("To call", "Signals of these days, and what their rules say to do next.",
                            {"tier", "engagement", "signal", "last", "next"});
  const auto& all = review_.prospects.calls;
  for (size_t i = 0; i < std::min(all.size(), kMostReviewRows); ++i) {
    const ReviewCall& call = all[i];
    for (size_t at = 0; at < std::min(call.signals.size(), kMostSignals); ++at) {
      const CalledSignal& signal = call.signals[at];
      const bool again = at > 0;
      add(calls, call.account,
          {again ? "" : tier_cell(call.account), again ? "" : engagement_cell(call.account),
           signal_cell(signal), to_string(signal.last), next_cell(signal)},
          again);
    }
    if (call.signals.size() > kMostSignals)
      add(calls, call.account, {"", "", and_more(call.signals.size()), "", ""}, true);
  }
  calls.empty = "No prospect raised a signal.";
  keep(std::move(calls), all.size());
}

void ReviewTables::shifts(Way way, const char* title, const char* about) {
  ReviewTable moved = table(title, about, {"what", "from", "to", "why"});
  uint64_t count = 0;
  const ReviewShift* above = nullptr;
  for (const ReviewShift& shift : review_.prospects.shifts) {
    if (shift.way != way || ++count > kMostReviewRows) continue;
    add(moved, shift.account,
        {std::string(to_string(shift.what)), or_none(shift.from), or_none(shift.to),
         why_cell(shift, review_.days.until)},
        above != nullptr && above->account.id == shift.account.id);
    above = &shift;
  }
  keep(std::move(moved), count);
}

void ReviewTables::accounts_of(const std::vector<ReviewedAccount>& accounts, ReviewTable table,
                               Cells (*cells)(const ReviewedAccount&, Day)) {
  for (size_t i = 0; i < std::min(accounts.size(), kMostReviewRows); ++i)
    add(table, accounts[i], cells(accounts[i], review_.days.until));
  keep(std::move(table), accounts.size());
}

/// A row for each thing that happened, those of an account together; first whom somebody should speak to.
void ReviewTables::customers() {
  struct Told {
    const ReviewedAccount* account;
    Cells what;
  };
  std::vector<Told> all;
  std::map<std::string_view, size_t> places;
  const auto say = [&](const ReviewedAccount& account, std::string what) {
    const auto [place, is_new] = places.emplace(account.id, all.size());
    if (is_new) all.push_back({&account, {}});
    all[place->second].what.push_back(std::move(what));
  };
  const ReviewGroup& group = review_.customers;
  for (const ReviewedAccount& account : group.quiet)
    say(account, fmt::format("gone quiet: last visit {}", last_visit_cell(account, review_.days.until)));
  for (const ReviewCall& call : group.calls) {
    for (const CalledSignal& signal : call.signals)
      say(call.account,
          fmt::format("signal {}, {}: {}", signal_cell(signal), to_string(signal.last), next_cell(signal)));
  }
  for (const ReviewShift& shift : group.shifts)
    say(shift.account, fmt::format("{} {} to {}: {}", to_string(shift.what), or_none(shift.from),
                                   or_none(shift.to), why_cell(shift, review_.days.until)));
  for (const ReviewedAccount& account : group.warmer) say(account, "warmer: " + pages_cell(account));
  for (const ReviewedAccount& account : group.arrived) say(account, "first visit: " + pages_cell(account));
  ReviewTable told = table(
      "Customers",
      "They are in no table above: what is good news about a prospect may be bad news about a customer.",
      {"engagement", "what"});
  for (size_t i = 0; i < std::min(all.size(), kMostReviewRows); ++i) {
    const ReviewedAccount& account = *all[i].account;
    const Cells& what = all[i].what;
    for (size_t at = 0; at < std::min(what.size(), kMostSignals); ++at)
      add(told, account, {at > 0 ? "" : engagement_cell(account), what[at]}, at > 0);
    if (what.size() > kMostSignals) add(told, account, {"", and_more(what.size())}, true);
  }
  keep(std::move(told), all.size());
}

void ReviewTables::coverage() {
  ReviewTable covered;
  covered.title = "Coverage of the list";
  covered.about = "Accounts of which somebody came; tiers are those without customers.";
  covered.columns = {"tier", "listed", "came", "share", "7 days before", "in 30 days", "ever"};
  for (const ReviewCoverage& row : review_.coverage) {
    const auto figure = [](uint64_t value) { return grouped(static_cast<int64_t>(value)); };
    covered.rows.push_back({row.name, figure(row.listed), figure(row.came),
                            percent(static_cast<double>(row.came) / static_cast<double>(row.listed)),
                            figure(row.came_before), figure(row.came_30d), figure(row.ever)});
  }
  covered.empty = "No account is on the list.";
  tables_.push_back(std::move(covered));
}

void ReviewTables::load() {
  const OneToOneLoad& load = review_.one_to_one;
  if (load.accounts == 0) return;
  const std::string accounts = counted(static_cast<int64_t>(load.accounts), "one-to-one account");
  if (load.oversized()) {
    ReviewTable weakest = table(
        "Too many one-to-one",
        fmt::format("{}, and people can serve {}. Those with the least engagement and intent:", accounts,
                    *load.capacity),
        {"engagement", "intent", "last visit"});
    accounts_of(load.weakest, std::move(weakest), [](const ReviewedAccount& account, Day today) {
      return Cells{engagement_cell(account), intent_cell(account), last_visit_cell(account, today)};
    });
  }
  if (!review_.owner.empty() || load.owners.size() < 2) return;
  ReviewTable owners;
  owners.title = "One-to-one accounts by owner";
  owners.columns = {"owner", "accounts"};
  for (size_t i = 0; i < std::min(load.owners.size(), kMostReviewRows); ++i)
    owners.rows.push_back(
        {load.owners[i].first.empty() ? "no owner" : shown(load.owners[i].first, kNameColumns),
         fmt::to_string(load.owners[i].second)});
  keep(std::move(owners), load.owners.size());
}

std::vector<ReviewTable> ReviewTables::take() {
  calls();
  shifts(Way::kUp, "Moved up", "");
  shifts(Way::kDown, "Moved down", "");
  shifts(Way::kOther, "Changed", "Plays, and stages that `stages:` does not rank.");
  accounts_of(
      review_.prospects.warmer,
      table("Warmer", fmt::format("Engagement rose by {} or more.", kWarmerBy),
            {"tier", "engagement", "person-days", "pages"}),
      [](const ReviewedAccount& account, Day) {
        return Cells{tier_cell(account), engagement_cell(account), people_cell(account), pages_cell(account)};
      });
  accounts_of(review_.prospects.arrived,
              table("New", "Nobody had come from these accounts before.", {"tier", "person-days", "pages"}),
              [](const ReviewedAccount& account, Day) {
                return Cells{tier_cell(account), people_cell(account), pages_cell(account)};
              });
  accounts_of(review_.prospects.quiet,
              table("Gone quiet",
                    fmt::format("On one of these days, the last visit was {} days ago.", kGoneQuietDays),
                    {"tier", "stage", "play", "engagement", "last visit"}),
              [](const ReviewedAccount& account, Day today) {
                return Cells{tier_cell(account), or_none(account.stage), or_none(account.play),
                             engagement_cell(account), last_visit_cell(account, today)};
              });
  customers();
  coverage();
  load();
  accounts_of(
      review_.fit_without_intent,
      table("Fit without intent",
            fmt::format(
                "The list has them one-to-one or one-to-few, intent is below {}, and nobody came in 30 days.",
                kLowIntent),
            {"tier", "intent", "last visit"}),
      [](const ReviewedAccount& account, Day today) {
        return Cells{list_tier_cell(account), intent_cell(account), last_visit_cell(account, today)};
      });
  accounts_of(
      review_.intent_without_fit,
      table(
          "Intent without fit",
          fmt::format(
              "The list has them one-to-many or untiered, with intent of {} or more, or engagement of {} or more.",
              kHighIntent, kHighEngagement),
          {"tier", "intent", "engagement", "last visit"}),
      [](const ReviewedAccount& account, Day today) {
        return Cells{list_tier_cell(account), intent_cell(account), engagement_cell(account),
                     last_visit_cell(account, today)};
      });
  return std::move(tables_);
}

}  // namespace

std::string review_title(const Review& review) {
  const std::string days =
      fmt::format("{} to {}", to_string(review.days.first()), to_string(review.days.until));
  const std::string whose =
      review.owner.empty() ? "" : fmt::format(" for {}", shown(review.owner, kNameColumns));
  return review.days.week.empty() ? fmt::format("Review{}: {}", whose, days)
                                  : fmt::format("Review of {}{}: {}", review.days.week, whose, days);
}

std::vector<std::pair<std::string, std::string>> review_figures(const Review& review) {
  const ReviewGroup& group = review.prospects;
  ReviewCoverage all;
  if (!review.coverage.empty()) all = review.coverage.back();
  const auto count = [](uint64_t value) { return grouped(static_cast<int64_t>(value)); };
  const auto moved = [&](Way way) {
    return count(static_cast<uint64_t>(std::count_if(group.shifts.begin(), group.shifts.end(),
                                                     [way](const auto& s) { return s.way == way; })));
  };
  std::vector<std::pair<std::string, std::string>> figures = {
      {fmt::format("of {} accounts came", count(all.listed)), count(all.came)},
      {"came in the 7 days before", count(all.came_before)},
      {"to call", count(group.calls.size())},
      {"moved up", moved(Way::kUp)},
      {"moved down", moved(Way::kDown)},
      {"warmer", count(group.warmer.size())},
      {"new", count(group.arrived.size())},
      {"gone quiet", count(group.quiet.size())}};
  if (!review.joined.empty()) figures.emplace_back("joined the list", count(review.joined.size()));
  if (!review.left.empty()) figures.emplace_back("left the list", count(review.left.size()));
  return figures;
}

std::vector<ReviewTable> review_tables(const Review& review) {
  return ReviewTables(review).take();
}

}  // namespace abm::measure
