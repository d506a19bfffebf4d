#include "measure/store/visit_store.h"

#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::Folder;
using testing::Line;
using testing::load;
using testing::number;
using testing::request_id;
using testing::Seen;

std::string lines(uint64_t first, uint64_t count) {
  std::string text;
  for (uint64_t i = first; i < first + count; ++i) {
    Line line;
    line.request_id = request_id(i);
    line.path = "/page-" + std::to_string(i % 7);
    text += line.text() + "\n";
  }
  return text;
}

/// Takes from a database what `version` of the schema did not have yet.
void make_old(VisitStore& store, int version) {
  std::string sql = "DROP VIEW visits; ALTER TABLE account_state DROP COLUMN family;";
  if (version < 6) sql += "ALTER TABLE decision DROP COLUMN role; ALTER TABLE decision DROP COLUMN campaign;";
  if (version < 5) sql += "DROP TABLE seen; ALTER TABLE content DROP COLUMN framework;";
  if (version < 4) sql += "ALTER TABLE listed DROP COLUMN recognised_by;";
  if (version < 3) sql += "ALTER TABLE decision DROP COLUMN feed_version;";
  if (version < 2) sql += "ALTER TABLE visit DROP COLUMN load;";
  sql += "CREATE VIEW visits AS SELECT ts_ms FROM visit; PRAGMA user_version = " + std::to_string(version);
  const auto done = store.database().execute(sql);
  ASSERT_TRUE(done.ok()) << done.message();
}

TEST(VisitStore, CountsALineOnceHoweverOftenItIsRead) {
  const Folder folder;
  const std::string log = folder.write("log", lines(0, 100));
  const std::string overlap = folder.write("overlap", lines(50, 100));
  const std::string packed = folder.write("log.gz", testing::gzipped(lines(0, 100)));
  const std::string db = folder / "visits.db";
  {
    auto store = VisitStore::open(db);
    ASSERT_TRUE(store.ok()) << store.message();
    const auto sources = load(*store, {log, log, overlap});
    ASSERT_EQ(sources.size(), 2u);
    EXPECT_EQ(sources[0].loaded, 100u);
    EXPECT_EQ(sources[1].loaded, 50u);
    EXPECT_EQ(sources[1].known, 50u);
  }
  auto store = VisitStore::open(db);
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_EQ(load(*store, {packed})[0].known, 100u);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visit"), 150);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM page"), 7);
  EXPECT_EQ(number(*store, "SELECT count(DISTINCT request_id) FROM visits"), 150);
}

TEST(VisitStore, KeepsWhatALineSays) {
  Line line;
  line.rules = R"([{"id":"home","variant":"b","slots":{"cta":"applied","case":"missing"}}])";
  line.signals = R"([{"rule":"home","name":"pricing-visit","next":"Call"}])";
  line.page = "personalized";
  line.skip = "null";
  line.framework = R"("next-app")";
  line.source = "link";
  line.role = "buyer";
  line.campaign = "q4";
  const Folder folder;
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok()) << store.message();
  load(*store, {folder.write("log", line.text() + "\n")});
  auto row = store->database().prepare("SELECT * FROM visits");
  ASSERT_TRUE(row.ok()) << row.message();
  ASSERT_TRUE(*row->step());
  const std::string expected[] = {line.request_id,
                                  "2026-11-03T10:00:00.000Z",
                                  "www.acme.example",
                                  "/",
                                  "",
                                  "deere",
                                  "one-to-one",
                                  "",
                                  "jo@acme.example",
                                  R"(["ag"])",
                                  "link",
                                  "high",
                                  "buyer",
                                  "q4",
                                  "81985529216486895",
                                  "treated",
                                  "43",
                                  "",
                                  "200",
                                  "1",
                                  "",
                                  "0",
                                  "page",
                                  line.rules,
                                  "next-app",
                                  line.signals,
                                  "100",
                                  "5"};
  ASSERT_EQ(row->columns(), static_cast<int>(std::size(expected)));
  for (int i = 0; i < row->columns(); ++i) EXPECT_EQ(row->text(i), expected[i]) << row->column_name(i);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM content_slot WHERE rule = 'home' AND variant = 'b'"), 2);
}

TEST(VisitStore, CountsDamagedLinesByReasonWithTheirPlaces) {
  const std::string good = lines(0, 1);
  const Folder folder;
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok());
  const auto sources =
      load(*store, {folder.write("log", "garbage\n" + good + "{}\n\n{\"v\":3}\n" + good.substr(0, 90))});
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].lines, 5u);
  EXPECT_EQ(sources[0].loaded, 1u);
  EXPECT_EQ(sources[0].damaged(), 4u);
  EXPECT_EQ(sources[0].damage[static_cast<size_t>(Damage::kNoJson)].examples,
            "line 1, line 6 (the log ends within it)");
  EXPECT_EQ(sources[0].damage[static_cast<size_t>(Damage::kMember)].examples, "line 3 (v)");
  EXPECT_EQ(number(*store, "SELECT sum(lines) FROM damage"), 4);
}

TEST(VisitStore, TellsApartLinesWithoutARequestId) {
  Line a, b;
  a.request_id = b.request_id = "";
  b.path = "/pricing";
  const Folder folder;
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(
      load(*store, {folder.write("log", a.text() + "\n" + b.text() + "\n" + a.text() + "\n")})[0].loaded, 2u);
}

TEST(VisitStore, LoadsAllOfARunOrNothing) {
  const Folder folder;
  const std::string db = folder / "visits.db";
  auto store = VisitStore::open(db);
  ASSERT_TRUE(store.ok());
  const auto failed = load_logs({folder.write("log", lines(0, 5)), folder / "none"}, *store, nullptr,
                                [](uint64_t, uint64_t) {});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visit"), 0);
}

TEST(VisitStore, TakesADatabaseOfVersion1WhoseVisitsArePages) {
  const Folder folder;
  const std::string old = folder / "old.db";
  {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok());
    load(*store, {folder.write("log", lines(0, 3))});
    make_old(*store, 1);
  }
  Line prefetch;
  prefetch.request_id = request_id(77);
  prefetch.load = "prefetch";
  for (int64_t run = 0; run < 2; ++run) {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok()) << store.message();
    EXPECT_EQ(load(*store, {folder.write("new", lines(0, 4) + prefetch.text() + "\n")})[0].loaded,
              run == 0 ? 2u : 0u);
    EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE load = 'page'"), 4);
    EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE load = 'prefetch'"), 1);
  }
}

TEST(VisitStore, TakesADatabaseOfVersion2AndKeepsTheFeedsVersionFromThenOn) {
  const Folder folder;
  const std::string old = folder / "old.db";
  {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok());
    load(*store, {folder.write("log", lines(0, 3))});
    make_old(*store, 2);
  }
  Line visit;
  visit.request_id = request_id(77);
  visit.load = "page";
  visit.feed_version = "1763780000";
  auto store = VisitStore::open(old);
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_EQ(load(*store, {folder.write("new", visit.text() + "\n")})[0].loaded, 1u);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE feed_version = 1763780000"), 1);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE feed_version IS NULL"), 3);
}

TEST(VisitStore, TakesADatabaseOfVersion3AndLearnsByWhatAccountsAreRecognised) {
  const Folder folder;
  const std::string old = folder / "old.db";
  const std::vector<ListedAccount> listed = {{"deere", "Deere", "one-to-one", "", "", false, "asn"}};
  {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE(store->set_listed(listed).ok());
    make_old(*store, 3);
  }
  auto store = VisitStore::open(old);
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_EQ(number(*store, "SELECT count(*) FROM listed WHERE recognised_by IS NULL"), 1);
  ASSERT_TRUE(store->set_listed(listed).ok());
  EXPECT_EQ(number(*store, "SELECT count(*) FROM listed WHERE recognised_by = 'asn'"), 1);
}

TEST(VisitStore, TakesADatabaseOfVersion6AndLearnsOfFamilies) {
  const Folder folder;
  const std::string old = folder / "old.db";
  {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok());
    load(*store, {folder.write("log", lines(0, 3))});
    make_old(*store, 6);
  }
  Line visit;
  visit.request_id = request_id(77);
  visit.family = "holding";
  auto store = VisitStore::open(old);
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_EQ(load(*store, {folder.write("new", visit.text() + "\n" + lines(3, 1))})[0].loaded, 2u);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM account_state"), 2) << "one with a family, one without";
  EXPECT_EQ(number(*store, "SELECT count(*) FROM account_state WHERE family = 'holding'"), 1);
}

TEST(VisitStore, KeepsWhatWasSeenOnceHoweverOftenItIsTold) {
  Seen first, same, more, forged, late;
  first.slots = R"(["cta","hero"])";
  same.ts = "2026-11-03T10:00:09.000Z";
  more.slots = R"(["note"])";
  forged.account = "ford";
  late.ts = "1970-01-01T00:00:00.000Z";
  const Folder folder;
  const std::string log =
      folder.write("log", Line{}.text() + "\n" + first.text() + "\n" + same.text() + "\n" + more.text() +
                              "\n" + forged.text() + "\n" + late.text() + "\n");
  auto store = VisitStore::open(folder / "visits.db");
  ASSERT_TRUE(store.ok()) << store.message();
  for (const bool again : {false, true}) {
    const auto sources = load(*store, {log});
    ASSERT_EQ(sources.size(), 1u);
    EXPECT_EQ(sources[0].lines, 6u);
    EXPECT_EQ(sources[0].loaded, again ? 0u : 4u);
    EXPECT_EQ(sources[0].known, again ? 5u : 1u);
    EXPECT_EQ(sources[0].damage[static_cast<size_t>(Damage::kTime)].lines, 1u);
    EXPECT_EQ(number(*store, "SELECT count(*) FROM seen"), 4);
    EXPECT_EQ(number(*store, "SELECT count(*) FROM seen JOIN visit USING (request_id, page)"), 4);
    EXPECT_EQ(number(*store, "SELECT count(*) FROM visits"), 1) << "what was seen is no visit";
  }
}

TEST(VisitStore, TakesADatabaseOfVersion4AndLearnsWhatWasSeen) {
  const Folder folder;
  const std::string old = folder / "old.db";
  Line visit;
  visit.rules = R"([{"id":"home","variant":null,"slots":{"cta":"applied"}}])";
  {
    auto store = VisitStore::open(old);
    ASSERT_TRUE(store.ok());
    load(*store, {folder.write("log", visit.text() + "\n")});
    make_old(*store, 4);
  }
  visit.request_id = request_id(2);
  Line react = visit;
  react.request_id = request_id(3);
  react.framework = R"("react")";
  auto store = VisitStore::open(old);
  ASSERT_TRUE(store.ok()) << store.message();
  load(*store, {folder.write("new", visit.text() + "\n" + react.text() + "\n" + Seen{}.text() + "\n")});
  EXPECT_EQ(number(*store, "SELECT count(*) FROM content"), 2) << "the old row is found again";
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE framework = 'react'"), 1);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE framework IS NULL"), 2);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM seen"), 1);
}

TEST(VisitStore, TakesADatabaseOfVersion5AndLearnsOfLinks) {
  const Folder folder;
  const std::string db = folder / "visits.db";
  {
    auto store = VisitStore::open(db);
    ASSERT_TRUE(store.ok()) << store.message();
    load(*store, {folder.write("log", lines(0, 3))});
    make_old(*store, 5);
  }
  auto store = VisitStore::open(db);
  ASSERT_TRUE(store.ok()) << store.message();
  Line line;
  line.source = "link";
  line.role = "buyer";
  std::string text = lines(3, 1);
  for (const char* campaign : {"q4", "q4", "spring", ""}) {
    line.request_id = request_id(text.size());
    line.campaign = campaign;
    text += line.text() + "\n";
  }
  load(*store, {folder.write("more", text)});
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits"), 8);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE role IS NULL AND campaign IS NULL"), 4);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE role = 'buyer' AND campaign = 'q4'"), 2);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM visits WHERE source = 'link' AND campaign IS NULL"), 1);
  EXPECT_EQ(number(*store, "SELECT count(*) FROM decision"), 4) << "the older line's row was found again";
}

TEST(VisitStore, RefusesADatabaseThatIsNotItsOwn) {
  const Folder folder;
  const std::string other = folder / "other.db";
  {
    auto database = Database::open(other);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->execute("CREATE TABLE customers (id INTEGER)").ok());
  }
  const auto refused = VisitStore::open(other);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find("not one of visits"), std::string::npos) << refused.message();
  EXPECT_FALSE(VisitStore::open(folder.write("text", std::string(4096, 'x'))).ok());
  const std::string newer = folder / "newer.db";
  ASSERT_TRUE(VisitStore::open(newer).ok());
  ASSERT_TRUE(Database::open(newer)->execute("PRAGMA user_version = 99").ok());
  EXPECT_NE(VisitStore::open(newer).message().find("schema version 99"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
