#include "yaml/faults.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "yaml/look_alikes.h"

namespace abm::yaml {
namespace {

/// libyaml's messages and ours. Libyaml's are written for people who write parsers.
struct Wording {
  std::string_view theirs;
  std::string_view ours;
};
constexpr auto kProblems = std::to_array<Wording>({
    {"found character that cannot start any token",
     "this character cannot begin a value: quote the text (and indent with spaces, not tabs)"},
    {"found a tab character that violates indentation", "a tab is used to indent: use spaces"},
    {"found a tab character where an indentation space is expected", "a tab is used to indent: use spaces"},
    {"could not find expected ':'", "a ':' is missing after the key"},
    {"mapping values are not allowed in this context",
     "a ':' is not allowed here: quote the text if it belongs to it"},
    {"mapping keys are not allowed in this context",
     "a '?' is not allowed here: quote the text if it belongs to it"},
    {"block sequence entries are not allowed in this context", "a '-' entry is not allowed here"},
    {"did not find expected key", "a key is expected here: check the indentation and the quotes"},
    {"did not find expected '-' indicator", "a '-' entry is expected here: check the indentation"},
    {"did not find expected ',' or ']'", "a ',' or ']' is expected here"},
    {"did not find expected ',' or '}'", "a ',' or '}' is expected here"},
    {"did not find expected node content", "a value is expected here"},
    {"found unexpected document indicator", "a line of '---' or '...' is inside quotes"},
    {"found unknown escape character",
     "no such escape after '\\' in double quotes: write '\\\\' for a backslash"},
    {"found undefined tag handle",
     "a tag ('!…') is not allowed here: quote the text if the '!' belongs to it"},
    {"did not find expected <document start>",
     "one value ends here and another begins: check the indentation"},
    {"did not find expected comment or line break", "nothing may follow '|' or '>' but a comment"},
    {"found an indentation indicator equal to 0", "the number after '|' or '>' must be 1 to 9"},
    {"found unknown directive name",
     "directives ('%…') are not allowed here: quote the text if it begins with '%'"},
    {"found incompatible YAML document", "directives ('%…') are not allowed here"},
});
constexpr auto kContexts = std::to_array<Wording>({
    {"while scanning a quoted scalar", "the quoted text"},
    {"while scanning a simple key", "the key"},
    {"while scanning a plain scalar", "the text"},
    {"while scanning a block scalar", "the text block"},
    {"while parsing a block mapping", "the mapping"},
    {"while parsing a flow mapping", "the '{' mapping"},
    {"while parsing a block collection", "the list"},
    {"while parsing a flow sequence", "the '[' list"},
});

template <size_t N>
std::string_view ours(const std::array<Wording, N>& table, std::string_view text) noexcept {
  for (const Wording& wording : table) {
    if (wording.theirs == text) return wording.ours;
  }
  return {};
}

bool is_allowed(char32_t point) noexcept {
  if (point == 0x85 || point == 0x2028 || point == 0x2029) return false;
  return (point >= 0x20 && point != 0x7f && !(point >= 0x80 && point < 0xa0)) || point == '\n' ||
         point == '\t';
}

/// With what looks like one of YAML's own characters there, or a little above: a mistake shows late.
Fault with_look_alike(Fault fault, const SourceText& source, uint32_t context_line) {
  constexpr uint32_t kMostLines = 3;
  const uint32_t line = fault.at.line;
  const uint32_t first = std::max(context_line, line - std::min(line, kMostLines - 1));
  if (const std::string found = look_alike_on_lines(source, first, line); !found.empty())
    fault.message += fmt::format("; at {}", found);
  return fault;
}

}  // namespace

std::optional<Fault> find_byte_fault(const SourceText& source, const Limits& limits) {
  const std::string_view bytes = source.bytes();
  if (bytes.size() > limits.max_bytes) {
    return Fault{{}, fmt::format("larger than {} bytes, split it", limits.max_bytes)};
  }
  if (const uint32_t line = source.longer_line(limits.max_line_bytes); line != 0) {
    return Fault{{line, 0}, fmt::format("the line is longer than {} bytes, break it", limits.max_line_bytes)};
  }
  for (size_t i = 0; i < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool line_end = byte == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n';
    if ((byte >= 0x20 && byte < 0x7f) || byte == '\n' || line_end) {
      ++i;
      continue;
    }
    const DecodedPoint point = decode_utf8(bytes.substr(i));
    if (!point.valid) {
      return Fault{source.position(i),
                   fmt::format("byte 0x{:02x} is not UTF-8, save the file as UTF-8", byte)};
    }
    if (!is_allowed(point.value)) {
      return Fault{source.position(i), fmt::format("control character U+{:04X} is not allowed here",
                                                   static_cast<uint32_t>(point.value))};
    }
    i += point.length;
  }
  return std::nullopt;
}

Fault describe_fault(const yaml_parser_t& parser, const SourceText& source) {
  if (parser.error == YAML_MEMORY_ERROR) return {{}, "out of memory while reading it"};
  const auto place = [](const yaml_mark_t& mark) {
    return Position{static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  };
  const Position at = place(parser.problem_mark);
  const std::string_view problem = parser.problem == nullptr ? "unknown" : parser.problem;
  const std::string_view context = parser.context == nullptr ? "" : parser.context;
  const std::string_view line = source.line(at.line);
  if (line.substr(std::min(line.size(), offset_of_column(line, at.column))).starts_with('\t')) {
    return {at, "a tab is used to indent: use spaces"};
  }
  if (context == "while scanning a quoted scalar" && problem == "found unexpected end of stream") {
    return with_look_alike({place(parser.context_mark), "the closing quote of this text is missing"}, source,
                           place(parser.context_mark).line);
  }
  const std::string_view known = ours(kProblems, problem);
  Fault fault{at, known.empty() ? fmt::format("not readable as YAML: {}", problem) : std::string(known)};
  if (const std::string_view where = ours(kContexts, context); !where.empty()) {
    const Position from = place(parser.context_mark);
    fault.message += fmt::format(" ({} begins at {}:{})", where, from.line, from.column);
  }
  const uint32_t context_line = context.empty() ? at.line - 1 : place(parser.context_mark).line;
  return with_look_alike(std::move(fault), source, context_line);
}

}  // namespace abm::yaml
