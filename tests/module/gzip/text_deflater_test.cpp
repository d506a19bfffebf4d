#include "module/gzip/text_deflater.h"

#include <gtest/gtest.h>

#include <random>

namespace abm::module {
namespace {

std::string inflated_blocks(std::string_view blocks) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  std::string out(2 * TextDeflater::kMostText, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(blocks.data()));
  stream.avail_in = static_cast<uInt>(blocks.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
  EXPECT_EQ(stream.data_type & 7, 0) << "ends on a byte";
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string text_of(std::mt19937& random, size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>(random() % 4 == 0 ? random() : 'a' + random() % 3);
  return text;
}

TEST(TextDeflater, GivesBlocksOfTheTextAtEveryLevel) {
  TextDeflater texts(std::make_shared<MemoryBudget>(size_t{16} << 20));
  std::mt19937 random(7);
  for (const size_t size :
       {size_t{1}, size_t{4}, size_t{64}, size_t{65}, size_t{300}, TextDeflater::kMostText}) {
    for (int level = 1; level <= 9; ++level) {
      for (const bool lasting : {true, false, true}) {
        const std::string text = text_of(random, size);
        EXPECT_EQ(inflated_blocks(texts.deflate(text, lasting, level)), text);
        EXPECT_EQ(inflated_blocks(texts.deflate(text, lasting, level)), text) << "and again";
      }
    }
  }
  std::string noise;
  while (noise.size() < TextDeflater::kMostText) noise += static_cast<char>(random());
  EXPECT_EQ(inflated_blocks(texts.deflate(noise, true, 9)), noise);
}

TEST(TextDeflater, KeepsWhatMayComeAgainAndNoMoreThanItsShare) {
  const auto budget = std::make_shared<MemoryBudget>(size_t{1} << 20);
  TextDeflater texts(budget);
  const size_t used = budget->used();
  std::mt19937 random(7);
  const std::string often = text_of(random, 200);
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(inflated_blocks(texts.deflate(often, true, 6)), often);
    const std::string text = text_of(random, 200);
    EXPECT_EQ(inflated_blocks(texts.deflate(text, true, 6)), text);
  }
  EXPECT_EQ(budget->used(), used) << "charged at once, and never more";
  EXPECT_LE(used, budget->max() / 4);
  EXPECT_GT(texts.kept(), 20u);
  EXPECT_LT(texts.kept(), 200u);
  const size_t kept = texts.kept();
  static_cast<void>(texts.deflate(text_of(random, 100), false, 6));
  EXPECT_EQ(texts.kept(), kept);
}

TEST(TextDeflater, WithoutRoomTextsLeaveAsTheyAre) {
  TextDeflater texts(std::make_shared<MemoryBudget>(1000));
  const std::string text(5000, 'x');
  EXPECT_EQ(texts.deflate(text, true, 6).size(), text.size() + kStoredHeader);
  EXPECT_EQ(inflated_blocks(texts.deflate(text, true, 6)), text);
  EXPECT_EQ(texts.kept(), 0u);
}

}  // namespace
}  // namespace abm::module
