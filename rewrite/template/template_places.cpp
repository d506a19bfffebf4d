// Places of placeholders in markup. A place is refused unless no value can leave it.
#include "rewrite/template/template_places.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/scan/attribute_context.h"
#include "rewrite/scan/character_references.h"
#include "rewrite/template/markup_walk.h"
#include "rewrite/template/url_shape.h"

namespace abm::rewrite {
namespace {

class PlaceFinder {
 public:
  PlaceFinder(std::string_view source, std::vector<SourcePiece>& pieces, std::vector<TemplateError>& errors)
      : masked_(mask_placeholders(source)), pieces_(pieces), errors_(errors), next_(pieces.begin()) {}

  void run() { MarkupWalker(std::string_view(masked_), *this).walk(); }

  void tag(const TagToken&) noexcept {}
  void piece(const MarkupPiece& region) {
    bool any = false;
    for (; next_ != pieces_.end() && next_->begin < region.end; ++next_) {
      if (!next_->placeholder) {
        if (next_->end > region.end) break;  // the literal continues in the next region
        continue;
      }
      std::string refusal = place(region, *next_->placeholder);
      if (refusal.empty() && joins_reference(region, next_->begin)) {
        refusal = "right after '&', where its value would be read as a character reference; write '&amp;'";
      }
      if (!refusal.empty()) refuse(*next_->placeholder, refusal);
      any = any || refusal.empty();
    }
    if (any && is_quoted(region) && is_url(context_of(region))) check_url(region);
  }

 private:
  void refuse(const Placeholder& placeholder, std::string_view where) {
    errors_.push_back({placeholder.offset, fmt::format("placeholder {}", where)});
  }

  static bool is_quoted(const MarkupPiece& region) noexcept {
    return region.region == MarkupRegion::kDoubleQuoted || region.region == MarkupRegion::kSingleQuoted;
  }
  static AttributeContext context_of(const MarkupPiece& region) {
    return attribute_use(ascii_lower(region.element), ascii_lower(region.attribute)).context;
  }
  static bool is_url(AttributeContext context) noexcept {
    return context == AttributeContext::kUrl || context == AttributeContext::kUrlList;
  }

  /// Sets the place, or returns why there is none.
  std::string place(const MarkupPiece& region, Placeholder& placeholder) const {
    switch (region.region) {
      case MarkupRegion::kText:
        placeholder.place = Place::kText;
        return {};
      case MarkupRegion::kRcdata:
        placeholder.place = Place::kText;
        return may_join_end_tag(region, placeholder.offset)
                   ? fmt::format("right after '<' in <{}>, where a value could end the element",
                                 region.element)
                   : std::string();
      case MarkupRegion::kRaw:
        return fmt::format("inside <{}>: its content is not text, and no escaping is safe there",
                           region.element);
      case MarkupRegion::kComment:
        return "inside a comment or declaration: nobody would see it";
      case MarkupRegion::kTag:
        return "inside a tag's name or between attributes; put it into a quoted value";
      case MarkupRegion::kAttributeName:
        return "in an attribute's name; put it into a quoted value";
      case MarkupRegion::kUnquoted:
        return fmt::format("in the unquoted value of '{}'; write quotes around the value", region.attribute);
      case MarkupRegion::kUnfinished:
        return "inside a tag or comment that is not closed";
      case MarkupRegion::kDoubleQuoted:
      case MarkupRegion::kSingleQuoted:
        break;
    }
    const AttributeContext context = context_of(region);
    const std::string_view why = placeholder_refusal(context);
    const std::string element = ascii_lower(region.element);
    if (!why.empty() && attribute_use(element, kAnyAttribute).context != AttributeContext::kText) {
      return fmt::format("in an attribute of <{}>, which decides what the page does", element);
    }
    if (!why.empty()) {
      return fmt::format("in the attribute '{}': {}", ascii_lower(region.attribute), why);
    }
    const bool is_double = region.region == MarkupRegion::kDoubleQuoted;
    if (is_url(context)) {
      placeholder.place = is_double ? Place::kUrlDoubleQuoted : Place::kUrlSingleQuoted;
    } else {
      placeholder.place = is_double ? Place::kDoubleQuoted : Place::kSingleQuoted;
    }
    return {};
  }

  /// In title and textarea, "</ti" before a placeholder could become an end tag by its value.
  bool may_join_end_tag(const MarkupPiece& region, size_t offset) const {
    while (offset > region.begin) {
      const char c = masked_[--offset];
      if (c == '<') return true;
      if (c != '/' && (ascii_lower(c) < 'a' || ascii_lower(c) > 'z')) return false;
    }
    return false;
  }

  /// "&", "&#x2" and the like before a placeholder.
  bool joins_reference(const MarkupPiece& region, size_t offset) const {
    const std::string_view before = std::string_view(masked_).substr(region.begin, offset - region.begin);
    const size_t name =
        before.find_last_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#");
    return name != std::string_view::npos && before[name] == '&';
  }

  void check_url(const MarkupPiece& region) {
    std::string shape;
    size_t first = region.end;
    for (const SourcePiece& piece : pieces_) {
      if (piece.end <= region.begin || piece.begin >= region.end) continue;
      if (piece.placeholder) {
        shape += kPlaceholderMark;
        first = std::min(first, piece.begin);
      } else {
        const size_t begin = std::max(piece.begin, region.begin);
        append_decoded(shape,
                       std::string_view(masked_).substr(begin, std::min(piece.end, region.end) - begin));
      }
    }
    const bool list = context_of(region) == AttributeContext::kUrlList;
    if (const std::string refusal = list ? url_list_refusal(shape) : url_refusal(shape); !refusal.empty()) {
      errors_.push_back({first, fmt::format("in the attribute '{}', {}", region.attribute, refusal)});
    }
  }

  static void append_decoded(std::string& out, std::string_view value) {
    for (size_t i = 0; i < value.size();) {
      const CharacterReference reference =
          value[i] == '&' ? character_reference(value.substr(i), true) : CharacterReference{};
      if (reference.length > 0) {
        out.append(reference.utf8, reference.size);
        i += reference.length;
      } else {
        if (value[i] != kPlaceholderMark) out += value[i];
        ++i;
      }
    }
  }

  std::string masked_;
  std::vector<SourcePiece>& pieces_;
  std::vector<TemplateError>& errors_;
  std::vector<SourcePiece>::iterator next_;
};

}  // namespace

void find_places(std::string_view source, std::vector<SourcePiece>& pieces,
                 std::vector<TemplateError>& errors) {
  PlaceFinder(source, pieces, errors).run();
}

}  // namespace abm::rewrite
