#include "measure/review/review.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/folding.h"
#include "measure/review/remarks.h"
#include "measure/review/shifts.h"

namespace abm::measure {
namespace {

using accounts::Tier;

/// Which row of the coverage a tier has.
size_t coverage_row(Tier tier) {
  return static_cast<size_t>(Tier::kOneToOne) - static_cast<size_t>(tier);
}
constexpr size_t kCustomersRow = 4, kAllRow = 5;

class Reviewer {
 public:
  explicit Reviewer(const ReviewInputs& inputs) : inputs_(inputs), days_(inputs.days) {
    for (const ReviewSubject& account : inputs.list) list_.emplace(account.id, &account);
  }
  Review run();

 private:
  void review(const Standing& now);
  void count(const Standing& now, const Standing* before, bool customer);
  void call(const ReviewedAccount& account, ReviewGroup& group);
  void compare_fit(const ReviewedAccount& account);
  void load(const ReviewedAccount& account);
  void gone();
  void order(ReviewGroup& group);
  void finish();

  [[nodiscard]] ReviewedAccount reviewed(const Standing& now, const Standing* before) const;
  [[nodiscard]] const Standing* before_of(std::string_view account) const;
  [[nodiscard]] bool is_customer(const Standing& now) const;
  [[nodiscard]] bool within(std::optional<Day> days_ago) const {
    return days_ago.has_value() && *days_ago < days_.count();
  }

  const ReviewInputs& inputs_;
  const ReviewDays& days_;
  std::map<std::string_view, const ReviewSubject*> list_;
  Review out_;
};

/// nullptr: it was not on the list, or excluded.
const Standing* Reviewer::before_of(std::string_view account) const {
  const Standing* const before = inputs_.before.find(account);
  if (before == nullptr || !before->listed) return nullptr;
  // The journal's first word also counts for the days before it, when nobody had listed the account.
  const auto first = inputs_.facts.first_listed.find(account);
  const bool joined = first != inputs_.facts.first_listed.end() && first->second > days_.before;
  return joined && inputs_.facts.list_from.value_or(days_.until) <= days_.before ? nullptr : before;
}

/// Also one whose stage the site's `stages:` override.
bool Reviewer::is_customer(const Standing& now) const {
  const std::string& listed = list_stage(now);
  return std::any_of(inputs_.customer_stages.begin(), inputs_.customer_stages.end(),
                     [&](const std::string& stage) {
                       return equal_without_case(stage, now.stage) || equal_without_case(stage, listed);
                     });
}

ReviewedAccount Reviewer::reviewed(const Standing& now, const Standing* before) const {
  ReviewedAccount account;
  account.id = account.name = now.account;
  account.stage = now.stage;
  account.play = now.play;
  account.tier = now.tier;
  account.list_tier = list_tier(now);
  account.activity = now.activity;
  if (before != nullptr) account.engagement_before = before->activity.engagement;
  for (const accounts::VisitedPage& page : now.pages) {
    if (static_cast<Day>(page.days) < days_.count() && !names_somebody(page.path))
      account.pages.push_back(page);
  }
  if (const auto listed = list_.find(now.account); listed != list_.end()) {
    if (!listed->second->name.empty()) account.name = listed->second->name;
    account.owner = listed->second->owner;
    account.intent = listed->second->intent;
  }
  return account;
}

void Reviewer::count(const Standing& now, const Standing* before, bool customer) {
  for (const size_t row : {customer ? kCustomersRow : coverage_row(now.tier), kAllRow}) {
    ReviewCoverage& coverage = out_.coverage[row];
    ++coverage.listed;
    coverage.came += within(now.activity.quiet_days) ? 1 : 0;
    coverage.came_before += before != nullptr && before->activity.visits_7d > 0 ? 1 : 0;
    coverage.came_30d += now.activity.visits_30d > 0 ? 1 : 0;
    coverage.ever += now.activity.first_seen_days.has_value() ? 1 : 0;
  }
}

void Reviewer::call(const ReviewedAccount& account, ReviewGroup& group) {
  const auto& raised = inputs_.facts.signals;
  auto signal = std::lower_bound(raised.begin(), raised.end(), account.id,
                                 [](const RaisedSignal& s, const std::string& id) { return s.account < id; });
  ReviewCall call;
  for (; signal != raised.end() && signal->account == account.id; ++signal) {
    const auto next = inputs_.next.find(signal->name);
    call.signals.push_back({.name = signal->name,
                            .next = next == inputs_.next.end() ? std::vector<std::string>() : next->second,
                            .views = signal->views,
                            .people = signal->people,
                            .last = signal->last});
  }
  if (call.signals.empty()) return;
  std::stable_sort(call.signals.begin(), call.signals.end(),
                   [](const CalledSignal& a, const CalledSignal& b) { return a.last > b.last; });
  call.account = account;
  group.calls.push_back(std::move(call));
}

void Reviewer::compare_fit(const ReviewedAccount& account) {
  const bool fit = account.list_tier == Tier::kOneToOne || account.list_tier == Tier::kOneToFew;
  if (fit && account.intent.value_or(0) < kLowIntent && account.activity.visits_30d == 0)
    out_.fit_without_intent.push_back(account);
  if (!fit && (account.intent.value_or(0) >= kHighIntent || account.activity.engagement >= kHighEngagement))
    out_.intent_without_fit.push_back(account);
}

void Reviewer::load(const ReviewedAccount& account) {
  if (account.tier != Tier::kOneToOne) return;
  OneToOneLoad& load = out_.one_to_one;
  ++load.accounts;
  const auto owner = std::find_if(load.owners.begin(), load.owners.end(), [&account](const auto& entry) {
    return equal_without_case(entry.first, account.owner);
  });
  if (owner == load.owners.end()) {
    load.owners.emplace_back(account.owner, 1);
  } else {
    ++owner->second;
  }
  load.weakest.push_back(account);
}

void Reviewer::review(const Standing& now) {
  if (!now.listed) return;
  const Standing* const before = inputs_.before.find(now.account);
  const Standing* const listed_before = before_of(now.account);
  const ReviewedAccount account = reviewed(now, before);
  if (!inputs_.owner.empty() && !equal_without_case(inputs_.owner, account.owner)) return;
  const bool customer = is_customer(now);
  ReviewGroup& group = customer ? out_.customers : out_.prospects;
  count(now, before, customer);
  call(account, group);
  if (within(now.activity.first_seen_days)) {
    group.arrived.push_back(account);
  } else if (account.activity.engagement >= account.engagement_before + kWarmerBy) {
    group.warmer.push_back(account);
  }
  const auto quiet_before = before == nullptr ? std::nullopt : before->activity.quiet_days;
  if (quiet_before.value_or(kGoneQuietDays) < kGoneQuietDays &&
      now.activity.quiet_days.value_or(0) >= kGoneQuietDays)
    group.quiet.push_back(account);
  for (ReviewShift& shift : shifts_of(now, listed_before, inputs_.moves, days_.until)) {
    shift.account = account;
    group.shifts.push_back(std::move(shift));
  }
  load(account);
  if (!customer) compare_fit(account);
  const auto first = inputs_.facts.first_listed.find(now.account);
  if (listed_before == nullptr && first != inputs_.facts.first_listed.end() && first->second > days_.before &&
      inputs_.facts.list_from.value_or(days_.until) <= days_.before)
    out_.joined.push_back(now.account);
}

/// Nobody knows whose accounts they were: told only of the whole list.
void Reviewer::gone() {
  if (!inputs_.owner.empty()) return;
  for (const Standing& before : inputs_.before.all()) {
    if (before_of(before.account) == nullptr) continue;
    const Standing* const now = inputs_.now.find(before.account);
    if (now == nullptr || !now->listed) out_.left.push_back(before.account);
  }
}

bool busier(const ReviewedAccount& a, const ReviewedAccount& b) {
  return std::tuple(a.activity.engagement, a.tier, a.activity.people_7d) >
         std::tuple(b.activity.engagement, b.tier, b.activity.people_7d);
}

void Reviewer::order(ReviewGroup& group) {
  const auto by_account = [](const auto& a, const auto& b) { return busier(a.account, b.account); };
  std::stable_sort(group.calls.begin(), group.calls.end(), by_account);
  std::stable_sort(group.arrived.begin(), group.arrived.end(), busier);
  std::stable_sort(group.warmer.begin(), group.warmer.end(), busier);
  std::stable_sort(group.quiet.begin(), group.quiet.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.engagement_before, a.tier) > std::tuple(b.engagement_before, b.tier);
  });
  std::stable_sort(group.shifts.begin(), group.shifts.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.account.tier, a.account.activity.engagement) >
           std::tuple(b.account.tier, b.account.activity.engagement);
  });
}

void Reviewer::finish() {
  order(out_.prospects);
  order(out_.customers);
  OneToOneLoad& load = out_.one_to_one;
  load.capacity = inputs_.capacity;
  std::stable_sort(load.owners.begin(), load.owners.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::stable_sort(load.weakest.begin(), load.weakest.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.activity.engagement, a.intent.value_or(0)) <
           std::tuple(b.activity.engagement, b.intent.value_or(0));
  });
  load.weakest.resize(load.oversized() ? load.accounts - *load.capacity : 0);
  std::stable_sort(
      out_.fit_without_intent.begin(), out_.fit_without_intent.end(), [](const auto& a, const auto& b) {
        return std::tuple(b.tier, a.intent.value_or(-1)) < std::tuple(a.tier, b.intent.value_or(-1));
      });
  std::stable_sort(out_.intent_without_fit.begin(), out_.intent_without_fit.end(),
                   [](const auto& a, const auto& b) {
                     return std::tuple(a.intent.value_or(-1), a.activity.engagement) >
                            std::tuple(b.intent.value_or(-1), b.activity.engagement);
                   });
  const ReviewCoverage all = out_.coverage.back();
  out_.remarks = review_remarks(days_, inputs_.facts, all);
  std::erase_if(out_.coverage, [](const ReviewCoverage& row) { return row.listed == 0; });
}

Review Reviewer::run() {
  out_.days = days_;
  out_.owner = inputs_.owner;
  for (const Tier tier : {Tier::kOneToOne, Tier::kOneToFew, Tier::kOneToMany, Tier::kUntiered})
    out_.coverage.push_back({.name = std::string(accounts::to_string(tier))});
  out_.coverage.push_back({.name = "customers"});
  out_.coverage.push_back({.name = "all"});
  for (const Standing& now : inputs_.now.all()) review(now);
  gone();
  finish();
  return std::move(out_);
}

}  // namespace

Review review_of(const ReviewInputs& inputs) {
  return Reviewer(inputs).run();
}

}  // namespace abm::measure
