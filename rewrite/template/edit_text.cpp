#include "rewrite/template/edit_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/scan/character_references.h"
#include "rewrite/template/markup_walk.h"

namespace abm::rewrite {
namespace {

using rewrite::MarkupPiece;
using rewrite::MarkupRegion;

constexpr size_t kContext = 20;  // code points shown before the first difference
constexpr std::string_view kEllipsis = "…";

/// Gathers the text of a walk. Tags of blocks and line breaks separate words.
struct TextGatherer {
  std::string_view markup;
  std::string text;  ///< references not resolved yet

  void piece(const MarkupPiece& piece) noexcept {
    if (piece.region != MarkupRegion::kText && piece.region != MarkupRegion::kRcdata) return;
    text.append(markup.substr(piece.begin, piece.end - piece.begin));
  }
  void tag(const rewrite::TagToken& tag) noexcept {
    if (rewrite::has_any(tag.tag, rewrite::kSpecial)) text += ' ';
  }
};

std::string resolved(std::string_view raw, bool in_attribute) {
  std::string out;
  for (size_t at = 0; at < raw.size();) {
    const size_t next = std::min(raw.find('&', at), raw.size());
    out.append(raw.substr(at, next - at));
    at = next;
    if (at == raw.size()) break;
    const rewrite::CharacterReference reference = rewrite::character_reference(raw.substr(at), in_attribute);
    out.append(reference.length == 0 ? raw.substr(at, 1) : std::string_view(reference.utf8, reference.size));
    at += std::max<size_t>(reference.length, 1);
  }
  return out;
}

void list(std::string& out, std::string_view item) {
  out += fmt::format("{}{}", out.empty() ? "" : ", ", item);
}

/// Byte offset of code point `count` after `from`, the size when there are fewer.
size_t forward(std::string_view text, size_t from, size_t count) {
  while (count-- > 0 && from < text.size()) from += decode_utf8(text.substr(from)).length;
  return from;
}

size_t back(std::string_view text, size_t from, size_t count) {
  const auto continues = [&] { return (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80; };
  for (; count > 0 && from > 0; --count) {
    do --from;
    while (from > 0 && continues());
  }
  return from;
}

}  // namespace

std::string collapsed(std::string_view text) {
  constexpr std::string_view kNoBreak = "\xc2\xa0";
  std::string out;
  bool blank = false;
  for (size_t at = 0; at < text.size();) {
    const bool no_break = text.substr(at).starts_with(kNoBreak);
    if (no_break || std::string_view(" \t\n\f\r").find(text[at]) != std::string_view::npos) {
      blank = true;
      at += no_break ? kNoBreak.size() : 1;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += text[at++];
  }
  return out;
}

std::string plain_text(std::string_view markup) {
  TextGatherer gatherer{markup, {}};
  rewrite::MarkupWalker<TextGatherer>(markup, gatherer).walk();
  return collapsed(resolved(gatherer.text, false));
}

std::string plain_text(const rewrite::Edit& edit) {
  std::string out;
  for (const std::string_view markup :
       {edit.before, edit.prepend, edit.content.value_or(std::string_view()), edit.append, edit.after}) {
    const std::string text = plain_text(markup);
    if (!text.empty()) out += fmt::format("{}{}", out.empty() ? "" : " ", text);
  }
  return out;
}

std::string attribute_value(std::string_view raw) {
  return resolved(raw, true);
}

std::string describe(const rewrite::Edit& edit, bool as_markup) {
  const auto shown = [as_markup](std::string_view markup) {
    return as_markup ? collapsed(markup) : plain_text(markup);
  };
  std::string out;
  if (edit.remove) list(out, "removed");
  if (edit.content.has_value()) list(out, fmt::format("\"{}\"", shown(*edit.content)));
  const std::pair<std::string_view, std::string_view> pieces[] = {
      {"before", edit.before}, {"prepend", edit.prepend}, {"append", edit.append}, {"after", edit.after}};
  for (const auto& [name, markup] : pieces) {
    if (!markup.empty()) list(out, fmt::format("{} \"{}\"", name, shown(markup)));
  }
  for (const rewrite::AttributeEdit& attribute : edit.attributes) {
    list(out, attribute.value.has_value()
                  ? fmt::format("{}=\"{}\"", attribute.name, attribute_value(*attribute.value))
                  : fmt::format("no {}", attribute.name));
  }
  for (const std::string_view name : edit.add_classes) list(out, fmt::format("+class \"{}\"", name));
  for (const std::string_view name : edit.remove_classes) list(out, fmt::format("-class \"{}\"", name));
  if (edit.hide) list(out, "hidden");
  return out;
}

std::string shortened(std::string_view text, size_t limit) {
  const size_t end = forward(text, 0, limit);
  return end == text.size() ? std::string(text) : fmt::format("{}{}", text.substr(0, end), kEllipsis);
}

std::pair<std::string, std::string> shortened_apart(std::string_view a, std::string_view b, size_t limit) {
  const size_t common =
      static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  // A window that begins at the start shows the difference unless that comes late.
  size_t begin = back(a, std::min(common, a.size()), kContext);
  if (forward(a, 0, limit - kContext) >= common || forward(b, 0, limit - kContext) >= common) begin = 0;
  const auto window = [&](std::string_view text) {
    const std::string cut = shortened(text.substr(begin), limit);
    return begin == 0 ? cut : fmt::format("{}{}", kEllipsis, cut);
  };
  return {window(a), window(b)};
}

}  // namespace abm::rewrite
