#include "connect/networks/network_list.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace abm::connect {
namespace {

std::string listed(std::string_view bytes) {
  const auto networks = read_network_list(bytes);
  if (!networks) return networks.message();
  std::string text;
  for (const IpPrefix& network : *networks) text += (text.empty() ? "" : " ") + network.to_string();
  return text;
}

TEST(NetworkList, ReadsWhatEachPublisherPublishes) {
  EXPECT_EQ(listed(R"({"creationTime":"2026-11-01","prefixes":[{"ipv6Prefix":"2001:4860:4801:10::/64"},)"
                   R"({"ipv4Prefix":"66.249.64.0/27"}]})"),
            "66.249.64.0/27 2001:4860:4801:10::/64");
  EXPECT_EQ(
      listed(
          R"({"syncToken":"1","createDate":"x","prefixes":[{"ip_prefix":"3.4.12.4/32","region":"eu-west-1",)"
          R"("service":"AMAZON"}],"ipv6_prefixes":[{"ipv6_prefix":"2600:1f14::/35","region":"us"}]})"),
      "3.4.12.4/32 2600:1f14::/35");
  EXPECT_EQ(
      listed(R"({"changeNumber":1,"cloud":"Public","values":[{"name":"AzureCloud","properties":{"region":"",)"
             R"("addressPrefixes":["13.64.0.0/16","13.64.1.0/24","2603:1000::/40"]}}]})"),
      "13.64.0.0/16 2603:1000::/40");
  EXPECT_EQ(
      listed(R"({"result":{"ipv4_cidrs":["173.245.48.0/20"],"ipv6_cidrs":["2400:cb00::/32"],"etag":"a"}})"),
      "173.245.48.0/20 2400:cb00::/32");
  EXPECT_EQ(listed(R"({"regions":[{"region":"r","cidrs":[{"cidr":"129.146.0.0/21","tags":["OCI"]}]}]})"),
            "129.146.0.0/21");
  EXPECT_EQ(listed("# geofeed\r\n192.81.208.0/20,US,US-NY,New York,10011\r\n2604:a880::/32,US,,,\r\n"),
            "192.81.208.0/20 2604:a880::/32");
  EXPECT_EQ(listed("173.245.48.0/20\n103.21.244.0/22"), "103.21.244.0/22 173.245.48.0/20");
}

TEST(NetworkList, TakesNetworksWithBitsBehindThePrefixAsBingWritesThem) {
  EXPECT_EQ(listed(R"({"prefixes":[{"ipv4Prefix":"157.55.39.7/24"}]})"), "157.55.39.0/24");
}

TEST(NetworkList, WhatIsInsideAnotherIsLeftOutAndTheOrderDoesNotMatter) {
  EXPECT_EQ(listed("10.1.2.0/24\n10.0.0.0/8\n10.0.0.0/8\n11.0.0.1\n"), "10.0.0.0/8 11.0.0.1/32");
  EXPECT_EQ(listed("11.0.0.1\n10.0.0.0/8\n10.1.2.0/24\n"), "10.0.0.0/8 11.0.0.1/32");
}

TEST(NetworkList, RefusesWhatIsNoListOrNotWhatItWas) {
  EXPECT_EQ(listed(""), "it is empty");
  EXPECT_EQ(listed("<!DOCTYPE html>"), "'<!DOCTYPE html>' is not a network, in line 1");
  EXPECT_EQ(listed("{}"), "it holds no network: its form must have changed");
  EXPECT_EQ(listed(R"({"prefixes":[{"ipv4":"66.249.64.0/27"}]})"),
            "it holds no network: its form must have changed");
  EXPECT_EQ(listed(R"({"prefixes":[{"ipv4Prefix":"66.249.64/27"}]})"),
            "'66.249.64/27' is not a network, in 'ipv4Prefix'");
  EXPECT_EQ(listed("0.0.0.0/0\n"),
            "0.0.0.0/0 is wider than any list's, in line 1: it would exclude too much of the internet");
  EXPECT_EQ(listed("::/0\n"),
            "::/0 is wider than any list's, in line 1: it would exclude too much of the internet");
  EXPECT_NE(listed("{\"prefixes\":[").find("it is not JSON"), std::string::npos);
  EXPECT_EQ(listed(std::string(100, '[') + std::string(100, ']')), "it is nested too deeply");
  EXPECT_EQ(listed(std::string("\x01\xff,x\n")),
            "'?"
            "?' is not a network, in line 1");
}

TEST(NetworkList, BecomesAFileThatExclusionsRead) {
  const auto networks = read_network_list("66.249.64.0/27\n");
  ASSERT_TRUE(networks.ok());
  EXPECT_EQ(
      exclusion_csv({.what = "Bing's crawlers", .from = "https://h/b.json", .kind = "crawler"}, *networks),
      "# Bing's crawlers, as published at https://h/b.json\n"
      "# Made by `abmctl networks`, which replaces it: what is changed here is lost.\n"
      "network,kind\n66.249.64.0/27,crawler\n");
}

TEST(NetworkList, TheFileOfTheWeekIsTakenFromMicrosoftsPageOnlyIfItIsMicrosofts) {
  const std::string page_address = "https://www.microsoft.com/x";
  const auto address = [&](const std::string& page) {
    const auto found = azure_list_address(page, page_address);
    return found ? *found : std::string("none");
  };
  const std::string good = "https://download.microsoft.com/download/7/1/d/ServiceTags_Public_20261123.json";
  EXPECT_EQ(address("<a href=\"" + good + "\">"), good);
  EXPECT_EQ(
      address("<a href=\"https://evil.example/ServiceTags_Public_20261123.json\"> x url='" + good + "'"),
      good);
  EXPECT_EQ(address("http://download.microsoft.com/ServiceTags_Public_20261123.json"), "none");
  EXPECT_EQ(
      address(
          "<a href=\"https://evil.example/?https://download.microsoft.com/ServiceTags_Public_20261123.json\">"),
      "none");
  EXPECT_EQ(address("ServiceTags_Public_20261123.json"), "none");
  EXPECT_EQ(address("https://download.microsoft.com/ServiceTags_Public_2026.json"), "none");
  EXPECT_EQ(address(""), "none");
}

}  // namespace
}  // namespace abm::connect
