#include "tools/git_export.h"

#include <gtest/gtest.h>

namespace abm::tools {
namespace {

TEST(LinkStaysInside, WhereItsTargetGoesUpOnlyInFrontAndNotTooFar) {
  for (const char* target : {"a", "a/b", "./a", "../a", "../../a/b", "..", "../..", "a/./b", "a//b"})
    EXPECT_TRUE(link_stays_inside(target, 2)) << target;
}

TEST(LinkStaysInside, NotWhereItMayLeadOut) {
  for (const char* target :
       {"", "/", "/etc/passwd", "../../..", "../../../a", "a/..", "a/../../../b", "../a/../b"})
    EXPECT_FALSE(link_stays_inside(target, 2)) << target;
  EXPECT_FALSE(link_stays_inside("..", 0));
  EXPECT_FALSE(link_stays_inside(std::string_view("a\0b", 3), 2));
}

}  // namespace
}  // namespace abm::tools
