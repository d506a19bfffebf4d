#include "tests/measure/visit_world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/timestamp.h"
#include "rules/program/arms.h"

namespace abm::measure {
namespace {

constexpr int64_t kStart = 1793491200;  // 2026-11-01T00:00:00Z
constexpr int64_t kDay = 86'400;

/// splitmix64: the standard library's distributions differ between implementations.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }  ///< [0, 1)
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }
  bool chance(double p) { return unit() < p; }

 private:
  uint64_t state_;
};

struct Place {
  std::string_view path;
  uint32_t weight;
};
constexpr std::array<Place, 6> kPages = {{{"/", 40},
                                          {"/product", 20},
                                          {"/pricing", 12},
                                          {"/customers", 10},
                                          {"/solutions/manufacturing", 12},
                                          {"/contact", 6}}};
constexpr uint32_t kPageWeights = 100;
constexpr std::string_view kOwners[] = {"maren.holt@halden.example", "sofia.lind@halden.example",
                                        "jo.baker@halden.example"};

struct Account {
  std::string id;
  std::string_view tier, stage, confidence, source;
  uint32_t visits = 0, people = 1;
  bool control = false, held_out = false;
  uint32_t generation = 43;
  bool silent = false;  ///< as if no rule were there
};

struct Visit {
  int64_t ts_ms;
  uint32_t account;
  uint32_t random;  ///< of this visit alone
  bool goal, bot;
};

bool in_bucket(std::string_view kind, const std::string& name, const std::string& account, double percent) {
  return rules::bucket(kind, name, account) < static_cast<uint32_t>(std::lround(percent * 100));
}

std::string account_id(uint32_t i) {
  return fmt::format("account-{:04}", i);
}
std::string_view tier_of(uint32_t i) {
  return i % 40 == 0 ? "one-to-one" : i % 5 == 0 ? "one-to-few" : i % 5 == 4 ? "untiered" : "one-to-many";
}
std::string_view owner_of(uint32_t i) {
  return kOwners[i % std::size(kOwners)];
}

Account make_account(const WorldOptions& options, uint32_t i, Random& random) {
  Account account;
  account.id = account_id(i);
  account.tier = tier_of(i);
  account.stage = i % 7 == 0 ? "opportunity" : i % 3 == 0 ? "engaged" : "";
  account.confidence = i % 10 < 6 ? "high" : i % 10 < 9 ? "medium" : "low";
  account.source = account.confidence == "high" ? "feed" : account.confidence == "medium" ? "asn" : "mmdb";
  // Exponential, so a few accounts make most of the visits, as on real sites.
  account.visits = 1 + static_cast<uint32_t>(-std::log(1 - random.unit()) * (options.visits_per_account - 1));
  account.people = 1 + random.below(1 + account.visits / 4);
  const std::string salt = world_salt(options);
  account.control = in_bucket("control", salt, account.id, options.control_percent);
  account.held_out = in_bucket("holdout", "makers-home", account.id + salt, options.holdout_percent);
  return account;
}

std::string_view page_of(const Visit& visit) {
  if (visit.goal) return kWorldGoal;
  uint32_t at = visit.random % kPageWeights;
  for (const Place& page : kPages) {
    if (at < page.weight) return page.path;
    at -= page.weight;
  }
  return "/";
}

/// `"arm":…` to the end of the line.
void append_decision(std::string& out, const Account& account, const Visit& visit, std::string_view path) {
  std::string_view arm = account.control ? "control" : "treated";
  std::string_view rule, slot, skip, outcome = "applied", variant = "null";
  if (path == "/") {
    rule = "makers-home";
    slot = "hero-cta";
    variant = visit.account % 2 == 0 ? "\"uptime\"" : "\"cost\"";
  } else if (path == "/pricing") {
    rule = "in-market-pricing";
    slot = "price-note";
    if (visit.random % 11 == 0) outcome = "missing";
  }
  if (account.silent) rule = {};
  const bool held_out = account.held_out && rule == "makers-home";
  if (held_out && !account.control) arm = "holdout";
  if (rule.empty()) {
    skip = "no-rule";
  } else if (account.control) {
    skip = "control";
    outcome = held_out ? "skipped:holdout" : "skipped:control";
  } else if (held_out) {
    skip = "holdout";
    outcome = "skipped:holdout";
  } else if (outcome == "missing") {
    skip = "missing";
  }
  fmt::format_to(std::back_inserter(out), R"("arm":"{}","generation":{},"page":"{}","rules":[)", arm,
                 account.generation, skip.empty() ? "personalized" : "original");
  if (!rule.empty()) {
    fmt::format_to(std::back_inserter(out), R"({{"id":"{}","variant":{},"slots":{{"{}":"{}"}}}})", rule,
                   variant, slot, outcome);
  }
  out += "],\"signals\":[";
  if (path == "/pricing") {
    out += R"({"rule":"in-market-pricing","name":"pricing-visit","next":"Call with the one-quarter plan"})";
  }
  out += "],\"skip\":";
  out += skip.empty() ? "null" : fmt::format("\"{}\"", skip);
  fmt::format_to(std::back_inserter(out), R"(,"bot":{},"bytes":{},"rewrite_us":{}}})", visit.bot,
                 20'000 + visit.random % 50'000,
                 skip.empty() ? 20 + visit.random % 60 : 2 + visit.random % 9);
}

void write_line(std::string& out, const WorldOptions& options, const Account& account, const Visit& visit,
                uint64_t number) {
  const std::string_view path = page_of(visit);
  const int64_t day = visit.ts_ms / 1000 / kDay;
  Random of_visit(options.seed * 0x9e3779b97f4a7c15 + number);
  const uint64_t id_high = of_visit.next(), id_low = of_visit.next();
  const uint32_t person = visit.random / 128 % account.people;
  Random of_person((static_cast<uint64_t>(day) << 40) ^ (uint64_t{visit.account} << 16) ^ person);
  const uint64_t visitor_high = of_person.next(), visitor_low = of_person.next();
  std::string time = format_rfc3339(visit.ts_ms / 1000);
  time.pop_back();
  out.clear();
  fmt::format_to(
      std::back_inserter(out),
      R"({{"v":1,"ts":"{}.{:03}Z","request_id":"{:016x}{:016x}","host":"www.halden.example","method":"GET",)"
      R"("path":"{}","status":200,"referrer_host":{},"account":"{}","tier":"{}","segments":["makers"],)"
      R"("stage":{},"owner":"{}","source":"{}","confidence":"{}","network":"10.{}.{}.0/24",)"
      R"("ip":"10.{}.{}.0","visitor":"{:016x}{:016x}",)",
      time, visit.ts_ms % 1000, id_high, id_low, path, visit.random % 3 == 0 ? "\"www.google.com\"" : "null",
      account.id, account.tier, account.stage.empty() ? "null" : fmt::format("\"{}\"", account.stage),
      owner_of(visit.account), account.source, account.confidence, visit.account / 256, visit.account % 256,
      visit.account / 256, visit.account % 256, visitor_high, visitor_low);
  append_decision(out, account, visit, path);
}

/// The account as it was at the time of a visit; std::nullopt: the visit leaves no line.
std::optional<Account> account_then(const WorldOptions& options, const Account& account, const Visit& visit,
                                    uint64_t number) {
  const WorldFaults& faults = options.faults;
  Account then = account;
  const int64_t day = (visit.ts_ms / 1000 - kStart) / kDay + 1;
  if (account.control) {
    Random of_account(hash64(account.id) ^ options.seed), of_visit(~options.seed ^ number);
    if (of_account.chance(faults.unknown_control) || of_visit.chance(faults.cached_control))
      return std::nullopt;
  }
  then.silent = day < faults.silent_until_day;
  if (faults.new_salt_on_day != 0 && day >= faults.new_salt_on_day) {
    then.control = in_bucket("control", world_salt(options) + "-b", account.id, options.control_percent);
    then.generation = 44;
  }
  return then;
}

/// The chance to reach the goal at least once in `visits` visits.
double reach(double conversion, uint32_t visits) {
  return 1 - std::pow(1 - conversion, visits);
}

}  // namespace

std::string world_salt(const WorldOptions& options) {
  return fmt::format("world-{}", options.seed);
}

WorldTruth make_world(const WorldOptions& options, const std::function<void(std::string_view)>& line) {
  Random random(options.seed);
  std::vector<Account> accounts;
  std::vector<Visit> visits;
  WorldTruth truth;
  for (uint32_t i = 0; i < options.accounts; ++i) {
    accounts.push_back(make_account(options, i, random));
    const Account& account = accounts.back();
    const double treated = reach(options.conversion + options.lift, account.visits);
    const double control = reach(options.conversion, account.visits);
    truth.effect += (treated - control) / options.accounts;
    (account.control ? truth.control_rate : truth.treated_rate) += account.control ? control : treated;
    truth.control_accounts += account.control ? 1 : 0;
    truth.visits += account.visits;
    const double conversion = options.conversion + (account.control ? 0 : options.lift);
    for (uint32_t n = 0; n < account.visits; ++n) {
      const auto at = static_cast<int64_t>(random.unit() * static_cast<double>(options.days * kDay * 1000));
      visits.push_back({kStart * 1000 + at, i, static_cast<uint32_t>(random.next() >> 32),
                        random.chance(conversion), false});
    }
    // Robots come besides the people, and visit every page alike.
    while (random.chance(options.bots * account.visits / (1 + options.bots * account.visits))) {
      const auto at = static_cast<int64_t>(random.unit() * static_cast<double>(options.days * kDay * 1000));
      visits.push_back(
          {kStart * 1000 + at, i, static_cast<uint32_t>(random.next() >> 32), random.chance(0.5), true});
    }
  }
  truth.accounts = options.accounts;
  if (truth.control_accounts > 0) truth.control_rate /= static_cast<double>(truth.control_accounts);
  if (truth.control_accounts < truth.accounts)
    truth.treated_rate /= static_cast<double>(truth.accounts - truth.control_accounts);
  std::stable_sort(visits.begin(), visits.end(),
                   [](const Visit& a, const Visit& b) { return a.ts_ms < b.ts_ms; });
  std::string text;
  for (size_t i = 0; i < visits.size(); ++i) {
    const auto account = account_then(options, accounts[visits[i].account], visits[i], i);
    if (!account.has_value()) continue;
    write_line(text, options, *account, visits[i], i);
    line(text);
  }
  return truth;
}

std::string world_feed(const WorldOptions& options) {
  std::string feed =
      R"({"abm":"accounts/1","tenant":"halden-web","version":1,"generated_at":"2026-11-01T00:00:00Z"})"
      "\n";
  for (uint32_t i = 0; i < options.accounts + options.accounts / 5; ++i) {
    feed += fmt::format(R"({{"id":"{}","name":"Account {:04} & Sons","tier":"{}","owner":"{}"}})",
                        account_id(i), i, tier_of(i), owner_of(i));
    feed += '\n';
  }
  return feed;
}

}  // namespace abm::measure
