// What rules do to slots → records: placeholders resolved, fragments shared, classes escaped.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/ast.h"
#include "rules/compile/program_writer.h"

namespace abm::rules {

class RewriteCompiler {
 public:
  /// Both outlive it; `slots` are those that rewrites name.
  RewriteCompiler(const std::vector<Slot>& slots, ProgramWriter& writer) noexcept
      : slots_(slots), w_(writer) {}

  /// Appends the rewrites of one variant. Sets fault() if a placeholder names nothing.
  [[nodiscard]] format::Range add(const std::vector<SlotRewrite>& rewrites);
  /// The first fault, with the position of its slot, or "".
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  [[nodiscard]] const SourceRef& fault_at() const noexcept { return fault_at_; }

 private:
  uint32_t add_template(const rewrite::Template& source, format::TemplateForm form);
  uint32_t add_optional(const std::optional<rewrite::Template>& source, format::TemplateForm form);
  format::Part placeholder(const rewrite::Placeholder& source);
  format::Range add_fragments(const std::vector<Fragment>& fragments);
  format::Range add_classes(const std::vector<std::string>& classes);
  void fail(std::string message);

  const std::vector<Slot>& slots_;
  ProgramWriter& w_;
  std::unordered_map<const rewrite::Template*, uint32_t> shared_;  // fragments that several rules use
  std::map<std::vector<std::pair<std::string, uint32_t>>, format::Range> fragment_lists_;
  SourceRef at_, fault_at_;
  std::string fault_;
};

}  // namespace abm::rules
