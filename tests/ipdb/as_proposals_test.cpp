#include "ipdb/as_proposals.h"

#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

/// "deere: 64500 same, 64501 form? · acme: …"
std::string proposed(NetworkSite& site, const std::vector<AsWish>& wishes) {
  std::string text;
  for (const AsProposal& proposal :
       propose_as_numbers(wishes, site.inputs.sources, site.options, site.diagnostics)) {
    text += (text.empty() ? "" : " · ") + proposal.account + ":";
    for (const AsCandidate& one : proposal.candidates) {
      text += " " + std::to_string(one.asn) +
              (one.evidence == AsEvidence::kSameName      ? "="
               : one.evidence == AsEvidence::kWithoutForm ? "~"
                                                          : "@") +
              (one.doubt.empty() ? "" : "?");
    }
  }
  return text;
}

TEST(AsProposals, ByNameAndEvidence) {
  NetworkSite site;
  site.source(
      Kind::kAsn, "asn.csv",
      "203.0.113.0,203.0.113.255,64500,Deere & Company\n198.18.0.0,198.18.0.255,64501,Deere & Company Corp\n"
      "198.19.0.0,198.19.0.255,64502,Industrias John Deere\n203.0.112.0,203.0.112.255,64500,Deere & Company\n"
      "20.0.0.0,20.0.0.255,64503,Emerson Electric Co.\n20.0.1.0,20.0.1.255,64504,Maersk A/S\n");
  const std::vector<AsWish> wishes = {{"deere", {"DEERE AND CO"}, {"deere.com"}},
                                      {"emerson", {"Emerson Electric"}, {}},
                                      {"maersk", {"A.P. Moller"}, {"www.maersk.com"}},
                                      {"nobody", {"Nobody Knows Ltd"}, {"gmail.com", "x.com"}}};
  EXPECT_EQ(proposed(site, wishes), "deere: 64500= 64501~? · emerson: 64503~ · maersk: 64504@?");
  const auto proposals = propose_as_numbers(wishes, site.inputs.sources, site.options, site.diagnostics);
  EXPECT_EQ(proposals[0].candidates[0].ranges, 2u);
  EXPECT_EQ(proposals[0].candidates[0].ipv4_addresses, 512u);
  EXPECT_EQ(proposals[0].candidates[0].organization, "Deere & Company");
  EXPECT_EQ(proposals[0].candidates[0].name, "DEERE AND CO");
  EXPECT_EQ(proposals[0].candidates[0].table, "asn.csv");
}

TEST(AsProposals, WhateverMayBeSomebodyElseIsDoubtful) {
  NetworkSite site;
  site.source(Kind::kAsn, "asn.csv",
              "203.0.113.0,203.0.113.255,64500,Delta Corp\n198.18.0.0,198.18.0.255,64501,Delta Ltd\n"
              "30.0.0.0,30.255.255.255,64502,Big Telco Inc\n198.19.0.0,198.19.0.255,64503,Twin Tools Inc\n"
              "20.0.0.0,20.0.0.255,64504,Apple Inc.\n");
  EXPECT_EQ(proposed(site, {{"delta", {"Delta"}, {}}}), "delta: 64500~? 64501~?");
  EXPECT_EQ(proposed(site, {{"telco", {"Big Telco, Inc."}, {}}}), "telco: 64502=?");
  EXPECT_EQ(proposed(site, {{"one", {"Twin Tools Inc"}, {}}, {"two", {"Twin Tools"}, {}}}),
            "one: 64503=? · two: 64503~?");
  EXPECT_EQ(proposed(site, {{"apple", {"Apple"}, {}}}), "apple: 64504~?");
  EXPECT_EQ(proposed(site, {{"apple", {"Apple Inc"}, {}}}), "apple: 64504=");
}

TEST(AsProposals, AFileThatCannotBeReadIsAnError) {
  NetworkSite site;
  site.source(Kind::kAsn, "gone.csv", std::nullopt);
  EXPECT_EQ(proposed(site, {{"a", {"Acme Inc"}, {}}}), "");
  EXPECT_FALSE(site.diagnostics.ok());
}

}  // namespace
}  // namespace abm::ipdb
