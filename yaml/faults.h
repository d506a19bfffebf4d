// Why a file is not readable YAML, in words for its author.
#pragma once

#include <yaml.h>

#include <cstddef>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "yaml/limits.h"
#include "yaml/source_text.h"

namespace abm::yaml {

struct Fault {
  Position at;
  std::string message;
};

/// Faults visible in the bytes: too large, a line too long, not UTF-8, NUL, other controls, and the
/// line ends that YAML 1.1 knows and editors do not (U+0085, U+2028, U+2029, a lone CR), which would
/// shift all later line numbers.
[[nodiscard]] std::optional<Fault> find_byte_fault(const SourceText& source, const Limits& limits);

/// What libyaml's parser stopped at. Only after yaml_parser_parse has returned 0.
[[nodiscard]] Fault describe_fault(const yaml_parser_t& parser, const SourceText& source);

}  // namespace abm::yaml
