#include "generation/preview_token.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

constexpr int64_t kIssued = 1'763'780'000;
const std::string kKey(32, 'k');

std::string token_for(const PreviewClaims& claims, std::string_view key = kKey) {
  const auto token = make_preview_token(claims, key);
  EXPECT_TRUE(token.ok()) << token.message();
  return token ? *token : "";
}

PreviewClaims sample_claims() {
  return {.account = "deere", .host = "www.acme.example", .at = {}, .expires = kIssued + 60};
}

TEST(PreviewToken, CarriesItsClaims) {
  PreviewClaims claims = sample_claims();
  for (const std::optional<int64_t> at :
       {std::optional<int64_t>(), std::optional<int64_t>(kIssued + 86'400), std::optional<int64_t>(-1)}) {
    claims.at = at;
    const auto read = check_preview_token(token_for(claims), "WWW.acme.EXAMPLE", kIssued, kKey);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->account, "deere");
    EXPECT_EQ(read->host, "www.acme.example");
    EXPECT_EQ(read->at, at);
    EXPECT_EQ(read->expires, kIssued + 60);
  }
}

TEST(PreviewToken, FitsInAQueryStringAsItIs) {
  const std::string token = token_for(sample_claims());
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(PreviewToken, EndsWithItsExpiry) {
  const std::string token = token_for(sample_claims());
  EXPECT_TRUE(check_preview_token(token, "www.acme.example", kIssued + 59, kKey).has_value());
  EXPECT_FALSE(check_preview_token(token, "www.acme.example", kIssued + 60, kKey).has_value());
}

TEST(PreviewToken, IsRefusedForAnotherHostOrKey) {
  const std::string token = token_for(sample_claims());
  EXPECT_FALSE(check_preview_token(token, "evil.example", kIssued, kKey).has_value());
  EXPECT_FALSE(check_preview_token(token, "", kIssued, kKey).has_value());
  EXPECT_FALSE(check_preview_token(token, "www.acme.example", kIssued, std::string(32, 'j')).has_value());
  EXPECT_FALSE(check_preview_token(token, "www.acme.example", kIssued, "").has_value());
}

TEST(PreviewToken, IsRefusedWhenAnyCharacterChangesOrGoes) {
  const std::string token = token_for(sample_claims());
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '_', '=', '\0', ' '}) {
      std::string changed = token;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(check_preview_token(changed, "www.acme.example", kIssued, kKey).has_value())
          << i << " " << c;
    }
    EXPECT_FALSE(check_preview_token(token.substr(0, i), "www.acme.example", kIssued, kKey).has_value()) << i;
    EXPECT_FALSE(check_preview_token(token.substr(i + 1), "www.acme.example", kIssued, kKey).has_value())
        << i;
  }
  EXPECT_FALSE(check_preview_token(token + "A", "www.acme.example", kIssued, kKey).has_value());
  EXPECT_FALSE(check_preview_token(std::string(100'000, 'A'), "www.acme.example", kIssued, kKey).has_value());
}

TEST(PreviewToken, IsNotMadeForInvalidAccountsOrHosts) {
  PreviewClaims claims = sample_claims();
  claims.account = "Deere & Co";
  EXPECT_FALSE(make_preview_token(claims, kKey).ok());
  claims = sample_claims();
  claims.host = std::string(300, 'h');
  EXPECT_FALSE(make_preview_token(claims, kKey).ok());
  EXPECT_FALSE(make_preview_token(sample_claims(), "short").ok());
}

TEST(PreviewKey, IsReadWithoutItsNewline) {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "key", kKey + "\n");
  ::chmod((folder / "key").c_str(), 0640);
  const auto key = read_preview_key(folder / "key");
  ASSERT_TRUE(key.ok()) << key.message();
  EXPECT_EQ(*key, kKey);
}

TEST(PreviewKey, IsRefusedWhenShortLargeMissingOrOthersMayReadOrWriteIt) {
  const testing::TemporaryFolder folder;
  const auto with = [&](std::string_view text, mode_t mode) {
    testing::write_text(folder / "key", text);
    ::chmod((folder / "key").c_str(), mode);
    return read_preview_key(folder / "key").ok();
  };
  EXPECT_TRUE(with(kKey, 0600));
  EXPECT_FALSE(with(kKey, 0604));
  EXPECT_FALSE(with(kKey, 0602));
  EXPECT_FALSE(with(kKey, 0620));
  EXPECT_FALSE(with(std::string(31, 'k') + "\n", 0600));
  EXPECT_FALSE(with(std::string(5000, 'k'), 0600));
  EXPECT_FALSE(with("", 0600));
  EXPECT_FALSE(read_preview_key(folder / "none").ok());
}

}  // namespace
}  // namespace abm::generation
