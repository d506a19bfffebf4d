#include "connect/import/websites.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <ctime>

#include <string>
#include <string_view>

namespace abm::connect {
namespace {

std::string domains(std::string_view cell) {
  std::string out;
  for (const WebsiteDomain& found : domains_in_cell(cell)) {
    if (!out.empty()) out += ' ';
    out += found.domain.empty() ? "(" + found.fault + ")" : found.domain;
  }
  return out;
}

TEST(Websites, BecomeRegistrableDomains) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"https://www.x.co.uk/a?b", "x.co.uk"},
      {"HTTP://WWW.Deere.COM/", "deere.com"},
      {"deere.com", "deere.com"},
      {"shop.eu.deere.com:8443/x", "deere.com"},
      {"https://deere.com/?utm_source=x&y=https://other.com", "deere.com"},
      {"//deere.com", "deere.com"},
      {"deere.com.", "deere.com"},
      {"info@deere.com", "deere.com"},
      {"mailto:info@deere.com", "deere.com"},
      {"https://user:pass@deere.com/x", "deere.com"},
      {"https://www.müller.de", "xn--mller-kva.de"},
      {"deere.com, www.deere.com; johndeere.com", "deere.com johndeere.com"},
      {"", ""},
      {"N/A", ""},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(domains(text), want) << text;
}

TEST(Websites, ThatNameNoCompanySayWhy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"gmail.com", "(is a free-mail provider's, where anybody gets an address)"},
      {"anna@gmail.com", "(is a free-mail provider's, where anybody gets an address)"},
      {"https://www.linkedin.com/company/deere", "(is a site where many companies have pages)"},
      {"acme.wordpress.com", "(is a site where many companies have pages)"},
      {"https://sites.google.com/view/acme", "(is a site where many companies have pages)"},
      {"https://apps.apple.com/app/1", "(is a site where many companies have pages)"},
      {"co.uk", "(is a public suffix, below which anybody may register)"},
      {"http://192.0.2.1/", "(is an address, not a domain: write it into 'networks')"},
      {"localhost", "(is not a company's domain: it has no dot)"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(domains(text), want) << text;
}

TEST(Websites, OfLargeCompaniesAreTheirOwn) {
  EXPECT_EQ(domains("https://www.apple.com/"), "apple.com");
  EXPECT_EQ(domains("google.com"), "google.com");
}

TEST(Websites, ACellOfAHundredThousandTakesNoTime) {
  std::string cell;
  for (int i = 0; i < 100'000; ++i) cell += fmt::format("x{}.com ", i);
  const std::clock_t begun = std::clock();
  EXPECT_EQ(domains_in_cell(cell).size(), 100'000u);
  EXPECT_LT(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC, 30);
}

}  // namespace
}  // namespace abm::connect
