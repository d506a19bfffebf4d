// Tree construction: svg and math (HTML 13.2.6.5), where no element has raw text, and "/>" ends an element.
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// By this file, in_select.cpp, in_table.cpp and in_template.cpp.
constexpr std::string_view kAskedAttributes[] = {"color",          "encoding", "face",
                                                 "shadowrootmode", "size",     "type"};

}  // namespace

bool TreeSimulator::html_rules_for(const TagToken& t) const noexcept {
  const OpenElement& current = stack_.top();
  if ((current.flags & kHtmlPoint) != 0) return true;
  if ((current.flags & kTextPoint) != 0) return t.tag != Tag::mglyph_ && t.tag != Tag::malignmark_;
  static constexpr NameKey kAnnotation = key_of("annotation-xml");
  return current.space == Space::kMathml && current.key == kAnnotation && t.tag == Tag::svg_;
}

bool TreeSimulator::has_attribute(const TagToken& t, std::string_view name) noexcept {
  return find_attribute(t.rest(), name) || (t.cut_bits & attribute_bit(name)) != 0;
}

uint64_t TreeSimulator::asked_attributes() const noexcept {
  uint64_t bits = observer_.asked_attributes();
  for (const std::string_view name : kAskedAttributes) bits |= attribute_bit(name);
  return bits;
}

bool TreeSimulator::asks_attribute(std::string_view lower_name) const noexcept {
  for (const std::string_view name : kAskedAttributes) {
    if (name == lower_name) return true;
  }
  return observer_.asks_attribute(lower_name);
}

void TreeSimulator::leave_foreign() noexcept {
  while (stack_.top().space != Space::kHtml && (stack_.top().flags & (kHtmlPoint | kTextPoint)) == 0) pop();
}

void TreeSimulator::start_in_foreign(const TagToken& t) noexcept {
  bool breaks_out = has_any(t.tag, kBreakout);
  if (t.tag == Tag::font_) {
    breaks_out = has_attribute(t, "color") || has_attribute(t, "face") || has_attribute(t, "size");
  }
  if (breaks_out) {
    leave_foreign();
    return by_mode_start(t);
  }
  const Space space = stack_.top().space;
  uint8_t flags = 0;
  if (space == Space::kSvg && (t.tag == Tag::foreignobject_ || t.tag == Tag::desc_ || t.tag == Tag::title_)) {
    flags = kHtmlPoint;
  } else if (space == Space::kMathml && has_any(t.tag, kForeignScope)) {
    if (t.tag == Tag::annotation_xml_) {
      if (!find_attribute(t.rest(), "encoding") && has_attribute(t, "encoding"))
        return give_up(Skip::kTagTooLong);
      if (attribute_is(t.rest(), "encoding", "text/html") ||
          attribute_is(t.rest(), "encoding", "application/xhtml+xml"))
        flags = kHtmlPoint;
    } else if (t.tag != Tag::title_ && t.tag != Tag::desc_ && t.tag != Tag::foreignobject_) {
      flags = kTextPoint;
    }
  }
  insert(t, t.tag, space, t.self_closing, flags);
}

void TreeSimulator::end_in_foreign(const TagToken& t) noexcept {
  if (t.tag == Tag::br_ || t.tag == Tag::p_) {
    leave_foreign();
    return by_mode_end(t);
  }
  for (size_t i = stack_.size(); i-- > 1; ++steps_) {
    if (stack_[i].space == Space::kHtml) return by_mode_end(t);
    if (stack_[i].key == t.key) return pop_to(i);
  }
}

}  // namespace abm::rewrite
