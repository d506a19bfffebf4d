#include "measure/engagement/roll_up.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "accounts/account.h"

namespace abm::measure {
namespace {

class RollUp {
 public:
  RollUp(Histories& histories, const Decay& decay, Day today)
      : all_(histories),
        decay_(decay),
        today_(today),
        parent_(place_of(kParentField)),
        tier_(place_of("tier")) {}

  void run() {
    if (!parent_.has_value() || !tier_.has_value()) return;
    for (size_t i = 0; i < all_.accounts.size(); ++i) {
      for (const VisitDay& day : all_.accounts[i].days) add_above(i, day);
    }
    for (auto& [account, days] : added_) merge(all_.accounts[account].days, std::move(days));
    for (const auto& [pair, worth] : worth_)
      all_.accounts[pair.first].below.push_back({all_.accounts[pair.second].account, worth});
  }

 private:
  [[nodiscard]] std::optional<size_t> place_of(std::string_view field) const {
    const auto found = std::lower_bound(all_.fields.begin(), all_.fields.end(), field);
    if (found == all_.fields.end() || *found != field) return std::nullopt;
    return static_cast<size_t>(found - all_.fields.begin());
  }
  [[nodiscard]] std::optional<size_t> parent_of(size_t account, Day day) const {
    const ListPast& list = all_.accounts[account].list;
    // Without a tier it is not listed, or excluded.
    const auto* const tier = list.fields[*tier_].on(day);
    const auto* const parent = list.fields[*parent_].on(day);
    if (tier == nullptr || !tier->has_value() || parent == nullptr || !parent->has_value())
      return std::nullopt;
    const History* const found = all_.find(**parent);
    if (found == nullptr) return std::nullopt;
    return static_cast<size_t>(found - all_.accounts.data());
  }
  /// Nearest first; none where they have no end within bounds.
  [[nodiscard]] std::vector<size_t> above(size_t account, Day day) const {
    std::vector<size_t> chain;
    for (auto at = parent_of(account, day); at.has_value(); at = parent_of(*at, day)) {
      if (*at == account || chain.size() == accounts::kMaxLevels) return {};
      chain.push_back(*at);
    }
    return chain;
  }
  void add_above(size_t account, const VisitDay& day) {
    const Day age = today_ - day.day;
    for (const size_t to : above(account, day.day)) {
      VisitDay& sum = added_[to][day.day];
      sum.day = day.day;
      add(sum, day);
      if (age >= 0 && age <= decay_.days()) worth_[{to, account}] += day.points * decay_.weight(age);
    }
  }
  static void add(VisitDay& to, const VisitDay& more) {
    to.visits += more.visits;
    to.people += more.people;
    to.points = std::min(to.points + more.points, kMostDayPoints);
    to.pages.insert(to.pages.end(), more.pages.begin(), more.pages.end());
  }
  static void merge(std::vector<VisitDay>& days, std::map<Day, VisitDay> more) {
    for (VisitDay& day : days) {
      const auto same = more.find(day.day);
      if (same == more.end()) continue;
      add(day, same->second);
      more.erase(same);
    }
    for (auto& [day, visits] : more) days.push_back(std::move(visits));
    std::sort(days.begin(), days.end(), [](const VisitDay& a, const VisitDay& b) { return a.day < b.day; });
  }

  Histories& all_;
  const Decay& decay_;
  Day today_;
  std::optional<size_t> parent_, tier_;
  std::map<size_t, std::map<Day, VisitDay>> added_;      ///< by account
  std::map<std::pair<size_t, size_t>, uint64_t> worth_;  ///< by who gets it and whose it is
};

}  // namespace

void roll_up(Histories& histories, const Decay& decay, Day today) {
  RollUp(histories, decay, today).run();
}

}  // namespace abm::measure
