// Feeds for tests and benchmarks: small ones by hand, large ones generated from a seed.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "accounts/snapshot_writer.h"

namespace abm::accounts::samples {

inline constexpr std::string_view kHeader =
    R"({"abm":"accounts/1","tenant":"acme-web","version":7,"generated_at":"2026-11-22T03:33:20Z"})"
    "\n";

/// The example of the feed format, one line.
inline constexpr std::string_view kDeere =
    R"({"id":"deere","name":"Deere & Company","domains":["Deere.com","johndeere.com"],"tier":"one-to-one",)"
    R"("segments":["ag-equipment"],"industry":"manufacturing","employees":83000,"revenue_usd":51700000000,)"
    R"("country":"US","region":"IL","stage":"opportunity","play":"engaged-acceleration","intent":88,)"
    R"("engagement":72,"owner":"owner@example.com","parent":null,"networks":["164.121.0.0/16"],"asns":[10846],)"
    R"("organizations":["Deere & Company"],"attributes":{"competitor":"AGCO","role":"plant manager"},)"
    R"("exclude":false})"
    "\n";

/// Two well-formed ids with the same XXH3-64, found in eight seconds by walking the hash
/// with distinguished points.
inline constexpr std::string_view kIdsOfOneKey[] = {"cholmiialjnllfge", "dokkifjljjidbobh"};

[[nodiscard]] inline std::string feed_of(std::string_view lines) {
  return std::string(kHeader) + std::string(lines);
}

/// Networks of generated accounts: number i has the /24 at (kFirstNetwork + i) * 256.
inline constexpr uint32_t kFirstNetwork = 0x010000;
[[nodiscard]] inline std::string network_of(size_t number) {
  return std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) + "." +
         std::to_string(number & 255) + ".0/24";
}

/// What visits made of an account: of two in three anything, of some of them each field.
[[nodiscard]] inline std::string activity(std::mt19937& random) {
  if (random() % 3 == 0) return {};
  std::string members;
  for (const char* name :
       {"visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days", "first_seen_days"}) {
    if (random() % 4 != 0) members += ",\"" + std::string(name) + "\":" + std::to_string(random() % 50);
  }
  if (random() % 4 == 0)
    members +=
        R"(,"moved":"stage aware to engaged until 2026-12-)" + std::to_string(10 + random() % 20) + '"';
  std::string pages;
  for (size_t page = random() % 4; page < 9; page += 1 + random() % 3) {
    pages += (pages.empty() ? "\"/" : ",\"/") + std::string(page % 3 == 0 ? "pricing/" : "l\\u00f6sung/") +
             std::to_string(page) + "\":" + std::to_string(random() % 30);
  }
  return members + R"(,"pages_30d":{)" + pages + "}";
}

/// `count` accounts of about 500 bytes each, every field in some of them; the same for the same seed.
[[nodiscard]] inline std::string generated_feed(size_t count, uint32_t seed = 1) {
  static constexpr std::string_view kIndustries[] = {"manufacturing", "automotive", "retail",
                                                     R"(logistique & \u00e9nergie)", "public sector"};
  static constexpr std::string_view kStages[] = {"target", "engaged", "opportunity", "customer"};
  static constexpr std::string_view kTiers[] = {"one-to-one", "1:few", "one-to-many", "untiered", "1:many"};
  std::mt19937 random(seed);
  std::mt19937 visits(seed + 1);
  const auto pick = [&](const auto& list) { return std::string(list[random() % std::size(list)]); };
  const auto number = [&](uint32_t below) { return std::to_string(random() % below); };
  std::string feed(kHeader);
  feed.reserve(count * 560);
  for (size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    feed += R"({"id":"account-)" + n + R"(","name":"Company )" + n + R"( Holding","domains":["company)" + n +
            R"(.example")";
    if (random() % 4 == 0) feed += R"(,"brand)" + number(1000) + R"(.example")";
    feed += R"(],"tier":")" + pick(kTiers) + R"(","segments":["segment-)" + number(200) + R"(","wave-)" +
            number(9) + R"("],"industry":")" + pick(kIndustries) + R"(","employees":)" + number(90000) +
            R"(,"revenue_usd":)" + number(4000000000) + R"(,"country":"US","region":"R)" + number(50) +
            R"(","stage":")" + pick(kStages) + R"(",)";
    if (random() % 3 != 0) feed += R"("intent":)" + number(101) + R"(,"engagement":)" + number(101) + ",";
    feed += R"("play":"play-)" + number(12) + R"(","owner":"owner)" + number(400) +
            R"(@example.com","parent":)" +
            (i % 3 == 1 ? "\"account-" + std::to_string(i / 2) + '"' : std::string("null")) +
            R"(,"networks":[")" + network_of(kFirstNetwork + i) + R"("],"asns":[1)" + number(60000) +
            R"(],"organizations":["Company )" + n + R"( LLC"],"attributes":{"competitor":"Rival )" +
            number(30) + R"(","role":"plant manager","integration_partner":"Partner )" + number(90) +
            R"("},"exclude":)" + (random() % 50 == 0 ? "true" : "false") + activity(visits) + "}\n";
  }
  return feed;
}

struct Parsed {
  std::optional<FeedSummary> summary;
  std::vector<Account> accounts;
  Diagnostics diagnostics;
};

[[nodiscard]] inline Parsed parse(std::string_view bytes, const FeedLimits& limits = {}) {
  Parsed parsed;
  parsed.summary = parse_feed(bytes, "feed.ndjson", limits, parsed.diagnostics, [&](Account&& account) {
    parsed.accounts.push_back(account);
    return true;
  });
  return parsed;
}

/// The snapshot of accounts, or "" if the writer refused them.
[[nodiscard]] inline std::string snapshot_of(const std::vector<Account>& accounts, const FeedHeader& header) {
  SnapshotWriter writer;
  for (const Account& account : accounts) writer.add(account);
  const auto file = writer.finish(header);
  return file.ok() ? *file : std::string();
}

[[nodiscard]] inline std::string snapshot_of_feed(std::string_view feed) {
  const Parsed parsed = parse(feed);
  return parsed.summary ? snapshot_of(parsed.accounts, parsed.summary->header) : std::string();
}

}  // namespace abm::accounts::samples
