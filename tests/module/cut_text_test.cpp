// Taking our own out of URLs and cookies: nothing of it stays, nothing else goes.
#include "module/cut_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace abm::module {
namespace {

std::string url_less(const std::string& url, Cut* cut = nullptr) {
  std::string out(url.size(), '#');
  Cut own;
  return std::string(url_without(url, "abm", out.data(), cut != nullptr ? *cut : own));
}

std::string query_less(const std::string& query) {
  std::string out(query.size(), '#');
  Cut cut;
  return std::string(query_without(query, "abm", out.data(), cut));
}

std::string cookies_less(const std::string& header, Cut* cut = nullptr) {
  std::string out(header.size(), '#');
  Cut own;
  return std::string(cookies_without(header, "__Host-abm", out.data(), cut != nullptr ? *cut : own));
}

TEST(CutText, TakesAnArgumentWithItsSeparator) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/?abm=T", "/"},
      {"/p?abm=T&b=2", "/p?b=2"},
      {"/p?a=1&abm=T", "/p?a=1"},
      {"/p?a=1&abm=T&b=2", "/p?a=1&b=2"},
      {"/p?ABM=T&b", "/p?b"},
      {"/p?abm=", "/p"},
      {"/p?abm=A&abm=B&c", "/p?c"},
      {"/p?c&abm=A&abm=B", "/p?c"},
      {"/p?abm=T#top", "/p#top"},
      {"/p?a&abm=T#top?abm=U", "/p?a#top?abm=U"},
      {"GET /p?abm=T HTTP/1.1", "GET /p HTTP/1.1"},
      {"GET /p?a=1&abm=T&b HTTP/1.1", "GET /p?a=1&b HTTP/1.1"},
      {"https://www.acme.example/?abm=T", "https://www.acme.example/"},
      {"https://www.acme.example?abm=T", "https://www.acme.example"}};
  for (const auto& [url, rest] : cases) EXPECT_EQ(url_less(url), rest) << url;
  EXPECT_EQ(query_less("abm=T"), "");
  EXPECT_EQ(query_less("abm=T&b"), "b");
  EXPECT_EQ(query_less("b&abm=T"), "b");
}

TEST(CutText, LeavesEverythingElse) {
  for (const char* url :
       {"", "/", "/?", "/?abm", "/abm=T", "/p&abm=T", "/?xabm=T", "/?abm_preview=T", "/?abmx=T", "/?a=abm=T",
        "/?a;abm=T", "/?%61bm=T", "/?a=1&&b=2&", "/?&", "/?a=%3Fx%26y", "/?a?b", "/%3Fabm%3DT"}) {
    Cut cut;
    EXPECT_EQ(url_less(url, &cut), url);
    EXPECT_FALSE(cut.found) << url;
  }
}

TEST(CutText, ReachesAddressesThatTheQueryQuotes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/s?url=%2Fp%3Fabm%3DT", "/s?url=%2Fp"},
      {"/s?url=%2Fp%3fabm%3dT&v=1", "/s?url=%2Fp&v=1"},
      {"/s?url=%2Fp%3Fabm%3DT%26b%3D2", "/s?url=%2Fp%3Fb%3D2"},
      {"/s?url=%2Fp%3Fa%3D1%26abm%3DT%23top", "/s?url=%2Fp%3Fa%3D1%23top"},
      {"/login?next=/p?abm=T", "/login?next=/p"},
      {"/login?next=/p?abm=T&b=2", "/login?next=/p&b=2"}};
  for (const auto& [url, rest] : cases) {
    Cut cut;
    EXPECT_EQ(url_less(url, &cut), rest) << url;
    EXPECT_FALSE(cut.found) << "another page's token is not this one's: " << url;
  }
}

TEST(CutText, TellsOneValueFromSeveral) {
  Cut one;
  url_less("/?abm=T&x&abm=T", &one);
  EXPECT_TRUE(one.found && !one.differ);
  EXPECT_EQ(one.value, "T");
  Cut several;
  url_less("/?abm=T&abm=U", &several);
  EXPECT_TRUE(several.found && several.differ);
}

TEST(CutText, TakesACookie) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"__Host-abm=T", ""},
                                                                  {"a=1; __Host-abm=T", "a=1"},
                                                                  {"__Host-abm=T; a=1", "a=1"},
                                                                  {"a=1; __Host-abm=T; b", "a=1; b"},
                                                                  {"__Host-abm=T;__Host-abm=U", ""},
                                                                  {"a=1;  __Host-abm=T ;b=2", "a=1;b=2"}};
  for (const auto& [header, rest] : cases) {
    Cut cut;
    EXPECT_EQ(cookies_less(header, &cut), rest) << header;
    EXPECT_TRUE(cut.found);
    EXPECT_EQ(cut.value, "T");
  }
  for (const char* other :
       {"a=1", "a=__Host-abm=T", "__host-abm=T", "x__Host-abm=T", "__Host-abmx=T", "__Host-abm", "a=1;b=2"})
    EXPECT_EQ(cookies_less(other), other);
}

// Against the plainest way to say it: an argument is what stands between separators.
TEST(CutText, AgreesWithSplittingOnRandomQueries) {
  std::mt19937 random(20261129);
  const std::vector<std::string> parts = {"abm=T", "abm=", "ABM=U", "a=1", "", "abm", "xabm=T", "b=%20"};
  for (int round = 0; round < 20000; ++round) {
    std::string query;
    std::string expected;
    bool any = false;
    const size_t count = random() % 6;
    for (size_t i = 0; i < count; ++i) {
      const std::string& part = parts[random() % parts.size()];
      if (i > 0) query += '&';
      query += part;
      if (part == "abm=T" || part == "abm=" || part == "ABM=U") continue;
      if (any) expected += '&';
      any = true;
      expected += part;
    }
    EXPECT_EQ(query_less(query), expected) << query;
    EXPECT_EQ(url_less("/p?" + query), count > 0 && !any ? "/p" : "/p?" + expected) << query;
  }
}

// Of any bytes at all: what is left holds no argument of ours, and is not longer.
TEST(CutText, LeavesNoArgumentWhateverTheBytes) {
  std::mt19937 random(7);
  const std::string letters = "abm=&?#% 3FD26/;\\x";
  for (int round = 0; round < 50000; ++round) {
    std::string url = "/?";
    for (size_t i = random() % 40; i > 0; --i)
      url += random() % 4 == 0 ? std::string("abm=") : std::string(1, letters[random() % letters.size()]);
    const std::string rest = url_less(url);
    ASSERT_LE(rest.size(), url.size());
    // What stands behind the query's end is no query, until the query itself is gone.
    if (url.find_first_of("# ") == std::string::npos)
      ASSERT_EQ(url_less(rest), rest) << "what is cut out leaves nothing else to cut: " << url;
    const std::string query = rest.substr(0, rest.find_first_of("# "));
    EXPECT_EQ(query.find("?abm="), std::string::npos) << url;
    EXPECT_EQ(query.find("&abm="), std::string::npos) << url;
  }
}

TEST(CutText, KnowsWhereARedirectLeads) {
  for (const char* here :
       {"/", "/plan", "plan", "?a", "#top", "https://www.acme.example", "https://WWW.acme.example:8443/x",
        "//www.acme.example/x", "/a:b", "plan?x=http://evil.example"})
    EXPECT_EQ(target_of(here, "www.acme.example", true), Target::kSameHost) << here;
  for (const char* there :
       {"", "https://acme.example/", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "https://www.acme.example@evil.example/", "https://evil.example/www.acme.example",
        "http://www.acme.example/", "https:/evil.example", "https:evil.example", "mailto:a@b",
        "javascript:alert(1)", "\t//evil.example", "ht\ntps://evil.example",
        "https://www.acme.example.evil.example/", "///evil.example", "https://[::1]/",
        "https://www.acme%2eexample/"})
    EXPECT_EQ(target_of(there, "www.acme.example", true), Target::kElsewhere) << there;
  EXPECT_EQ(target_of("http://www.acme.example/", "www.acme.example", false), Target::kSameHost);
  EXPECT_EQ(target_of("https:///", "", true), Target::kElsewhere);
}

}  // namespace
}  // namespace abm::module
