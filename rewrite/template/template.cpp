// Templates: find placeholders, decide their places, and make literal parts ready to be emitted.
#include "rewrite/template/template.h"

#include <algorithm>

#include "rewrite/template/placeholders.h"
#include "rewrite/template/template_places.h"
#include "rewrite/template/url_shape.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kNul("\0", 1);

/// For the URL of an `attributes:` entry, whose literal text is what the browser reads.
void check_url(const std::vector<SourcePiece>& pieces, bool list, std::vector<TemplateError>& errors) {
  std::string shape;
  for (const SourcePiece& piece : pieces) {
    if (piece.placeholder) {
      shape += kPlaceholderMark;
    } else {
      std::ranges::copy_if(piece.literal, std::back_inserter(shape),
                           [](char c) { return c != kPlaceholderMark; });
    }
  }
  std::string refusal = list ? url_list_refusal(shape) : url_refusal(shape);
  if (!refusal.empty()) errors.push_back({0, std::move(refusal)});
}

std::string ready(const SourcePiece& piece, TemplateKind kind) {
  std::string out;
  switch (kind) {
    case TemplateKind::kText:
      append_literal(out, piece.literal, Place::kText);
      break;
    case TemplateKind::kAttributeValue:
    case TemplateKind::kUrlAttributeValue:
    case TemplateKind::kUrlListAttributeValue:
      append_literal(out, piece.literal, Place::kDoubleQuoted);
      break;
    case TemplateKind::kMarkup:
    case TemplateKind::kPath:
      out = piece.literal;
      break;
  }
  return out;
}

bool is_url(TemplateKind kind) noexcept {
  return kind == TemplateKind::kUrlAttributeValue || kind == TemplateKind::kUrlListAttributeValue;
}

Place place_of(TemplateKind kind) noexcept {
  if (kind == TemplateKind::kAttributeValue) return Place::kDoubleQuoted;
  if (is_url(kind)) return Place::kUrlDoubleQuoted;
  return Place::kText;
}

}  // namespace

bool Template::is_literal() const noexcept {
  return std::ranges::none_of(
      parts, [](const TemplatePart& part) { return std::holds_alternative<Placeholder>(part); });
}

Template parse_template(std::string_view source, TemplateKind kind, std::vector<TemplateError>& errors) {
  const size_t before = errors.size();
  if (const size_t nul = source.find(kNul); nul != std::string_view::npos) {
    errors.push_back({nul, "NUL byte in a template"});
  }
  std::vector<SourcePiece> pieces = cut_placeholders(source, errors);
  if (kind == TemplateKind::kMarkup) {
    find_places(source, pieces, errors);
  } else {
    for (SourcePiece& piece : pieces) {
      if (piece.placeholder) piece.placeholder->place = place_of(kind);
    }
    if (is_url(kind)) check_url(pieces, kind == TemplateKind::kUrlListAttributeValue, errors);
  }
  std::stable_sort(errors.begin() + static_cast<std::ptrdiff_t>(before), errors.end(),
                   [](const TemplateError& a, const TemplateError& b) { return a.offset < b.offset; });

  Template out;
  for (SourcePiece& piece : pieces) {
    if (piece.placeholder) {
      out.parts.emplace_back(*std::move(piece.placeholder));
    } else if (std::string literal = ready(piece, kind); !literal.empty()) {
      out.parts.emplace_back(std::move(literal));
    }
  }
  return out;
}

}  // namespace abm::rewrite
