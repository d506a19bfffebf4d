#include "base/content_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace abm {
namespace {

// FIPS 180-4 examples.
TEST(ContentHash, MatchesSha256sum) {
  EXPECT_EQ(content_hash("")->sha256.hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(content_hash("abc")->sha256.hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(content_hash("abc")->xxh3, hash128("abc"));
}

TEST(ContentHash, OfPiecesIsThatOfTheWhole) {
  std::string text(1000, '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761u >> 11);
  const ContentHash whole = *content_hash(text);
  for (const size_t piece : {size_t{1}, size_t{63}, size_t{64}, size_t{257}, text.size()}) {
    ContentHasher hasher;
    for (size_t at = 0; at < text.size(); at += piece)
      hasher.update(std::string_view(text).substr(at, piece));
    ContentHasher moved = std::move(hasher);
    EXPECT_EQ(*moved.finish(), whole) << piece;
  }
}

TEST(ContentHash, IsAnErrorOnceItIsFinished) {
  ContentHasher hasher;
  hasher.update("abc");
  ASSERT_TRUE(hasher.finish().ok());
  hasher.update("abc");
  EXPECT_FALSE(hasher.finish().ok());
}

TEST(ContentHash, ReadsBackItsDigitsAndNoOthers) {
  const Sha256 hash = content_hash("abc")->sha256;
  EXPECT_EQ(Sha256::from_hex(hash.hex()), hash);
  for (const std::string& bad :
       {std::string(), hash.hex().substr(1), hash.hex() + "0", "+" + hash.hex().substr(1),
        "A" + hash.hex().substr(1), std::string(64, 'g')}) {
    EXPECT_EQ(Sha256::from_hex(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace abm
