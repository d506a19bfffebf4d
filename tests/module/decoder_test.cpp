// Decoding by every split of the input and every size of the output gives the same bytes, within bounds.
#include "module/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace abm::module {
namespace {

std::string encode(std::string_view plain, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<unsigned>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr int kGzip = MAX_WBITS + 16, kZlib = MAX_WBITS, kRaw = -MAX_WBITS;

struct Outcome {
  std::string text;
  bool failed = false;
  bool ended = false;
};

Outcome decode(Encoding encoding, const std::vector<std::string_view>& chunks, size_t room) {
  Outcome outcome;
  Decoder decoder;
  EXPECT_TRUE(decoder.start(encoding, MemorySource::heap()));
  std::string out(room, '\0');
  for (std::string_view in : chunks) {
    for (;;) {
      size_t written = 0;
      const size_t before = in.size();
      const Decoder::Step step = decoder.decode(in, out.data(), room, written);
      outcome.text.append(out.data(), written);
      if (step == Decoder::Step::kFailed) {
        outcome.failed = true;
        return outcome;
      }
      if (written == 0 && (in.empty() || in.size() == before)) break;
    }
  }
  outcome.ended = decoder.ended();
  return outcome;
}

std::string page() {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "<p class=x" + std::to_string(i * 7919) + ">text</p>\n";
  return text;
}

TEST(Decoder, GivesTheSameBytesForEverySplitOfEveryEncoding) {
  const std::string plain = page().substr(0, 1500);
  const std::pair<Encoding, int> kinds[] = {
      {Encoding::kGzip, kGzip}, {Encoding::kDeflate, kZlib}, {Encoding::kDeflate, kRaw}};
  for (const auto& [encoding, bits] : kinds) {
    const std::string encoded = encode(plain, bits);
    for (size_t split = 2; split < encoded.size(); ++split) {
      for (const size_t room : {1u, 7u, 4096u}) {
        const Outcome outcome = decode(
            encoding, {std::string_view(encoded).substr(0, split), std::string_view(encoded).substr(split)},
            room);
        ASSERT_EQ(outcome.text, plain) << "split " << split << " room " << room << " bits " << bits;
        ASSERT_TRUE(outcome.ended);
      }
    }
  }
}

TEST(Decoder, ReadsMembersOneAfterAnotherAndIgnoresWhatFollows) {
  const std::string plain = page();
  const std::string two = encode(plain, kGzip) + encode("<p>more</p>", kGzip);
  EXPECT_EQ(decode(Encoding::kGzip, {two}, 512).text, plain + "<p>more</p>");
  const Outcome padded = decode(Encoding::kGzip, {two + std::string(100, '\0')}, 512);
  EXPECT_EQ(padded.text, plain + "<p>more</p>");
  EXPECT_FALSE(padded.failed);
}

TEST(Decoder, SaysThatATruncatedBodyHasNotEnded) {
  const std::string encoded = encode(page(), kGzip);
  for (size_t size = 0; size < encoded.size(); size += 7) {
    const Outcome outcome = decode(Encoding::kGzip, {std::string_view(encoded).substr(0, size)}, 512);
    EXPECT_FALSE(outcome.ended) << size;
  }
}

TEST(Decoder, RefusesWhatIsNotEncodedAsItsLabelSays) {
  EXPECT_TRUE(decode(Encoding::kGzip, {"<!doctype html><html>"}, 512).failed);
}

TEST(Decoder, StopsABombOnceItIsLargeEnoughToHurt) {
  const std::string bomb = encode(std::string(64u << 20, 'a'), kGzip);
  const Outcome outcome = decode(Encoding::kGzip, {bomb}, 1u << 16);
  EXPECT_TRUE(outcome.failed);
  EXPECT_LE(outcome.text.size(), Decoder::kFreeBytes + (1u << 20));
}

TEST(Decoder, ReturnsAllMemoryAndFailsPlainlyWithoutAny) {
  static size_t live = 0;
  live = 0;
  const MemorySource counting = {nullptr,
                                 [](void*, size_t size) noexcept -> void* {
                                   live += size;
                                   return std::malloc(size);
                                 },
                                 [](void*, void* memory, size_t size) noexcept {
                                   live -= size;
                                   std::free(memory);
                                 }};
  {
    Decoder decoder;
    ASSERT_TRUE(decoder.start(Encoding::kGzip, counting));
    EXPECT_GT(live, 0u);
  }
  EXPECT_EQ(live, 0u);
  const MemorySource none = {nullptr, [](void*, size_t) noexcept -> void* { return nullptr; },
                             [](void*, void*, size_t) noexcept {}};
  Decoder decoder;
  EXPECT_FALSE(decoder.start(Encoding::kGzip, none));
}

TEST(EncodingFrom, KnowsTheLabelsOfRfc9110) {
  EXPECT_EQ(encoding_from(""), Encoding::kIdentity);
  EXPECT_EQ(encoding_from("Identity"), Encoding::kIdentity);
  EXPECT_EQ(encoding_from(" GZip "), Encoding::kGzip);
  EXPECT_EQ(encoding_from("x-gzip"), Encoding::kGzip);
  EXPECT_EQ(encoding_from("deflate"), Encoding::kDeflate);
  for (const char* other : {"br", "zstd", "gzip, br", "gzip,gzip", "compress"}) {
    EXPECT_EQ(encoding_from(other), Encoding::kOther) << other;
  }
}

}  // namespace
}  // namespace abm::module
