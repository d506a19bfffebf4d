#include "tools/page_reviews.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/page_elements.h"

namespace abm::tools {
namespace {

std::string heading_of(const rules::PageReview& page) {
  if (page.framework == rewrite::Framework::kNone)
    return fmt::format("{} ({}): no framework was recognized", page.page, page.path);
  return fmt::format("{} ({}): {}, told by {}", page.page, page.path, title_of(page.framework),
                     page.evidence);
}

std::string where_of(const rules::PageReview& page, const rules::SlotOnPage& slot) {
  if (page.framework == rewrite::Framework::kNone || slot.elements == 0) return {};
  if (slot.hydrated == 0) return " outside of the hydrated part";
  if (slot.hydrated == slot.elements) return " in the hydrated part";
  return fmt::format(", {} in the hydrated part", slot.hydrated);
}

std::string line_of(const rules::PageReview& page, const rules::SlotOnPage& slot, size_t width) {
  std::string line =
      fmt::format("  {:<{}}  {}{}", slot.slot, width, elements_text(slot.elements), where_of(page, slot));
  if (page.framework == rewrite::Framework::kNone) return line;
  for (const rules::EditOnPage& edit : slot.edits) {
    line += fmt::format("; {}: {}", edit.does, fate_text(edit.judgement.fate));
    if (!edit.goes_with.empty()) line += fmt::format(" by itself, but goes with slot '{}'", edit.goes_with);
    if (edit.judgement.fate == rewrite::Fate::kStays || edit.judgement.fate == rewrite::Fate::kOutside)
      continue;
    line += fmt::format(" (rule '{}': {}; {})", edit.rule, edit.judgement.why, edit.judgement.remedy);
  }
  return line;
}

}  // namespace

std::string_view fate_text(rewrite::Fate fate) noexcept {
  switch (fate) {
    case rewrite::Fate::kReverted:
      return "put back";
    case rewrite::Fate::kBreaksPage:
      return "breaks the page";
    case rewrite::Fate::kUnknown:
      return "may be put back";
    case rewrite::Fate::kStays:
    case rewrite::Fate::kOutside:
      break;
  }
  return "stays";
}

std::vector<std::string> page_review_lines(std::span<const rules::PageReview> pages) {
  std::vector<std::string> lines;
  for (const rules::PageReview& page : pages) {
    lines.push_back(heading_of(page));
    size_t width = 0;
    for (const rules::SlotOnPage& slot : page.slots) width = std::max(width, slot.slot.size());
    for (const rules::SlotOnPage& slot : page.slots) lines.push_back(line_of(page, slot, width));
    if (page.slots.empty()) lines.emplace_back("  no rule changes this page");
  }
  return lines;
}

void write_page_reviews(Json& json, std::span<const rules::PageReview> pages) {
  for (const rules::PageReview& page : pages) {
    json.begin_object().key("page").string(page.page).key("path").string(page.path);
    json.key("framework").string_or_null(to_string(page.framework));
    json.key("evidence").string_or_null(page.evidence);
    json.key("slots").begin_array();
    for (const rules::SlotOnPage& slot : page.slots) {
      json.begin_object().key("slot").string(slot.slot).key("elements").number(slot.elements);
      json.key("hydrated").number(slot.hydrated).key("edits").begin_array();
      for (const rules::EditOnPage& edit : slot.edits) {
        json.begin_object().key("rule").string(edit.rule).key("does").string(edit.does);
        json.key("fate").string(to_string(edit.judgement.fate)).key("why").string(edit.judgement.why);
        json.key("remedy").string_or_null(edit.judgement.remedy);
        json.key("goes_with").string_or_null(edit.goes_with).end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().end_object();
  }
}

}  // namespace abm::tools
