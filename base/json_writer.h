// Writes JSON (RFC 8259) that is always valid JSON and valid UTF-8, whatever the input: into a string (tools)
// or into a fixed buffer without allocation (visit lines, status).
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace abm {

/// A fixed buffer that remembers if something did not fit; what does not fit is left out whole.
class FixedBuffer {
 public:
  explicit FixedBuffer(std::span<char> memory) noexcept : memory_(memory) {}
  void append(const char* bytes, size_t size) noexcept {
    if (size > memory_.size() - used_) {
      overflowed_ = true;
      return;
    }
    std::memcpy(memory_.data() + used_, bytes, size);
    used_ += size;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {memory_.data(), used_}; }
  [[nodiscard]] size_t size() const noexcept { return used_; }
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  /// Back to an earlier size() (and no longer overflowed): how a caller drops a member that did not fit.
  void rewind(size_t size) noexcept {
    used_ = size;
    overflowed_ = false;
  }

 private:
  std::span<char> memory_;
  size_t used_ = 0;
  bool overflowed_ = false;
};

/// The escaped form of one byte sequence inside a JSON string: appends to `escaped` (at most 8 bytes) and
/// returns the bytes consumed. Escapes controls, quote, backslash, DEL and U+2028/2029; each byte that is not
/// UTF-8 becomes U+FFFD.
[[nodiscard]] size_t escape_json_point(std::string_view text, char (&escaped)[8],
                                       size_t& escaped_size) noexcept;

/// Streams one JSON value. The caller pairs begin and end; the writer adds commas and colons. `Buffer` is
/// std::string or FixedBuffer.
template <typename Buffer>
class JsonWriter {
 public:
  explicit JsonWriter(Buffer& out) noexcept : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    separate();
    quote(name);
    put(":");
    comma_ = false;
    return *this;
  }
  JsonWriter& string(std::string_view text) {
    separate();
    quote(text);
    comma_ = true;
    return *this;
  }
  /// At most `limit` bytes of `text`, cut before a code point that would cross the limit.
  JsonWriter& string(std::string_view text, size_t limit) {
    if (text.size() > limit) {
      while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
      text = text.substr(0, limit);
    }
    return string(text);
  }
  /// null for "".
  JsonWriter& string_or_null(std::string_view text) { return text.empty() ? null() : string(text); }
  template <typename Number>
  requires std::is_integral_v<Number> JsonWriter& number(Number value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return raw({digits, static_cast<size_t>(end - digits)});
  }
  /// Shortest text that reads back the same; null for infinities and NaN, which JSON cannot express.
  JsonWriter& number(double value) {
    if (!(value - value == 0)) return null();
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return raw({digits, static_cast<size_t>(end - digits)});
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A value that already is JSON.
  JsonWriter& raw(std::string_view json) {
    separate();
    put(json);
    comma_ = true;
    return *this;
  }
  /// For FixedBuffer::rewind: whether the next value needs a comma.
  [[nodiscard]] bool needs_comma() const noexcept { return comma_; }
  void set_needs_comma(bool comma) noexcept { comma_ = comma; }

 private:
  void put(std::string_view text) { out_.append(text.data(), text.size()); }
  void separate() {
    if (comma_) put(",");
  }
  JsonWriter& open(char c) {
    separate();
    out_.append(&c, 1);
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char c) {
    out_.append(&c, 1);
    comma_ = true;
    return *this;
  }
  void quote(std::string_view text) {
    put("\"");
    size_t plain = 0;
    for (size_t i = 0; i < text.size();) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
        ++i;
        continue;
      }
      char escaped[8];
      size_t escaped_size = 0;
      put(text.substr(plain, i - plain));
      i += escape_json_point(text.substr(i), escaped, escaped_size);
      out_.append(escaped, escaped_size);
      plain = i;
    }
    put(text.substr(plain));
    put("\"");
  }

  Buffer& out_;
  bool comma_ = false;
};

}  // namespace abm
