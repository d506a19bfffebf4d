// One pass over at most kMaxBeaconBytes bytes.
#include "module/beacon.h"

#include <algorithm>

namespace abm::module {
namespace {

constexpr std::string_view kFirstLine = "seen/1";
constexpr size_t kMaxSlotName = 64;  // yaml::kMaxNameBytes

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_page_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxBeaconId &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

// -1: none.
int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Arguments and fragments are nobody's business: a path with either is no path.
bool decode_path(std::string_view text, Beacon& beacon) noexcept {
  if (!text.starts_with('/') || text.size() > beacon.path_bytes.size()) return false;
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c <= ' ' || c > '~' || c == '?' || c == '#') return false;
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    beacon.path_bytes[size++] = c;
  }
  beacon.path_size = size;
  return true;
}

// The next line of `rest`, without its LF. False: there is none.
bool take_line(std::string_view& rest, std::string_view& line) noexcept {
  if (rest.empty()) return false;
  const size_t end = std::min(rest.find('\n'), rest.size());
  line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

}  // namespace

bool is_slot_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxSlotName && is_letter_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool parse_beacon(std::string_view body, Beacon& beacon) noexcept {
  beacon.slot_count = 0;
  std::string_view line;
  if (body.size() > kMaxBeaconBytes) return false;
  if (!take_line(body, line) || line != kFirstLine) return false;
  if (!take_line(body, line) || !is_page_id(line)) return false;
  beacon.id = line;
  if (!take_line(body, line) || !decode_path(line, beacon)) return false;
  while (take_line(body, line)) {
    if (beacon.slot_count == kMaxBeaconSlots || !is_slot_name(line)) return false;
    beacon.slot_names[beacon.slot_count++] = line;
  }
  return beacon.slot_count > 0;
}

}  // namespace abm::module
