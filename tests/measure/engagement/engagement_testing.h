// What the tests of engagement share: a site in a few words, lines of visits, lists by day, and what comes of
// them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "generation/site.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/fold_lines.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/retention.h"
#include "measure/engagement/standings.h"
#include "tests/measure/report_testing.h"

namespace abm::measure::testing {

[[nodiscard]] inline Day day(std::string_view text) {
  return day_of_seconds(parse_rfc3339(std::string(text) + "T00:00:00Z").value_or(0));
}

/// The day on which most tests begin.
inline const Day kDay = day("2026-11-01");

/// One page load.
struct Load {
  std::string account = "deere";
  Day day = 0;
  std::string person = "a";  ///< "": not known
  std::string path = "/";
  std::vector<std::string> signals = {};
  uint64_t request = 0;
  std::string bot = "false", load = "page";

  [[nodiscard]] std::string text() const {
    Line line;
    line.ts = to_string(day) + "T10:00:00.000Z";
    line.request_id = request_id(request);
    line.account = account;
    line.path = path;
    line.bot = bot;
    line.load = load;
    // Another person on every day, as the module's key is.
    line.visitor = person.empty() ? "null" : "\"" + hash128(person + std::to_string(day)).hex() + "\"";
    line.signals = "[";
    for (const std::string& signal : signals) {
      if (line.signals.size() > 1) line.signals += ",";
      line.signals += R"({"rule":"r","name":")" + signal + R"(","next":""})";
    }
    line.signals += "]";
    return line.text() + "\n";
  }
};

inline std::string lines_of(const std::vector<Load>& loads) {
  std::string text;
  for (const Load& load : loads) text += load.text();
  return text;
}

inline generation::Site site_of(const Folder& folder, const std::string& yaml) {
  const std::string path =
      folder.write("site.yaml", "abm: site/1\ndata: data\naccounts: { from: a.ndjson }\nrules: []\n" + yaml);
  Diagnostics diagnostics;
  auto site = generation::load_site(path, diagnostics);
  EXPECT_TRUE(site.has_value()) << diagnostics.format();
  return site.value_or(generation::Site());
}

inline accounts::Account listed(const std::string& id, accounts::Tier tier = accounts::Tier::kOneToMany,
                                const std::string& stage = "", std::optional<int64_t> intent = {}) {
  accounts::Account account;
  account.text[static_cast<size_t>(accounts::TextField::kId)] = id;
  account.text[static_cast<size_t>(accounts::TextField::kStage)] = stage;
  account.numbers[static_cast<size_t>(accounts::NumberField::kIntent)] = intent;
  account.tier = tier;
  return account;
}

/// A site, its store, and what comes of both.
class World {
 public:
  explicit World(const std::string& yaml, const std::string& database = "")
      : site_(site_of(folder_, yaml)), database_(database) {
    reopen();
  }

  void reopen() {
    store_.reset();
    auto opened =
        EngagementStore::open(database_, [this](std::string_view note) { notes_.emplace_back(note); });
    ASSERT_TRUE(opened.ok()) << opened.message();
    store_ = std::make_unique<EngagementStore>(std::move(*opened));
  }
  /// Other settings, same store.
  void configure(const std::string& yaml) { site_ = site_of(folder_, yaml); }

  /// `engagement: keep:`, also shorter than site.yaml may have it.
  void keep_days(uint32_t days) { site_.engagement->keep_days = days; }
  /// As a fold does that keeps what is not too old: before, and after it.
  void keep_from_now(Day today) {
    EXPECT_TRUE(keep_from(*store_, first_kept(*site_.engagement, today)).ok());
  }
  Dropped drop() {
    const auto dropped = drop_old(*store_, nullptr);
    EXPECT_TRUE(dropped.ok()) << dropped.message();
    return dropped.ok() ? *dropped : Dropped();
  }
  Dropped retain(Day today) {
    keep_from_now(today);
    return drop();
  }

  /// Lines with newlines, in one transaction.
  FoldCounts fold(std::string_view text) {
    LineFolder folder(*store_);
    EXPECT_TRUE(store_->begin().ok());
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const bool unfinished = end == text.size();
      const auto added = folder.add(text.substr(0, end), 0, false, unfinished);
      EXPECT_TRUE(added.ok()) << added.message();
      text.remove_prefix(std::min(text.size(), end + 1));
    }
    EXPECT_TRUE(folder.flush().ok());
    EXPECT_TRUE(store_->commit().ok());
    return folder.counts();
  }
  FoldCounts fold(std::vector<Load> loads) {
    for (Load& load : loads) {
      if (load.request == 0) load.request = ++requests_;
    }
    return fold(lines_of(loads));
  }
  uint64_t list(Day today, const std::vector<accounts::Account>& accounts) {
    const JournalFields fields =
        journal_fields(site_.moves, site_.engagement.has_value() && site_.engagement->roll_up);
    std::vector<ListedFields> listed;
    for (const accounts::Account& account : accounts) listed.push_back(listed_fields(account, fields));
    const auto changes = record_list(*store_, fields, std::move(listed), today);
    EXPECT_TRUE(changes.ok()) << changes.message();
    return changes.ok() ? *changes : 0;
  }
  std::shared_ptr<const Standings> judge(Day today) {
    const auto standings = judge_all(*store_, {*site_.engagement, site_.moves, today, {}});
    EXPECT_TRUE(standings.ok()) << standings.message();
    return standings.ok() ? *standings : std::make_shared<const Standings>(std::vector<Standing>(), today);
  }
  Standing of(const std::string& account, Day today) {
    const auto standings = judge(today);
    const Standing* const found = standings->find(account);
    return found == nullptr ? Standing() : *found;
  }

  [[nodiscard]] EngagementStore& store() noexcept { return *store_; }
  [[nodiscard]] const generation::Site& site() const noexcept { return site_; }
  [[nodiscard]] const Folder& folder() const noexcept { return folder_; }
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  Folder folder_;
  generation::Site site_;
  std::string database_;
  std::unique_ptr<EngagementStore> store_;
  std::vector<std::string> notes_;
  uint64_t requests_ = 1'000'000;
};

}  // namespace abm::measure::testing
