#include "tools/agent/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::tools {
namespace {

TEST(Watcher, KnowsWhatEditorsLeaveBesideAFile) {
  for (const char* name :
       {"home.yaml~", ".home.yaml.swp", ".home.yaml.swx", ".#home.yaml", "#home.yaml#", "4913"}) {
    EXPECT_TRUE(is_editor_debris(name)) << name;
  }
  for (const char* name : {"home.yaml", "..data", ".hidden", "a.swf", "sw"})
    EXPECT_FALSE(is_editor_debris(name)) << name;
}

TEST(Watcher, WatchesTheFoldersOfRulesAndTheNamesOfTheRest) {
  generation::Site site;
  site.file = "/etc/abm/site.yaml";
  site.folder = "/etc/abm";
  site.data = "/var/lib/abm";
  site.accounts.from = "/etc/abm/accounts.ndjson";
  site.accounts.verify_key = "/etc/abm/core.pub";
  site.networks.emplace_back().path = "/srv/networks.csv";
  for (const char* pattern : {"rules/*.yaml", "one.yaml", "/srv/r*/x.yaml", "a/b/../c.yaml"})
    site.rules.push_back({pattern, {}});
  const WatchList list = watch_list(site);
  EXPECT_THAT(list.files,
              ::testing::UnorderedElementsAre("/etc/abm/site.yaml", "/etc/abm/accounts.ndjson",
                                              "/etc/abm/accounts.ndjson.minisig", "/etc/abm/core.pub",
                                              "/srv/networks.csv", "/etc/abm/rules.test.yaml"));
  EXPECT_THAT(list.trees,
              ::testing::UnorderedElementsAre("/etc/abm/rules", "/etc/abm", "/srv", "/etc/abm/a/b/.."));
  EXPECT_EQ(list.except, "/var/lib/abm");
}

TEST(Watcher, DoesNotWatchTheCopyThatSyncMakes) {
  generation::Site site;
  site.file = "/etc/abm/site.yaml";
  site.folder = "/etc/abm";
  site.data = "/var/lib/abm";
  site.accounts.from = "https://core.example/accounts.ndjson";
  EXPECT_THAT(watch_list(site).files,
              ::testing::ElementsAre("/etc/abm/site.yaml", "/etc/abm/rules.test.yaml"));
}

}  // namespace
}  // namespace abm::tools
