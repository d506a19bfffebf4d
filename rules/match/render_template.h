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

/// Borrows both. Allocates only from the input's memory source.
class TemplateRenderer {
 public:
  TemplateRenderer(const ProgramTables& tables, const RenderInput& input) noexcept
      : t_(tables), input_(input) {}

  [[nodiscard]] RenderedTemplate render(const format::Template& source) const noexcept;
  /// The first placeholder with neither value nor default here; nullptr if there is none.
  [[nodiscard]] const format::Part* part_without_value(const format::Template& source) const noexcept;
  /// A literal inside an attribute value, for example a class name.
  [[nodiscard]] RenderedTemplate attribute_literal(std::string_view text) const noexcept;

 private:
  struct Value;
  [[nodiscard]] Value value_of(const format::Part& part, std::span<char> digits) const noexcept;
  [[nodiscard]] std::optional<size_t> write(const format::Template& source, char* out,
                                            size_t capacity) const noexcept;
  [[nodiscard]] RenderedTemplate for_charset(std::string_view utf8, format::TemplateForm form) const noexcept;

  const ProgramTables& t_;
  const RenderInput& input_;
};

/// `value` as a file-name component of `html_file`: each run of bytes other than ASCII letters, digits,
/// ".", "_" and "-" becomes one "-", so "Food & Beverage" is "Food-Beverage". Returns the bytes needed;
/// writes at most `capacity`.
[[nodiscard]] size_t sanitize_component(char* out, size_t capacity, std::string_view value) noexcept;

/// The fragment with that path: the same spelling, else the first that differs only in ASCII case;
/// nullptr if there is none.
[[nodiscard]] const format::Fragment* find_fragment(const ProgramTables& tables,
                                                    std::span<const format::Fragment> fragments,
                                                    std::string_view path) noexcept;

}  // namespace abm::rules
