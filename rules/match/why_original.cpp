// Asks the renderer first, so that the two always agree, then looks for the piece that made it refuse.
#include "rules/match/why_original.h"

#include <vector>

#include <fmt/format.h>

#include "base/arena.h"
#include "rules/match/render.h"
#include "rules/match/render_template.h"
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

/// Every template that the rewrite's edit is made from, in that order.
std::vector<uint32_t> templates_of(const ProgramTables& t, const format::Rewrite& rewrite,
                                   const TemplateRenderer& templates) {
  std::vector<uint32_t> indexes = {rewrite.content, rewrite.html_file};
  if (rewrite.html_file != format::kNone) {
    RenderedTemplate path;
    if (const format::Fragment* fragment = templates.fragment(rewrite, path))
      indexes.push_back(fragment->content);
  }
  for (const uint32_t index : {rewrite.before, rewrite.prepend, rewrite.append, rewrite.after})
    indexes.push_back(index);
  for (uint32_t i = 0; i < rewrite.attributes.count; ++i) {
    indexes.push_back(t.attributes[rewrite.attributes.begin + i].value);
  }
  std::erase(indexes, format::kNone);
  return indexes;
}

}  // namespace

std::string why_original(const Program& program, const Visit& visit, const Winner& winner) {
  Arena scratch;
  const RenderInput input = {.program = &program,
                             .account = visit.account,
                             .path = visit.path,
                             .winners = {&winner, 1},
                             .memory = scratch.source()};
  const RenderResult rendered = render_edits(input);
  const RenderSkip skip = rendered.ok ? rendered.skips[0] : RenderSkip::kMemory;
  const ProgramTables& t = program.tables();
  const format::Rewrite& rewrite = t.rewrites[winner.rewrite];
  const TemplateRenderer templates(t, input);
  switch (skip) {
    case RenderSkip::kNone:
      return "";
    case RenderSkip::kHeldOut:
      return "this account is held out";
    case RenderSkip::kNoFragment:
      return fmt::format("there is no {}", templates.render(t.templates[rewrite.html_file]).text);
    case RenderSkip::kNoValue:
      for (const uint32_t index : templates_of(t, rewrite, templates)) {
        if (const format::Part* missing = templates.part_without_value(t.templates[index])) {
          return fmt::format("{} has no value and no default",
                             placeholder_name(missing->source, t[missing->name]));
        }
      }
      break;
    case RenderSkip::kCharset:
    case RenderSkip::kMemory:
    case RenderSkip::kNoScript:
      break;
  }
  return std::string(to_string(skip));
}

}  // namespace abm::rules
