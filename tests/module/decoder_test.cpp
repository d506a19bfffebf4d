// Decoding by every split of the input and every size of the output gives the same bytes, within bounds.
#include "module/decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>

#ifdef ABM_BROTLI
#include <brotli/encode.h>
#endif
#ifdef ABM_ZSTD
#include <zstd.h>
#endif

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace abm::module {
namespace {

std::string deflated(std::string_view plain, int window_bits) {
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

std::string gzipped(std::string_view plain) {
  return deflated(plain, MAX_WBITS + 16);
}
std::string zlib_wrapped(std::string_view plain) {
  return deflated(plain, MAX_WBITS);
}
std::string raw_deflated(std::string_view plain) {
  return deflated(plain, -MAX_WBITS);
}

#ifdef ABM_BROTLI
std::string brotli(std::string_view plain, int window_bits, bool large_window) {
  BrotliEncoderState* state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  BrotliEncoderSetParameter(state, BROTLI_PARAM_LARGE_WINDOW, large_window ? 1 : 0);
  BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, static_cast<uint32_t>(window_bits));
  BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 5);
  std::string out(BrotliEncoderMaxCompressedSize(plain.size()) + 64, '\0');
  size_t in_left = plain.size(), out_left = out.size();
  const auto* next_in = reinterpret_cast<const uint8_t*>(plain.data());
  auto* next_out = reinterpret_cast<uint8_t*>(out.data());
  EXPECT_TRUE(BrotliEncoderCompressStream(state, BROTLI_OPERATION_FINISH, &in_left, &next_in, &out_left,
                                          &next_out, nullptr));
  EXPECT_TRUE(BrotliEncoderIsFinished(state));
  BrotliEncoderDestroyInstance(state);
  out.resize(out.size() - out_left);
  return out;
}
std::string brotli(std::string_view plain) {
  return brotli(plain, 22, false);
}
#endif

#ifdef ABM_ZSTD
std::string zstd(std::string_view plain, int window_log) {
  ZSTD_CCtx* state = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, 1);
  if (window_log != 0) ZSTD_CCtx_setParameter(state, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  // Without its size, so that the frame declares the window.
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_CCtx_setParameter(state, ZSTD_c_contentSizeFlag, 0);
  size_t left = ZSTD_compressStream2(state, &to, &in, ZSTD_e_flush);
  left = ZSTD_compressStream2(state, &to, &in, ZSTD_e_end);
  EXPECT_EQ(left, 0u);
  ZSTD_freeCCtx(state);
  out.resize(to.pos);
  return out;
}
std::string zstd(std::string_view plain) {
  return zstd(plain, 0);
}
/// A frame that holds no text of the body (RFC 8878 3.1.2).
std::string skippable(std::string_view bytes) {
  std::string frame("\x5a\x2a\x4d\x18", 4);
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(bytes.size() >> shift);
  return frame.append(bytes);
}
#endif

struct Coding {
  Encoding encoding;
  std::string (*encode)(std::string_view);
  const char* name;
};
const std::vector<Coding>& codings() {
  static const std::vector<Coding> kCodings = {
      {Encoding::kGzip, gzipped, "gzip"},
      {Encoding::kDeflate, zlib_wrapped, "zlib"},
      {Encoding::kDeflate, raw_deflated, "deflate"},
#ifdef ABM_BROTLI
      {Encoding::kBrotli, brotli, "br"},
#endif
#ifdef ABM_ZSTD
      {Encoding::kZstd, zstd, "zstd"},
#endif
  };
  return kCodings;
}

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
  for (const Coding& coding : codings()) {
    const std::string encoded = coding.encode(plain);
    for (size_t split = 2; split < encoded.size(); ++split) {
      for (const size_t room : {1u, 7u, 4096u}) {
        const Outcome outcome = decode(
            coding.encoding,
            {std::string_view(encoded).substr(0, split), std::string_view(encoded).substr(split)}, room);
        ASSERT_EQ(outcome.text, plain) << "split " << split << " room " << room << " " << coding.name;
        ASSERT_TRUE(outcome.ended);
      }
    }
  }
}

TEST(Decoder, GivesEveryByteAsSoonAsItCanBeKnown) {
  // An upstream that flushes after the first half expects visitors to see it.
  const std::string first = page(), second = "<p>more</p>";
  std::vector<std::pair<Encoding, std::string>> flushed;
#ifdef ABM_BROTLI
  BrotliEncoderState* state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  std::string out(1u << 16, '\0');
  size_t in_left = first.size(), out_left = out.size();
  const auto* next_in = reinterpret_cast<const uint8_t*>(first.data());
  auto* next_out = reinterpret_cast<uint8_t*>(out.data());
  EXPECT_TRUE(BrotliEncoderCompressStream(state, BROTLI_OPERATION_FLUSH, &in_left, &next_in, &out_left,
                                          &next_out, nullptr));
  BrotliEncoderDestroyInstance(state);
  flushed.emplace_back(Encoding::kBrotli, out.substr(0, out.size() - out_left));
#endif
#ifdef ABM_ZSTD
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string frame(1u << 16, '\0');
  ZSTD_inBuffer in{first.data(), first.size(), 0};
  ZSTD_outBuffer to{frame.data(), frame.size(), 0};
  EXPECT_EQ(ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush), 0u);
  ZSTD_freeCCtx(context);
  flushed.emplace_back(Encoding::kZstd, frame.substr(0, to.pos));
#endif
  for (const auto& [encoding, bytes] : flushed) {
    const Outcome outcome = decode(encoding, {bytes}, 512);
    EXPECT_EQ(outcome.text, first);
    EXPECT_FALSE(outcome.ended);
    EXPECT_FALSE(outcome.failed);
  }
}

TEST(Decoder, ReadsMembersAndFramesOneAfterAnotherAndIgnoresWhatFollows) {
  const std::string plain = page(), more = "<p>more</p>";
  for (const Coding& coding : codings()) {
    const bool several = coding.encoding == Encoding::kGzip || coding.encoding == Encoding::kZstd;
    const std::string one = coding.encode(plain), two = one + coding.encode(more);
    if (several) {
      EXPECT_EQ(decode(coding.encoding, {two}, 512).text, plain + more) << coding.name;
    }
    for (const std::string& behind : {std::string(100, '\0'), std::string("<!-- x -->")}) {
      const Outcome padded = decode(coding.encoding, {one + behind}, 512);
      EXPECT_EQ(padded.text, plain) << coding.name;
      EXPECT_FALSE(padded.failed) << coding.name;
      EXPECT_TRUE(padded.ended) << coding.name;
    }
    // However that is cut, and though it holds what would be one more at the front.
    const std::string padded = one + '<' + coding.encode(more);
    for (size_t cut = one.size(); cut < padded.size(); ++cut) {
      const Outcome outcome =
          decode(coding.encoding,
                 {std::string_view(padded).substr(0, cut), std::string_view(padded).substr(cut)}, 512);
      EXPECT_EQ(outcome.text, plain) << coding.name << " cut at " << cut;
      EXPECT_TRUE(outcome.ended && !outcome.failed) << coding.name << " cut at " << cut;
    }
    if (!several) continue;
    for (size_t size = one.size() + 1; size < two.size(); ++size) {
      EXPECT_FALSE(decode(coding.encoding, {std::string_view(two).substr(0, size)}, 512).ended)
          << coding.name;
    }
  }
}

TEST(Decoder, SaysThatATruncatedBodyHasNotEnded) {
  for (const Coding& coding : codings()) {
    const std::string encoded = coding.encode(page().substr(0, 3000));
    for (size_t size = 0; size < encoded.size(); ++size) {
      const Outcome outcome = decode(coding.encoding, {std::string_view(encoded).substr(0, size)}, 512);
      EXPECT_FALSE(outcome.ended) << coding.name << " " << size;
      EXPECT_FALSE(outcome.failed) << coding.name << " " << size;
    }
  }
}

TEST(Decoder, NoFlippedBitWritesBeyondItsBounds) {
  const std::string plain = page().substr(0, 3000);
  for (const Coding& coding : codings()) {
    std::string encoded = coding.encode(plain);
    for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
      encoded[bit / 8] = static_cast<char>(encoded[bit / 8] ^ (1 << (bit % 8)));
      const Outcome outcome = decode(coding.encoding, {encoded}, 512);
      // These two carry checksums, so that damage is never taken for a page.
      const bool checked = coding.encoding == Encoding::kGzip || coding.encoding == Encoding::kZstd;
      if (checked && outcome.ended) {
        EXPECT_EQ(outcome.text, plain) << coding.name << " " << bit;
      }
      encoded[bit / 8] = static_cast<char>(encoded[bit / 8] ^ (1 << (bit % 8)));
    }
  }
}

TEST(Decoder, RefusesWhatIsNotEncodedAsItsLabelSays) {
  for (const Coding& coding : codings()) {
    if (coding.encode == raw_deflated) continue;
    EXPECT_TRUE(decode(coding.encoding, {"<!doctype html><html><body><p>plain</p>"}, 512).failed)
        << coding.name;
  }
}

TEST(Decoder, StopsABombOnceItIsLargeEnoughToHurt) {
  for (const Coding& coding : codings()) {
    const std::string bomb = coding.encode(std::string(64u << 20, 'a'));
    const Outcome outcome = decode(coding.encoding, {bomb}, 1u << 16);
    EXPECT_TRUE(outcome.failed) << coding.name;
    EXPECT_LE(outcome.text.size(), Decoder::kFreeBytes + (1u << 20)) << coding.name;
  }
}

#ifdef ABM_BROTLI
TEST(Decoder, RefusesBrotliWindowsBeyondTheRfc) {
  const std::string plain = page();
  EXPECT_EQ(decode(Encoding::kBrotli, {brotli(plain, 24, false)}, 512).text, plain);
  EXPECT_TRUE(decode(Encoding::kBrotli, {brotli(plain, 26, true)}, 512).failed);
}
#endif

#ifdef ABM_ZSTD
TEST(Decoder, RefusesZstdWindowsBeyondEightMegabytes) {
  // Long enough that the encoder does not choose a smaller window, and varied enough to be no bomb.
  std::mt19937 random(1);
  std::string plain;
  while (plain.size() < (17u << 20)) plain += std::to_string(random());
  EXPECT_TRUE(decode(Encoding::kZstd, {zstd(plain, 23)}, 1u << 16).text == plain);
  EXPECT_TRUE(decode(Encoding::kZstd, {zstd(plain, 24)}, 1u << 16).failed);
}

TEST(Decoder, SkipsSkippableFramesOfZstd) {
  const std::string plain = page();
  const std::string body = skippable("before") + zstd(plain) + skippable("") +
                           skippable(std::string(5000, 'x')) + zstd("<p>more</p>") + skippable("after");
  for (size_t split = 0; split <= body.size(); split += 3) {
    const Outcome outcome =
        decode(Encoding::kZstd,
               {std::string_view(body).substr(0, split), std::string_view(body).substr(split)}, 512);
    ASSERT_EQ(outcome.text, plain + "<p>more</p>") << split;
    ASSERT_TRUE(outcome.ended) << split;
  }
}

TEST(Decoder, RefusesFormatsOfZstdFromBeforeTheRfc) {
  for (char version = 0x22; version <= 0x27; ++version) {
    std::string frame = zstd(page());
    frame[0] = version;
    EXPECT_TRUE(decode(Encoding::kZstd, {frame}, 512).failed);
  }
}

TEST(Decoder, TakesAnyNumberOfEmptyPieces) {
  const std::string plain = page(), encoded = zstd(plain);
  std::vector<std::string_view> pieces(100);
  pieces.push_back(std::string_view(encoded).substr(0, 20));
  pieces.resize(200);
  pieces.push_back(std::string_view(encoded).substr(20));
  EXPECT_EQ(decode(Encoding::kZstd, pieces, 512).text, plain);
}
#endif

/// Counts bytes in use; gives none once `left` blocks have been given.
struct Ration {
  size_t live = 0, most = 0;
  size_t left = SIZE_MAX;

  MemorySource source() {
    return {this,
            [](void* self, size_t size) noexcept -> void* {
              auto& ration = *static_cast<Ration*>(self);
              if (ration.left == 0) return nullptr;
              --ration.left;
              ration.live += size;
              ration.most = std::max(ration.most, ration.live);
              return std::malloc(size);
            },
            [](void* self, void* memory, size_t size) noexcept {
              static_cast<Ration*>(self)->live -= size;
              std::free(memory);
            }};
  }
};

TEST(Decoder, ReturnsAllMemoryAndFailsPlainlyWhereverItRunsOut) {
  std::string plain;
  while (plain.size() < (3u << 20)) plain += page();
  for (const Coding& coding : codings()) {
    const std::string encoded = coding.encode(plain);
    for (size_t blocks = 0; blocks < 20; ++blocks) {
      Ration ration;
      ration.left = blocks;
      {
        Decoder decoder;
        std::string_view in = encoded;
        std::string out(1u << 16, '\0'), text;
        auto step =
            decoder.start(coding.encoding, ration.source()) ? Decoder::Step::kMore : Decoder::Step::kFailed;
        while (step == Decoder::Step::kMore && !(in.empty() && decoder.ended())) {
          size_t written = 0;
          step = decoder.decode(in, out.data(), out.size(), written);
          text.append(out.data(), written);
        }
        EXPECT_TRUE(plain.starts_with(text)) << coding.name;
        if (step != Decoder::Step::kFailed) {
          EXPECT_EQ(text.size(), plain.size()) << coding.name;
        }
        if (blocks == 0) {
          EXPECT_EQ(step, Decoder::Step::kFailed) << coding.name;
        }
      }
      EXPECT_EQ(ration.live, 0u) << coding.name << " " << blocks;
      EXPECT_LE(ration.most, 25u << 20) << coding.name;
    }
  }
}

TEST(EncodingFrom, KnowsTheLabelsOfRfc9110AndThoseThatWereBuiltIn) {
  EXPECT_EQ(encoding_from(""), Encoding::kIdentity);
  EXPECT_EQ(encoding_from("Identity"), Encoding::kIdentity);
  EXPECT_EQ(encoding_from(" GZip "), Encoding::kGzip);
  EXPECT_EQ(encoding_from("x-gzip"), Encoding::kGzip);
  EXPECT_EQ(encoding_from("deflate"), Encoding::kDeflate);
  EXPECT_EQ(encoding_from(" BR"), Brotli::available() ? Encoding::kBrotli : Encoding::kOther);
  EXPECT_EQ(encoding_from("Zstd"), Zstd::available() ? Encoding::kZstd : Encoding::kOther);
  for (const char* other : {"gzip, br", "gzip,gzip", "br, zstd", "compress", "x-br", "dcb", "dcz"}) {
    EXPECT_EQ(encoding_from(other), Encoding::kOther) << other;
  }
}

}  // namespace
}  // namespace abm::module
