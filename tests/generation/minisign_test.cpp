// The vectors were made with minisign 0.11; the keys were made for this test.
#include "generation/minisign.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::TemporaryFolder;
using testing::write_text;

constexpr std::string_view kMessage = "hello generation\n";
constexpr std::string_view kPublicKey =
    "untrusted comment: minisign public key C8E0A254F497700B\n"
    "RWQLcJf0VKLgyHITsQ7/Qqrl+ctrw1zi7/m2M8E5pFGi0a2qWebFRmya\n";
constexpr std::string_view kSecretKey =
    "untrusted comment: test\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC3CX9FSi4MgXEevHf9i2ms5R4gJ+"
    "HWIytlC5vr/H"
    "WS/dIajVxw/5jnITsQ7/Qqrl+ctrw1zi7/m2M8E5pFGi0a2qWebFRmyaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
constexpr std::string_view kEncryptedKey =
    "untrusted comment: minisign encrypted secret key\n"
    "RWRTY0IyluEBypDNxbjKI2n7ghJpOU2E8JuxYUbX2lDAoHBQ+"
    "0wAAAACAAAAAAAAAEAAAAAAhH2mv97nkD88SkeOm4r6KPtVqaD5bQbUsSnWLdyeIiuf"
    "BEpKgaWQLjbhKPlJTdB8BRLYnVyYulz7mkg0ZU4/jI6MGs7YHn9Izq6JoWH12koe0of0ZJZ0jU2k7dugGgd9RdS1OB6pK/k=\n";
constexpr std::string_view kSignature =
    "untrusted comment: signature from minisign secret key\n"
    "RUQLcJf0VKLgyGwBd6ylkghaQj1VM4+JjujbnVNVR3XLDraUhynVWzg3JEGj7BdgFEETUG7gz11fYlA1dVqjH3RV8Gbbdk82HQE=\n"
    "trusted comment: trusted words\n"
    "VioM691w/wxhdgU1yKLvhJZCFZVxZIYdmnmJBeB9qycFF8yXFLJG4hdONxLnIjvHb5uNGD1CFEH+S7LhScSiBw==\n";
constexpr std::string_view kLegacySignature =
    "untrusted comment: signature from minisign secret key\n"
    "RWQLcJf0VKLgyF7kBhqbcLw3jduzCXYlvmPmVMEDFlShKPQNQTcEPYyENqwjRXZozHtFFo8ff5SrxrN8ToHzVx6/269b8lzG0gQ=\n"
    "trusted comment: legacy words\n"
    "J3UCbDuD7+QuYkE+4EMPsbbCNY4LjcflTyua3eXuWp/qX4BIVLUWDz+7CuVqjxf6Jt5/bohfJh/HB9aVouVXAg==\n";

class Minisign : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text(folder_ / "key.pub", kPublicKey);
    write_text(folder_ / "key", kSecretKey);
    ::chmod((folder_ / "key.pub").c_str(), 0644);
    ::chmod((folder_ / "key").c_str(), 0600);
    const auto read = read_minisign_public_key(folder_ / "key.pub");
    ASSERT_TRUE(read.ok()) << read.message();
    public_key_ = *read;
  }
  std::string verify(std::string_view message, std::string_view signature) {
    const auto result = minisign_verify(message, signature, public_key_);
    return result ? "ok: " + *result : result.message();
  }

  TemporaryFolder folder_;
  MinisignPublicKey public_key_;
};

TEST_F(Minisign, VerifiesWhatMinisignSigned) {
  EXPECT_EQ(verify(kMessage, kSignature), "ok: trusted words");
  EXPECT_EQ(verify(kMessage, kLegacySignature), "ok: legacy words");
}

TEST_F(Minisign, SignsAsMinisignDoes) {
  const auto key = read_minisign_secret_key(folder_ / "key");
  ASSERT_TRUE(key.ok()) << key.message();
  const auto signature = minisign_sign(kMessage, *key, "trusted words");
  ASSERT_TRUE(signature.ok()) << signature.message();
  // Ed25519 is deterministic: everything but the untrusted comment is equal.
  EXPECT_EQ(signature->substr(signature->find('\n')), kSignature.substr(kSignature.find('\n')));
}

TEST_F(Minisign, RefusesEveryChangedCharacterOfASignature) {
  for (size_t i = kSignature.find('\n'); i < kSignature.size(); ++i) {
    std::string changed(kSignature);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(minisign_verify(kMessage, changed, public_key_).ok()) << i;
    // Only the last newline carries nothing.
    if (i + 1 < kSignature.size()) {
      EXPECT_FALSE(minisign_verify(kMessage, kSignature.substr(0, i), public_key_).ok()) << i;
    }
  }
}

TEST_F(Minisign, RefusesAnotherMessageAndAnotherKey) {
  EXPECT_EQ(verify("hello generation", kSignature),
            "the signature does not match the content: changed or damaged");
  public_key_.id[0] ^= 1;
  EXPECT_EQ(verify(kMessage, kSignature), "the signature is by another key than the trusted one");
  public_key_.id[0] ^= 1;
  public_key_.key[5] ^= 1;
  EXPECT_FALSE(minisign_verify(kMessage, kSignature, public_key_).ok());
}

TEST_F(Minisign, SaysPlainlyThatAnEncryptedKeyCannotBeUsed) {
  write_text(folder_ / "key", kEncryptedKey);
  const auto key = read_minisign_secret_key(folder_ / "key");
  ASSERT_FALSE(key.ok());
  EXPECT_NE(key.message().find("encrypted with a password"), std::string::npos) << key.message();
}

TEST_F(Minisign, RefusesKeysThatOthersMayReadOrThatAreDamaged) {
  ::chmod((folder_ / "key").c_str(), 0640);
  EXPECT_FALSE(read_minisign_secret_key(folder_ / "key").ok());
  ::chmod((folder_ / "key").c_str(), 0600);
  std::string damaged(kSecretKey);
  damaged[130] = damaged[130] == 'A' ? 'B' : 'A';
  write_text(folder_ / "key", damaged);
  EXPECT_FALSE(read_minisign_secret_key(folder_ / "key").ok());
  for (const std::string_view text : {"", "x", "untrusted comment: x\n", "untrusted comment: x\nAAAA\n"}) {
    write_text(folder_ / "key.pub", text);
    EXPECT_FALSE(read_minisign_public_key(folder_ / "key.pub").ok()) << text;
  }
  write_text(folder_ / "key.pub", kPublicKey);
  ::chmod((folder_ / "key.pub").c_str(), 0666);
  EXPECT_FALSE(read_minisign_public_key(folder_ / "key.pub").ok());
}

}  // namespace
}  // namespace abm::generation
