// Who a visitor is taken for when several things speak for them. What an address alone says: generation_test.
#include "generation/identify.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "accounts/snapshot_writer.h"
#include "generation/link_token.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

/// Of the sample: deere has 192.0.2.0/24, and 198.51.100.0/24 is an access provider's. The domains are those
/// of this test.
std::shared_ptr<const Generation> with_domains(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& accounts) {
  Artifacts artifacts = testing::make_artifacts();
  accounts::SnapshotWriter writer;
  for (const auto& [id, domains] : accounts) {
    accounts::Account account;
    account.text[static_cast<size_t>(accounts::TextField::kId)] = id;
    account.text[static_cast<size_t>(accounts::TextField::kName)] = id;
    if (!domains.empty()) account.text[static_cast<size_t>(accounts::TextField::kDomain)] = domains.front();
    account.domains = domains;
    writer.add(account);
  }
  accounts::FeedHeader header;
  header.tenant = artifacts.manifest.tenant;
  header.version = artifacts.manifest.feed_version;
  header.generated_at = 1'763'780'000;
  auto snapshot = writer.finish(header);
  EXPECT_TRUE(snapshot.ok()) << snapshot.message();
  auto generation =
      Generation::from_bytes(artifacts.manifest, artifacts.bytes[0], *snapshot, artifacts.bytes[2]);
  EXPECT_TRUE(generation.ok()) << generation.message();
  return *generation;
}

const Generation& site() {
  static const auto kGeneration =
      with_domains({{"deere", {"deere.com", "x.co.uk"}},
                    {"ford", {"ford.com", "both.com"}},
                    {"eon", {"eon.example", "both.com", "uk.both.example"}},
                    {"other", {"both.example", "uk.both.example", "mail.deere.com"}}});
  return *kGeneration;
}

std::string id_of(const Identity& identity) {
  return identity.account.has_value() ? std::string(identity.account->id()) : "";
}

std::string by_domain(std::string_view identity) {
  return id_of(identify(site(), {.identity = identity}));
}

const auto kOfDeere = IpAddress::parse("192.0.2.9");
const auto kOfNobody = IpAddress::parse("198.51.100.9");

TEST(IdentifyByDomain, TakesEmailAddressesAndSubdomains) {
  for (const std::string_view identity :
       {"x.co.uk", "mail.x.co.uk", "user@mail.x.co.uk", "User@MAIL.X.CO.UK", "a.b.c.x.co.uk.",
        "\"a@ford.com\"@x.co.uk", "@x.co.uk", "www.deere.com"})
    EXPECT_EQ(by_domain(identity), "deere") << identity;
  EXPECT_EQ(by_domain("user@mail.deere.com"), "other");  // its own domain, whatever is above it
}

TEST(IdentifyByDomain, FindsNobodyInPartsOfLabelsOrInSuffixes) {
  for (const std::string_view identity :
       {"notx.co.uk", "co.uk", "uk", "user@co.uk", "user@y.co.uk", "x.co.uk@gmail.com", "user@", "@", ".",
        "..", "x.co.uk.evil.example", "deere", "com", "deere.com>", "deere.com:443", "https://deere.com"})
    EXPECT_EQ(by_domain(identity), "") << identity;
  EXPECT_EQ(by_domain(std::string_view("deere.com\0", 10)), "");
  EXPECT_EQ(by_domain(std::string(100'000, '.')), "");
  EXPECT_EQ(by_domain("user@" + std::string(100'000, 'a')), "");
}

TEST(IdentifyByDomain, LooksNoFurtherThanTheLimit) {
  std::string name = "deere.com";
  for (size_t i = 1; i < kMostIdentityNames; ++i) name = "a." + name;
  EXPECT_EQ(by_domain(name), "deere");
  EXPECT_EQ(by_domain("a." + name), "");
}

TEST(IdentifyByDomain, ADomainOfTwoAccountsIsNobodysNorIsWhatIsBelowIt) {
  for (const std::string_view identity :
       {"both.com", "user@mail.both.com", "uk.both.example", "a.uk.both.example"})
    EXPECT_EQ(by_domain(identity), "") << identity;
  EXPECT_EQ(by_domain("de.both.example"), "other");
}

TEST(IdentifyByDomain, EmailAddressesAreNoAccountIds) {
  EXPECT_EQ(id_of(identify(site(), {.identity = "a@deere", .kind = IdentityKind::kId})), "");
  EXPECT_EQ(id_of(identify(site(), {.identity = "deere", .kind = IdentityKind::kId})), "deere");
}

TEST(IdentifyByLink, BeatsAddressAndCookie) {
  for (const auto& address : {kOfDeere, kOfNobody, std::optional<IpAddress>()}) {
    const Identity found = identify(site(), {.link = "ford", .remembered = "eon", .address = address});
    EXPECT_EQ(id_of(found), "ford");
    EXPECT_EQ(found.source, "link");
    EXPECT_EQ(found.confidence, Confidence::kHigh);
    EXPECT_FALSE(found.network.has_value());
    EXPECT_EQ(found.exclusion, "");
  }
}

TEST(IdentifyByLink, WhereTheIdentitySaysOtherwiseTheVisitorIsUnknown) {
  const auto who = [&](Evidence evidence) {
    evidence.link = "ford";
    evidence.address = kOfDeere;
    evidence.remembered = "ford";
    const Identity found = identify(site(), evidence);
    EXPECT_EQ(found.source, found.account.has_value() ? "link" : "");
    return id_of(found);
  };
  EXPECT_EQ(who({}), "ford");
  EXPECT_EQ(who({.identity = "user@ford.com"}), "ford");
  EXPECT_EQ(who({.identity = "ford", .kind = IdentityKind::kId}), "ford");
  EXPECT_EQ(who({.identity = "user@deere.com"}), "");
  EXPECT_EQ(who({.identity = "user@gmail.com"}), "");
  EXPECT_EQ(who({.identity = "both.com"}), "");
  EXPECT_EQ(who({.identity = "user@ford.com", .distrusted = true}), "");
  EXPECT_EQ(who({.distrusted = true}), "");
}

TEST(IdentifyByLink, ToAnAccountThatIsNoLongerListedNamesNobody) {
  EXPECT_EQ(id_of(identify(site(), {.link = "gone", .remembered = "ford", .address = kOfDeere})), "");
  EXPECT_EQ(id_of(identify(site(), {.link = "gone", .identity = "deere.com", .address = kOfDeere})), "");
}

TEST(IdentifyByIdentity, BeatsTheCookieEvenIfItNamesSomebodyUnknown) {
  const Identity found =
      identify(site(), {.identity = "ford.com", .remembered = "deere", .address = kOfDeere});
  EXPECT_EQ(id_of(found), "ford");
  EXPECT_EQ(found.source, "identity");
  EXPECT_EQ(id_of(identify(site(), {.identity = "z.example", .remembered = "deere", .address = kOfDeere})),
            "");
  EXPECT_EQ(id_of(identify(site(), {.distrusted = true, .remembered = "deere", .address = kOfDeere})), "");
}

TEST(IdentifyByCookie, BeatsTheAddressAlone) {
  const Identity found = identify(site(), {.remembered = "ford", .address = kOfDeere});
  EXPECT_EQ(id_of(found), "ford");
  EXPECT_EQ(found.source, "remembered");
  EXPECT_EQ(found.confidence, Confidence::kHigh);
  EXPECT_EQ(id_of(identify(site(), {.remembered = "gone", .address = kOfDeere})), "");
  EXPECT_EQ(id_of(identify(site(), {.address = kOfDeere})), "deere");
  EXPECT_EQ(id_of(identify(site(), {})), "");
}

// Random visitors over days: they get links, forward them, change some of their bytes, keep cookies, log in
// and out, and come from anywhere. Nobody is ever taken for an account that neither their address nor a valid
// token of their own, in this very request, names; and two that differ name nobody.
class RandomHistory {
 public:
  explicit RandomHistory(uint32_t seed) : random_(seed) {}

  void visit() {
    now_ += pick(20'000);
    std::string link, identity, cookie;
    if (pick(3) == 0) tokens_.push_back(new_link());
    if (!tokens_.empty() && pick(2) == 0) link = maybe_broken(any(tokens_));
    if (pick(4) == 0) identity = maybe_broken(new_identity());
    if (!cookies_.empty() && pick(2) == 0) cookie = maybe_broken(any(cookies_));
    // A token of another kind where one is expected.
    if (pick(8) == 0) std::swap(link, cookie);
    if (pick(8) == 0) std::swap(link, identity);
    const auto address = IpAddress::parse(any(kAddresses));
    check(link, identity, cookie, *address);
  }
  [[nodiscard]] size_t count(std::string_view source) const {
    const auto at = named_by_.find(std::string(source));
    return at == named_by_.end() ? 0 : at->second;
  }

 private:
  static inline const std::vector<std::string> kAccounts = {"deere", "ford", "eon", "gone"};
  static inline const std::vector<std::string> kHosts = {"a.example", "b.example"};
  static inline const std::vector<std::string> kAddresses = {"192.0.2.9", "198.51.100.9", "8.8.8.8",
                                                             "203.0.113.1"};
  static inline const std::vector<std::string> kSaid = {"user@mail.deere.example", "ford.example",
                                                        "x@gmail.com"};

  uint32_t pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  template <typename T>
  const T& any(const std::vector<T>& of) {
    return of[pick(static_cast<uint32_t>(of.size()))];
  }
  std::string_view key() { return any(kKeys); }

  std::string new_link() {
    LinkClaims claims{
        .account = any(kAccounts), .role = "r", .campaign = "", .host = any(kHosts), .expires = 0};
    claims.expires = now_ + pick(100'000);
    const std::string_view signer = key();
    const std::string token = *make_link_token(claims, signer);
    if (signer != kKeys.back()) truth_[token] = {claims.account, claims.host, claims.expires};
    return token;
  }
  std::string new_identity() {
    const std::string said = any(kSaid);
    const int64_t expires = now_ + pick(100'000) - 20'000;
    const std::string_view signer = key();
    const std::string text = *make_signed_identity(said, expires, signer);
    if (signer == kKeys.back()) return text;
    truth_[text] = {said == kSaid[0] ? "deere" : said == kSaid[1] ? "ford" : "", "", expires};
    return text;
  }
  std::string maybe_broken(std::string token) {
    if (pick(4) != 0 || token.empty()) return token;
    const size_t at = pick(static_cast<uint32_t>(token.size()));
    if (pick(2) == 0) return token.substr(0, at);
    token[at] = token[at] == 'a' ? 'b' : 'a';
    return token;
  }

  /// Whom a text names, as this test wrote it down when it was made; std::nullopt if it is not valid here.
  std::optional<std::string> truth(const std::string& token, const std::string& host) {
    const auto at = truth_.find(token);
    if (at == truth_.end() || now_ >= at->second.expires) return std::nullopt;
    if (!at->second.host.empty() && at->second.host != host) return std::nullopt;
    return at->second.account;
  }

  void check(const std::string& link, const std::string& said, const std::string& cookie,
             const IpAddress& address) {
    const std::string host = any(kHosts);
    const LinkKeys keys{.first = kKeys[0], .second = kKeys[1]};
    const auto link_claims = check_link_token(link, host, now_, keys);
    const auto identity = check_signed_identity(said, now_, keys);
    const auto remembered = check_remembered(cookie, host, now_, keys);
    Evidence evidence{.address = address};
    if (link_claims) evidence.link = link_claims->account;
    if (identity) evidence.identity = identity->value;
    evidence.distrusted = !said.empty() && !identity;
    if (remembered) evidence.remembered = remembered->account;
    const Identity found = identify(*generation_, evidence);
    remember(link_claims, found, host);

    std::set<std::string> may_be;
    for (const std::string& token : {link, said, cookie}) {
      if (const auto account = truth(token, host)) may_be.insert(*account);
    }
    const Identity at_address = identify(*generation_, {.address = address});
    if (at_address.account) may_be.insert(std::string(at_address.account->id()));
    if (!found.account) return;
    ++named_by_[std::string(found.source)];
    EXPECT_TRUE(may_be.contains(std::string(found.account->id()))) << found.account->id();
    // Both spoke in this request, and did not agree.
    const auto linked = truth(link, host);
    const auto logged_in = truth(said, host);
    EXPECT_FALSE(link_claims && identity && linked && logged_in && *linked != *logged_in);
    EXPECT_FALSE(evidence.distrusted);
  }

  void remember(const std::optional<LinkClaims>& link, const Identity& found, const std::string& host) {
    if (!link || found.source != "link") return;
    RememberedClaims claims{
        .account = link->account, .host = host, .since = now_, .expires = now_ + 1'000'000};
    const std::string token = *make_remembered(claims, kKeys[0]);
    truth_[token] = {claims.account, claims.host, claims.expires};
    cookies_.push_back(token);
  }

  struct Truth {
    std::string account, host;
    int64_t expires = 0;
  };
  /// The last one is not the site's.
  static inline const std::vector<std::string> kKeys = {std::string(32, 'k'), std::string(32, 'o'),
                                                        std::string(32, 'x')};

  std::mt19937 random_;
  int64_t now_ = 1'763'780'000;
  std::vector<std::string> tokens_, cookies_;
  std::map<std::string, Truth> truth_;
  std::map<std::string, size_t> named_by_;
  std::shared_ptr<const Generation> generation_ = *[] {
    const Artifacts artifacts = testing::make_artifacts();
    return Generation::from_bytes(artifacts.manifest, artifacts.bytes[0], artifacts.bytes[1],
                                  artifacts.bytes[2]);
  }();
};

TEST(Identify, NobodyIsTakenForWhomNeitherAddressNorTokenNames) {
  std::map<std::string, size_t> named_by;
  for (uint32_t seed = 0; seed < 50; ++seed) {
    RandomHistory history(seed);
    for (int i = 0; i < 200; ++i) history.visit();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    for (const char* source : {"link", "identity", "remembered", "asn"})
      named_by[source] += history.count(source);
  }
  // Each source had its say, so that the test could have failed.
  for (const auto& [source, count] : named_by) EXPECT_GT(count, 50u) << source;
}

}  // namespace
}  // namespace abm::generation
