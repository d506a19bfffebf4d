// `visited` on an account as the feed has it means the same as on one in a snapshot.
#include "rules/visited.h"

#include <gtest/gtest.h>

#include "rules/match/explain.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

TEST(VisitedPages, PassTheSameTestsBeforeThereIsASnapshotAndAfter) {
  samples::Generator generator(7);
  const std::vector<accounts::Account> accounts = generator.accounts(200);
  size_t held = 0, failed = 0;
  for (const std::string glob :
       {"/pricing", "/PRICING/**", "/solutions/*/case", "/LÖSUNGEN/**", "/lo\u0308sungen/*/ÖL", "/**"}) {
    for (const uint32_t days : {1u, 7u, 29u, 30u}) {
      Condition when = samples::test(Subject::kVisited, {"/nowhere", glob});
      when.test.days = days;
      const samples::Site site(samples::ruleset(1, {samples::rule("r", when, {samples::content(0, "x")})}),
                               accounts);
      for (uint32_t i = 0; i < accounts.size(); ++i) {
        const accounts::AccountView account = site.account(i);
        Visit visit;
        visit.account = &account;
        visit.confidence = Confidence::kHigh;
        const bool holds = visited_holds(when.test, accounts[i].pages);
        EXPECT_EQ(explain(site.program(), visit)[0].matched, holds) << glob << " " << days << " " << i;
        ++(holds ? held : failed);
      }
    }
  }
  EXPECT_GT(held, 500u);
  EXPECT_GT(failed, 500u);
}

}  // namespace
}  // namespace abm::rules
