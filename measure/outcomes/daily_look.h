// What may be looked at every day: treated accounts against those kept back, account by account, in the order
// in which they came and as soon as nothing can change about them any more (statistics/anytime.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "measure/statistics/anytime.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {

/// The listed accounts by arm, as a generation's rules draw them: known before anybody comes.
struct DrawnArms {
  uint64_t treated = 0, control = 0;  ///< accounts; excluded ones are in neither
};

/// The control group of one generation's rules.
struct ControlOfRules {
  double share = 0;
  std::string salt;
  bool by_family = false;  ///< control: by: parent
};

/// What was decided about a programme before anyone looked; visits do not tell it.
struct Plan {
  std::optional<double> control;  ///< share of accounts in the control group, 0 to 1; absent: not known
  std::optional<std::map<std::string, double>> holdouts;  ///< the same by rule; absent: rules are not known
  uint64_t accounts = 0;                                  ///< how many there may be at the end; 0: not known
  int days = 14;  ///< from an account's first eligible visit, in which reaching the goal counts; 1 to 365
  std::optional<DrawnArms> drawn = {};  ///< absent: there is no published generation with a control group
  std::map<uint64_t, ControlOfRules> controls = {};  ///< by generation, of those that are kept
  /// Rules that match or not by what people of the account did on the site: Program::depends_on_visits().
  std::vector<std::string> visit_rules = {};
};

struct DailyLook {
  Share treated, kept_back;  ///< accounts whose days are over; hits: those that reached the goal in them
  double evidence = 1;       ///< the most that there ever was; at least 1
  double evidence_now = 1;   ///< what there is of it now: an e-value
  double p = 1;              ///< anytime p, 1 / evidence
  std::optional<double> adjusted_p;  ///< adjust_for_several() fills it, but for the primary comparison
  std::optional<Interval> interval;  ///< of the difference, 95 % on all days at once
  std::string interval_lacks;        ///< why there is none
  std::string lacks;                 ///< not empty: nothing of the above holds; this says why
};

/// An account from when its days begin. Times in Unix milliseconds.
struct FollowedAccount {
  int64_t since_ms = 0;
  std::string id;
  bool treated = false;
  std::optional<int64_t> reached_ms;  ///< when it first reached the goal, at or after since_ms
};

/// The interval is shown from these numbers on: accounts in each group; of each, those that are expected to
/// reach the goal, and not to; and those that did, and did not. In simulated programmes of 2,000 and 3,000
/// accounts it missed the truth in at most 3 of 100 from there on, and in 8 of 100 where only the first was
/// asked for.
inline constexpr uint64_t kFewestInSequence = 50;
inline constexpr double kFewestExpectedInSequence = 20;
inline constexpr uint64_t kFewestHitsInSequence = 5;

/// The number of planned accounts that sequences are tuned to: the nearest power of two, so that some more or
/// fewer accounts on the list do not move what must have been fixed beforehand. `planned` above 0.
[[nodiscard]] uint64_t steady(uint64_t planned) noexcept;

/// What accounts did that count, as sentences say it.
inline constexpr std::string_view kReachedGoal = "reached the goal";

/// `kept_back`: the planned share of accounts that are kept back, above 0 and below 1. `known_until_ms`: the
/// latest that is known of; what came later is not. `planned`: accounts, as in Plan. `done`: for what lacks.
[[nodiscard]] DailyLook look_at(std::vector<FollowedAccount> accounts, double kept_back, int days,
                                uint64_t planned, int64_t known_until_ms,
                                std::string_view done = kReachedGoal);

/// The lot by which accounts were drawn, as far as it decides whether they may be looked at daily.
struct Lot {
  std::optional<double> planned;  ///< share that is to be kept back, 0 to 1
  std::string_view unknown;       ///< what to say where that is not known,
  std::string_view nobody;        ///< and where it is 0
  bool is_off = false;            ///< the arms that were found are not as planned
  int64_t changed = 0;            ///< accounts that changed sides
};
/// What stands against it; "": nothing.
[[nodiscard]] std::string lot_lacks(const Lot& lot);

}  // namespace abm::measure
