#include "base/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace abm {
namespace {

using testing::HasSubstr;

ChildRequest shell(const std::string& script) {
  ChildRequest request;
  request.words = {"sh", "-c", script};
  request.what = "the script";
  return request;
}

TEST(Child, AnswersWithItsOutputItsFirstComplaintAndItsStatus) {
  ChildRequest request = shell("cat; pwd; echo \"$NAME-$HOME\"; echo no >&2; echo more >&2; exit 3");
  request.input = "given\n";
  request.folder = "/";
  request.environment = {"NAME=value"};
  const auto answer = ask_child(request);
  ASSERT_TRUE(answer) << answer.message();
  EXPECT_EQ(answer->out, "given\n/\nvalue-\n");  // nothing else of the caller's environment
  EXPECT_EQ(answer->complaint, "no");
  EXPECT_EQ(answer->status, 3);
}

TEST(Child, ThatIsNotThereIsAnError) {
  ChildRequest request;
  request.words = {"no-such-program-anywhere"};
  EXPECT_THAT(ask_child(request).message(), HasSubstr("there is no program 'no-such-program-anywhere'"));
}

TEST(Child, ThatAnswersTooMuchIsAnError) {
  ChildRequest request = shell("yes");
  request.max_output = 1000;
  EXPECT_EQ(ask_child(request).message(), "the script answers more than 1000 bytes");
}

TEST(Child, ThatTakesTooLongIsKilledWithWhatItBegan) {
  ChildRequest request = shell("sleep 60 & wait");
  request.longest = std::chrono::milliseconds(200);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THAT(ask_child(request).message(), HasSubstr("the script took longer than"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

}  // namespace
}  // namespace abm
