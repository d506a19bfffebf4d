// The bot flag by what user agents say of themselves.
#include "module/user_agent.h"

#include <gtest/gtest.h>

#include <string>

namespace abm::module {
namespace {

TEST(LooksLikeBot, FlagsThoseThatSaySo) {
  for (const char* agent :
       {"", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0)", "curl/8.4.0", "Wget/1.21", "python-requests/2.31",
        "Go-http-client/2.0", "facebookexternalhit/1.1", "Mozilla/5.0 HeadlessChrome/120.0",
        "LinkedInBot/1.0", "Baiduspider", "Pingdom.com_bot_version_1.4"}) {
    EXPECT_TRUE(looks_like_bot(agent)) << agent;
  }
}

TEST(LooksLikeBot, LeavesBrowsersAlone) {
  for (const char* agent : {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                            "Gecko) Chrome/120.0 Safari/537.36",
                            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
                            "Version/17.0 Mobile Safari/604.1"}) {
    EXPECT_FALSE(looks_like_bot(agent)) << agent;
  }
}

TEST(LooksLikeBot, ReadsNoMoreThanAFixedPart) {
  EXPECT_FALSE(looks_like_bot(std::string(1 << 20, 'x') + "bot"));
}

}  // namespace
}  // namespace abm::module
