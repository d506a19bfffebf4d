// One template for one account and page: values looked up, escaped for their place,
// written in the page's encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rules/match/render_input.h"
#include "rules/program/program.h"

namespace abm::rules {

struct RenderedTemplate {
  std::string_view text;
  RenderSkip skip = RenderSkip::kNone;
  bool literal = false;  ///< the program's own bytes, unchanged
};

/// What a component of a path keeps of a value besides ASCII letters and digits: those of all scripts, or
/// none (the spelling that fragments had to have before other letters were compared without case).
enum class PathLetters : uint8_t { kAll, kAscii };

/// Borrows both. Allocates only from the input's memory source.
class TemplateRenderer {
 public:
  TemplateRenderer(const ProgramTables& tables, const RenderInput& input) noexcept
      : t_(tables), input_(input) {}

  [[nodiscard]] RenderedTemplate render(const format::Template& source) const noexcept;
  /// The first placeholder with neither value nor default here; nullptr if there is none.
  [[nodiscard]] const format::Part* part_without_value(const format::Template& source) const noexcept;
  /// The fragment that the `html_file` of `rewrite` names; nullptr if there is none. `path` is what was
  /// looked for; if its `skip` is not kNone, that is why nothing was.
  [[nodiscard]] const format::Fragment* fragment(const format::Rewrite& rewrite,
                                                 RenderedTemplate& path) const noexcept;
  /// A literal inside an attribute value, for example a class name.
  [[nodiscard]] RenderedTemplate attribute_literal(std::string_view text) const noexcept;

 private:
  struct Value;
  [[nodiscard]] Value value_of(const format::Part& part, std::span<char> digits) const noexcept;
  [[nodiscard]] std::optional<size_t> write(const format::Template& source, char* out, size_t capacity,
                                            PathLetters letters) const noexcept;
  [[nodiscard]] RenderedTemplate render(const format::Template& source, PathLetters letters) const noexcept;
  [[nodiscard]] RenderedTemplate for_charset(std::string_view utf8, format::TemplateForm form) const noexcept;

  const ProgramTables& t_;
  const RenderInput& input_;
};

/// `value` as a file-name component of `html_file`: each run of anything other than letters, digits, ".", "_"
/// and "-" becomes one "-", so "Food & Beverage" is "Food-Beverage". Returns the bytes needed; writes at most
/// `capacity`.
[[nodiscard]] size_t sanitize_component(char* out, size_t capacity, std::string_view value,
                                        PathLetters letters = PathLetters::kAll) noexcept;

/// The fragment with that path: the same spelling, however it is composed, else the first that differs only
/// in case (base/folding.h); nullptr if there is none.
[[nodiscard]] const format::Fragment* find_fragment(const ProgramTables& tables,
                                                    std::span<const format::Fragment> fragments,
                                                    std::string_view path) noexcept;

}  // namespace abm::rules
