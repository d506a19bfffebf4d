#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace abm {
namespace {

TEST(Diagnostic, PlacesTheCaretUnderTheColumn) {
  Diagnostic d{Severity::kError,          "rules/aero.yaml", {14, 5}, "",
               "unknown key 'prioritty'", "    prioritty: 3"};
  EXPECT_EQ(format_diagnostic(d),
            "rules/aero.yaml:14:5: unknown key 'prioritty'\n"
            "      prioritty: 3\n"
            "      ^\n");
}

TEST(Diagnostic, CountsColumnsInCodePoints) {
  Diagnostic d{Severity::kWarning, "a.yaml", {1, 3}, "ABM001", "look here", "äöx"};
  EXPECT_EQ(format_diagnostic(d), "a.yaml:1:3: warning: look here [ABM001]\n  äöx\n    ^\n");
}

TEST(Diagnostic, NeverPassesControlCharactersToTheTerminal) {
  Diagnostic d{Severity::kError, "a\x1b[2J", {1, 0}, "", "bad \x07", ""};
  EXPECT_EQ(format_diagnostic(d), "a\\x1b[2J:1: bad \\x07\n");
}

TEST(Diagnostic, ShowsAWindowOfAVeryLongLine) {
  Diagnostic d{Severity::kError, "a", {1, 5001}, "", "here", std::string(10000, 'x')};
  EXPECT_LT(format_diagnostic(d).size(), 400u);
}

TEST(Diagnostics, SortsByPlaceAndCountsWhatItDrops) {
  Diagnostics all;
  all.error("b", {1, 1}, "second");
  all.error("a", {9, 1}, "first");
  for (size_t i = 0; i < Diagnostics::kMaxKept; ++i) all.error("c", {1, 1}, "more");
  all.sort();
  EXPECT_EQ(all.all().front().file, "a");
  EXPECT_EQ(all.first_error(), "a:9:1: first");
  EXPECT_EQ(all.errors(), Diagnostics::kMaxKept + 2);
  EXPECT_NE(all.format().find("… and 2 more"), std::string::npos);
}

TEST(Diagnostics, NoNumberOfWarningsHidesAnError) {
  Diagnostics all;
  for (size_t i = 0; i < Diagnostics::kMaxKept + 200; ++i) all.warning("a", {1, 1}, "ABM002", "warned of");
  all.error("b", {2, 3}, "wrong");
  EXPECT_EQ(all.first_error(), "b:2:3: wrong");
  EXPECT_EQ(all.all().size(), Diagnostics::kMaxKept);
  EXPECT_NE(all.format().find("… and 201 more"), std::string::npos);

  Diagnostics others;
  others.warning("c", {1, 1}, "ABM003", "here, too");
  others.add_all(std::move(all));
  EXPECT_EQ(others.errors(), 1u);
  EXPECT_EQ(others.warnings(), Diagnostics::kMaxKept + 201);
  EXPECT_EQ(others.first_error(), "b:2:3: wrong");
  EXPECT_NE(others.format().find("… and 202 more"), std::string::npos);
}

}  // namespace
}  // namespace abm
