#include "generation/manifest_layout.h"

#include <charconv>

#include "base/text.h"

namespace abm::generation {

bool ManifestLayout::accept(std::string_view text) noexcept {
  if (!peek(text)) return false;
  at_ += text.size();
  return true;
}

void ManifestLayout::expect(std::string_view text) noexcept {
  if (!accept(text)) failed_ = true;
}

uint64_t ManifestLayout::number() noexcept {
  uint64_t value = 0;
  if (failed_) return 0;
  const char* begin = bytes_.data() + at_;
  const auto [end, code] = std::from_chars(begin, bytes_.data() + bytes_.size(), value);
  if (code != std::errc{} || (end - begin > 1 && *begin == '0')) {
    failed_ = true;
    return 0;
  }
  at_ += static_cast<size_t>(end - begin);
  return value;
}

ContentHash ManifestLayout::hash(bool with_sha256) noexcept {
  ContentHash hash;
  if (with_sha256) {
    expect("\"sha256\": \"");
    const auto sha256 = Sha256::from_hex(failed_ ? "" : bytes_.substr(at_, 2 * hash.sha256.bytes.size()));
    failed_ = failed_ || !sha256.has_value();
    if (failed_) return hash;
    hash.sha256 = *sha256;
    at_ += 2 * hash.sha256.bytes.size();
    expect("\", ");
  }
  expect("\"xxh3_128\": \"");
  hash.xxh3.high = hex(16);
  hash.xxh3.low = hex(16);
  expect("\"");
  return hash;
}

std::string ManifestLayout::string() {
  std::string text;
  expect("\"");
  while (!failed_ && at_ < bytes_.size() && bytes_[at_] != '"') {
    if (bytes_[at_] == '\\') {
      escape(text);
    } else {
      text += bytes_[at_++];
    }
  }
  expect("\"");
  return text;
}

uint64_t ManifestLayout::hex(size_t digits) noexcept {
  uint64_t value = 0;
  if (failed_ || bytes_.size() - at_ < digits) {
    failed_ = true;
    return 0;
  }
  const char* begin = bytes_.data() + at_;
  const auto [end, code] = std::from_chars(begin, begin + digits, value, 16);
  if (code != std::errc{} || end != begin + digits) failed_ = true;
  at_ += digits;
  return value;
}

void ManifestLayout::escape(std::string& text) {
  ++at_;
  if (at_ >= bytes_.size()) return;
  const char kind = bytes_[at_++];
  switch (kind) {
    case '"':
    case '\\':
    case '/':
      text += kind;
      return;
    case 'b':
      text += '\b';
      return;
    case 'f':
      text += '\f';
      return;
    case 'n':
      text += '\n';
      return;
    case 'r':
      text += '\r';
      return;
    case 't':
      text += '\t';
      return;
    case 'u': {
      const uint64_t point = hex(4);
      if (point >= 0xd800 && point <= 0xdfff) failed_ = true;  // the writer never writes surrogate pairs
      if (!failed_) append_utf8(text, static_cast<char32_t>(point));
      return;
    }
    default:
      failed_ = true;
  }
}

}  // namespace abm::generation
