// libyaml's events → Node; every limit is checked as the events come.
#include "yaml/parse.h"

#include <yaml.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.h"
#include "yaml/faults.h"
#include "yaml/look_alikes.h"
#include "yaml/reader.h"
#include "yaml/source_text.h"

namespace abm::yaml {
namespace {

/// libyaml's event, released on destruction.
struct Event {
  yaml_event_t raw{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }
};

std::string_view text_of(const yaml_char_t* bytes, size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

Node::Style style_of(yaml_scalar_style_t style) noexcept {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Node::Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Node::Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Node::Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE:
      return Node::Style::kFolded;
    default:
      return Node::Style::kPlain;
  }
}

/// One document being read. Recursion is bounded by Limits::max_depth.
class EventReader {
 public:
  EventReader(std::string_view bytes, const std::string& file, const Limits& limits, Diagnostics& diagnostics)
      : source_(bytes), file_(file), limits_(limits), diagnostics_(diagnostics) {}
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader() {
    if (ready_) yaml_parser_delete(&parser_);
  }

  std::optional<Node> read();

 private:
  bool fail(Position at, std::string message);
  bool next(Event& event);
  bool refuse_decoration(const yaml_event_t& event);
  bool read_node(const Event& event, unsigned depth, Node& out);
  bool read_sequence(unsigned depth, Node& out);
  bool read_mapping(unsigned depth, Node& out);
  bool read_key(const Event& event, const Node& mapping, std::unordered_set<std::string>& seen,
                Node::Member& out);
  bool room_for(size_t children, Position at);

  static Position place(const yaml_mark_t& mark) noexcept {
    return {static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  }

  SourceText source_;
  const std::string& file_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  yaml_parser_t parser_{};
  bool ready_ = false;
  size_t nodes_ = 0;
};

bool EventReader::fail(Position at, std::string message) {
  diagnostics_.error(file_, at, std::move(message), std::string(source_.line(at.line)));
  return false;
}

bool EventReader::next(Event& event) {
  if (yaml_parser_parse(&parser_, &event.raw) != 0) return true;
  const Fault fault = describe_fault(parser_, source_);
  return fail(fault.at, fault.message);
}

bool EventReader::refuse_decoration(const yaml_event_t& event) {
  const yaml_char_t* anchor = nullptr;
  const yaml_char_t* tag = nullptr;
  if (event.type == YAML_SCALAR_EVENT) {
    anchor = event.data.scalar.anchor;
    tag = event.data.scalar.tag;
  } else if (event.type == YAML_SEQUENCE_START_EVENT) {
    anchor = event.data.sequence_start.anchor;
    tag = event.data.sequence_start.tag;
  } else if (event.type == YAML_MAPPING_START_EVENT) {
    anchor = event.data.mapping_start.anchor;
    tag = event.data.mapping_start.tag;
  } else if (event.type == YAML_ALIAS_EVENT) {
    return fail(
        place(event.start_mark),
        fmt::format(
            "alias '*{}' is not allowed here: write the value out, or quote the text if the '*' belongs "
            "to it",
            reinterpret_cast<const char*>(event.data.alias.anchor)));
  }
  if (anchor != nullptr) {
    return fail(place(event.start_mark),
                fmt::format("anchor '&{}' is not allowed here: quote the text if the '&' belongs to it",
                            reinterpret_cast<const char*>(anchor)));
  }
  if (tag != nullptr) {
    return fail(place(event.start_mark),
                fmt::format("tag '{}' is not allowed here: quote the text if the '!' belongs to it",
                            reinterpret_cast<const char*>(tag)));
  }
  return true;
}

bool EventReader::room_for(size_t children, Position at) {
  if (children < limits_.max_children) return true;
  return fail(at, fmt::format("more than {} entries in one list or mapping", limits_.max_children));
}

bool EventReader::read_node(const Event& event, unsigned depth, Node& out) {
  if (!refuse_decoration(event.raw)) return false;
  out.at = place(event.raw.start_mark);
  if (++nodes_ > limits_.max_nodes) {
    return fail(out.at, fmt::format("more than {} values in one file, split it", limits_.max_nodes));
  }
  if (event.raw.type == YAML_SCALAR_EVENT) {
    const auto& scalar = event.raw.data.scalar;
    out.scalar = text_of(scalar.value, scalar.length);
    out.style = style_of(scalar.style);
    out.plain = out.style == Node::Style::kPlain;
    // Escapes in double quotes can write characters that the file itself may not contain.
    if (has_control(out.scalar)) return fail(out.at, "an escape in this text writes a control character");
    if (const std::string odd = out.plain ? odd_value(out.scalar) : std::string(); !odd.empty())
      diagnostics_.warning(file_, out.at, {}, odd, std::string(source_.line(out.at.line)));
    return true;
  }
  if (depth >= limits_.max_depth) {
    return fail(out.at, fmt::format("nested deeper than {} levels", limits_.max_depth));
  }
  return event.raw.type == YAML_SEQUENCE_START_EVENT ? read_sequence(depth + 1, out)
                                                     : read_mapping(depth + 1, out);
}

bool EventReader::read_sequence(unsigned depth, Node& out) {
  out.kind = Node::Kind::kSequence;
  for (;;) {
    Event event;
    if (!next(event)) return false;
    if (event.raw.type == YAML_SEQUENCE_END_EVENT) break;
    if (!room_for(out.items.size(), place(event.raw.start_mark))) return false;
    if (!read_node(event, depth, out.items.emplace_back())) return false;
  }
  out.items.shrink_to_fit();
  return true;
}

bool EventReader::read_key(const Event& event, const Node& mapping, std::unordered_set<std::string>& seen,
                           Node::Member& out) {
  if (!refuse_decoration(event.raw)) return false;
  out.key_at = place(event.raw.start_mark);
  if (event.raw.type != YAML_SCALAR_EVENT) {
    const std::string_view line = source_.line(out.key_at.line);
    const size_t brace = offset_of_column(line, out.key_at.column);
    const bool placeholder = brace > 0 && line.substr(brace - 1).starts_with("{{");
    return fail(out.key_at, placeholder ? "text that begins with '{{' must be in quotes"
                                        : "a key must be a word, not a list or mapping");
  }
  const auto& scalar = event.raw.data.scalar;
  out.key = text_of(scalar.value, scalar.length);
  if (out.key.empty()) return fail(out.key_at, "a key is missing before ':'");
  if (out.key == "<<" && scalar.style == YAML_PLAIN_SCALAR_STYLE) {
    return fail(out.key_at, "merge key '<<' is not allowed here: write the keys out");
  }
  if (has_control(out.key)) return fail(out.key_at, "an escape in this key writes a control character");
  if (const auto found = look_alike_in_key(out.key)) {
    Position at = out.key_at;
    at.column += count_points(std::string_view(out.key).substr(0, found->offset)) +
                 (scalar.style == YAML_PLAIN_SCALAR_STYLE ? 0 : 1);
    return fail(at, fmt::format("{} in key {}", found->what, in_quotes(out.key)));
  }
  if (seen.insert(out.key).second) return true;
  const auto first = std::find_if(mapping.members.begin(), mapping.members.end(),
                                  [&](const Node::Member& m) { return m.key == out.key; });
  return fail(out.key_at,
              fmt::format("key '{}' is written twice, first on line {}", out.key, first->key_at.line));
}

bool EventReader::read_mapping(unsigned depth, Node& out) {
  out.kind = Node::Kind::kMapping;
  std::unordered_set<std::string> seen;
  for (;;) {
    Event key;
    if (!next(key)) return false;
    if (key.raw.type == YAML_MAPPING_END_EVENT) break;
    if (!room_for(out.members.size(), place(key.raw.start_mark))) return false;
    Node::Member member;
    if (!read_key(key, out, seen, member)) return false;
    Event value;
    if (!next(value) || !read_node(value, depth, member.value)) return false;
    out.members.push_back(std::move(member));
  }
  out.members.shrink_to_fit();
  return true;
}

std::optional<Node> EventReader::read() {
  if (const auto fault = find_byte_fault(source_, limits_)) {
    // A line that is too long to read is too long to show.
    diagnostics_.error(
        file_, fault->at, fault->message,
        std::string(fault->at.column == 0 ? std::string_view() : source_.line(fault->at.line)));
    return std::nullopt;
  }
  ready_ = yaml_parser_initialize(&parser_) != 0;
  if (!ready_) {
    fail({}, "out of memory while reading it");
    return std::nullopt;
  }
  const std::string_view bytes = source_.bytes();
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  Node root;
  {
    Event stream, document, first;
    if (!next(stream) || !next(document)) return std::nullopt;
    if (document.raw.type == YAML_STREAM_END_EVENT) {
      fail({1, 1}, "the file is empty");
      return std::nullopt;
    }
    const auto& start = document.raw.data.document_start;
    if (start.version_directive != nullptr || start.tag_directives.start != start.tag_directives.end) {
      fail(place(document.raw.start_mark), "directives ('%…') are not allowed here");
      return std::nullopt;
    }
    if (!next(first) || !read_node(first, 0, root)) return std::nullopt;
  }
  Event document_end, stream_end;
  if (!next(document_end) || !next(stream_end)) return std::nullopt;
  if (stream_end.raw.type != YAML_STREAM_END_EVENT) {
    fail(place(stream_end.raw.start_mark), "a second document begins here: write one document per file");
    return std::nullopt;
  }
  return root;
}

}  // namespace

std::optional<Node> parse(std::string_view bytes, const std::string& file_name, const Limits& limits,
                          Diagnostics& diagnostics) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  return EventReader(bytes, file_name, limits, diagnostics).read();
}

}  // namespace abm::yaml
