// What a marketer's markup would do to the page around it: elements left open, scripts, links, characters
// that cannot be written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace abm::rewrite {

inline constexpr size_t kMaxMarkupProblems = 100;
inline constexpr size_t kMaxMarkupDepth = 512;  ///< what is nested deeper is not looked at

/// A place in a fragment, in bytes from its start.
struct MarkupProblem {
  size_t offset = 0;
  std::string message;  ///< "<div> is not closed"
};

/// Why the fragment, as content of an ordinary element, would change what is around it: elements that it does
/// not close, end tags of elements that it did not open, unfinished tags or comments, tags of html, head or
/// body. By offset; at most 100. It may contain placeholders. Optional end tags may be left out only if the
/// fragment itself continues after them.
[[nodiscard]] std::vector<MarkupProblem> markup_problems(std::string_view fragment);

/// A URL attribute that names a host.
struct ExternalLink {
  size_t offset = 0;      ///< of the value
  std::string attribute;  ///< lower case
  std::string host;       ///< lower case, without user and port
};

struct MarkupFacts {
  std::vector<size_t> scripts;  ///< offsets of <script> tags
  std::vector<ExternalLink> links;
  std::optional<size_t>
      unreferenced;  ///< first non-ASCII byte where character references are not decoded: such a
                     ///< fragment cannot go into pages that are not UTF-8 (see markup_for_charset)
};
/// The fragment may contain placeholders. Each list holds at most 1000 entries.
[[nodiscard]] MarkupFacts markup_facts(std::string_view fragment);

}  // namespace abm::rewrite
