#include "generation/link_token.h"

#include <functional>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "generation/preview_token.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

constexpr int64_t kSent = 1'763'780'000;
constexpr std::string_view kSite = "www.acme.example";
const std::string kLinkKey(32, 'k');
const std::string kNextKey(32, 'n');

LinkKeys only(std::string_view key) {
  return {.first = key, .second = {}};
}

LinkClaims sample_link() {
  return {.account = "deere",
          .role = "plant manager",
          .campaign = "q4",
          .host = std::string(kSite),
          .expires = kSent + 60};
}

RememberedClaims sample_remembered() {
  return {.account = "deere", .host = std::string(kSite), .since = kSent, .expires = kSent + 60};
}

/// The text, "" with a failed test if there is none.
std::string made(const Result<std::string>& text) {
  EXPECT_TRUE(text.ok()) << text.message();
  return text ? *text : "";
}

std::string link_for(const LinkClaims& claims, std::string_view key = kLinkKey) {
  return made(make_link_token(claims, key));
}

/// What is made, and whether a text passes for it.
struct TokenKind {
  std::string token;
  std::function<bool(std::string_view token, int64_t now, const LinkKeys& keys)> valid;
};

/// All four, each for deere on kSite until kSent + 60, with kLinkKey.
std::vector<TokenKind> token_kinds() {
  return {{made(make_preview_token(
               {.account = "deere", .host = std::string(kSite), .at = {}, .expires = kSent + 60}, kLinkKey)),
           [](std::string_view token, int64_t now, const LinkKeys& keys) {
             return check_preview_token(token, kSite, now, keys.first).has_value();
           }},
          {link_for(sample_link()),
           [](std::string_view token, int64_t now, const LinkKeys& keys) {
             return check_link_token(token, kSite, now, keys).has_value();
           }},
          {made(make_remembered(sample_remembered(), kLinkKey)),
           [](std::string_view token, int64_t now, const LinkKeys& keys) {
             return check_remembered(token, kSite, now, keys).has_value();
           }},
          {made(make_signed_identity("user@deere.com", kSent + 60, kLinkKey)),
           [](std::string_view token, int64_t now, const LinkKeys& keys) {
             return check_signed_identity(token, now, keys).has_value();
           }}};
}

TEST(LinkToken, CarriesItsClaims) {
  for (const std::string_view role : {"", "plant manager", "Werksleiter für Öfen", "工場長"}) {
    LinkClaims claims = sample_link();
    claims.role = role;
    claims.campaign = role;
    const auto read = check_link_token(link_for(claims), "WWW.acme.EXAMPLE", kSent, only(kLinkKey));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->account, "deere");
    EXPECT_EQ(read->host, kSite);
    EXPECT_EQ(read->role, role);
    EXPECT_EQ(read->campaign, role);
    EXPECT_EQ(read->expires, kSent + 60);
  }
}

TEST(LinkToken, OfTheLongestClaimsFitsInItsLimit) {
  const LinkClaims longest{.account = std::string(64, 'a'),
                           .role = std::string(128, 'r'),
                           .campaign = std::string(128, 'c'),
                           .host = std::string(253, 'h'),
                           .expires = 999'999'999'999};
  const std::string token = link_for(longest);
  EXPECT_LE(token.size(), kMaxTokenBytes);
  EXPECT_TRUE(check_link_token(token, longest.host, kSent, only(kLinkKey)).has_value());
}

TEST(LinkToken, IsRefusedOnAnotherHost) {
  const std::string token = link_for(sample_link());
  for (const std::string_view host :
       {"evil.example", "", "acme.example", "www.acme.example.", "www.acme.exampl"})
    EXPECT_FALSE(check_link_token(token, host, kSent, only(kLinkKey)).has_value()) << host;
}

TEST(LinkToken, IsNotMadeOfWhatItMayNotSay) {
  const auto refused = [](auto change) {
    LinkClaims claims = sample_link();
    change(claims);
    return !make_link_token(claims, kLinkKey).ok();
  };
  EXPECT_FALSE(refused([](LinkClaims&) {}));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.account = "Deere & Co"; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.account = ""; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.host = ""; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.host = "bücher.example"; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.host = std::string(254, 'h'); }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.role = std::string(129, 'r'); }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.role = "a\nb"; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.role = "a\xff"; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.role = "a\u202eb"; }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.campaign = std::string("a\0b", 3); }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.campaign = std::string(129, 'c'); }));
  EXPECT_TRUE(refused([](LinkClaims& claims) { claims.expires = -1; }));
  EXPECT_FALSE(make_link_token(sample_link(), "short").ok());
  EXPECT_FALSE(make_link_token(sample_link(), std::string(5000, 'k')).ok());
}

// The layout of FORMAT.md, written down by another program.
TEST(LinkToken, HasTheBytesOfTheFormat) {
  EXPECT_EQ(link_for(sample_link()),
            "AQAAAABpISXcBWRlZXJlEHd3dy5hY21lLmV4YW1wbGUNcGxhbnQgbWFuYWdlcgJxNGR3MOqiMcZZ3QxL_v06-m4KJ-"
            "u2trPw0FoZMjpaBkuI");
  EXPECT_EQ(
      made(make_remembered(sample_remembered(), kLinkKey)),
      "AQAAAABpISWgAAAAAGkhJdwFZGVlcmUQd3d3LmFjbWUuZXhhbXBsZcREcO4hmGi681qeadq180BBJpcTLEdHKUSEoeyU7zpr");
  EXPECT_EQ(
      made(make_signed_identity("user@mail.x.co.uk", kSent + 60, kLinkKey)),
      "1.1763780060.47b94ca7b48bfc2e26acdbb50e527cdaba8984262e74c8925de35a532d9d2b2a.user@mail.x.co.uk");
}

// Signed with the right key for the right purpose, as another program may: the claims are checked all the
// same.
TEST(LinkToken, IsCheckedEvenIfItIsSigned) {
  const auto valid = [](uint8_t format, int64_t expires, std::string_view account, std::string_view host,
                        std::string_view role, std::string_view after) {
    std::string bytes(1, static_cast<char>(format));
    put_time(bytes, expires);
    for (const std::string_view text : {account, host, role, std::string_view("q4")}) put_text(bytes, text);
    bytes += after;
    const auto token = make_token(Purpose::kLink, bytes, kLinkKey);
    return token.ok() && check_link_token(*token, host, kSent, only(kLinkKey)).has_value();
  };
  EXPECT_TRUE(valid(1, kSent + 1, "deere", kSite, "", ""));
  EXPECT_FALSE(valid(2, kSent + 1, "deere", kSite, "", ""));
  EXPECT_FALSE(valid(1, int64_t{1} << 60, "deere", kSite, "", ""));
  EXPECT_FALSE(valid(1, kSent + 1, "DEERE", kSite, "", ""));
  EXPECT_FALSE(valid(1, kSent + 1, "deere", "WWW.acme.example", "", ""));
  EXPECT_FALSE(valid(1, kSent + 1, "deere", "", "", ""));
  EXPECT_FALSE(valid(1, kSent + 1, "deere", kSite, "a\nb", ""));
  EXPECT_FALSE(valid(1, kSent + 1, "deere", kSite, std::string(129, 'r'), ""));
  EXPECT_FALSE(valid(1, kSent + 1, "deere", kSite, "", "x"));
}

TEST(Remembered, CarriesItsClaims) {
  const auto read = check_remembered(made(make_remembered(sample_remembered(), kLinkKey)), "WWW.ACME.example",
                                     kSent, only(kLinkKey));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->account, "deere");
  EXPECT_EQ(read->host, kSite);
  EXPECT_EQ(read->since, kSent);
  EXPECT_EQ(read->expires, kSent + 60);
  EXPECT_FALSE(check_remembered(made(make_remembered(sample_remembered(), kLinkKey)), "evil.example", kSent,
                                only(kLinkKey))
                   .has_value());
}

TEST(Remembered, IsNotBelievedIfItBeginsLater) {
  const auto valid = [](int64_t since) {
    RememberedClaims claims = sample_remembered();
    claims.since = since;
    claims.expires = since + 1'000'000;
    return check_remembered(made(make_remembered(claims, kLinkKey)), kSite, kSent, only(kLinkKey))
        .has_value();
  };
  EXPECT_TRUE(valid(kSent + 300));
  EXPECT_FALSE(valid(kSent + 301));
  EXPECT_FALSE(valid(kSent + 86'400'000));
}

TEST(Remembered, IsNotMadeOfWhatItMayNotSay) {
  RememberedClaims claims = sample_remembered();
  claims.expires = claims.since;
  EXPECT_FALSE(make_remembered(claims, kLinkKey).ok());
  claims = sample_remembered();
  claims.account = "a/b";
  EXPECT_FALSE(make_remembered(claims, kLinkKey).ok());
  claims = sample_remembered();
  claims.host = "a b";
  EXPECT_FALSE(make_remembered(claims, kLinkKey).ok());
}

TEST(SignedIdentity, KeepsItsValueAsItWasSigned) {
  for (const std::string& value :
       {std::string("user@Mail.X.co.uk"), std::string("deere.com"), std::string("a.b.c.d"), std::string("."),
        std::string("münchen.example"), std::string(256, 'v')}) {
    const std::string text = made(make_signed_identity(value, kSent + 60, kLinkKey));
    const auto read = check_signed_identity(text, kSent, only(kLinkKey));
    ASSERT_TRUE(read.has_value()) << value;
    EXPECT_EQ(read->value, value);
    EXPECT_EQ(read->expires, kSent + 60);
  }
  for (const std::string& value : {std::string(), std::string(257, 'v'), std::string("a\nb"),
                                   std::string("a\xff"), std::string("a\0b", 3)})
    EXPECT_FALSE(make_signed_identity(value, kSent + 60, kLinkKey).ok()) << value;
}

TEST(SignedIdentity, IsReadInOneWayOnly) {
  const std::string text = made(make_signed_identity("deere.com", kSent + 60, kLinkKey));
  const std::string signature = text.substr(text.find('.', 2) + 1, 64);
  const auto valid = [](std::string_view other) {
    return check_signed_identity(other, kSent, only(kLinkKey)).has_value();
  };
  ASSERT_TRUE(valid(text));
  std::string upper = signature;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& other :
       {"deere.com" + std::string(), " " + text, text + " ", "2" + text.substr(1),
        "1." + signature + ".deere.com", "1.01763780060." + signature + ".deere.com",
        "1.+1763780060." + signature + ".deere.com", "1.1763780061." + signature + ".deere.com",
        "1.1763780060." + upper + ".deere.com", "1.1763780060." + signature + ".Deere.com",
        "1.1763780060." + signature + ".", "1.1763780060." + signature, "1.1763780060.." + signature,
        std::string("1."), std::string(), "1.1763780060." + signature.substr(1) + ".deere.com",
        std::string(100'000, '1')})
    EXPECT_FALSE(valid(other)) << other.substr(0, 200);
}

TEST(Tokens, EndWithTheirExpiry) {
  for (const TokenKind& kind : token_kinds()) {
    EXPECT_TRUE(kind.valid(kind.token, kSent + 59, only(kLinkKey))) << kind.token;
    EXPECT_FALSE(kind.valid(kind.token, kSent + 60, only(kLinkKey))) << kind.token;
  }
}

TEST(Tokens, AreNeverValidAsAnother) {
  const std::vector<TokenKind> kinds = token_kinds();
  for (const TokenKind& made_for : kinds) {
    for (const TokenKind& used_for : kinds) {
      EXPECT_EQ(used_for.valid(made_for.token, kSent, only(kLinkKey)), &made_for == &used_for)
          << (&made_for - kinds.data()) << " as " << (&used_for - kinds.data());
    }
  }
}

// Even where the bytes would be the same: the signature is of the purpose too.
TEST(Tokens, SignaturesForOnePurposeAreNoneForAnother) {
  constexpr Purpose kPurposes[] = {Purpose::kPreview, Purpose::kLink, Purpose::kRemembered,
                                   Purpose::kIdentity};
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(1, '\0'), std::string(900, 'b')}) {
    for (const Purpose made_for : kPurposes) {
      const auto mac = sign(made_for, bytes, kLinkKey);
      ASSERT_TRUE(mac.has_value());
      for (const Purpose used_for : kPurposes)
        EXPECT_EQ(is_signed(used_for, bytes, *mac, only(kLinkKey)), made_for == used_for);
    }
  }
}

TEST(Tokens, AreRefusedWhenAnyCharacterChangesOrGoes) {
  for (const TokenKind& kind : token_kinds()) {
    const std::string& token = kind.token;
    const auto valid = [&](std::string_view other) { return kind.valid(other, kSent, only(kLinkKey)); };
    for (size_t i = 0; i < token.size(); ++i) {
      for (const char c : {'A', 'B', '0', '_', '=', '.', '\0', ' '}) {
        std::string changed = token;
        changed[i] = c;
        EXPECT_EQ(valid(changed), changed == token) << i << " " << c << " in " << token;
      }
      EXPECT_FALSE(valid(token.substr(0, i))) << i;
      EXPECT_FALSE(valid(token.substr(i + 1))) << i;
    }
    EXPECT_FALSE(valid(token + "A"));
    EXPECT_FALSE(valid(token + token));
    EXPECT_FALSE(valid(std::string(100'000, 'A')));
    EXPECT_FALSE(valid(""));
  }
}

TEST(Tokens, TakeTwoKeysWhileOneIsReplaced) {
  for (const TokenKind& kind : token_kinds()) {
    EXPECT_FALSE(kind.valid(kind.token, kSent, only(kNextKey)));
    EXPECT_FALSE(kind.valid(kind.token, kSent, {}));
    EXPECT_FALSE(kind.valid(kind.token, kSent, only("short")));
    EXPECT_TRUE(kind.valid(kind.token, kSent, {.first = kLinkKey, .second = kNextKey}));
  }
  // A preview link knows one key only.
  const auto kinds = token_kinds();
  for (auto kind = std::next(kinds.begin()); kind != kinds.end(); ++kind)
    EXPECT_TRUE(kind->valid(kind->token, kSent, {.first = kNextKey, .second = kLinkKey}));
}

TEST(LinkKey, IsReadAsAPreviewKeyIs) {
  const testing::TemporaryFolder folder;
  const auto with = [&](std::string_view text, mode_t mode) {
    testing::write_text(folder / "key", text);
    ::chmod((folder / "key").c_str(), mode);
    return read_link_key(folder / "key");
  };
  EXPECT_EQ(made(with(kLinkKey + "\n", 0640)), kLinkKey);
  EXPECT_FALSE(with(kLinkKey, 0604).ok());
  EXPECT_FALSE(with(std::string(5000, 'k'), 0600).ok());
  const auto brief = with("brief", 0600);
  ASSERT_FALSE(brief.ok());
  EXPECT_NE(brief.message().find("a link key must have at least 32 bytes"), std::string::npos);
}

}  // namespace
}  // namespace abm::generation
