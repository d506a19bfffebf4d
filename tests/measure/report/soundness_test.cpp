#include "measure/report/soundness.h"

#include <gtest/gtest.h>

#include <regex>

#include "measure/report/page_soundness.h"
#include "measure/report/remarks.h"
#include "measure/report/report.h"

namespace abm::measure {
namespace {

using Verdict = SoundnessCheck::Verdict;

Table named(std::string name, std::vector<std::string> columns, std::vector<std::vector<Cell>> rows) {
  Table table;
  table.name = std::move(name);
  table.title = table.name;
  table.columns = std::move(columns);
  table.rows = std::move(rows);
  return table;
}

struct ArmDay {
  std::string day;
  int64_t accounts, sent;  // treated, with one visit each
  int64_t treated_new = 0, control_new = 0;
};

Table days_table(const std::vector<ArmDay>& days) {
  Table table = named("arms_by_day",
                      {"day", "treated_visits", "treated_sent", "treated_accounts", "treated_accounts_sent",
                       "treated_new", "control_visits", "control_sent", "control_accounts", "control_new"},
                      {});
  for (const ArmDay& day : days) {
    table.rows.push_back({day.day, day.accounts, day.sent, day.accounts, day.sent, day.treated_new,
                          int64_t{0}, int64_t{0}, int64_t{0}, day.control_new});
  }
  return table;
}

/// The check of that name, of a report with these tables alone.
SoundnessCheck check_of(std::string_view name, std::vector<Table> tables, const Plan& plan = {}) {
  for (SoundnessCheck& check : check_soundness(tables, {}, plan)) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << name << " is not checked";
  return {};
}

TEST(Soundness, WatchesTheControlGroupsShareOnEveryDay) {
  const Plan plan{.control = 0.1, .holdouts = {}, .accounts = 1000};
  std::vector<ArmDay> days = {{"2026-11-01", 90, 45, 90, 10}, {"2026-11-02", 90, 45, 180, 20}};
  EXPECT_EQ(check_of("arrivals", {days_table(days)}, plan).verdict, Verdict::kSound);
  days.push_back({"2026-11-03", 90, 45, 300, 0});
  days.push_back({"2026-11-04", 90, 45, 100, 60});
  std::vector<Table> tables = {days_table(days)};
  const auto checks = check_soundness(tables, {}, plan);
  const SoundnessCheck& check = checks[1];
  ASSERT_EQ(check.name, "arrivals");
  EXPECT_EQ(check.verdict, Verdict::kAlarm) << "what cannot be by chance once stays told";
  EXPECT_TRUE(std::regex_search(check.sentence, std::regex("it was between [0-9.]+% and [0-9.]+% then")))
      << check.sentence;
  EXPECT_TRUE(check.stops);
  EXPECT_TRUE(is_control_doubtful({}, checks));
  EXPECT_EQ(check.sentence.substr(0, 17), "Since 2026-11-03,") << check.sentence;
  EXPECT_NEAR(tables[0].real(1, "control_share"), 0.1, 1e-12);
  EXPECT_LT(tables[0].real(2, "high_share"), 0.1);
  EXPECT_EQ(
      check_of("arrivals", {days_table(days)}, {.control = 0.1, .holdouts = {}, .accounts = 0}).sentence,
      "Not judged: there is no account list.");
  EXPECT_EQ(check_of("arrivals", {days_table(days)}, {.control = {}, .holdouts = {}, .accounts = 9}).verdict,
            Verdict::kNotJudged);
}

TEST(Soundness, TellsDaysOnWhichNothingWasSent) {
  std::vector<ArmDay> days(10, {"2026-11-01", 40, 20});
  for (int i = 0; i < 10; ++i) days[static_cast<size_t>(i)].day = "2026-11-" + std::to_string(10 + i);
  const SoundnessCheck sound = check_of("exposure", {days_table(days)});
  EXPECT_EQ(sound.verdict, Verdict::kSound);
  EXPECT_EQ(sound.sentence,
            "50.0% of the visits of treated accounts were sent an edit, on single days 50.0% to 50.0%.");
  days[4].sent = 0;
  const SoundnessCheck one = check_of("exposure", {days_table(days)});
  EXPECT_EQ(one.verdict, Verdict::kAlarm);
  EXPECT_NE(one.sentence.find("came on 2026-11-14, and none was sent"), std::string::npos) << one.sentence;
  // A day of few accounts tells nothing.
  days[4] = {"2026-11-14", 3, 0};
  EXPECT_EQ(check_of("exposure", {days_table(days)}).verdict, Verdict::kSound);
  for (ArmDay& day : days) day.sent = 0;
  EXPECT_EQ(check_of("exposure", {days_table(days)}).verdict, Verdict::kAlarm);
  EXPECT_EQ(check_of("exposure", {days_table({{"2026-11-01", 19, 0}})}).verdict, Verdict::kNotJudged);
}

Table contamination(Cell until) {
  return named("contamination",
               {"sent_by", "generation", "rule", "accounts", "visits", "first_visit", "control_until"},
               {{std::string("generation"), int64_t{44}, Cell(), int64_t{3}, int64_t{7},
                 std::string("2026-11-15 08:00"), std::move(until)},
                {std::string("rule"), Cell(), std::string("home"), int64_t{3}, int64_t{7},
                 std::string("2026-11-15 08:00"), Cell()}});
}

TEST(Soundness, SaysWhoSentEditsToTheControlGroupAndWhy) {
  const Table arms = named("arms", {"arm", "accounts"}, {{std::string("control"), int64_t{30}}});
  EXPECT_EQ(check_of("contamination", {arms}).sentence,
            "None of the 30 accounts of the control group was sent an edit.");
  EXPECT_EQ(check_of("contamination", {}).verdict, Verdict::kNotJudged);
  const auto told = [&](const Plan& plan, Cell until = int64_t{43}) {
    const SoundnessCheck check = check_of("contamination", {arms, contamination(std::move(until))}, plan);
    EXPECT_EQ(check.verdict, Verdict::kAlarm);
    EXPECT_FALSE(check.stops) << "comparisons as assigned stay right, if weaker";
    return check.sentence;
  };
  Plan plan;
  plan.controls = {{43, {0.2, "a"}}, {44, {0.2, "b"}}};
  EXPECT_NE(told(plan).find(
                "(by home): generation 44 sent it to 3 accounts from 2026-11-15 on (since generation 43, the "
                "salt of control was changed from 'a' to 'b')"),
            std::string::npos)
      << told(plan);
  plan.controls[44] = {0.1, "a"};
  EXPECT_NE(told(plan).find("control was changed from 20.0% to 10.0%"), std::string::npos) << told(plan);
  plan.controls[44] = {0.2, "a"};
  EXPECT_NE(told(plan).find("lines of several sites"), std::string::npos) << told(plan);
  plan.controls[44] = {0.2, "a", true};
  EXPECT_NE(told(plan).find("since generation 43, control is drawn by parent, and no longer by account"),
            std::string::npos)
      << told(plan);
  plan.controls[43] = plan.controls[44];
  EXPECT_NE(told(plan).find("these accounts have another parent since"), std::string::npos) << told(plan);
  EXPECT_NE(told({}).find("is likely to have been changed"), std::string::npos) << told({});
  EXPECT_NE(told({}, Cell()).find("of the same generation"), std::string::npos);
}

TEST(Soundness, TellsWhereRulesAreAndNothingArrives) {
  const auto delivered = [](int64_t sent, int64_t missing, int64_t none) {
    return named(
        "delivery", {"got", "accounts"},
        {{std::string("sent"), sent}, {std::string("missing"), missing}, {std::string("no-rule"), none}});
  };
  const SoundnessCheck sound = check_of("delivery", {delivered(60, 5, 30)});
  EXPECT_EQ(sound.verdict, Verdict::kSound);
  EXPECT_EQ(
      sound.sentence,
      "60 of 65 treated accounts that rules were for were sent an edit at least once (the others lacked: missing "
      "5); for 30 more, no rule was.");
  EXPECT_EQ(check_of("delivery", {delivered(5, 60, 0)}).verdict, Verdict::kAlarm);
  EXPECT_EQ(check_of("delivery", {delivered(0, 0, 400)}).verdict, Verdict::kSound);
  EXPECT_EQ(check_of("delivery", {delivered(1, 2, 3)}).verdict, Verdict::kNotJudged);
}

TEST(Soundness, ComparesHowManyOfEachArmCame) {
  const auto came = [](int64_t treated, int64_t control) {
    return named(
        "identification_by_arm", {"arm", "listed", "came"},
        {{std::string("treated"), int64_t{900}, treated}, {std::string("control"), int64_t{100}, control}});
  };
  EXPECT_EQ(check_of("identification", {came(540, 57)}).verdict, Verdict::kSound);
  const SoundnessCheck fewer = check_of("identification", {came(540, 35)});
  EXPECT_EQ(fewer.verdict, Verdict::kAlarm);
  EXPECT_TRUE(fewer.stops);
  EXPECT_LT(*fewer.p, 0.001);
  EXPECT_EQ(check_of("identification", {}).verdict, Verdict::kNotJudged);
  const SoundnessCheck nobody =
      check_of("identification", {}, {.control = 0.0, .holdouts = {}, .accounts = 9});
  EXPECT_EQ(nobody.verdict, Verdict::kNotJudged);
  EXPECT_NE(nobody.sentence.find("the published rules keep no control group"), std::string::npos)
      << nobody.sentence;
}

TEST(Soundness, ComparesVisitsByAccount) {
  // One company with a thousand visits moves one rank.
  const auto visits = [](int64_t of_control) {
    return named("visits_by_arm", {"visits", "treated", "control"},
                 {{int64_t{1}, int64_t{100}, of_control},
                  {int64_t{5}, int64_t{200}, int64_t{50 - of_control}},
                  {int64_t{1000}, int64_t{1}, int64_t{0}}});
  };
  EXPECT_EQ(check_of("visits", {visits(17)}).verdict, Verdict::kSound);
  const SoundnessCheck check = check_of("visits", {visits(45)});
  EXPECT_EQ(check.verdict, Verdict::kAlarm);
  EXPECT_FALSE(check.stops) << "personalization may be what brings people back";
  EXPECT_NE(check.sentence.find("brings back people"), std::string::npos) << check.sentence;
}

TEST(Soundness, AlarmsStandAboveAllFiguresAndTheSectionSaysWhatWasChecked) {
  Report report;
  report.tables = {named("identification_by_arm", {"arm", "listed", "came"},
                         {{std::string("treated"), int64_t{900}, int64_t{540}},
                          {std::string("control"), int64_t{100}, int64_t{20}}})};
  report.soundness = check_soundness(report.tables, {}, report.plan);
  ASSERT_EQ(alarms_of(report).size(), 1u);
  EXPECT_NE(alarms_of(report)[0].find("That is no chance"), std::string::npos);
  EXPECT_NE(soundness_section(report).find("<strong>1 of 1 check speaks against it</strong>"),
            std::string::npos)
      << soundness_section(report);
  const Report empty;
  EXPECT_NE(soundness_section(empty).find("Nothing could be checked"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
