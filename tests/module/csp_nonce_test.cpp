// Which nonce of a Content-Security-Policy counts for a script element, and what is none.
#include "module/csp_nonce.h"

#include <gtest/gtest.h>

#include <string>

namespace abm::module {
namespace {

TEST(ScriptNonce, ComesFromTheDirectiveThatCounts) {
  EXPECT_EQ(script_nonce("script-src 'self' 'nonce-abc'"), "abc");
  EXPECT_EQ(script_nonce("default-src 'nonce-abc'; img-src *"), "abc");
  EXPECT_EQ(script_nonce("default-src 'nonce-one'; script-src 'nonce-two'"), "two");
  EXPECT_EQ(script_nonce("script-src 'nonce-two'; script-src-elem 'nonce-three'"), "three");
  EXPECT_EQ(script_nonce("default-src 'nonce-one'; script-src 'self'"), "");
  EXPECT_EQ(script_nonce("default-src 'nonce-one'; script-src"), "");
  EXPECT_EQ(script_nonce("script-src 'nonce-one'; script-src 'nonce-two'"), "one")
      << "the first of a name counts";
  EXPECT_EQ(script_nonce("style-src 'nonce-abc'"), "");
  EXPECT_EQ(script_nonce(""), "");
}

TEST(ScriptNonce, MayBeWrittenInAnyCaseAndSpacing) {
  EXPECT_EQ(script_nonce(" ;;\tSCRIPT-SRC\t'NONCE-aB+/-_09=='  ;"), "aB+/-_09==");
  EXPECT_EQ(script_nonce("default-src 'none', script-src 'nonce-abc'"), "abc") << "a second policy";
}

TEST(ScriptNonce, IsBase64OrNothing) {
  for (const char* policy : {"script-src 'nonce-'", "script-src 'nonce-a\"b'", "script-src 'nonce-a<b'",
                             "script-src 'nonce-a=b'", "script-src 'nonce-a==='", "script-src nonce-abc",
                             "script-src 'nonce-abc", "script-src 'nonce-=='"}) {
    EXPECT_EQ(script_nonce(policy), "") << policy;
  }
  const std::string longest(kMaxNonce, 'a');
  EXPECT_EQ(script_nonce("script-src 'nonce-" + longest + "'"), longest);
  EXPECT_EQ(script_nonce("script-src 'nonce-a" + longest + "'"), "");
  EXPECT_EQ(script_nonce("script-src 'nonce-\"' 'nonce-ok'"), "ok");
}

}  // namespace
}  // namespace abm::module
