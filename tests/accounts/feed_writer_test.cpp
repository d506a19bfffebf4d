#include "accounts/feed_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "accounts/feed.h"

namespace abm::accounts {
namespace {

constexpr std::string_view kWhole =
    R"({"id":"deere","name":"Deere & Company","domains":["deere.com","johndeere.com"],"tier":"one-to-one",)"
    R"("segments":["ag"],"industry":"manufacturing","employees":83000,"revenue_usd":51700000000,"intent":88,)"
    R"("engagement":0,"visits_7d":1,"visits_30d":9,"people_7d":1,"people_30d":4,"quiet_days":0,)"
    R"("first_seen_days":200,"country":"US","region":"IL","stage":"opportunity","play":"p","owner":"o@example.com",)"
    R"("parent":"top","networks":["164.121.0.0/16"],"asns":[10846],"organizations":["Deere \"&\" Company"],)"
    R"("attributes":{"competitor":"AGCO","role":"plant manager"},"exclude":true,)"
    R"("moved":"tier one-to-many to one-to-few until 2026-12-29","pages_30d":{"/pricing":0,"/a":3,"/b":3}})";

TEST(FeedWriter, WritesWhatTheReaderReads) {
  const std::string header =
      R"({"abm":"accounts/1","tenant":"acme-web","version":7,"generated_at":"2026-11-22T03:33:20Z","expires_at":"2026-11-29T03:33:20Z"})"
      "\n";
  const std::string feed = header + std::string(kWhole) + "\n" + R"({"id":"a","name":"A"})" + "\n";
  Diagnostics diagnostics;
  std::string written;
  const auto summary = parse_feed(feed, "f", {}, diagnostics, [&](Account&& account) {
    append_account_line(written, account);
    return true;
  });
  ASSERT_TRUE(summary.has_value()) << diagnostics.format();
  std::string first;
  append_header_line(first, summary->header);
  EXPECT_EQ(first + written, feed);
}

}  // namespace
}  // namespace abm::accounts
