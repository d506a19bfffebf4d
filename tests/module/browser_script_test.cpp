// abm.js as it is served: small, plain ASCII, and made of the source beside it.
#include "module/browser_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "base/content_hash.h"
#include "base/file.h"
#include "tests/places.h"

namespace abm::module {
namespace {

TEST(BrowserScript, TakesTwoKilobytesAtMost) {
  const std::string compressed = gzipped_browser_script();
  EXPECT_LE(compressed.size(), 2048u);
  EXPECT_EQ(compressed, gzipped_browser_script());
}

TEST(BrowserScript, NeedsNothingThatPoliciesForbid) {
  const std::string_view script = browser_script();
  EXPECT_TRUE(std::all_of(script.begin(), script.end(), [](char c) { return c > 0 || c == '\n'; }));
  for (const std::string_view forbidden : {"eval(", "Function(", "document.write", "</script", "javascript:"})
    EXPECT_EQ(script.find(forbidden), std::string_view::npos) << forbidden;
  EXPECT_EQ(browser_script_version().size(), 16u);
}

TEST(BrowserScript, IsMadeOfItsSource) {
  const std::string folder = places::source_folder() + "/module/script/";
  const auto sums = read_file(folder + "abm.sha256", 1024);
  ASSERT_TRUE(sums.ok());
  std::istringstream lines(*sums);
  size_t files = 0;
  for (std::string sum, name; lines >> sum >> name; ++files) {
    const auto text = read_file(folder + name, 1u << 20);
    ASSERT_TRUE(text.ok()) << name;
    EXPECT_EQ(content_hash(*text)->sha256.hex(), sum) << name << ": run module/script/minify.sh";
    if (name == "abm.min.js") {
      EXPECT_EQ(browser_script(), *text);
    }
  }
  EXPECT_EQ(files, 2u);
}

}  // namespace
}  // namespace abm::module
