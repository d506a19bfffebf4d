#include "connect/http/url.h"

#include <gtest/gtest.h>

namespace abm::connect {
namespace {

std::string suffixed(const std::string& url) {
  const auto result = with_path_suffix(url, ".minisig");
  return result ? *result : result.message();
}

TEST(Url, IsShownWithoutUserAndPassword) {
  EXPECT_EQ(url_for_people("https://user:secret@core.example/a?b=1"), "https://core.example/a?b=1");
  EXPECT_EQ(url_for_people("https://core.example:8443/a"), "https://core.example:8443/a");
}

TEST(Url, TakesASuffixBehindItsPath) {
  EXPECT_EQ(suffixed("https://core.example/abm/accounts.ndjson"),
            "https://core.example/abm/accounts.ndjson.minisig");
  EXPECT_EQ(suffixed("https://core.example/a?token=x"), "https://core.example/a.minisig?token=x");
}

TEST(Url, RefusesWhatIsNoHttpAddress) {
  for (const char* bad : {"", "core.example/a", "ftp://core.example/a", "file:///etc/passwd", "https://"}) {
    EXPECT_FALSE(check_url(bad).ok()) << bad;
  }
  EXPECT_TRUE(check_url("http://127.0.0.1:8080/a").ok());
  EXPECT_TRUE(check_url("https://[2001:db8::1]/a").ok());
}

TEST(Url, RedirectsStayOnTheirHostAndPort) {
  const std::string from = "https://core.example/a";
  EXPECT_EQ(redirect_fault(from, "https://core.example/b/c?d"), "");
  EXPECT_EQ(redirect_fault(from, "https://CORE.example:443/b"), "");
  EXPECT_EQ(redirect_fault(from, "https://core.example.evil.example/a"),
            "it redirects to another host, 'core.example.evil.example': name the final address");
  EXPECT_EQ(redirect_fault(from, "https://core.example@evil.example/a"),
            "it redirects to another host, 'evil.example': name the final address");
  EXPECT_EQ(redirect_fault(from, "https://core.example:8443/a"),
            "it redirects to another port, 8443: name the final address");
  EXPECT_EQ(redirect_fault(from, "http://core.example/a"), "it redirects from https to plain http");
  EXPECT_EQ(redirect_fault(from, "file:///etc/passwd"),
            "it redirects to 'file:///etc/passwd', which is not an http address");
}

TEST(Url, RedirectsMayGoFromHttpToHttps) {
  EXPECT_EQ(redirect_fault("http://core.example/a", "https://core.example/a"), "");
  EXPECT_NE(redirect_fault("http://core.example:8080/a", "https://core.example/a"), "");
}

TEST(Url, RedirectsOfAPageMayGainOrLoseWww) {
  const std::string from = "https://acme.example/a";
  EXPECT_EQ(page_redirect_fault(from, "https://www.acme.example/b"), "");
  EXPECT_EQ(page_redirect_fault("http://WWW.acme.example/", "https://acme.example/"), "");
  EXPECT_EQ(page_redirect_fault(from, "https://shop.acme.example/"),
            "it redirects to another host, 'shop.acme.example': name the final address");
  EXPECT_EQ(page_redirect_fault(from, "http://www.acme.example/"), "it redirects from https to plain http");
  EXPECT_EQ(page_redirect_fault("http://www./", "http://evil.example/"),
            "it redirects to another host, 'evil.example': name the final address");
  EXPECT_NE(page_redirect_fault(from, "file:///etc/passwd"), "");
  EXPECT_NE(redirect_fault(from, "https://www.acme.example/b"), "");
}

TEST(Url, ResolvesWhereARedirectLeads) {
  const auto target = [](const std::string& location) {
    const auto result = redirect_target("https://acme.example/a/b?c", location);
    return result ? *result : result.message();
  };
  EXPECT_EQ(target("/d"), "https://acme.example/d");
  EXPECT_EQ(target("e?f"), "https://acme.example/a/e?f");
  EXPECT_EQ(target("//www.acme.example/"), "https://www.acme.example/");
  EXPECT_EQ(target("https://other.example/x"), "https://other.example/x");
  EXPECT_EQ(target(""), "it redirects without saying where to");
}

TEST(Url, NextPagesAreOnTheSameServerOrNowhere) {
  const auto page = [](const std::string& reference) {
    return on_same_server("https://acme.my.salesforce.com", reference).value_or("elsewhere");
  };
  EXPECT_EQ(page("/services/data/v60.0/query/01g-2000"),
            "https://acme.my.salesforce.com/services/data/v60.0/query/01g-2000");
  EXPECT_EQ(page("https://ACME.my.salesforce.com:443/x"), "https://ACME.my.salesforce.com:443/x");
  for (const std::string bad :
       {"//evil.example/x", "https://evil.example/", "http://acme.my.salesforce.com/x",
        "https://acme.my.salesforce.com:8443/x", "https://u:p@acme.my.salesforce.com/",
        "https://acme.my.salesforce.com@evil.example/", "ftp://acme.my.salesforce.com/",
        "https://acme.my.salesforce.com.evil.example/", "", "https://"}) {
    EXPECT_EQ(page(bad), "elsewhere") << bad;
  }
  // A reference is a path, whatever it looks like.
  EXPECT_EQ(page("@evil.example/x"), "https://acme.my.salesforce.com/@evil.example/x");
}

TEST(Url, SecretsAreToldToEncryptedServersAndToThisMachine) {
  for (const std::string good : {"https://api.hubapi.com", "https://a.example:8443/base",
                                 "http://127.0.0.1:80", "http://localhost/", "http://[::1]:9/"})
    EXPECT_TRUE(check_secret_url(good)) << good;
  for (const std::string bad :
       {"http://api.hubapi.com", "http://127.0.0.1.evil.example/", "https://u@a.example/",
        "https://a.example/?q=1", "https://a.example/#x", "a.example", "", "file:///etc/passwd"})
    EXPECT_FALSE(check_secret_url(bad)) << bad;
  EXPECT_EQ(
      check_secret_url("http://api.hubapi.com").message(),
      "'http://api.hubapi.com/' is not encrypted, and would be told a secret: it must begin with https://");
}

TEST(Url, WritesValuesOfQueries) {
  EXPECT_EQ(query_value("SELECT Id FROM A WHERE x >= 'é+&'"),
            "SELECT%20Id%20FROM%20A%20WHERE%20x%20%3E%3D%20%27%C3%A9%2B%26%27");
  EXPECT_EQ(query_value("a-._~Z9"), "a-._~Z9");
  EXPECT_EQ(query_value(""), "");
}

}  // namespace
}  // namespace abm::connect
