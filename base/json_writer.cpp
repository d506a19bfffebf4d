#include "base/json_writer.h"

#include "base/text.h"

namespace abm {

size_t escape_json_point(std::string_view text, char (&escaped)[8], size_t& escaped_size) noexcept {
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto set = [&](std::string_view bytes) {
    std::memcpy(escaped, bytes.data(), bytes.size());
    escaped_size = bytes.size();
  };
  const auto set_code = [&](unsigned code) {
    const char bytes[6] = {'\\',
                           'u',
                           kDigits[(code >> 12) & 15],
                           kDigits[(code >> 8) & 15],
                           kDigits[(code >> 4) & 15],
                           kDigits[code & 15]};
    set({bytes, sizeof bytes});
  };
  const DecodedPoint point = decode_utf8(text);
  switch (point.value) {
    case '"':
      set("\\\"");
      break;
    case '\\':
      set("\\\\");
      break;
    case '\n':
      set("\\n");
      break;
    case '\r':
      set("\\r");
      break;
    case '\t':
      set("\\t");
      break;
    default:
      if (!point.valid) {
        set("\xef\xbf\xbd");
      } else if (point.value < 0x20 || point.value == 0x7f || point.value == 0x2028 ||
                 point.value == 0x2029) {
        set_code(static_cast<unsigned>(point.value));
      } else {
        set(text.substr(0, point.length));
      }
  }
  return point.length;
}

}  // namespace abm
