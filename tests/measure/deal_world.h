// Opportunities for the accounts of a made-up world (visit_world.h) whose truth is known: pipeline is planted
// by arm, and there are deals that must not count.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace abm::measure {

struct DealOptions {
  uint64_t seed = 1;
  uint32_t window_days = 90;  ///< from an account's first visit, in which the planted deals are created
  double rate = 0.06;         ///< of accounts that get an opportunity in it without any treatment
  double lift = 0;            ///< added to it in the treated arm
  double amount = 20'000;     ///< mean; skewed: few deals are worth most
  double won = 0.3;  ///< of deals, 20 to 80 days after they were created; as many are lost, the rest is open
  double before = 0.15;     ///< of accounts with an opportunity from the year before the first visit
  double renewals = 0.1;    ///< of accounts with a renewal that is open at the first visit
  uint32_t strangers = 5;   ///< companies that are on no list, with a deal each
  double known_days = 150;  ///< after the first visit of all: what happens later is not exported
};

struct Deal {
  std::string id, account, type;
  int64_t created_ms = 0;
  int64_t closed_ms = 0;  ///< 0: open
  bool won = false;
  double amount = 0;
};

/// What counts, and what should have been expected.
struct DealTruth {
  uint64_t treated = 0, control = 0;              ///< accounts with an arm
  uint64_t treated_with = 0, control_with = 0;    ///< of these, with an opportunity that counts
  double treated_amount = 0, control_amount = 0;  ///< sums over those
  double share_effect = 0, amount_effect = 0;     ///< expected, per account
};

class DealWorld {
 public:
  explicit DealWorld(const DealOptions& options) : options_(options) {}

  /// One line of the world's visits, in any order. Robots' lines are passed over.
  void see(std::string_view line);

  [[nodiscard]] int64_t known_until_ms() const;
  /// In order of account.
  [[nodiscard]] std::vector<Deal> deals() const;
  [[nodiscard]] DealTruth truth() const;

  /// A table with a header; accounts are told by their own ids, in "ABM account id". Amounts in EUR.
  [[nodiscard]] std::string csv() const;

 private:
  struct Came {
    int64_t since_ms = 0;
    bool control = false;
  };
  DealOptions options_;
  std::map<std::string, Came, std::less<>> came_;
};

}  // namespace abm::measure
