#include "measure/visits/log_lines.h"

#include <sys/stat.h>

#include "measure/visits/visit_line.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::Folder;
using testing::gzipped;

struct Read {
  std::vector<std::string> lines;
  std::string fault;
  bool unfinished = false;
};

Read read_all(const std::string& path) {
  Read read;
  auto reader = LogReader::open(path);
  EXPECT_TRUE(reader.ok()) << reader.message();
  LogReader::Line line;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) {
      read.fault = more.message();
      return read;
    }
    if (!*more) return read;
    read.lines.push_back(line.too_long ? "too long" : std::string(line.text));
    read.unfinished = line.unfinished;
    EXPECT_EQ(reader->line_number(), read.lines.size());
  }
}

TEST(LogReader, GivesLinesWithoutNewlinesAndTheUnfinishedLast) {
  const Folder folder;
  EXPECT_TRUE(read_all(folder.write("empty", "")).lines.empty());
  const Read read = read_all(folder.write("log", "one\n\nthree\nfo"));
  EXPECT_EQ(read.lines, (std::vector<std::string>{"one", "", "three", "fo"}));
  EXPECT_TRUE(read.unfinished);
  EXPECT_FALSE(read_all(folder.write("whole", "one\n")).unfinished);
}

TEST(LogReader, GivesTheSameLinesOfPlainAndGzipWhateverTheirLengths) {
  std::string bytes;
  std::vector<std::string> lines;
  for (size_t i = 0; i < 4000; ++i) {
    lines.push_back(std::string(i * 7919 % 3000, static_cast<char>('a' + i % 26)));
    bytes += lines.back() + "\n";
  }
  const Folder folder;
  EXPECT_EQ(read_all(folder.write("plain", bytes)).lines, lines);
  EXPECT_EQ(read_all(folder.write("packed", gzipped(bytes))).lines, lines);
  // Appended logs are members one after the other; the first ends within a line.
  const std::string members = gzipped(bytes.substr(0, 12'345)) + gzipped("") + gzipped(bytes.substr(12'345));
  EXPECT_EQ(read_all(folder.write("members", members)).lines, lines);
}

TEST(LogReader, SaysWhereGzipDataIsCutOffOrDamaged) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += std::to_string(i * 7919) + "\n";
  const std::string packed = gzipped(bytes);
  const Folder folder;
  const Read cut = read_all(folder.write("cut", packed.substr(0, packed.size() / 2)));
  EXPECT_NE(cut.fault.find("the gzip data is cut off"), std::string::npos) << cut.fault;
  EXPECT_GT(cut.lines.size(), 1000u);
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
  EXPECT_NE(read_all(folder.write("damaged", damaged)).fault, "");
}

TEST(LogReader, PassesOverLinesThatAreTooLongWhole) {
  const std::string endless(5 << 20, 'x');
  const Folder folder;
  EXPECT_EQ(read_all(folder.write("log", "a\n" + endless + "\nb\n" + std::string(kMaxLineBytes + 1, 'y') +
                                             "\nc\n" + endless))
                .lines,
            (std::vector<std::string>{"a", "too long", "b", "too long", "c", "too long"}));
}

TEST(LogReader, RefusesFoldersAndNamesWhatIsMissing) {
  const Folder folder;
  EXPECT_NE(LogReader::open(folder / "none").message().find("no such file"), std::string::npos);
  EXPECT_NE(LogReader::open(folder / ".").message().find("is a folder"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
