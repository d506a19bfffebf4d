// Bounds, and the ends of members and frames; body_coding.h has the codings.
#include "module/decoder.h"

#include "base/text.h"

namespace abm::module {

Encoding encoding_from(std::string_view value) noexcept {
  value = trimmed(value, " ");
  if (value.empty() || equals_ignoring_case(value, "identity")) return Encoding::kIdentity;
  if (equals_ignoring_case(value, "gzip") || equals_ignoring_case(value, "x-gzip")) return Encoding::kGzip;
  if (equals_ignoring_case(value, "deflate")) return Encoding::kDeflate;
  if (Brotli::available() && equals_ignoring_case(value, "br")) return Encoding::kBrotli;
  if (Zstd::available() && equals_ignoring_case(value, "zstd")) return Encoding::kZstd;
  return Encoding::kOther;
}

bool Decoder::start(Encoding encoding, MemorySource memory) noexcept {
  encoding_ = encoding;
  memory_ = memory;
  active_ = true;
  // Only "deflate" needs a look at the body. For the others, a lack of memory shows while the original can
  // still be sent.
  return encoding == Encoding::kDeflate || open({});
}

bool Decoder::open(std::string_view first) noexcept {
  switch (encoding_) {
    case Encoding::kGzip:
    case Encoding::kDeflate:
      opened_ = inflate_.open(encoding_ == Encoding::kGzip, first, memory_);
      break;
    case Encoding::kBrotli:
      opened_ = brotli_.open(memory_);
      break;
    case Encoding::kZstd:
      opened_ = zstd_.open(memory_);
      break;
    case Encoding::kIdentity:
    case Encoding::kOther:
      break;
  }
  return opened_;
}

bool Decoder::goes_on(std::string_view rest) noexcept {
  return encoding_ == Encoding::kZstd ? zstd_.next_frame(rest) : inflate_.next_member(rest);
}

CodingResult Decoder::step(CodingStep step) noexcept {
  if (encoding_ == Encoding::kBrotli) return brotli_.step(step);
  return encoding_ == Encoding::kZstd ? zstd_.step(step) : inflate_.step(step);
}

Decoder::Step Decoder::decode(std::string_view& in, char* out, size_t room, size_t& written) noexcept {
  written = 0;
  if (ended_) {
    if (surplus_ || !goes_on(in)) {
      // Whatever comes behind other bytes is no member or frame, however it begins.
      surplus_ |= !in.empty();
      in = {};
      return Step::kEnd;
    }
    ended_ = false;
  }
  // zstd takes many steps without input or output for a mistake of its caller.
  if (in.empty() && !pending_) return Step::kMore;
  if (!opened_ && !open(in)) return Step::kFailed;
  const size_t in_size = in.size();
  const CodingResult result = step({in, out, room, written});
  pending_ = written == room;
  in_total_ += in_size - in.size();
  out_total_ += written;
  if (out_total_ > kFreeBytes && out_total_ / kMaxRatio > in_total_) return Step::kFailed;
  if (result == CodingResult::kEnd) {
    ended_ = true;
    return in.empty() ? Step::kEnd : Step::kMore;
  }
  return result == CodingResult::kMore ? Step::kMore : Step::kFailed;
}

}  // namespace abm::module
