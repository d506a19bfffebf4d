// Brotli, where the library was there when this was built.
#include "module/body_coding.h"

#ifdef ABM_BROTLI
#include <brotli/decode.h>

#include "module/decoder_memory.h"
#endif

namespace abm::module {

#ifdef ABM_BROTLI

bool Brotli::available() noexcept {
  return true;
}

Brotli::~Brotli() {
  if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
}

bool Brotli::open(MemorySource& memory) noexcept {
  state_ = BrotliDecoderCreateInstance(get_decoder_memory, put_decoder_memory, &memory);
  return state_ != nullptr;
}

CodingResult Brotli::step(CodingStep step) noexcept {
  size_t in_left = step.in.size(), out_left = step.room;
  const auto* next_in = reinterpret_cast<const uint8_t*>(step.in.data());
  auto* next_out = reinterpret_cast<uint8_t*>(step.out);
  const BrotliDecoderResult result =
      BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
  step.written = step.room - out_left;
  step.in.remove_prefix(step.in.size() - in_left);
  if (result == BROTLI_DECODER_RESULT_SUCCESS) return CodingResult::kEnd;
  return result == BROTLI_DECODER_RESULT_ERROR ? CodingResult::kFailed : CodingResult::kMore;
}

#else

bool Brotli::available() noexcept {
  return false;
}
Brotli::~Brotli() = default;
bool Brotli::open(MemorySource&) noexcept {
  return false;
}
CodingResult Brotli::step(CodingStep) noexcept {
  return CodingResult::kFailed;
}

#endif

}  // namespace abm::module
