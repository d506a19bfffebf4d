// Read once, while nginx reads its configuration.
#include "module/robot_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace abm::module {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kLineBlanks = " \t\r";

bool is_letter_or_digit(char c) noexcept {
  return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || is_digit(c);
}

std::string_view without_comment(std::string_view line) noexcept {
  for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

/// What is wrong with a name, as the rest of a message; "" if nothing is.
std::string fault_of(std::string_view name) {
  const std::string_view word = name.substr(name.starts_with('^') ? 1 : 0);
  if (word.size() < kMinRobotName || word.size() > kMaxRobotName)
    return fmt::format("a name has {} to {} bytes, this one has {}", kMinRobotName, kMaxRobotName,
                       word.size());
  for (const char c : name) {
    if (c < ' ' || c > '~') return "a name consists of visible ASCII characters and blanks, one name a line";
  }
  if (!is_letter_or_digit(word.front()))
    return "a name begins with a letter or a digit, or with '^' before one";
  if (name.find("  ") != std::string_view::npos) return "words of a name are separated by one blank";
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_robot_names(std::string_view text, std::string_view path) {
  std::vector<std::string> names;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view name = trimmed(without_comment(text.substr(0, end)), kLineBlanks);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (name.empty()) continue;
    if (const std::string fault = fault_of(name); !fault.empty())
      return Error{fmt::format("{}:{}: {}", path, number, fault)};
    if (names.size() == kMaxRobotNames)
      return Error{fmt::format("{}:{}: more than {} names", path, number, kMaxRobotNames)};
    names.push_back(ascii_lower(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<std::vector<std::string>> read_robot_file(const std::string& path) {
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  if (auto owned = refuse_writable_by_others(fd->get(), path); !owned) return owned.error();
  const auto text = read_all(fd->get(), path, kMaxRobotFile);
  if (!text) return text.error();
  return parse_robot_names(*text, path);
}

}  // namespace abm::module
