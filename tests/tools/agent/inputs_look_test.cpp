#include "tools/agent/inputs_look.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

/// A small site in a folder of its own.
class LookedAt : public ::testing::Test {
 protected:
  LookedAt() {
    std::string path = (fs::temp_directory_path() / "abm-look-XXXXXX").string();
    root_ = fs::canonical(::mkdtemp(path.data()));
    fs::create_directories(root_ / "site");
    fs::create_directories(root_ / "rel/1/fragments");
    fs::create_directory_symlink("1", root_ / "rel/current");
    for (const char* name : {"site/site.yaml", "site/accounts.ndjson", "site/networks.csv", "rel/1/a.yaml",
                             "rel/1/fragments/a.html"})
      write(name, "old");
    site_.file = root_ / "site/site.yaml";
    site_.folder = root_ / "site";
    site_.data = root_ / "site/data";
    site_.accounts.from = root_ / "site/accounts.ndjson";
    site_.networks.emplace_back().path = root_ / "site/networks.csv";
    site_.rules.push_back({"../rel/current/*.yaml", {}});
  }
  ~LookedAt() override { fs::remove_all(root_); }

  void write(const fs::path& name, const std::string& text) const { std::ofstream(root_ / name) << text; }
  [[nodiscard]] std::string look() const { return look_at_inputs(site_); }

  fs::path root_;
  generation::Site site_;
};

TEST_F(LookedAt, LooksTheSameWhileNothingChanges) {
  const std::string before = look();
  EXPECT_EQ(look(), before);
  fs::create_directories(root_ / "site/data/gen-000001");
  for (const char* debris : {"rel/1/.a.yaml.swp", "rel/1/a.yaml~", "rel/1/4913"}) write(debris, "x");
  EXPECT_EQ(look(), before);
}

TEST_F(LookedAt, SeesEveryKindOfChange) {
  using Change = std::pair<const char*, std::function<void()>>;
  const std::vector<Change> changes = {
      {"a longer file", [this] { write("site/networks.csv", "longer"); }},
      {"a file of the same size", [this] { write("rel/1/a.yaml", "new"); }},
      {"an older time",
       [this] {
         fs::last_write_time(root_ / "rel/1/a.yaml",
                             fs::file_time_type::clock::now() - std::chrono::hours(9));
       }},
      {"a fragment", [this] { write("rel/1/fragments/a.html", "longer"); }},
      {"a new fragment", [this] { write("rel/1/fragments/b.html", "x"); }},
      {"a fragment less", [this] { fs::remove(root_ / "rel/1/fragments/b.html"); }},
      {"a file renamed over it",
       [this] {
         write("new", "new");
         fs::rename(root_ / "new", root_ / "rel/1/a.yaml");
       }},
      {"a mode", [this] { ::chmod((root_ / "rel/1/a.yaml").c_str(), 0); }},
      {"a folder's mode", [this] { ::chmod((root_ / "rel/1/fragments").c_str(), 0700); }},
      {"a link switched",
       [this] {
         fs::copy(root_ / "rel/1", root_ / "rel/2", fs::copy_options::recursive);
         fs::create_directory_symlink("2", root_ / "rel/new");
         fs::rename(root_ / "rel/new", root_ / "rel/current");
       }},
      {"a folder exchanged",
       [this] {
         fs::rename(root_ / "rel/2", root_ / "rel/3");
         fs::copy(root_ / "rel/1", root_ / "rel/2", fs::copy_options::recursive);
       }},
      {"a file that vanishes", [this] { fs::remove(root_ / "site/accounts.ndjson"); }},
      {"a folder that vanishes", [this] { fs::rename(root_ / "rel", root_ / "away"); }},
      {"and comes back", [this] { fs::rename(root_ / "away", root_ / "rel"); }},
  };
  std::string before = look();
  for (const auto& [name, change] : changes) {
    change();
    const std::string after = look();
    EXPECT_NE(after, before) << name;
    before = after;
  }
}

TEST_F(LookedAt, LeavesRulesOutWhereASignalPublishesThem) {
  site_.agent.publish = generation::AgentInput::Publish::kOnSignal;
  const std::string before = look();
  write("rel/1/a.yaml", "longer");
  EXPECT_EQ(look(), before);
  write("site/networks.csv", "longer");
  EXPECT_NE(look(), before);
}

}  // namespace
}  // namespace abm::tools
