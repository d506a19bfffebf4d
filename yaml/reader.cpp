#include "yaml/reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "yaml/look_alikes.h"

namespace abm::yaml {
namespace {

constexpr size_t kQuotedBytes = 60;

bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxNameBytes && is_name_start(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_name_start(c) || c == '.' || c == '_' || c == '-'; });
}

std::string in_quotes(std::string_view text) {
  if (text.size() <= kQuotedBytes) return fmt::format("'{}'", with_visible_blanks(text));
  size_t end = kQuotedBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("'{}…'", with_visible_blanks(text.substr(0, end)));
}

std::string describe(const Node& node) {
  if (node.kind == Node::Kind::kSequence) return node.items.empty() ? "an empty list" : "a list";
  if (node.kind == Node::Kind::kMapping) return "a mapping";
  return node.is_null() ? "nothing" : in_quotes(node.scalar);
}

void Reader::error(Position at, std::string message) {
  diagnostics_.error(file_, at, std::move(message), std::string(text_.line(at.line)));
}

std::string Reader::place(Position at) const {
  return fmt::format("{}:{}:{}", file_, at.line, at.column);
}

Position Reader::position_in(const Node& scalar, size_t offset) const {
  const std::string_view value = scalar.scalar;
  offset = std::min(offset, value.size());
  Position at = scalar.at;
  std::string_view wanted = value;
  size_t begin = 0;
  if (scalar.style == Node::Style::kLiteral) {
    // The content begins on the line after the '|'; each of its lines is one line of the
    // file, all equally indented.
    size_t first = 0;
    ++at.line;
    for (size_t i = value.find('\n'); i < offset; i = value.find('\n', i + 1)) {
      first = i + 1;
      ++at.line;
    }
    wanted = value.substr(first, value.find('\n', first) - first);
    offset -= first;
    const std::string_view line = text_.line(at.line);
    if (!line.ends_with(wanted)) return scalar.at;
    begin = line.size() - wanted.size();
  } else {
    begin = offset_of_column(text_.line(at.line), at.column) + (scalar.plain ? 0 : 1);
  }
  const std::string_view line = text_.line(at.line);
  if (begin > line.size() || line.substr(begin, offset) != wanted.substr(0, offset)) return scalar.at;
  return {at.line, count_points(line.substr(0, begin + offset)) + 1};
}

bool Reader::mapping(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kMapping && !node.members.empty()) return true;
  error(node.at, node.kind == Node::Kind::kMapping
                     ? fmt::format("{} is empty, leave it out or fill it in", what)
                     : fmt::format("{} must be a mapping of 'key: value', not {}", what, describe(node)));
  return false;
}

bool Reader::known_keys(const Node& node, std::string_view what, Keys known) {
  bool all = true;
  for (const Node::Member& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    error(member.key_at, fmt::format("unknown key {} in {}{}", in_quotes(member.key), what,
                                     did_you_mean(member.key, known)));
    all = false;
  }
  return all;
}

bool Reader::mapping_of(const Node& node, std::string_view what, Keys known) {
  if (node.kind != Node::Kind::kMapping) {
    error(node.at, known.empty()
                       ? fmt::format("{} must be a mapping", what)
                       : fmt::format("{} must be a mapping with the keys {}", what, fmt::join(known, ", ")));
    return false;
  }
  for (const Node::Member& member : node.members) {
    if (known.empty() || std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    error(member.key_at,
          fmt::format("unknown key '{}' in {}{}", member.key, what, did_you_mean(member.key, known)));
  }
  return true;
}

std::optional<std::string> Reader::text(const Node& node, std::string_view what, size_t limit) {
  if (node.kind != Node::Kind::kScalar || node.is_null()) {
    error(node.at, fmt::format("{} must be text, not {}", what, describe(node)));
    return std::nullopt;
  }
  if (node.scalar.size() > limit) {
    error(node.at, fmt::format("{} is longer than {} bytes", what, limit));
    return std::nullopt;
  }
  return node.scalar;
}

std::optional<std::string> Reader::name(const Node& node, std::string_view what, bool lower) {
  auto value = text(node, what, kMaxValueBytes);
  if (!value) return value;
  const bool capitals =
      std::any_of(value->begin(), value->end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (is_name(*value) && !(lower && capitals)) return value;
  error(
      node.at,
      fmt::format("{} {} must be {} letters, digits, '.', '_' or '-', begin with a letter or digit, and have "
                  "at most {} characters",
                  what, in_quotes(*value), lower ? "lower-case" : "ASCII", kMaxNameBytes));
  return std::nullopt;
}

std::optional<int64_t> Reader::integer(const Node& node, std::string_view what, int64_t min, int64_t max) {
  const auto value = text(node, what, kMaxValueBytes);
  if (!value) return std::nullopt;
  int64_t number = 0;
  const char* end = value->data() + value->size();
  const auto [stop, fault] = std::from_chars(value->data(), end, number);
  if (fault == std::errc::invalid_argument || stop != end) {
    error(node.at, fmt::format("{} must be a whole number in digits, not {}", what, in_quotes(*value)));
    return std::nullopt;
  }
  if (fault != std::errc() || number < min || number > max) {
    error(node.at, fmt::format("{} must be {} to {}, not {}", what, min, max, *value));
    return std::nullopt;
  }
  return number;
}

std::optional<uint32_t> Reader::percent(const Node& node, std::string_view what) {
  const auto value = text(node, what, kMaxValueBytes);
  if (!value) return std::nullopt;
  const size_t dot = value->find('.');
  const std::string_view whole = std::string_view(*value).substr(0, dot);
  const std::string_view part =
      dot == value->npos ? std::string_view("0") : std::string_view(*value).substr(dot + 1);
  if (is_digits(whole) && is_digits(part) && whole.size() <= 3 && part.size() <= 2) {
    uint32_t hundredths = 0;
    for (const char c : whole) hundredths = hundredths * 10 + static_cast<uint32_t>(c - '0');
    hundredths = hundredths * 100 + static_cast<uint32_t>(part[0] - '0') * 10 +
                 (part.size() == 2 ? static_cast<uint32_t>(part[1] - '0') : 0);
    if (hundredths <= 10'000) return hundredths;
  }
  error(node.at,
        fmt::format("{} must be a percentage of 0 to 100 with at most two decimals and no '%', not {}", what,
                    in_quotes(*value)));
  return std::nullopt;
}

bool Reader::only_true(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kScalar && node.plain && node.scalar == "true") return true;
  error(node.at, fmt::format("{} can only be true (without quotes), not {}: leave the key out otherwise",
                             what, describe(node)));
  return false;
}

std::optional<std::vector<const Node*>> Reader::scalars(const Node& node, std::string_view what) {
  std::vector<const Node*> found;
  if (node.kind == Node::Kind::kSequence) {
    if (node.items.empty()) error(node.at, fmt::format("{} is an empty list: it could never hold", what));
    if (node.items.size() > kMaxListedValues) {
      error(node.at, fmt::format("{} lists more than {} values", what, kMaxListedValues));
      return std::nullopt;
    }
    for (const Node& item : node.items) found.push_back(&item);
    if (found.empty()) return std::nullopt;
    return found;
  }
  found.push_back(&node);
  return found;
}

}  // namespace abm::yaml
