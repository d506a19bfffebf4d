#include "tools/page_elements.h"

#include <fmt/format.h>

#include "rewrite/locate.h"

namespace abm::tools {

std::vector<uint32_t> count_elements(std::string_view page, const rules::Program& program,
                                     rewrite::Charset charset) {
  std::vector<uint32_t> counts(program.slot_count());
  if (charset == rewrite::Charset::kUnsupported) return counts;
  rewrite::RewriterOptions options;
  options.selectors = &program.selectors();
  options.charset = charset;
  const rewrite::LocateResult located = rewrite::locate(page, options);
  for (const rewrite::Located& element : located.elements) ++counts[element.slot];
  for (const rewrite::Uncertain& element : located.uncertain) ++counts[element.slot];
  return counts;
}

std::string elements_text(uint32_t count) {
  if (count == 0) return "no element";
  return fmt::format("{} element{}", count, count == 1 ? "" : "s");
}

}  // namespace abm::tools
