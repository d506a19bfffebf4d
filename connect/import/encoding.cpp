#include "connect/import/encoding.h"

#include <algorithm>

#include "base/text.h"

namespace abm::connect {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr char32_t kMark = 0xfeff;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

/// 0x80 to 0x9f as in Microsoft's table; 0: no character.
constexpr std::array<char16_t, 32> kWindows = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

/// Bytes of the character that `lead` starts; 1 for what starts none.
size_t length_of_lead(unsigned char lead) noexcept {
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
}

/// Bytes at the end of `bytes` that may be the start of a character, 0 to 3.
size_t unfinished(std::string_view bytes) noexcept {
  for (size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    return byte < 0xf5 && length_of_lead(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string_view to_string(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
      return "UTF-16 LE";
    case Encoding::kUtf16Be:
      return "UTF-16 BE";
    case Encoding::kWindows1252:
      break;
  }
  return "Windows-1252";
}

std::optional<Encoding> encoding_from(std::string_view name) noexcept {
  if (equals_ignoring_case(name, "utf-8")) return Encoding::kUtf8;
  if (equals_ignoring_case(name, "utf-16le") || equals_ignoring_case(name, "utf-16"))
    return Encoding::kUtf16Le;
  if (equals_ignoring_case(name, "utf-16be")) return Encoding::kUtf16Be;
  if (equals_ignoring_case(name, "windows-1252")) return Encoding::kWindows1252;
  return std::nullopt;
}

void EncodingScan::update(std::string_view bytes) noexcept {
  for (size_t i = 0; i < bytes.size() && start_size_ < start_.size(); ++i) start_[start_size_++] = bytes[i];
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0') ++((bytes_ + i) % 2 == 0 ? zeros_even_ : zeros_odd_);
  }
  bytes_ += bytes.size();
  std::string joined;
  if (!rest_.empty()) {
    joined = rest_ + std::string(bytes);
    bytes = joined;
  }
  const size_t open = unfinished(bytes);
  count(bytes.substr(0, bytes.size() - open));
  rest_ = std::string(bytes.substr(bytes.size() - open));
}

void EncodingScan::count(std::string_view bytes) noexcept {
  for (size_t at = 0; at < bytes.size();) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    const DecodedPoint point = decode_utf8(bytes.substr(at));
    ++(point.valid ? sequences_ : faults_);
    at += point.length;
  }
}

Encoding EncodingScan::finish() noexcept {
  faults_ += rest_.size();
  const std::string_view start(start_.data(), start_size_);
  if (start.starts_with(kUtf8Mark)) return Encoding::kUtf8;
  if (start.starts_with("\xff\xfe")) return Encoding::kUtf16Le;
  if (start.starts_with("\xfe\xff")) return Encoding::kUtf16Be;
  // Text in Latin letters: nearly every other byte is zero, and no byte of the other half is.
  if (zeros_odd_ > bytes_ / 8 && zeros_odd_ > 8 * zeros_even_) return Encoding::kUtf16Le;
  if (zeros_even_ > bytes_ / 8 && zeros_even_ > 8 * zeros_odd_) return Encoding::kUtf16Be;
  return faults_ > sequences_ ? Encoding::kWindows1252 : Encoding::kUtf8;
}

void TextDecoder::put(char32_t point, std::string& out) {
  if (!started_) {
    started_ = true;
    if (point == kMark) return;
  }
  append_utf8(out, point);
}

void TextDecoder::decode(std::string_view bytes, bool last, std::string& out) {
  std::string joined;
  if (!rest_.empty()) {
    joined = rest_ + std::string(bytes);
    rest_.clear();
    bytes = joined;
  }
  switch (encoding_) {
    case Encoding::kUtf8:
      return decode_utf8_bytes(bytes, last, out);
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      return decode_utf16(bytes, last, out);
    case Encoding::kWindows1252:
      return decode_windows1252(bytes, out);
  }
}

void TextDecoder::decode_utf8_bytes(std::string_view bytes, bool last, std::string& out) {
  if (!last) {
    const size_t open = unfinished(bytes);
    rest_ = std::string(bytes.substr(bytes.size() - open));
    bytes.remove_suffix(open);
  }
  if (bytes.empty()) return;
  if (!started_) {
    started_ = true;
    if (bytes.starts_with(kUtf8Mark)) bytes.remove_prefix(kUtf8Mark.size());
  }
  if (is_utf8(bytes)) {
    out += bytes;
    return;
  }
  while (!bytes.empty()) {
    const DecodedPoint point = decode_utf8(bytes);
    append_utf8(out, point.value);
    bytes.remove_prefix(point.length);
  }
}

void TextDecoder::decode_utf16(std::string_view bytes, bool last, std::string& out) {
  const auto unit = [&](size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]),
               second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(encoding_ == Encoding::kUtf16Le ? first | second << 8 : first << 8 | second);
  };
  size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const char32_t high = unit(at);
    if (high < 0xd800 || high > 0xdfff) {
      put(high, out);
      continue;
    }
    if (high > 0xdbff) {
      put(kReplacement, out);
      continue;
    }
    if (at + 3 >= bytes.size()) {
      if (!last) break;
      put(kReplacement, out);
      continue;
    }
    const char32_t low = unit(at + 2);
    if (low < 0xdc00 || low > 0xdfff) {
      put(kReplacement, out);
      continue;
    }
    put(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), out);
    at += 2;
  }
  if (at >= bytes.size()) return;
  if (last) {
    put(kReplacement, out);
  } else {
    rest_ = std::string(bytes.substr(at));
  }
}

void TextDecoder::decode_windows1252(std::string_view bytes, std::string& out) const {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else if (byte >= 0xa0) {
      append_utf8(out, byte);
    } else {
      const char16_t point = kWindows[byte - 0x80];
      append_utf8(out, point == 0 ? kReplacement : point);
    }
  }
}

}  // namespace abm::connect
