// Decoding of upstream bodies: any bytes under any label, in any pieces, stay within bounds and return their
// memory; in one piece and in many, the outcome is the same; and what the library's own one-shot function can
// decode, the stream decodes to the same text. Input: one byte (coding), one byte (sizes of pieces), the
// body.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#ifdef ABM_BROTLI
#include <brotli/decode.h>
#endif
#ifdef ABM_ZSTD
#include <zstd.h>
#endif

#include "module/decoder.h"

namespace {

using abm::MemorySource;
using abm::module::Decoder;
using abm::module::Encoding;

constexpr size_t kMostText = 1u << 18;
constexpr size_t kMostMemory = 25u << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Ledger {
  size_t live = 0;

  MemorySource source() {
    return {this,
            [](void* self, size_t size) noexcept -> void* {
              auto& ledger = *static_cast<Ledger*>(self);
              ledger.live += size;
              require(ledger.live <= kMostMemory);
              return std::malloc(size);
            },
            [](void* self, void* memory, size_t size) noexcept {
              static_cast<Ledger*>(self)->live -= size;
              std::free(memory);
            }};
  }
};

struct Outcome {
  std::string text;
  bool failed = false, ended = false, stopped = false;
};

Outcome decode(Encoding encoding, std::string_view body, size_t piece, size_t room) {
  Outcome outcome;
  Ledger ledger;
  {
    Decoder decoder;
    require(decoder.start(encoding, ledger.source()));
    std::string out(room, '\0');
    for (size_t at = 0; at < body.size() && !outcome.failed && !outcome.stopped; at += piece) {
      std::string_view in = body.substr(at, piece);
      for (;;) {
        size_t written = 0;
        const size_t before = in.size();
        const Decoder::Step step = decoder.decode(in, out.data(), room, written);
        require(written <= room && in.size() <= before);
        outcome.text.append(out.data(), written);
        outcome.failed = step == Decoder::Step::kFailed;
        outcome.stopped = outcome.text.size() > kMostText;
        if (outcome.failed || outcome.stopped || (written == 0 && (in.empty() || in.size() == before))) break;
      }
    }
    outcome.ended = decoder.ended();
  }
  require(ledger.live == 0);
  return outcome;
}

/// Whether the library decodes all of `body` in one step, and to what.
bool decode_at_once(Encoding encoding, std::string_view body, std::string& text) {
  text.assign(kMostText, '\0');
#ifdef ABM_BROTLI
  if (encoding == Encoding::kBrotli) {
    size_t size = text.size();
    const bool whole =
        BrotliDecoderDecompress(body.size(), reinterpret_cast<const uint8_t*>(body.data()), &size,
                                reinterpret_cast<uint8_t*>(text.data())) == BROTLI_DECODER_RESULT_SUCCESS;
    text.resize(whole ? size : 0);
    return whole;
  }
#endif
#ifdef ABM_ZSTD
  if (encoding == Encoding::kZstd) {
    const size_t size = ZSTD_decompress(text.data(), text.size(), body.data(), body.size());
    const bool whole = ZSTD_isError(size) == 0;
    text.resize(whole ? size : 0);
    return whole;
  }
#endif
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Encoding codings[] = {
      Encoding::kGzip,
      Encoding::kDeflate,
#ifdef ABM_BROTLI
      Encoding::kBrotli,
#endif
#ifdef ABM_ZSTD
      Encoding::kZstd,
#endif
  };
  const Encoding encoding = codings[data[0] % std::size(codings)];
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = decode(encoding, body, std::max<size_t>(body.size(), 1), 1u << 16);
  const Outcome pieces = decode(encoding, body, 1 + data[1] % 16, 1 + data[1] / 16u);
  // "deflate" is told apart by its first two bytes, so one alone may be taken for the other dialect.
  if (whole.stopped || pieces.stopped || encoding == Encoding::kDeflate) return 0;
  std::string text;
  const bool decodes_at_once = !body.empty() && decode_at_once(encoding, body, text);
  // In pieces, libzstd takes a frame that ends in an empty block although its header promised more text.
  require(whole.failed == pieces.failed || (encoding == Encoding::kZstd && !decodes_at_once));
  if (!whole.failed) require(whole.text == pieces.text && whole.ended == pieces.ended);
  if (!decodes_at_once) return 0;
  // Formats and windows that the web does not allow are refused, whatever the library can do.
  require(whole.failed || (whole.ended && whole.text == text));
  return 0;
}
