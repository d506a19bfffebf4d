// Zstandard, where the library was there when this was built.
#include "module/body_coding.h"

#ifdef ABM_ZSTD
#define ZSTD_STATIC_LINKING_ONLY  // for memory from a request's source
#include <zstd.h>

#include "module/decoder_memory.h"
#endif

namespace abm::module {

#ifdef ABM_ZSTD

namespace {

constexpr int kMaxWindowLog = 23;  // RFC 9659 3

// The first byte of RFC 8878's two magic numbers. The library may also know formats from before the RFC.
bool may_begin_frame(char first) noexcept {
  const auto byte = static_cast<unsigned char>(first);
  return byte == 0x28 || byte >> 4 == 5;
}

}  // namespace

bool Zstd::available() noexcept {
  return true;
}

Zstd::~Zstd() {
  if (state_ != nullptr) ZSTD_freeDCtx(state_);
}

bool Zstd::open(MemorySource& memory) noexcept {
  state_ = ZSTD_createDCtx_advanced({get_decoder_memory, put_decoder_memory, &memory});
  return state_ != nullptr &&
         ZSTD_isError(ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, kMaxWindowLog)) == 0;
}

CodingResult Zstd::step(CodingStep step) noexcept {
  if (!within_frame_ && !step.in.empty()) {
    if (!may_begin_frame(step.in[0])) return CodingResult::kFailed;
    within_frame_ = true;
  }
  ZSTD_inBuffer in{step.in.data(), step.in.size(), 0};
  ZSTD_outBuffer out{step.out, step.room, 0};
  const size_t result = ZSTD_decompressStream(state_, &out, &in);
  step.written = out.pos;
  step.in.remove_prefix(in.pos);
  if (ZSTD_isError(result) != 0) return CodingResult::kFailed;
  if (result != 0) return CodingResult::kMore;
  within_frame_ = false;
  return CodingResult::kEnd;
}

bool Zstd::next_frame(std::string_view rest) noexcept {
  return !rest.empty() && may_begin_frame(rest[0]);
}

#else

bool Zstd::available() noexcept {
  return false;
}
Zstd::~Zstd() = default;
bool Zstd::open(MemorySource&) noexcept {
  return false;
}
CodingResult Zstd::step(CodingStep) noexcept {
  return CodingResult::kFailed;
}
bool Zstd::next_frame(std::string_view) noexcept {
  return false;
}

#endif

}  // namespace abm::module
