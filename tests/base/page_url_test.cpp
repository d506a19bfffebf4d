#include "base/page_url.h"

#include <gtest/gtest.h>

#include "base/uri_path.h"

namespace abm {
namespace {

TEST(PageUrl, TakesApartWhatABrowserShows) {
  const auto url = parse_page_url("HTTPS://user@WWW.Acme.example:8443/Pricing/?a=b&c=%20#part?x");
  ASSERT_TRUE(url.ok()) << url.message();
  EXPECT_EQ(url->host, "www.acme.example");
  EXPECT_EQ(url->path, "/Pricing/");
  EXPECT_EQ(url->query, "a=b&c=%20");
}

TEST(PageUrl, KnowsHostsWithoutPathAndPathsWithoutHost) {
  EXPECT_EQ(parse_page_url("http://a.example")->path, "/");
  EXPECT_EQ(parse_page_url("http://a.example?x=1")->query, "x=1");
  EXPECT_EQ(parse_page_url("http://[2001:db8::1]:80/x")->host, "[2001:db8::1]");
  EXPECT_EQ(parse_page_url("/pricing?next=http://b.example/")->host, "");
  EXPECT_EQ(parse_page_url("/pricing?next=http://b.example/")->query, "next=http://b.example/");
}

// Each pair is from nginx 1.22.1: asked with `GET raw`, answered with $uri.
TEST(PageUrl, NormalizesAsNginxDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"/", "/"},
      {"//a///b", "/a/b"},
      {"/a/./b/.", "/a/b/"},
      {"/a/../b", "/b"},
      {"/a/b/..", "/a/"},
      {"/a/b/../", "/a/"},
      {"/%61%2fb", "/a/b"},
      {"/a/%2e%2e/b", "/b"},
      {"/a%252fb", "/a%2fb"},
      {"/a%3Fb", "/a?b"},
      {"/a%23b", "/a#b"},
      {"/...", "/..."},
      {"/a/.b/..c", "/a/.b/..c"},
      {"/%E4%B8%AD", "/\xe4\xb8\xad"},
      {"/a%2F%2Fb", "/a/b"},
      {"/a+b", "/a+b"},
      {"/a%2f..%2fb", "/b"},
  };
  for (const auto& [raw, normal] : cases) {
    const auto path = normalize_path(raw);
    ASSERT_TRUE(path.ok()) << raw << ": " << path.message();
    EXPECT_EQ(*path, normal) << raw;
    // A normalized path stays the same, unless it contains characters that meant
    // themselves only while encoded.
    if (path->find_first_of("%?#") != std::string::npos) continue;
    EXPECT_EQ(*normalize_path(*path), *path);
  }
}

TEST(PageUrl, RefusesWhatNginxAnswersWith400) {
  for (const char* url :
       {"", "pricing", "www.acme.example/pricing", "ftp://a.example/", "http:///x", "/..", "/a/../..",
        "/%2e%2e", "/%", "/%4", "/%zz", "/a%00b", "/a b", "/a\nb", "http://[::1/x", "http://:80/"}) {
    EXPECT_FALSE(parse_page_url(url).ok()) << url;
  }
}

}  // namespace
}  // namespace abm
