#include "tools/page_elements.h"

#include <fmt/format.h>

#include "rewrite/locate.h"

namespace abm::tools {

PageElements look_at_page(std::string_view page, const rules::Program& program, rewrite::Charset charset) {
  PageElements elements;
  elements.of_slot.resize(program.slot_count());
  if (charset == rewrite::Charset::kUnsupported) return elements;
  rewrite::RewriterOptions options;
  options.selectors = &program.selectors();
  options.charset = charset;
  const rewrite::LocateResult located = rewrite::locate(page, options);
  for (const rewrite::Located& element : located.elements) ++elements.of_slot[element.slot];
  for (const rewrite::Uncertain& element : located.uncertain) ++elements.of_slot[element.slot];
  elements.signs = located.signs;
  return elements;
}

std::string elements_text(uint32_t count) {
  if (count == 0) return "no element";
  return fmt::format("{} element{}", count, count == 1 ? "" : "s");
}

}  // namespace abm::tools
