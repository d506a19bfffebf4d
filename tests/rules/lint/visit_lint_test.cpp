// Findings about `visited` and its companions: what can never match, what may, and paths that nobody knows.
#include "rules/lint/visit_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/read/vocabulary.h"
#include "tests/rules/read/memory_files.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VisitLint : public ::testing::Test {
 protected:
  /// Findings about a rule with this condition, for a feed of one account.
  std::string lint(const std::string& when, std::vector<accounts::VisitedPage> visited = {},
                   const std::string& more = "") {
    accounts::Account account = samples::account("a");
    account.pages = std::move(visited);
    const std::string bytes = samples::snapshot_bytes({account});
    const auto snapshot = accounts::Snapshot::open(bytes);
    const Vocabulary vocabulary = collect_vocabulary(*snapshot);
    LoadOptions options;
    options.accounts = &*snapshot;
    options.vocabulary = &vocabulary;
    options.pages = pages_;
    const Loaded loaded = load_text("slots: { s: p }\nrules:\n  - { id: one, when: { " + when +
                                        " }, rewrite: { s: { text: Hi } }" + more + " }\n",
                                    options);
    EXPECT_TRUE(loaded.ruleset.has_value()) << loaded.text();
    return loaded.text();
  }

  std::vector<SamplePage> pages_;
};

TEST_F(VisitLint, WhoWasHereLatelyIsNotQuiet) {
  EXPECT_THAT(
      lint("visited: { path: /a, days: 7 }, quiet_days: { min: 7 }"),
      HasSubstr("rule 'one' can never match: 'visited' asks for a visit within 7 days, 'quiet_days' for "
                "none in 7 [ABM004]"));
  EXPECT_THAT(
      lint("all: [ { visited: { path: /a } }, { visited: { path: /b, days: 1 } } ], quiet_days: { min: 1 }"),
      HasSubstr("within 1 day, 'quiet_days' for none in 1 [ABM004]"));
  EXPECT_EQ(lint("visited: { path: /a, days: 7 }, quiet_days: { min: 6 }"), "");
  EXPECT_EQ(lint("not: { visited: { path: /a, days: 7 } }, quiet_days: { min: 7 }"), "");
  EXPECT_EQ(lint("any: [ { visited: { path: /a } }, { quiet_days: { min: 90 } } ]"), "");
  EXPECT_EQ(lint("visited: { path: /a }, quiet_days: { min: 90 }", {}, ", silence: ABM004"), "");
}

/// An account that nobody has visited yet may be visited tomorrow.
TEST_F(VisitLint, WhatVisitsMayChangeIsNotTakenForNever) {
  EXPECT_EQ(lint("visits_30d: { min: 5 }, people_7d: { min: 2 }, visited: { path: /a }"), "");
  EXPECT_THAT(lint("visits_30d: { min: 5 }, employees: { min: 1 }"), HasSubstr("[ABM004]"));
  EXPECT_EQ(lint("not: { visits_30d: { min: 5 } }, first_seen_days: { max: 3 }"), "");
}

TEST_F(VisitLint, APathThatNoKnownPageHasIsToldWithTheNearest) {
  EXPECT_EQ(lint("visited: { path: /pricng }"), "") << "without sample pages nothing is known";
  pages_.push_back({"samples/pricing.html", "", "/Pricing", "<p>x</p>"});
  EXPECT_THAT(
      lint("visited: { path: /pricng }"),
      HasSubstr("'visited' names '/pricng', and neither a sample page nor a page that an account of the feed "
                "visited has such a path, did you mean '/pricing'? [ABM023]"));
  EXPECT_EQ(lint("visited: { path: [/pricing, /PRICING/**] }", {{"/pricing/teams", 3}}), "");
  EXPECT_EQ(lint("visited: { path: /pricing }"), "");
  EXPECT_THAT(lint("visited: { path: [/pricing, /demo/**] }"), HasSubstr("names '/demo/**'"));
  EXPECT_EQ(lint("visited: { path: /demo/** }", {{"/demo/book", 29}}), "");
  EXPECT_EQ(lint("visited: { path: /demo/** }", {}, ", silence: ABM023"), "");
}

TEST_F(VisitLint, SegmentsAreLookedAtToo) {
  pages_.push_back({"samples/pricing.html", "", "/pricing", "<p>x</p>"});
  LoadOptions options;
  options.pages = pages_;
  const Loaded loaded = load_text(
      "slots: { s: p }\nsegments: { fans: { visited: { path: /demo } } }\n"
      "rules:\n  - { id: one, when: { segment: fans }, rewrite: { s: { text: Hi } } }\n",
      options);
  EXPECT_THAT(loaded.text(), HasSubstr("names '/demo'"));
}

}  // namespace
}  // namespace abm::rules
