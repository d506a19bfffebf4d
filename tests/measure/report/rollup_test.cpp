#include "measure/report/rollup.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "measure/report/page.h"
#include "measure/report/remarks.h"
#include "measure/report/tables.h"
#include "tests/measure/report_testing.h"
#include "tests/measure/visit_world.h"

namespace abm::measure {
namespace {

using testing::Folder;
using testing::Line;
using testing::load;
using testing::number;
using testing::request_id;
using testing::Seen;

constexpr int64_t kDay = 86'400'000;
constexpr int64_t kNovember = 1793491200000;

Result<void> roll(VisitStore& store, RollupOptions options = {}) {
  return roll_up(store.database(), options, [](uint64_t, uint64_t) {});
}

/// A store with a small world in it.
VisitStore world_store(const WorldOptions& options) {
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  std::string lines;
  make_world(options, [&lines](std::string_view line) { (lines += line) += '\n'; });
  const Folder folder;
  load(*store, {folder.write("log", lines)});
  return std::move(*store);
}

std::string rollup_sql() {
  std::ifstream in(std::string(ABM_MEASURE_DIR) + "/report/rollup.sql");
  return {std::istreambuf_iterator<char>(in), {}};
}

// rollup.sql defines the tables; the single pass in C++ must not differ from it by a row.
TEST(Rollup, MakesTheTablesOfRollupSql) {
  WorldOptions world;
  world.accounts = 120;
  world.holdout_percent = 20;
  VisitStore store = world_store(world);
  ASSERT_TRUE(store.database().execute("UPDATE visit SET load = rowid % 3 WHERE rowid % 5 = 0").ok());
  // Browsers told of every third visit, some of them late, of another page or account, or of no visit at all.
  ASSERT_TRUE(
      store.database()
          .execute(
              "INSERT INTO seen SELECT CASE WHEN v.rowid % 21 = 0 THEN randomblob(16) ELSE v.request_id END,"
              " CASE WHEN v.rowid % 15 = 0 THEN 'another' ELSE a.account END,"
              " CASE WHEN v.rowid % 12 = 0 THEN 1 + v.page % 3 ELSE v.page END, s.slot,"
              " v.ts_ms + (v.rowid % 2) * 86400000, v.bot "
              "FROM visit v JOIN account_state a ON a.id = v.account_state "
              "JOIN content_slot s ON s.content = v.content WHERE v.rowid % 3 = 0")
          .ok());
  for (const Period& period : {Period{}, Period{kNovember + 5 * kDay + 12'345, kNovember + 20 * kDay}}) {
    ASSERT_TRUE(roll(store, {.period = period, .goals = {"/demo"}}).ok());
    std::string sql = rollup_sql();
    constexpr std::string_view kTables[] = {"by_day",     "by_page",       "by_content", "by_decision",
                                            "by_signal",  "people_by_day", "by_load",    "by_time",
                                            "first_seen", "by_seen",       "by_fate",    "goal_by_day"};
    for (const std::string_view table : kTables) {
      const std::string create = fmt::format("CREATE TEMP TABLE {} AS", table);
      const size_t at = sql.find(create);
      ASSERT_NE(at, std::string::npos) << table;
      sql.replace(at, create.size(), fmt::format("CREATE TEMP TABLE expected_{} AS", table));
    }
    const auto made = store.database().execute(sql);
    ASSERT_TRUE(made.ok()) << made.message();
    for (const std::string_view table : kTables) {
      EXPECT_GT(number(store, fmt::format("SELECT count(*) FROM expected_{}", table)), 0) << table;
      EXPECT_EQ(
          number(store,
                 fmt::format("SELECT count(*) FROM (SELECT * FROM {0} EXCEPT SELECT * FROM expected_{0})",
                             table)),
          0)
          << table;
      EXPECT_EQ(
          number(store,
                 fmt::format("SELECT count(*) FROM (SELECT * FROM expected_{0} EXCEPT SELECT * FROM {0})",
                             table)),
          0)
          << table;
      EXPECT_EQ(
          number(store, fmt::format("SELECT (SELECT count(*) FROM {0}) - (SELECT count(*) FROM expected_{0})",
                                    table)),
          0)
          << table;
      ASSERT_TRUE(store.database().execute(fmt::format("DROP TABLE temp.expected_{}", table)).ok());
    }
  }
}

TEST(Rollup, TakesThePeriodFromItsStartUntilJustBeforeItsEnd) {
  std::string lines;
  const char* times[] = {"2026-11-02T23:59:59.999Z", "2026-11-03T00:00:00.000Z", "2026-11-03T23:59:59.999Z",
                         "2026-11-04T00:00:00.000Z"};
  for (uint64_t i = 0; i < std::size(times); ++i) {
    Line line;
    line.request_id = request_id(i);
    line.ts = times[i];
    lines += line.text() + "\n";
  }
  const Folder folder;
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok());
  load(*store, {folder.write("log", lines)});
  ASSERT_TRUE(roll(*store, {.period = {kNovember + 2 * kDay, kNovember + 3 * kDay}, .goals = {}}).ok());
  EXPECT_EQ(number(*store, "SELECT sum(visits) FROM by_day"), 2);
  EXPECT_EQ(number(*store, "SELECT first_ms FROM first_seen"), kNovember + 2 * kDay - 1);
}

TEST(Rollup, FindsGoalPagesAsRulesWould) {
  std::string lines;
  const char* paths[] = {"/demo", "/Demo", "/demo/thanks", "/contact/eu/form", "/contact", "/"};
  for (uint64_t i = 0; i < std::size(paths); ++i) {
    Line line;
    line.request_id = request_id(i);
    line.path = paths[i];
    lines += line.text() + "\n";
  }
  const Folder folder;
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok());
  load(*store, {folder.write("log", lines)});
  ASSERT_TRUE(roll(*store, {.period = {}, .goals = {"/demo", "/contact/**"}}).ok());
  EXPECT_EQ(number(*store, "SELECT count(*) FROM goal_page WHERE goal = 1"), 2);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM goal_page WHERE goal = 2"), 1);
  const auto refused = roll(*store, {.period = {}, .goals = {"demo"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find("--goal 'demo'"), std::string::npos) << refused.message();
}

/// All queries over `lines`; the list has deere (one-to-one), ford (one-to-few) and rival (excluded).
std::vector<Table> tables_of(const std::vector<Line>& source, std::vector<std::string> goals = {"/demo"},
                             Period period = {}) {
  std::string lines;
  uint64_t next = 1;
  for (Line line : source) {
    line.request_id = request_id(next++);
    lines += line.text() + "\n";
  }
  const Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  const std::vector<ListedAccount> listed = {
      {"deere", "Deere & Company", "one-to-one", "", "maren@acme.example", false, "networks"},
      {"ford", "Ford", "one-to-few", "", "", false, "identity"},
      {"rival", "Rival", "one-to-few", "", "", true, "asn"}};
  EXPECT_TRUE(load_logs({folder.write("log", lines)}, *store, &listed, [](uint64_t, uint64_t) {}).ok());
  const auto rolled = roll(*store, {.period = period, .goals = std::move(goals)});
  EXPECT_TRUE(rolled.ok()) << rolled.message();
  auto queries = load_queries("");
  auto tables = run_queries(store->database(), *queries, [](uint64_t, uint64_t) {});
  EXPECT_TRUE(tables.ok()) << tables.message();
  return tables.ok() ? *tables : std::vector<Table>();
}

Line visit(std::string account, std::string path, std::string arm = "treated", int day = 3) {
  Line line;
  line.account = std::move(account);
  line.path = std::move(path);
  line.arm = "\"" + arm + "\"";
  line.ts = fmt::format("2026-11-{:02}T10:00:00.000Z", day);
  return line;
}

TEST(Queries, CountReachOfTheListedWithoutExcludedAccountsAndRobots) {
  Line robot = visit("ford", "/");
  robot.bot = "true";
  Line personalized = visit("deere", "/");
  personalized.page = "personalized";
  personalized.skip = "null";
  const auto tables = tables_of(
      {personalized, visit("deere", "/pricing"), robot, visit("unlisted", "/"), visit("rival", "/")});
  const Table& penetration = find_table(tables, "penetration");
  ASSERT_EQ(penetration.rows.size(), 2u);
  EXPECT_EQ(penetration.text(0, "tier"), "one-to-one");
  EXPECT_EQ(penetration.integer(0, "listed"), 1);
  EXPECT_EQ(penetration.integer(0, "reached"), 1);
  EXPECT_EQ(penetration.integer(0, "personalized"), 1);
  EXPECT_EQ(penetration.integer(1, "listed"), 1);
  EXPECT_EQ(penetration.integer(1, "reached"), 0);
  const Table& recognition = find_table(tables, "recognition");
  ASSERT_EQ(recognition.rows.size(), 2u);
  EXPECT_EQ(recognition.integer(0, "networks"), 1);
  EXPECT_EQ(recognition.integer(0, "recognisable"), 1);
  EXPECT_EQ(recognition.integer(0, "came"), 1);
  EXPECT_EQ(recognition.integer(1, "sign_in_only"), 1);
  EXPECT_EQ(recognition.integer(1, "recognisable"), 0);
  EXPECT_EQ(recognition.integer(1, "came"), 0);
  const Table& summary = find_table(tables, "summary");
  EXPECT_EQ(summary.integer(0, "visits"), 4);
  EXPECT_EQ(summary.integer(0, "bot_visits"), 1);
  EXPECT_EQ(summary.integer(0, "accounts"), 3);
  EXPECT_EQ(summary.text(0, "first_visit"), "2026-11-03T10:00:00Z");
}

TEST(Queries, TellPeopleApartWithinADayOnly) {
  std::vector<Line> lines;
  const auto add = [&lines](int day, const std::string& visitor) {
    Line line = visit("deere", "/", "treated", day);
    line.visitor = visitor;
    lines.push_back(line);
  };
  add(3, R"("aaaaaaaaaaaaaaaa0000000000000000")");
  add(3, R"("aaaaaaaaaaaaaaaa0000000000000000")");
  add(3, R"("bbbbbbbbbbbbbbbb0000000000000000")");
  add(4, R"("aaaaaaaaaaaaaaaa0000000000000000")");
  add(4, "null");
  const auto tables = tables_of(lines);
  const Table& people = find_table(tables, "people");
  ASSERT_EQ(people.rows.size(), 1u);
  EXPECT_EQ(people.integer(0, "most_people_in_a_day"), 2);
  EXPECT_EQ(people.integer(0, "person_days"), 3);
  EXPECT_EQ(people.integer(0, "visits"), 5);
  EXPECT_EQ(people.integer(0, "days"), 2);
  EXPECT_EQ(people.text(0, "owner"), "maren@acme.example");
  EXPECT_EQ(find_table(tables, "coverage").integer(1, "accounts"), 1);
}

TEST(Queries, CountOnlyAppliedSlotsAsSent) {
  std::vector<Line> lines;
  for (const char* outcome :
       {"applied", "applied", "missing", "skipped:aborted", "skipped:control", "skipped:holdout"}) {
    Line line = visit("deere", "/");
    line.rules = fmt::format(R"([{{"id":"home","variant":"b","slots":{{"cta":"{}"}}}}])", outcome);
    lines.push_back(line);
  }
  const auto tables = tables_of(lines);
  const Table& exposure = find_table(tables, "exposure");
  ASSERT_EQ(exposure.rows.size(), 1u);
  EXPECT_EQ(exposure.integer(0, "sent"), 2);
  EXPECT_EQ(exposure.integer(0, "accounts_sent"), 1);
  EXPECT_EQ(exposure.integer(0, "at_risk"), 0);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(exposure.at(0, "seen"))) << "no browser told anything";
  EXPECT_EQ(exposure.integer(0, "missing"), 1);
  EXPECT_EQ(exposure.integer(0, "held_back"), 2);
  EXPECT_EQ(exposure.integer(0, "skipped"), 1);
}

/// The tables of a log with these lines, and the remarks on them.
Report report_on(const std::string& lines) {
  const Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  load(*store, {folder.write("log", lines)});
  EXPECT_TRUE(roll(*store, {.period = {}, .goals = {"/demo"}}).ok());
  Report report;
  auto tables = run_queries(store->database(), *load_queries(""), [](uint64_t, uint64_t) {});
  EXPECT_TRUE(tables.ok()) << tables.message();
  if (tables.ok()) report.tables = *tables;
  auto remarks = remarks_on(report, std::numeric_limits<int64_t>::max(), store->database());
  EXPECT_TRUE(remarks.ok()) << remarks.message();
  if (remarks.ok()) report.remarks = *remarks;
  return report;
}

/// Five visits of deere with the slot, two of them at risk; browsers tell of what `seen` holds.
Report report_of(const std::vector<Seen>& seen) {
  std::string lines;
  uint64_t next = 1;
  for (const char* outcome :
       {"applied", "applied", "applied", "applied:at-risk", "applied:at-risk", "missing"}) {
    Line line = visit("deere", "/");
    line.rules = fmt::format(R"([{{"id":"home","variant":"b","slots":{{"cta":"{}"}}}}])", outcome);
    line.framework = next == 5 ? R"("react")" : R"("vue")";
    line.request_id = request_id(next++);
    lines += line.text() + "\n";
  }
  for (const Seen& told : seen) lines += told.text() + "\n";
  return report_on(lines);
}

TEST(Remarks, NameRulesWhoseAccountsVisitsDecide) {
  const Report report = report_of({});
  for (const std::string& remark : report.remarks) EXPECT_EQ(remark.find("Arms do not depend"), remark.npos);
  const std::string one = visit_rules_remark({"back-for-pricing"});
  EXPECT_NE(one.find("one of the published rules matches: back-for-pricing. Arms do not depend on visits"),
            one.npos);
  const std::string many = visit_rules_remark({"a", "b", "c", "d", "e", "f", "g"});
  EXPECT_NE(many.find("7 of the published rules match: a, b, c, d, e and 2 more."), many.npos) << many;
  EXPECT_EQ(visit_rules_remark({}), "");
}

TEST(Queries, TellSentAtRiskAndSeenApart) {
  Seen first, again, at_risk, forged, elsewhere, unknown, robot, other_slot;
  first.request_id = again.request_id = request_id(1);
  again.ts = "2026-11-03T10:01:00.000Z";
  at_risk.request_id = request_id(4);
  forged.request_id = request_id(2);
  forged.account = "ford";
  elsewhere.request_id = request_id(3);
  elsewhere.path = "/pricing";
  unknown.request_id = request_id(99);
  robot.request_id = request_id(98);
  robot.bot = "true";
  other_slot.request_id = request_id(2);
  other_slot.slots = R"(["never-sent"])";
  const Report report = report_of({first, again, at_risk, forged, elsewhere, unknown, robot, other_slot});
  const Table& exposure = find_table(report.tables, "exposure");
  ASSERT_EQ(exposure.rows.size(), 1u);
  EXPECT_EQ(exposure.integer(0, "sent"), 5);
  EXPECT_EQ(exposure.integer(0, "at_risk"), 2);
  EXPECT_EQ(exposure.integer(0, "seen"), 1) << "what is at risk was not the edit, whatever was in view";
  EXPECT_DOUBLE_EQ(exposure.real(0, "seen_share"), 1.0 / 3);
  EXPECT_EQ(exposure.integer(0, "missing"), 1);
  const Table& beacons = find_table(report.tables, "beacons");
  std::string rows;
  for (size_t i = 0; i < beacons.rows.size(); ++i)
    rows += fmt::format("{} {}; ", beacons.text(i, "belongs_to"), beacons.integer(i, "pages"));
  EXPECT_EQ(rows, "visit 3; another page 1; another account 1; no visit 1; ");
  ASSERT_EQ(report.remarks.size(), 3u);
  EXPECT_EQ(
      report.remarks[0],
      "2 of 5 exposures were on slots that the page's own framework (react, vue) replaces after loading: they are not "
      "what people saw. abmctl explain says for a page which slot is to blame; let it be made by script (deliver: script), "
      "or put a slot there that holds (conf/frameworks).");
  EXPECT_EQ(
      report.remarks[1],
      "Of 3 exposures that were not at risk, at least 1 (33.3%) was in view for a second, as visitors' browsers told.");
  EXPECT_EQ(
      report.remarks[2],
      "Visitors' browsers told of 2 pages that belong to no visit of the same account in what was read: they are in no "
      "figure (“What browsers told” says more).");
  const std::string page = page_html(report);
  EXPECT_LT(page.find("2 of 5 exposures"), page.find("<section")) << "before any figure";
  EXPECT_NE(page.find("What browsers told</h3>"), page.npos);
}

TEST(Queries, SayNothingOfWhatWasSeenWhereNoBrowserTold) {
  const Report report = report_of({});
  EXPECT_TRUE(std::holds_alternative<std::monostate>(find_table(report.tables, "exposure").at(0, "seen")));
  EXPECT_TRUE(find_table(report.tables, "beacons").rows.empty());
  EXPECT_EQ(report.remarks.size(), 1u) << "what is at risk is known all the same";
  EXPECT_EQ(page_html(report).find("What browsers told"), std::string::npos);
}

TEST(Queries, CompareAccountsAsFirstAssigned) {
  Line expired = visit("late", "/", "treated", 1);  // a feed that has expired decides nothing
  expired.arm = "null";
  expired.skip = "\"expired\"";
  Line excluded = visit("rival", "/demo");
  excluded.arm = "null";
  excluded.skip = "\"excluded\"";
  Line robot = visit("ford", "/demo", "control");
  robot.bot = "true";
  const auto tables = tables_of({visit("moved", "/", "control", 2), visit("moved", "/demo", "treated", 9),
                                 expired, visit("late", "/demo", "control", 4), excluded, robot,
                                 visit("ford", "/", "control"), visit("held", "/", "holdout"),
                                 visit("held", "/demo", "treated", 5), visit("deere", "/pricing")});
  const Table& accounts = find_table(tables, "goal_accounts");
  std::string rows;
  for (size_t i = 0; i < accounts.rows.size(); ++i) {
    rows += fmt::format("{} {} {}; ", accounts.text(i, "account"), accounts.text(i, "arm"),
                        accounts.integer(i, "reached"));
  }
  EXPECT_EQ(rows, "deere treated 0; ford control 0; held treated 1; late control 1; moved control 1; ");
  const Table& arms = find_table(tables, "arms");
  ASSERT_EQ(arms.rows.size(), 2u);
  EXPECT_EQ(arms.integer(0, "accounts"), 2);
  EXPECT_EQ(arms.integer(0, "with_holdout"), 1);
  EXPECT_EQ(arms.integer(1, "accounts"), 3);
  EXPECT_EQ(arms.integer(1, "changed"), 1);
}

/// Twenty subsidiaries are one draw: they must not be compared as twenty.
TEST(Queries, CompareFamiliesThatDrawOneLot) {
  std::vector<Line> lines;
  for (int i = 0; i < 20; ++i) {
    Line line = visit("sub" + std::to_string(i), i == 7 ? "/demo" : "/", "control", 2 + i % 3);
    line.family = "holding";
    line.tier = "one-to-few";
    lines.push_back(line);
  }
  lines.push_back(visit("holding", "/", "control", 9));
  lines.push_back(visit("deere", "/demo"));
  Line rule = visit("east", "/", "holdout", 4), other = visit("west", "/", "holdout", 3);
  for (Line* const line : {&rule, &other}) {
    line->family = "compass";
    line->rules = R"([{"id":"home","variant":null,"slots":{"cta":"skipped:holdout"}}])";
    lines.push_back(*line);
  }
  Line later = visit("west", "/demo", "treated", 8);
  later.family = "compass";
  lines.push_back(later);
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i].request_id = request_id(i + 1);
    text += lines[i].text() + "\n";
  }
  const Report report = report_on(text);
  const auto rows_of = [&](std::string_view name, std::string_view group) {
    const Table& table = find_table(report.tables, name);
    std::string rows;
    for (size_t i = 0; i < table.rows.size(); ++i) {
      rows += fmt::format(
          "{} {} {} {}; ", table.text(i, "account"),
          group == "arm" ? std::string(table.text(i, group)) : std::to_string(table.integer(i, group)),
          table.integer(i, "reached"), table.integer(i, "changed"));
    }
    return rows;
  };
  EXPECT_EQ(rows_of("goal_accounts", "arm"), "compass treated 1 0; deere treated 1 0; holding control 1 0; ");
  EXPECT_EQ(find_table(report.tables, "goal_accounts").text(2, "tier"), "one-to-few") << "as first seen";
  EXPECT_EQ(rows_of("rule_accounts", "held_out"), "compass 1 1 0; ");
  EXPECT_EQ(find_table(report.tables, "arms").integer(1, "accounts"), 21) << "other figures count accounts";
  ASSERT_FALSE(report.remarks.empty());
  EXPECT_EQ(
      report.remarks[0],
      "Arms are drawn by parent: 22 accounts below a parent belong to 2 families, each of which sees one story. Where "
      "arms or variants are compared, a family counts as one account, under the name of its topmost one: it has "
      "reached a goal, or has an opportunity, if any of its accounts has. All other figures count accounts.");
}

/// Rules may go over to drawing by parent, or back, and accounts get other parents: what counts is the lot
/// that decided the arm.
TEST(Queries, CompareByTheLotsThatDecidedTheArms) {
  const auto of = [](Line line, std::string_view family) {
    line.family = family;
    return line;
  };
  std::vector<Line> lines = {
      // before the period, all was drawn by parent
      of(visit("north", "/", "treated", 1), "group"), of(visit("south", "/", "treated", 1), "group"),
      // in it, first by account
      visit("north", "/", "control", 10), visit("south", "/", "treated", 10),
      // then by parent: some come for the first time, some are of another family now
      of(visit("south", "/demo", "control", 12), "group"), of(visit("east", "/", "control", 12), "group"),
      of(visit("west", "/", "control", 12), "group"), of(visit("west", "/", "treated", 14), "buyer"),
      of(visit("robot", "/", "control", 14), "zoo"), visit("robot", "/", "control", 15)};
  lines[8].bot = "true";
  Line excluded = visit("group", "/demo", "treated", 13);
  excluded.arm = "null";
  excluded.skip = "\"excluded\"";
  lines.push_back(excluded);
  const auto tables = tables_of(lines, {"/demo"}, {kNovember + 5 * kDay, kNovember + 30 * kDay});
  const Table& accounts = find_table(tables, "goal_accounts");
  std::string rows;
  for (size_t i = 0; i < accounts.rows.size(); ++i) {
    rows += fmt::format("{} {} {}; ", accounts.text(i, "account"), accounts.text(i, "arm"),
                        accounts.integer(i, "reached"));
  }
  EXPECT_EQ(rows, "group control 0; north control 0; robot control 0; south treated 1; ");
  const Table& visits = find_table(tables, "visits_by_arm");
  std::string counts;
  for (size_t i = 0; i < visits.rows.size(); ++i)
    counts += fmt::format("{}: {} {}; ", visits.integer(i, "visits"), visits.integer(i, "treated"),
                          visits.integer(i, "control"));
  EXPECT_EQ(counts, "1: 0 2; 2: 1 0; 3: 0 1; ") << "an excluded account's visits are not its family's";
}

TEST(Queries, CountAGoalForARuleOnlyFromItsFirstVisitOn) {
  const auto with_rule = [](Line line, std::string_view outcome) {
    line.rules = fmt::format(R"([{{"id":"home","variant":null,"slots":{{"cta":"{}"}}}}])", outcome);
    return line;
  };
  const auto tables =
      tables_of({visit("before", "/demo", "treated", 2), with_rule(visit("before", "/"), "applied"),
                 with_rule(visit("after", "/"), "missing"), visit("after", "/demo", "treated", 4),
                 with_rule(visit("held", "/", "holdout"), "skipped:holdout"),
                 with_rule(visit("control", "/", "control"), "skipped:control")});
  const Table& accounts = find_table(tables, "rule_accounts");
  std::string rows;
  for (size_t i = 0; i < accounts.rows.size(); ++i) {
    rows += fmt::format("{} {} {}; ", accounts.text(i, "account"), accounts.integer(i, "held_out"),
                        accounts.integer(i, "reached"));
  }
  EXPECT_EQ(rows, "after 0 1; before 0 0; held 1 0; ");
}

TEST(Queries, TellNewAccountsOnlyWhereThereIsABefore) {
  const std::vector<Line> lines = {visit("old", "/", "treated", 1), visit("new", "/", "treated", 18),
                                   visit("new", "/", "treated", 19), visit("glance", "/", "treated", 19),
                                   visit("old", "/", "treated", 19)};
  const auto whole = tables_of(lines);
  const Table& fresh = find_table(whole, "new_accounts");
  ASSERT_EQ(fresh.rows.size(), 1u);
  EXPECT_EQ(fresh.text(0, "account"), "new");
  EXPECT_EQ(fresh.text(0, "first_seen"), "2026-11-18");
  const auto asked = tables_of(lines, {}, {kNovember + 10 * kDay, kNovember + 30 * kDay});
  EXPECT_EQ(find_table(asked, "new_accounts").rows.size(), 1u);
  // All of the data within seven days: there is no telling who is new.
  const auto week = tables_of({visit("a", "/", "treated", 3), visit("a", "/", "treated", 4)});
  EXPECT_TRUE(find_table(week, "new_accounts").rows.empty());
}

TEST(Queries, CountPagesAlone) {
  std::vector<Line> lines = {visit("deere", "/"), visit("deere", "/demo"), visit("ford", "/demo", "control")};
  lines[1].load = "prefetch";
  lines[2].load = "partial";
  for (Line& line : lines) line.signals = R"([{"rule":"r","name":"n","next":""}])";
  const auto tables = tables_of(lines);
  EXPECT_EQ(find_table(tables, "summary").integer(0, "visits"), 1);
  EXPECT_EQ(find_table(tables, "summary").integer(0, "accounts"), 1);
  EXPECT_EQ(find_table(tables, "pages").rows.size(), 1u);
  EXPECT_EQ(find_table(tables, "signals").rows.size(), 1u);
  EXPECT_EQ(find_table(tables, "people").rows.size(), 1u);
  EXPECT_EQ(find_table(tables, "bots").integer(0, "visits"), 1);
  EXPECT_EQ(find_table(tables, "goal_accounts").integer(0, "reached"), 0);
  EXPECT_EQ(find_table(tables, "arms").rows.size(), 1u);
  EXPECT_EQ(find_table(tables, "timing").integer(0, "requests"), 3);
  const Table& loads = find_table(tables, "loads");
  ASSERT_EQ(loads.rows.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(loads.integer(i, "requests"), 1);
  EXPECT_EQ(loads.text(1, "load"), "prefetches");
}

TEST(Queries, GiveNearestRankPercentiles) {
  std::vector<Line> lines;
  for (int i = 1; i <= 200; ++i) {
    Line line = visit("deere", "/");
    line.rewrite_us = i;
    lines.push_back(line);
  }
  const auto tables = tables_of(lines);
  const Table& timing = find_table(tables, "timing");
  ASSERT_EQ(timing.rows.size(), 1u);
  EXPECT_EQ(timing.integer(0, "requests"), 200);
  EXPECT_EQ(timing.integer(0, "p50_us"), 100);
  EXPECT_EQ(timing.integer(0, "p90_us"), 180);
  EXPECT_EQ(timing.integer(0, "p99_us"), 198);
  EXPECT_EQ(timing.integer(0, "p999_us"), 200);
  EXPECT_EQ(timing.integer(0, "max_us"), 200);
}

TEST(Queries, AddUpOutcomesToAllVisits) {
  WorldOptions world;
  world.accounts = 60;
  VisitStore store = world_store(world);
  ASSERT_TRUE(roll(store).ok());
  auto queries = load_queries("");
  auto tables = run_queries(store.database(), *queries, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(tables.ok()) << tables.message();
  const auto sum_of = [&](std::string_view table, std::string_view column) {
    int64_t sum = 0;
    for (size_t i = 0; i < find_table(*tables, table).rows.size(); ++i)
      sum += find_table(*tables, table).integer(i, column);
    return sum;
  };
  const int64_t visits = find_table(*tables, "summary").integer(0, "visits");
  EXPECT_GT(visits, 0);
  for (const std::string_view table : {"skips", "identification", "pages", "daily", "people"})
    EXPECT_EQ(sum_of(table, "visits"), visits) << table;
  EXPECT_EQ(sum_of("bots", "visits"), number(store, "SELECT count(*) FROM visit"));
  EXPECT_EQ(sum_of("timing", "requests"), number(store, "SELECT count(*) FROM visit"));
}

TEST(Queries, SayNothingOfNoVisits) {
  const auto tables = tables_of({});
  EXPECT_EQ(find_table(tables, "summary").integer(0, "visits"), 0);
  EXPECT_EQ(find_table(tables, "penetration").rows.size(), 2u);
  for (const std::string_view name :
       {"daily", "pages", "people", "exposure", "signals", "skips", "timing", "new_accounts", "loads"})
    EXPECT_TRUE(find_table(tables, name).rows.empty()) << name;
}

TEST(Queries, OfAFolderReplaceTheBuiltInOnesOrStandBesideThem) {
  const Folder folder;
  folder.write("skips.sql", "-- Mine\n-- Why.\nSELECT 1 AS one;\n");
  folder.write("extra.sql", "SELECT 'x' AS letter");
  const auto queries = load_queries(folder / "");
  ASSERT_TRUE(queries.ok()) << queries.message();
  VisitStore store = world_store({.accounts = 5});
  ASSERT_TRUE(roll(store).ok());
  const auto tables = run_queries(store.database(), *queries, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(tables.ok()) << tables.message();
  EXPECT_EQ(find_table(*tables, "skips").title, "Mine");
  EXPECT_EQ(find_table(*tables, "skips").about, "Why.");
  EXPECT_EQ(find_table(*tables, "extra").text(0, "letter"), "x");
  folder.write("broken.sql", "SELECT nonsense FROM nowhere");
  const auto broken = run_queries(store.database(), *load_queries(folder / ""), [](uint64_t, uint64_t) {});
  ASSERT_FALSE(broken.ok());
  EXPECT_NE(broken.message().find("broken.sql: no such table"), std::string::npos) << broken.message();
}

}  // namespace
}  // namespace abm::measure
