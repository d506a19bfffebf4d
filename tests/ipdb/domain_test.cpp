#include "ipdb/domain.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace abm::ipdb
