// Levels. Each test is made at 0.001, whatever the number of checks: what it finds is looked into, not
// reported as a result. The share of the control group among accounts that came is watched by a confidence
// sequence, so that looking on every day costs nothing (proportion_sequence.h): each account is in the
// control group by a lot of its own, whenever it comes.
#include "measure/report/soundness.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/statistics/proportion_sequence.h"
#include "measure/statistics/proportions.h"
#include "measure/statistics/ranks.h"

namespace abm::measure {
namespace {

using Verdict = SoundnessCheck::Verdict;

constexpr std::string_view kWhereToLook =
    "a cache that answers for original pages, so that visits of the control group leave no line; robots that are "
    "taken for people; logs of one node that were not read";

std::string count_text(uint64_t count) {
  return grouped(static_cast<int64_t>(count));
}

SoundnessCheck not_judged(std::string name, std::string why) {
  return {std::move(name), Verdict::kNotJudged, "Not judged: " + std::move(why) + ".", {}, false};
}

uint64_t sum_column(const Table& table, std::string_view column) noexcept {
  int64_t sum = 0;
  for (size_t i = 0; i < table.rows.size(); ++i) sum += table.integer(i, column);
  return sum < 0 ? 0 : static_cast<uint64_t>(sum);
}

/// The lots that the sample ratios judge, in one sentence. Their alarms are told by alarm_text().
SoundnessCheck check_lots(const std::vector<SampleRatio>& ratios) {
  size_t judged = 0, off = 0;
  const SampleRatio* control = nullptr;
  for (const SampleRatio& ratio : ratios) {
    judged += ratio.lacks.empty() ? 1 : 0;
    off += is_alarm(ratio) ? 1 : 0;
    if (ratio.rule.empty() && !ratio.of_listed) control = &ratio;
  }
  SoundnessCheck check{.name = "lot", .verdict = Verdict::kSound, .sentence = {}, .p = {}, .stops = false};
  if (off > 0) {
    check.verdict = Verdict::kAlarm;
    check.sentence = fmt::format("{} not as planned: the top of the page says more.",
                                 off == 1 ? "One lot is" : fmt::format("{} lots are", off));
  } else if (judged == 0) {
    return not_judged("lot", ratios.empty() ? "no account with an arm came" : ratios.front().lacks);
  } else if (control != nullptr && control->lacks.empty()) {
    check.sentence = fmt::format(
        "Of {} listed accounts that came, {} are in the control group; {:.0f} were to be expected.",
        count_text(control->treated + control->kept_back), count_text(control->kept_back),
        control->planned * static_cast<double>(control->treated + control->kept_back));
  } else {
    check.sentence = judged == 1 ? "The arms are as planned." : "The arms of all lots are as planned.";
  }
  if (control != nullptr && control->lacks.empty()) check.p = control->fit.p;
  return check;
}

/// The control group's share of the accounts that came so far, on every day.
SoundnessCheck check_arrivals(Table& days, const Plan& plan) {
  std::string lacks;
  if (plan.accounts == 0) {
    lacks = "there is no account list";
  } else if (!plan.control.has_value()) {
    lacks = "the planned share of the control group is not known";
  } else if (*plan.control <= 0 || *plan.control >= 1) {
    lacks = "no control group is planned";
  }
  uint64_t control = 0, all = 0;
  Interval first_off;
  std::string off_since;
  for (size_t i = 0; i < days.rows.size(); ++i) {
    control += static_cast<uint64_t>(days.integer(i, "control_new"));
    all += static_cast<uint64_t>(days.integer(i, "control_new") + days.integer(i, "treated_new"));
    std::vector<Cell>& row = days.rows[i];
    if (!lacks.empty() || all == 0) {
      row.resize(row.size() + 3);
      continue;
    }
    const Interval interval = share_sequence({control, all}, steady(plan.accounts), kSoundnessAlarm);
    row.insert(row.end(), {Share{control, all}.rate(), interval.low, interval.high});
    if (off_since.empty() && (*plan.control < interval.low || *plan.control > interval.high)) {
      off_since = days.text(i, "day");
      first_off = interval;
    }
  }
  days.columns.insert(days.columns.end(), {"control_share", "low_share", "high_share"});
  if (lacks.empty() && all == 0) lacks = "no listed account with an arm came";
  if (!lacks.empty()) return not_judged("arrivals", lacks);
  if (off_since.empty()) {
    return {
        .name = "arrivals",
        .verdict = Verdict::kSound,
        .sentence = fmt::format(
            "On no day did the control group's share of the accounts that had come leave what a lot of {} may bring.",
            percent(*plan.control)),
        .p = {},
        .stops = false};
  }
  return {
      .name = "arrivals",
      .verdict = Verdict::kAlarm,
      .sentence = fmt::format(
          "Since {}, the control group's share of the listed accounts that came cannot be that of a lot of {}: it "
          "was between {} and {} then. Look for what was changed by that day: {}; another salt, percentage or by of control.",
          off_since, percent(*plan.control), percent(first_off.low), percent(first_off.high), kWhereToLook),
      .p = {},
      .stops = true};
}

/// "2026-11-03", "2026-11-03 and 2026-11-04", "2026-11-03 to 2026-11-09 (7 days)".
std::string days_text(const std::vector<std::string>& days) {
  if (days.size() == 1) return days.front();
  if (days.size() == 2) return days.front() + " and " + days.back();
  return fmt::format("{} days from {} to {}", days.size(), days.front(), days.back());
}

/// Days on which treated accounts came and none was sent anything, though that happens on others.
SoundnessCheck check_exposure(const Table& days) {
  const uint64_t came = sum_column(days, "treated_accounts"),
                 sent = sum_column(days, "treated_accounts_sent");
  const uint64_t visits = sum_column(days, "treated_visits");
  if (came < kFewestForSoundness)
    return not_judged("exposure", fmt::format("fewer than {} treated accounts came", kFewestForSoundness));
  if (sent == 0) {
    return {
        .name = "exposure",
        .verdict = Verdict::kAlarm,
        .sentence = fmt::format(
            "Not one of {} of treated accounts was sent an edit: they saw what the control group saw. “Why pages left "
            "original” says what was lacking.",
            counted(static_cast<int64_t>(visits), "visit")),
        .p = {},
        .stops = false};
  }
  const double quiet = 1 - static_cast<double>(sent) / static_cast<double>(came);
  std::vector<std::string> without;
  double lowest = 1, highest = 0;
  for (size_t i = 0; i < days.rows.size(); ++i) {
    const auto accounts = static_cast<double>(days.integer(i, "treated_accounts"));
    if (accounts <= 0) continue;
    const bool is_unlikely =
        std::pow(quiet, accounts) < kSoundnessAlarm / static_cast<double>(days.rows.size());
    if (days.integer(i, "treated_sent") == 0 && is_unlikely) without.emplace_back(days.text(i, "day"));
    if (accounts < static_cast<double>(kFewestForSoundness)) continue;
    const double share = static_cast<double>(days.integer(i, "treated_sent")) /
                         static_cast<double>(std::max<int64_t>(days.integer(i, "treated_visits"), 1));
    lowest = std::min(lowest, share);
    highest = std::max(highest, share);
  }
  const double overall = static_cast<double>(sum_column(days, "treated_sent")) / static_cast<double>(visits);
  if (!without.empty()) {
    return {
        .name = "exposure",
        .verdict = Verdict::kAlarm,
        .sentence = fmt::format(
            "Treated accounts came on {}, and none was sent an edit, as {} of their visits are otherwise. If that was "
            "before the start, say --from; if not, “Why pages left original” and abmctl doctor say what was lacking.",
            days_text(without), percent(overall)),
        .p = {},
        .stops = false};
  }
  return {.name = "exposure",
          .verdict = Verdict::kSound,
          .sentence = fmt::format(
              "{} of the visits of treated accounts were sent an edit{}.", percent(overall),
              lowest <= highest ? fmt::format(", on single days {} to {}", percent(lowest), percent(highest))
                                : ""),
          .p = {},
          .stops = false};
}

/// What differs between the control groups of two generations.
std::string why_moved(uint64_t until, uint64_t generation, const Plan& plan) {
  const auto before = plan.controls.find(until), now = plan.controls.find(generation);
  if (until == 0)
    return "their lines of the control group are of the same generation: lines of several sites or data folders were "
           "read together";
  if (before == plan.controls.end() || now == plan.controls.end()) {
    return fmt::format(
        "since generation {}, salt, percentage or by of control is likely to have been changed", until);
  }
  if (before->second.salt != now->second.salt) {
    return fmt::format("since generation {}, the salt of control was changed from '{}' to '{}'", until,
                       before->second.salt, now->second.salt);
  }
  if (before->second.share != now->second.share) {
    return fmt::format("since generation {}, control was changed from {} to {}", until,
                       percent(before->second.share), percent(now->second.share));
  }
  if (before->second.by_family != now->second.by_family) {
    return fmt::format("since generation {}, control is drawn by {}, and no longer by {}", until,
                       now->second.by_family ? "parent" : "account",
                       before->second.by_family ? "parent" : "account");
  }
  if (now->second.by_family) {
    return fmt::format(
        "generation {} draws the same control group by parent: these accounts have another parent since, and "
        "with it the lot of another family; or lines of several sites or data folders were read together",
        until);
  }
  return fmt::format(
      "generation {} has the same control group: lines of several sites or data folders were read together",
      until);
}

SoundnessCheck check_contamination(const Table& table, const Table& arms, const Plan& plan) {
  uint64_t control = 0;
  for (size_t i = 0; i < arms.rows.size(); ++i) {
    if (arms.text(i, "arm") == "control") control = static_cast<uint64_t>(arms.integer(i, "accounts"));
  }
  if (control == 0) return not_judged("contamination", "no account of the control group came");
  std::string generations, rules;
  uint64_t most = 0;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.text(i, "sent_by") == "rule") {
      rules += fmt::format("{}{}", rules.empty() ? "" : ", ", table.text(i, "rule"));
      continue;
    }
    const auto accounts = static_cast<uint64_t>(table.integer(i, "accounts"));
    most = std::max(most, accounts);
    const auto generation = static_cast<uint64_t>(table.integer(i, "generation"));
    generations += fmt::format(
        "{}generation {} sent it to {} from {} on ({})", generations.empty() ? "" : "; ", generation,
        counted(static_cast<int64_t>(accounts), "account"), table.text(i, "first_visit").substr(0, 10),
        why_moved(static_cast<uint64_t>(table.integer(i, "control_until")), generation, plan));
  }
  if (most == 0) {
    return {.name = "contamination",
            .verdict = Verdict::kSound,
            .sentence = fmt::format("None of the {} of the control group was sent an edit.",
                                    counted(static_cast<int64_t>(control), "account")),
            .p = {},
            .stops = false};
  }
  return {
      .name = "contamination",
      .verdict = Verdict::kAlarm,
      .sentence = fmt::format(
          "Accounts of the control group were sent what they were to be spared{}: {}. They are compared as first "
          "assigned, which draws the difference towards zero. Keep salt, percentage and by as they are until the end, or "
          "begin anew with --from.",
          rules.empty() ? "" : fmt::format(" (by {})", rules), generations),
      .p = {},
      .stops = false};
}

/// Treated accounts for which a rule won a slot and that never got anything.
SoundnessCheck check_delivery(const Table& table) {
  int64_t got = 0, for_none = 0, lacking = 0;
  std::string reasons;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::string_view what = table.text(i, "got");
    const int64_t accounts = table.integer(i, "accounts");
    if (what == "sent") {
      got += accounts;
    } else if (what == "no-rule") {
      for_none += accounts;
    } else {
      lacking += accounts;
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", what, grouped(accounts));
    }
  }
  const int64_t all = got + for_none + lacking;
  if (all < static_cast<int64_t>(kFewestForSoundness))
    return not_judged("delivery", fmt::format("fewer than {} treated accounts came", kFewestForSoundness));
  const std::string none = for_none == 0 ? "" : fmt::format("; for {} more, no rule was", grouped(for_none));
  if (lacking > got) {
    return {
        .name = "delivery",
        .verdict = Verdict::kAlarm,
        .sentence = fmt::format(
            "Most treated accounts never got anything, although rules were for them: {} of {} ({}){}. “Why pages left "
            "original” says more, and abmctl check --strict and abmctl doctor where to mend it.",
            grouped(lacking), grouped(got + lacking), reasons, none),
        .p = {},
        .stops = false};
  }
  return {
      .name = "delivery",
      .verdict = Verdict::kSound,
      .sentence =
          got + lacking == 0
              ? "No rule was for any treated account."
              : fmt::format("{} of {} that rules were for were sent an edit at least once{}{}.", grouped(got),
                            counted(got + lacking, "treated account"),
                            reasons.empty() ? "" : fmt::format(" (the others lacked: {})", reasons), none),
      .p = {},
      .stops = false};
}

SoundnessCheck check_identification(const Table& table, const Plan& plan) {
  Share treated, control;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    Share& arm = table.text(i, "arm") == "control" ? control : treated;
    arm.hits = static_cast<uint64_t>(table.integer(i, "came"));
    arm.accounts = static_cast<uint64_t>(table.integer(i, "listed"));
  }
  if (plan.control == 0.0) return not_judged("identification", "the published rules keep no control group");
  if (treated.accounts + control.accounts == 0)
    return not_judged("identification", "no published rules say which arm each listed account is in");
  if (std::min(treated.accounts, control.accounts) < kFewestForSoundness) {
    return not_judged("identification",
                      fmt::format("an arm has fewer than {} listed accounts", kFewestForSoundness));
  }
  // The arms are fixed and few have come in the first days: no approximation is near enough at this level.
  const double p = exact_p(treated, control);
  const std::string shares =
      fmt::format("{} of {} listed accounts of the control group came ({}), and {} of {} treated ones ({})",
                  count_text(control.hits), count_text(control.accounts), percent(control.rate()),
                  count_text(treated.hits), count_text(treated.accounts), percent(treated.rate()));
  SoundnessCheck check{.name = "identification",
                       .verdict = p < kSoundnessAlarm ? Verdict::kAlarm : Verdict::kSound,
                       .sentence = shares + ".",
                       .p = p,
                       .stops = false};
  if (check.verdict == Verdict::kAlarm) {
    check.stops = true;
    check.sentence += fmt::format(
        " That is no chance (Fisher's exact {}), and nothing that an account has not seen yet can bring it: lines of one arm are "
        "missing, or companies are recognised in one arm only. Look for {}.",
        p_equation(p), kWhereToLook);
  }
  return check;
}

/// Accounts, not visits, are what is ranked: visits of one account are not independent.
SoundnessCheck check_visits(const Table& table) {
  std::vector<RankedValue> values;
  uint64_t treated = 0, control = 0;
  double treated_visits = 0, control_visits = 0;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const RankedValue value{.value = static_cast<double>(table.integer(i, "visits")),
                            .a = static_cast<uint64_t>(table.integer(i, "treated")),
                            .b = static_cast<uint64_t>(table.integer(i, "control"))};
    treated += value.a;
    control += value.b;
    treated_visits += value.value * static_cast<double>(value.a);
    control_visits += value.value * static_cast<double>(value.b);
    values.push_back(value);
  }
  if (std::min(treated, control) < kFewestForSoundness)
    return not_judged("visits", fmt::format("fewer than {} accounts of one arm came", kFewestForSoundness));
  const RankTest test = rank_test(std::move(values));
  const double of_control = control_visits / static_cast<double>(control);
  const double of_treated = treated_visits / static_cast<double>(treated);
  SoundnessCheck check{
      .name = "visits",
      .verdict = test.p < kSoundnessAlarm ? Verdict::kAlarm : Verdict::kSound,
      .sentence = fmt::format(
          "Accounts of the control group that came have {:.1f} visits on average, treated ones {:.1f}.",
          of_control, of_treated),
      .p = test.p,
      .stops = false};
  if (check.verdict == Verdict::kAlarm) {
    check.sentence += fmt::format(
        " That is no chance (rank test of accounts, {}). Either personalization {} people, or visits of one arm leave no "
        "line. Rule out the second before you believe the first: {}.",
        p_equation(test.p), test.superiority > 0.5 ? "brings back" : "keeps away", kWhereToLook);
  }
  return check;
}

}  // namespace

std::vector<SoundnessCheck> check_soundness(std::vector<Table>& tables,
                                            const std::vector<SampleRatio>& ratios, const Plan& plan) {
  std::vector<SoundnessCheck> checks;
  checks.push_back(check_lots(ratios));
  const auto days = std::find_if(tables.begin(), tables.end(),
                                 [](const Table& table) { return table.name == "arms_by_day"; });
  if (days != tables.end()) {
    checks.push_back(check_arrivals(*days, plan));
    checks.push_back(check_exposure(*days));
  }
  checks.push_back(
      check_contamination(find_table(tables, "contamination"), find_table(tables, "arms"), plan));
  checks.push_back(check_delivery(find_table(tables, "delivery")));
  checks.push_back(check_identification(find_table(tables, "identification_by_arm"), plan));
  checks.push_back(check_visits(find_table(tables, "visits_by_arm")));
  return checks;
}

bool is_control_doubtful(const std::vector<SampleRatio>& ratios,
                         const std::vector<SoundnessCheck>& checks) noexcept {
  return std::any_of(ratios.begin(), ratios.end(),
                     [](const SampleRatio& ratio) { return ratio.rule.empty() && is_alarm(ratio); }) ||
         std::any_of(checks.begin(), checks.end(), [](const SoundnessCheck& check) {
           return check.stops && check.verdict == Verdict::kAlarm;
         });
}

std::string_view to_string(SoundnessCheck::Verdict verdict) noexcept {
  return verdict == Verdict::kSound ? "sound" : verdict == Verdict::kAlarm ? "alarm" : "not judged";
}

}  // namespace abm::measure
