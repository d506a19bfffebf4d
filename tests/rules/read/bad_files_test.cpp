// Every file in tests/rules/bad is refused, with exactly the messages in tests/rules/bad/expected.txt.
// ABM_UPDATE_GOLDEN=1 rewrites that file: read the difference before you keep it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "rules/load.h"
#include "tests/places.h"

namespace abm::rules {
namespace {

namespace fs = std::filesystem;
const std::string kFolder = places::source_folder() + "/tests/rules/bad";

/// The folder as if it were the working directory, so that messages contain no path of this machine.
class FolderSource final : public FileSource {
 public:
  Result<std::string> read(const std::string& path, size_t limit) override {
    return disk_source().read(kFolder + "/" + path, limit);
  }
  Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                   size_t limit) override {
    return disk_source().read_beneath(folder == "." ? kFolder : kFolder + "/" + folder, path, limit);
  }
  Result<std::vector<std::string>> list(const std::string& folder, size_t limit) override {
    return disk_source().list(folder == "." ? kFolder : kFolder + "/" + folder, limit);
  }
};

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(BadFiles, AreAllRefusedWithTheGoldenMessages) {
  const std::vector<std::string> names = bad_files();
  ASSERT_GE(names.size(), 60u);
  FolderSource source;
  std::string all;
  for (const std::string& name : names) {
    Diagnostics diagnostics;
    EXPECT_FALSE(load_rules({name}, source, {}, diagnostics)) << name;
    EXPECT_GT(diagnostics.errors(), 0u) << name;
    all += diagnostics.format();
  }
  const std::string golden = kFolder + "/expected.txt";
  if (std::getenv("ABM_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file_atomically(golden, all));
  }
  const auto expected = read_file(golden, 1u << 20);
  ASSERT_TRUE(expected);
  EXPECT_EQ(all, *expected);
}

TEST(BadFiles, GiveAllTheirErrorsAtOnceWhenLoadedTogether) {
  const std::vector<std::string> names = bad_files();
  FolderSource source;
  Diagnostics diagnostics;
  EXPECT_FALSE(load_rules(names, source, {}, diagnostics));
  EXPECT_GE(diagnostics.errors(), names.size() / 2);
}

}  // namespace
}  // namespace abm::rules
