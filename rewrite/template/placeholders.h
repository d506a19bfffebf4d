// The notation of placeholders: finds and reads them in a template's source, whatever is around them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/template/escape.h"

namespace abm::rewrite {

struct Placeholder {
  std::string source;  ///< "account.industry", "account.attributes.competitor", "page.path"
  std::optional<std::string> default_value;
  Place place = Place::kText;
  size_t offset = 0;  ///< of "{{" in the template's source, bytes
};

struct TemplateError {
  size_t offset = 0;    ///< bytes into the source
  std::string message;  ///< "placeholder inside <script>: …"
};

/// A piece of a source: a placeholder, or literal text with `\{{` unescaped. Pieces follow one another
/// without gaps.
struct SourcePiece {
  size_t begin = 0;  ///< bytes into the source
  size_t end = 0;
  std::string literal;
  std::optional<Placeholder> placeholder;  ///< with its place not known yet
};

/// Cuts a source into pieces. What begins like a placeholder but is not one is reported and left out.
[[nodiscard]] std::vector<SourcePiece> cut_placeholders(std::string_view source,
                                                        std::vector<TemplateError>& errors);

/// The source with every placeholder replaced by as many letters "x", so that it can be scanned as markup:
/// offsets stay the same, and a placeholder in a name, in an unquoted value or after "<" becomes part of it.
/// `\{{` becomes three braces.
[[nodiscard]] std::string mask_placeholders(std::string_view source);

}  // namespace abm::rewrite
