// Expectation files (`abm: tests/1`): what a marketing team expects of its rules, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "tools/visit.h"

namespace abm::tools {

/// A value with its place in the file.
struct ExpectedText {
  std::string value;
  Position at;
};

struct ExpectedAttribute {
  std::string name;                  ///< lower case
  std::optional<std::string> value;  ///< std::nullopt: the attribute is not there
  Position at;
};

struct ExpectedSlot {
  enum class Kind : uint8_t {
    kEdited,    ///< what the members below say
    kOriginal,  ///< no edit
    kAbsent,    ///< the rewritten page has no such element
  };
  std::string slot;
  Kind kind = Kind::kEdited;
  Position at;
  std::optional<ExpectedText> rule, text, contains;
  std::vector<ExpectedAttribute> attributes;
};

struct ExpectedNames {
  std::vector<std::string> names;  ///< sorted
  Position at;
};

struct Expectation {
  std::string name;
  std::string file;
  Position at;
  VisitOptions visit;
  std::string page;                     ///< path from the working directory, "" when none is given
  std::optional<ExpectedText> account;  ///< "none": not identified
  std::optional<ExpectedText> arm;      ///< "none": rules do not apply (unidentified, excluded, expired)
  std::optional<ExpectedNames> rules, signals;
  std::vector<ExpectedSlot> slots;
};

/// Strict: every key is checked, and all errors are reported at once, with their places. The result is of use
/// only if `diagnostics` got no error.
[[nodiscard]] std::vector<Expectation> load_expectations(const std::string& path, Diagnostics& diagnostics);

}  // namespace abm::tools
