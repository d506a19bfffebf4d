#include "connect/live/live_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include <fmt/format.h>

#include "base/file.h"
#include "generation/folder.h"
#include "tests/connect/live/temporary_folder.h"

namespace abm::connect {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kColumns{"Id", "Name"};

std::string cell(std::string_view text, size_t limit = 100) {
  std::string line;
  append_table_cell(line, text, limit);
  return line;
}

std::string line_of(const std::string& id, std::string_view name) {
  std::string line = id;
  append_table_cell(line, name, 1000);
  return line + '\n';
}

class LiveTable : public ::testing::Test {
 protected:
  LiveTable() : folder_(*generation::open_folder(temporary_.path())) {}

  TableWriter writer(uint64_t rows = 100'000, uint64_t bytes = 1 << 30) {
    auto made = TableWriter::create(folder_, "t.csv", kColumns, rows, bytes);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  static std::string text_of(TableWriter& table) {
    EXPECT_TRUE(table.flush());
    const auto map = table.file().map();
    EXPECT_TRUE(map);
    return std::string(map->bytes());
  }
  std::string written(const std::map<std::string, std::string>& records) {
    TableWriter table = writer();
    for (const auto& [id, name] : records) EXPECT_TRUE(*table.add(id, line_of(id, name)));
    return text_of(table);
  }

  TemporaryFolder temporary_;
  generation::Folder folder_;
};

TEST(LiveTableCell, IsQuotedAndGuardedWhereAReaderNeedsIt) {
  EXPECT_EQ(cell("Deere & Company"), ",Deere & Company");
  EXPECT_EQ(cell(""), ",");
  EXPECT_EQ(cell("a,b"), ",\"a,b\"");
  EXPECT_EQ(cell("say \"hi\""), ",\"say \"\"hi\"\"\"");
  EXPECT_EQ(cell("one\r\ntwo"), ",\"one \ntwo\"");
  EXPECT_EQ(cell("=1+1"), ",\"'=1+1\"");
  EXPECT_EQ(cell("+49 1"), ",\"'+49 1\"");
  EXPECT_EQ(cell("@x"), ",\"'@x\"");
  EXPECT_EQ(cell(std::string_view("\0a\x01", 3)), ", a ");
  EXPECT_EQ(cell("Ünïcode"), ",Ünïcode");
}

TEST(LiveTableCell, IsCutBetweenCharacters) {
  std::string line;
  EXPECT_TRUE(append_table_cell(line, "aéb", 2));
  EXPECT_EQ(line, ",a");
  EXPECT_FALSE(append_table_cell(line, "aé", 3));
}

TEST_F(LiveTable, KeepsTheFirstOfTwoRecordsWithOneId) {
  TableWriter table = writer();
  EXPECT_TRUE(*table.add("1", "1,a\n"));
  EXPECT_FALSE(*table.add("1", "1,b\n"));
  EXPECT_EQ(text_of(table), "Id,Name\n1,a\n");
  EXPECT_EQ(table.rows(), 1u);
}

TEST_F(LiveTable, IsBounded) {
  TableWriter rows = writer(2);
  EXPECT_TRUE(rows.add("1", "1,a\n") && rows.add("2", "2,a\n"));
  const auto third = rows.add("3", "3,a\n");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.message(), "more than 2 records");
  EXPECT_TRUE(rows.is_full());
  TableWriter bytes = writer(100, 20);
  EXPECT_TRUE(bytes.add("1", "1,a\n"));
  const auto large = bytes.add("2", "2,aaaaaaaaaaaa\n");
  ASSERT_FALSE(large);
  EXPECT_THAT(large.message(), HasSubstr("more than 20 bytes"));
}

TEST_F(LiveTable, MergesWhatChangedLikeAMapWould) {
  std::mt19937 random(7);
  const std::vector<std::string> names{"a", "x,y", "two\nlines", "\"", "=f", "", "\",\n\""};
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::string> before;
    for (int i = 0; i < 20; ++i) {
      if (random() % 2 == 0) before[fmt::format("{}", i)] = names[random() % names.size()];
    }
    std::map<std::string, std::string> after = before;
    TableChanges changes;
    TableMerge expected;
    for (int i = 0; i < 25; ++i) {
      if (random() % 3 != 0) continue;
      const std::string id = fmt::format("{}", i);
      const bool there = before.contains(id);
      if (random() % 2 == 0) {
        changes[id] = std::nullopt;
        expected.gone += there;
        after.erase(id);
        continue;
      }
      const std::string& name = names[random() % names.size()];
      changes[id] = line_of(id, name);
      expected.added += !there;
      expected.changed += there && before[id] != name;
      after[id] = name;
    }
    const std::string table = written(before);
    TableWriter out = writer();
    const auto merge = merge_table(table, changes, kColumns, out);
    ASSERT_TRUE(merge) << merge.message();
    EXPECT_EQ(merge->added, expected.added);
    EXPECT_EQ(merge->changed, expected.changed);
    EXPECT_EQ(merge->gone, expected.gone);
    const auto difference = compare_tables(written(after), text_of(out));
    ASSERT_TRUE(difference);
    EXPECT_FALSE(difference->any());
    EXPECT_EQ(out.rows(), after.size());
    const auto compared = compare_tables(table, text_of(out));
    ASSERT_TRUE(compared);
    EXPECT_EQ(compared->added, expected.added);
    EXPECT_EQ(compared->changed, expected.changed);
    EXPECT_EQ(compared->gone, expected.gone);
  }
}

TEST_F(LiveTable, IsNotGoneOnWithIfItIsDamaged) {
  const std::string table = written({{"1", "a"}, {"2", "two\nlines"}});
  const auto merges = [&](const std::string& text) {
    TableWriter out = writer();
    return merge_table(text, {}, kColumns, out).ok();
  };
  EXPECT_TRUE(merges(table));
  EXPECT_FALSE(merges(""));
  EXPECT_FALSE(merges("Id,Other\n1,a\n"));
  for (size_t size = 0; size < table.size(); ++size) {
    const std::string cut = table.substr(0, size);
    const bool between = cut == "Id,Name\n" || cut == "Id,Name\n1,a\n";
    EXPECT_EQ(merges(cut), between) << cut;
  }
}

}  // namespace
}  // namespace abm::connect
