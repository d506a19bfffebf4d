#include "tools/starter_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string lines(const std::string& url, ProxyAnswers answers = {}, ProxyUse use = ProxyUse::kSite) {
  auto upstream = Upstream::parse(url);
  EXPECT_TRUE(upstream.ok()) << url;
  if (upstream) answers.upstream = *upstream;
  return proxy_directives(answers, use, 4);
}

ProxyAnswers visitors(std::string host) {
  ProxyAnswers answers;
  answers.host = std::move(host);
  return answers;
}

TEST(StarterProxy, ReadsAddressesOfEveryForm) {
  struct Form {
    const char *url, *authority, *path;
    bool tls, is_address, is_local;
  };
  for (const Form& form :
       {Form{"http://127.0.0.1:8081", "127.0.0.1:8081", "", false, true, true},
        Form{"http://[::1]:8081/", "[::1]:8081", "", false, true, true},
        Form{"https://[2001:db8::1]", "[2001:db8::1]", "", true, true, true},
        Form{"https://Acme.Hosting.example:443", "acme.hosting.example", "", true, false, false},
        Form{"http://acme.example:80", "acme.example", "", false, false, false},
        Form{"https://acme.example:80", "acme.example:80", "", true, false, false},
        Form{"http://backend", "backend", "", false, false, true},
        Form{"https://web.acme.internal/shop", "web.acme.internal", "/shop/", true, false, true},
        Form{"http://acme.example/a/b/", "acme.example", "/a/b/", false, false, false}}) {
    const auto upstream = Upstream::parse(form.url);
    ASSERT_TRUE(upstream.ok()) << form.url;
    EXPECT_EQ(upstream->authority(), form.authority) << form.url;
    EXPECT_EQ(upstream->path, form.path) << form.url;
    EXPECT_EQ(upstream->tls, form.tls) << form.url;
    EXPECT_EQ(upstream->is_address, form.is_address) << form.url;
    EXPECT_EQ(upstream->is_local, form.is_local) << form.url;
  }
}

TEST(StarterProxy, RefusesWhatIsNoAddressOfAWebsite) {
  for (const char* url : {"",
                          "acme.example",
                          "ftp://acme.example",
                          "http://",
                          "http:///path",
                          "http://a;b",
                          "http://user@acme.example",
                          "http://acme.example?x=1",
                          "http://acme.example/a b",
                          "http://acme.example/#a",
                          "http://acme.example:0",
                          "http://acme.example:65536",
                          "http://acme.example:",
                          "http://acme.example:8a",
                          "http://[::1",
                          "http://[::1]x",
                          "http://[acme]",
                          "http://acme.example/../x",
                          "http://acme.example//x",
                          "http://a$b",
                          "http://a\nb"}) {
    EXPECT_FALSE(Upstream::parse(url).ok()) << url;
  }
}

TEST(StarterProxy, NamesTheVisitorsHostToAWebsiteWithoutANameOfItsOwn) {
  EXPECT_THAT(lines("http://127.0.0.1:8081", visitors("www.acme.example")),
              HasSubstr("\n    proxy_set_header Host www.acme.example;\n"));
  EXPECT_THAT(lines("http://127.0.0.1:8081"), HasSubstr("proxy_set_header Host $host;"));
  EXPECT_THAT(lines("http://acme.hosting.example", visitors("www.acme.example")),
              HasSubstr("proxy_set_header Host www.acme.example;"));
  const std::string inside = lines("https://10.0.0.7", visitors("www.acme.example"));
  EXPECT_THAT(inside, HasSubstr("proxy_set_header Host www.acme.example;"));
  EXPECT_THAT(inside, HasSubstr("proxy_ssl_name www.acme.example;"));
  EXPECT_THAT(inside, Not(HasSubstr("proxy_redirect")));
}

TEST(StarterProxy, NamesItsOwnHostToAWebsiteWithACertificate) {
  const std::string hosted = lines("https://acme.hosting.example:8443", visitors("www.acme.example"));
  EXPECT_THAT(hosted, HasSubstr("proxy_pass https://acme.hosting.example:8443;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_set_header Host acme.hosting.example:8443;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_ssl_server_name on;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_ssl_name acme.hosting.example;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_redirect default;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_redirect https://acme.hosting.example:8443/ /;"));
  EXPECT_THAT(hosted, HasSubstr("proxy_cookie_domain acme.hosting.example $host;"));
  EXPECT_THAT(hosted, Not(HasSubstr("proxy_ssl_verify")));
  ProxyAnswers answers = visitors("www.acme.example");
  answers.authorities = "/etc/ssl/ca.pem";
  EXPECT_THAT(
      lines("https://acme.hosting.example", answers),
      HasSubstr("proxy_ssl_verify on;\n    proxy_ssl_verify_depth 3;\n    proxy_ssl_trusted_certificate "
                "\"/etc/ssl/ca.pem\";"));
}

TEST(StarterProxy, NamesTheHostThatItIsTold) {
  ProxyAnswers answers = visitors("www.acme.example");
  answers.upstream_host = "www.acme.example";
  const std::string same = lines("https://lb.hosting.example", answers);
  EXPECT_THAT(same, HasSubstr("proxy_set_header Host www.acme.example;"));
  EXPECT_THAT(same, HasSubstr("proxy_ssl_name www.acme.example;"));
  EXPECT_THAT(same, Not(HasSubstr("proxy_cookie_domain")));
  answers.upstream_host = "stage.acme.example";
  EXPECT_THAT(lines("http://127.0.0.1", answers), HasSubstr("proxy_redirect http://stage.acme.example/ /;"));
}

TEST(StarterProxy, SaysTheVisitorsNameInATrialToo) {
  const std::string trial = lines("http://127.0.0.1:8081", visitors("www.acme.example"), ProxyUse::kTrial);
  EXPECT_THAT(trial, HasSubstr("proxy_redirect http://www.acme.example/ /;"));
  EXPECT_THAT(trial, HasSubstr("proxy_cookie_domain www.acme.example $host;"));
  // To https it leads away: here nobody answers that.
  EXPECT_THAT(trial, Not(HasSubstr("proxy_redirect https://")));
}

TEST(StarterProxy, TakesTheFolderOutOfPathsAndCookies) {
  const std::string shop = lines("http://127.0.0.1:8081/shop", visitors("www.acme.example"));
  EXPECT_THAT(shop, HasSubstr("proxy_pass http://127.0.0.1:8081/shop/;"));
  EXPECT_THAT(shop, HasSubstr("proxy_redirect default;"));
  EXPECT_THAT(shop, HasSubstr("proxy_redirect /shop/ /;"));
  EXPECT_THAT(shop, HasSubstr("proxy_redirect https://$host/shop/ https://$host/;"));
  EXPECT_THAT(shop, HasSubstr("proxy_cookie_path /shop/ /;"));
}

}  // namespace
}  // namespace abm::tools
