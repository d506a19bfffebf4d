#include "ipdb/domain.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ipdb/mail_domain_lists.h"
#include "ipdb/mail_domains.h"
#include "ipdb/shared_domains.h"

namespace abm::ipdb {
namespace {

TEST(Domain, IsWhatTheRegistrySold) {
  EXPECT_EQ(registrable_domain("deere.com"), "deere.com");
  EXPECT_EQ(registrable_domain("WWW.Deere.COM."), "deere.com");
  EXPECT_EQ(registrable_domain("a.b.example.co.uk"), "example.co.uk");
}

TEST(Domain, AllSpellingsOfAnInternationalNameAreOne) {
  EXPECT_EQ(registrable_domain("www.m\xc3\xbcller.de"), "xn--mller-kva.de");
  EXPECT_EQ(registrable_domain("M\xc3\x9cLLER.de"), "xn--mller-kva.de");
  EXPECT_EQ(registrable_domain("mu\xcc\x88ller.de"), "xn--mller-kva.de");  // decomposed
  EXPECT_EQ(registrable_domain("xn--mller-kva.de"), "xn--mller-kva.de");
}

TEST(Domain, PublicSuffixesAndGarbageAreNotDomains) {
  for (const char* name : {"", ".", "com", "co.uk", "..", "a..com", "\xff.com"}) {
    EXPECT_FALSE(registrable_domain(name)) << name;
  }
  EXPECT_FALSE(registrable_domain(std::string(5000, 'a') + ".com"));
  EXPECT_FALSE(registrable_domain(std::string_view("a\0.com", 6)));
}

TEST(AccountDomain, SpellingsOfOneDomainAreOneName) {
  for (const char* text : {"deere.com", "WWW.Deere.COM", "deere.com.",
                           "dee\xe2\x80\x8b"
                           "re.com",
                           "\xc2\xa0"
                           "deere.com\xe2\x80\x8b"}) {
    const AccountDomain domain = account_domain(text);
    EXPECT_EQ(domain.name, "deere.com") << text;
    EXPECT_EQ(domain.unicode + domain.fault, "") << text;
  }
  for (const char* text :
       {"www.m\xc3\xbcller.de", "M\xc3\x9cLLER.de", "mu\xcc\x88ller.de", "xn--mller-kva.de"}) {
    const AccountDomain domain = account_domain(text);
    EXPECT_EQ(domain.name, "xn--mller-kva.de") << text;
    EXPECT_EQ(domain.unicode, "m\xc3\xbcller.de") << text;
  }
  EXPECT_EQ(account_domain("shop.deere.com").name, "shop.deere.com");  // another host may be another account
  EXPECT_EQ(account_domain("www.example").name, "www.example");
}

TEST(AccountDomain, NamesThatAreNobodysOwnAreRefusedWithTheReason) {
  const struct {
    const char* text;
    const char* fault;
  } cases[] = {{"co.uk", "is a public suffix, below which anybody may register"},
               {"github.io", "is a public suffix, below which anybody may register"},
               {"com", "is not a company's domain: it has no dot"},
               {"localhost", "is not a company's domain: it has no dot"},
               {"10.1.2.3", "is an address, not a domain: write it into 'networks'"},
               {"Gmail.com", "is a free-mail provider's, where anybody gets an address"},
               {"mail.web.de", "is a free-mail provider's, where anybody gets an address"},
               {"proton.me", "is a free-mail provider's, where anybody gets an address"},
               {"mailinator.com", "is a provider's of disposable mailboxes"},
               {"a b.com", "is not a domain name"},
               {"a..com", "is not a domain name"}};
  for (const auto& c : cases) {
    const AccountDomain domain = account_domain(c.text);
    EXPECT_EQ(domain.fault, c.fault) << c.text;
    EXPECT_EQ(domain.name, "") << c.text;
  }
  EXPECT_EQ(account_domain("acme.github.io").fault, "");
}

TEST(MailDomains, ListsAreBuiltInWithTheirOriginAndDay) {
  EXPECT_EQ(mail_domain("gmail.com"), MailDomain::kFree);
  EXPECT_EQ(mail_domain("mailinator.com"), MailDomain::kDisposable);
  EXPECT_EQ(mail_domain("deere.com"), MailDomain::kNone);
  EXPECT_EQ(mail_domain(""), MailDomain::kNone);
  for (const std::string_view list : {kFreeMailDomains, kDisposableMailDomains}) {
    EXPECT_TRUE(list.starts_with("# ")) << list.substr(0, 40);
    EXPECT_NE(list.find(" as published on 20"), std::string_view::npos);
    EXPECT_GT(std::count(list.begin(), list.end(), '\n'), 4000);
  }
}

TEST(SharedDomains, BothAccountsAreNamedWithTheirPlaces) {
  NetworkAccounts accounts;
  const std::vector<std::string> first = {"a.example", "b.example"}, second = {"c.example", "b.example"},
                                 third = {"d.example"};
  accounts.add({.id = "one", .networks = {}, .asns = {}, .organizations = {}, .domains = first, .line = 2});
  accounts.add({.id = "two", .networks = {}, .asns = {}, .organizations = {}, .domains = second, .line = 7});
  accounts.add({.id = "three", .networks = {}, .asns = {}, .organizations = {}, .domains = third, .line = 8});
  Diagnostics diagnostics;
  report_shared_domains(accounts, "feed.ndjson", diagnostics);
  EXPECT_EQ(
      diagnostics.format(),
      "feed.ndjson:7: warning: account 'two': domain 'b.example' is also that of account 'one' (feed.ndjson:2); it "
      "identifies neither\n");
}

}  // namespace
}  // namespace abm::ipdb
