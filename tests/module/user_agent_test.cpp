// The bot flag by what user agents say of themselves.
#include "module/user_agent.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace abm::module {
namespace {

constexpr const char* kRobots[] = {
    "",
    // Search engines.
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.6099.199 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0 Mobile Safari/537.36 (compatible; GoogleOther)",
    "GoogleOther-Image/1.0",
    "Mediapartners-Google",
    "AdsBot-Google (+http://www.google.com/adsbot.html)",
    "APIs-Google (+https://developers.google.com/webmasters/APIs-Google.html)",
    "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0 Safari/537.36 Google Favicon",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) "
    "Chrome/116.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; YandexImages/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (Linux; Android 7.0;) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; "
    "PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    "Mozilla/5.0 (compatible; Mail.RU_Bot/2.0; +http://go.mail.ru/help/robots)",
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    "ia_archiver (+http://www.alexa.com/site/help/webmasters; crawler@alexa.com)",
    "Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)",
    "Mozilla/5.0 (compatible; SemrushBot-BA; +http://www.semrush.com/bot.html)",
    "Screaming Frog SEO Spider/19.4",
    "ICC-Crawler/2.0 (Mozilla-compatible; ; http://ucri.nict.go.jp/en/icccrawler.html)",
    // Scanners of mail.
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 "
    "Barracuda Sentinel (EE)",
    "Barracuda Sentinel (EE)",
    // Models.
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
    "Mozilla/5.0 (compatible; anthropic-ai/1.0; +http://www.anthropic.com/bot.html)",
    "Mozilla/5.0 (compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; "
    "Bytespider; spider-feedback@bytedance.com)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 "
    "Safari/600.2.5 (Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; "
    "+http://www.apple.com/go/applebot)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "cohere-ai",
    // Link previews.
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0 A",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    // Monitors.
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/61.0 Safari/537.36 PingdomTMS/0.8.5",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/98.0 Safari/537.36 StatusCake",
    "Site24x7",
    "Better Uptime Bot Mozilla/5.0",
    "ELB-HealthChecker/2.0",
    "kube-probe/1.28",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 PTST/240101.120000",
    "Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile "
    "Safari/537.36 Chrome-Lighthouse",
    // Libraries.
    "curl/8.4.0",
    "Wget/1.21.3",
    "python-requests/2.31.0",
    "Python-urllib/3.11",
    "Python/3.11 aiohttp/3.9.1",
    "python-httpx/0.27",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "axios/1.6.2",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
    "node",
    "got (https://github.com/sindresorhus/got)",
    "Java/17.0.9",
    "Apache-HttpClient/4.5.14 (Java/17.0.9)",
    "libwww-perl/6.67",
    "Scrapy/2.11.0 (+https://scrapy.org)",
    "GuzzleHttp/7",
    "WordPress/6.4; https://blog.example",
    "PostmanRuntime/7.36.0",
    // Browsers without a person.
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
    // Robots that nobody knows by name.
    "AcmeBot",
    "acme-crawler/0.1",
    "Mozilla/5.0 (compatible; Acme; +https://acme.example/about)",
    "Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012; Storebot-Google/1.0) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Chrome/81.0 Mobile Safari/537.36",
    "WhatsApp",
    "Mozilla/5.0 (compatible; some.tiny_spider)",
    "Mozilla/5.0 (Linux; Android 9; compatible; ExampleBot/1.0; +http://example.com/)",
};

constexpr const char* kPeople[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 "
    "Edg/120.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "[FBAN/FBIOS;FBAV/442.0.0.42.113;FBBV/543654;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS]",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "WhatsApp/2.23.24.76",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "[LinkedInApp]/9.28.8222",
    "Mozilla/5.0 (Linux; Android 13; SM-S901B Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/119.0 Mobile Safari/537.36 Instagram 309.1.0.41.113 Android",
    // Cubot's telephones, as their browsers write them.
    "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.1.0; CUBOT_P20 Build/O11019; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/83.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 7.0; CUBOT X18 Plus Build/NRD90M) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/62.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 4.2.2; de-de; CUBOT ONE Build/JDQ39) AppleWebKit/534.30 (KHTML, like Gecko) "
    "Version/4.0 Mobile Safari/534.30",
    "Mozilla/5.0 (Android 11; Mobile; CUBOT KINGKONG 5; rv:109.0) Gecko/109.0 Firefox/119.0",
    "Dalvik/2.1.0 (Linux; U; Android 9; CUBOT_X19 Build/PPR1.180610.011)",
    "UCWEB/2.0 (Linux; U; Adr 7.0; en-US; CUBOT_X18) U2/1.0.0 UCBrowser/11.4.5 U2/1.0.0 Mobile",
    "CUBOT-NOTE/V1 Linux/3.10 Android/6.0 Release/11.12.2016 Browser/AppleWebKit537.36 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; CUBOT",
    // Models whose names are anything.
    "Mozilla/5.0 (Linux; Android 8.1.0; Robot) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 6.0; Spider X1 Build/MRA58K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; temi robot (V3)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 7.1.2; Sanbot; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/66.0 "
    "Safari/537.36",
    "Mozilla/5.0 (Java; U; en-us; nokiac3-00) UCBrowser8.9.0.251/70/352 UNTRUSTED/1.0",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 Version/10.54",
    "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
    "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Code/1.85 Chrome/114.0 "
    "Electron/25.9 Safari/537.36",
};

TEST(LooksLikeBot, FlagsThoseThatSaySo) {
  for (const char* agent : kRobots) EXPECT_TRUE(robot_sign(agent).has_value()) << agent;
}

TEST(LooksLikeBot, LeavesPeopleAndTheirTelephonesAlone) {
  for (const char* agent : kPeople) EXPECT_FALSE(robot_sign(agent).has_value()) << agent;
}

TEST(LooksLikeBot, TakesNamesAsWordsOnly) {
  for (const char* agent : {"x curl/8", "(CURL)", "libcurl/8", "x;curl"})
    EXPECT_TRUE(robot_sign(agent).has_value()) << agent;
  for (const char* agent : {"curly/1", "xcurl/1", "bots", "botany/2", "spiderman", "crawlers", "x whatsapp/2",
                            "nodejs", "monitored", "Scrapyard"})
    EXPECT_FALSE(robot_sign(agent).has_value()) << agent;
}

TEST(RobotSign, IsThePartOfTheUserAgentThatSaysSo) {
  const std::pair<std::string_view, std::string_view> signs[] = {
      {"curl/8.5.0", "curl"},
      {"x libCURL/8", "libCURL"},
      {"Mozilla/5.0 (compatible; Example-Crawler/1.0)", "Crawler"},
      {"Mozilla/5.0 (compatible; thing/1.0; +http://thing.example/)", "+http"},
      {"", ""}};
  for (const auto& [agent, sign] : signs) {
    const auto found = robot_sign(agent);
    ASSERT_TRUE(found.has_value()) << agent;
    EXPECT_EQ(*found, sign) << agent;
  }
  const std::array<std::string_view, 2> more = {"^inner", "zeta probe"};
  EXPECT_EQ(robot_sign("Inner/1 x", more), "Inner");
  EXPECT_EQ(robot_sign("Mozilla/5.0 (Zeta Probe 7)", more), "Zeta Probe");
  EXPECT_EQ(robot_sign("Mozilla/5.0 Firefox/128.0", more), std::nullopt);
}

TEST(LooksLikeBot, ReadsNoMoreThanAFixedPart) {
  std::string agent(kMaxUserAgentRead + (1 << 20), ' ');
  agent.replace(kMaxUserAgentRead - 3, 3, "bot");
  EXPECT_TRUE(robot_sign(agent).has_value());
  agent.replace(kMaxUserAgentRead - 3, 4, " bot");
  EXPECT_FALSE(robot_sign(agent).has_value());
}

TEST(LooksLikeBot, SurvivesAnyBytes) {
  for (const std::string& agent :
       {std::string(600, '('), std::string(600, ')'), std::string("\0(\xff;android", 11), std::string(1, '^'),
        "^" + std::string(600, '('), std::string("(android")})
    EXPECT_FALSE(robot_sign(agent).has_value());
  for (const char* agent : kRobots) {
    const std::string text = agent;
    for (size_t size = 1; size < text.size(); ++size) static_cast<void>(robot_sign(text.substr(0, size)));
  }
}

}  // namespace
}  // namespace abm::module
