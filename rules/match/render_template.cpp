// Templates are first written as UTF-8 in one piece: when a page needs character references, this keeps a tag
// that begins in one part and ends in another whole.
#include "rules/match/render_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/folding.h"
#include "base/text.h"
#include "rewrite/template/escape.h"
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

using format::TemplateForm;

size_t copy_into(char* out, size_t capacity, std::string_view text) noexcept {
  const size_t size = std::min(capacity, text.size());
  if (size > 0) std::memcpy(out, text.data(), size);
  return text.size();
}

/// Non-ASCII becomes character references; everything else stays, markup included.
size_t reference_into(char* out, size_t capacity, std::string_view text) noexcept {
  size_t needed = 0;
  const auto put = [&](std::string_view bytes) {
    if (needed < capacity) copy_into(out + needed, capacity - needed, bytes);
    needed += bytes.size();
  };
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    if (point.value < 0x80) {
      put(text.substr(0, 1));
    } else {
      std::array<char, 12> digits;
      const char* const end =
          std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<uint32_t>(point.value)).ptr;
      put("&#");
      put({digits.data(), static_cast<size_t>(end - digits.data())});
      put(";");
    }
    text.remove_prefix(point.length);
  }
  return needed;
}

}  // namespace

struct TemplateRenderer::Value {
  bool present = false;
  std::string_view text;
};

size_t sanitize_component(char* out, size_t capacity, std::string_view value, PathLetters letters) noexcept {
  size_t needed = 0;
  bool gap = false;
  const auto put = [&](char c) {
    if (needed < capacity) out[needed] = c;
    ++needed;
  };
  const auto kept = [letters](const DecodedPoint& point) {
    if (point.value >= 0x80)
      return point.valid && letters == PathLetters::kAll && is_word_character(point.value);
    const char c = static_cast<char>(point.value), lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  while (!value.empty()) {
    const DecodedPoint point = decode_utf8(value);
    if (kept(point)) {
      if (gap) put('-');
      gap = false;
      for (const char c : value.substr(0, point.length)) put(c);
    } else {
      gap = true;
    }
    value.remove_prefix(point.length);
  }
  if (gap) put('-');
  return needed;
}

TemplateRenderer::Value TemplateRenderer::value_of(const format::Part& part,
                                                   std::span<char> digits) const noexcept {
  const accounts::AccountView& account = *input_.account;
  std::string_view text;
  if (const auto field = text_of_source(part.source)) {
    text = account.text(*field);
  } else if (part.source == static_cast<uint32_t>(Source::kTier)) {
    text = accounts::to_string(account.tier());
  } else if (part.source == static_cast<uint32_t>(Source::kAttribute)) {
    text = account.attribute(t_[part.name]);
  } else if (part.source == static_cast<uint32_t>(Source::kPagePath)) {
    text = input_.path;
  } else if (const auto counted = number_of_source(part.source)) {
    if (const std::optional<int64_t> number = account.number(*counted)) {
      const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
      text = {digits.data(), static_cast<size_t>(end - digits.data())};
    }
  }
  if (!text.empty()) return {true, text};
  return {part.has_default != 0, t_[part.text]};
}

const format::Part* TemplateRenderer::part_without_value(const format::Template& source) const noexcept {
  std::array<char, 24> digits;
  for (const format::Part& part : t_.parts.subspan(source.parts.begin, source.parts.count)) {
    if (part.source != format::kNone && !value_of(part, digits).present) return &part;
  }
  return nullptr;
}

/// Bytes needed, at most `capacity` of them written; std::nullopt if a placeholder has no value.
std::optional<size_t> TemplateRenderer::write(const format::Template& source, char* out, size_t capacity,
                                              PathLetters letters) const noexcept {
  size_t needed = 0;
  for (const format::Part& part : t_.parts.subspan(source.parts.begin, source.parts.count)) {
    char* const to = needed < capacity ? out + needed : nullptr;
    const size_t room = needed < capacity ? capacity - needed : 0;
    if (part.source == format::kNone) {
      needed += copy_into(to, room, t_[part.text]);
      continue;
    }
    std::array<char, 24> digits;
    const Value value = value_of(part, digits);
    if (!value.present) return std::nullopt;
    needed += source.form == TemplateForm::kPath
                  ? sanitize_component(to, room, value.text, letters)
                  : rewrite::escape_into(to, room, value.text, static_cast<rewrite::Place>(part.place),
                                         input_.charset);
  }
  return needed;
}

RenderedTemplate TemplateRenderer::for_charset(std::string_view utf8, TemplateForm form) const noexcept {
  const auto convert = [&](char* out, size_t capacity) {
    return form == TemplateForm::kMarkup ? rewrite::markup_for_charset(out, capacity, utf8, input_.charset)
                                         : reference_into(out, capacity, utf8);
  };
  const size_t size = convert(nullptr, 0);
  if (size == rewrite::kNotRepresentable) return {{}, RenderSkip::kCharset, false};
  char* const memory = static_cast<char*>(input_.memory.get(size));
  if (memory == nullptr) return {{}, RenderSkip::kMemory, false};
  static_cast<void>(convert(memory, size));
  return {{memory, size}, RenderSkip::kNone, false};
}

RenderedTemplate TemplateRenderer::attribute_literal(std::string_view text) const noexcept {
  if (!rewrite::needs_references(input_.charset) || is_ascii(text)) return {text, RenderSkip::kNone, true};
  return for_charset(text, TemplateForm::kAttribute);
}

RenderedTemplate TemplateRenderer::render(const format::Template& source) const noexcept {
  return render(source, PathLetters::kAll);
}

RenderedTemplate TemplateRenderer::render(const format::Template& source,
                                          PathLetters letters) const noexcept {
  const bool convert =
      rewrite::needs_references(input_.charset) && source.ascii == 0 && source.form != TemplateForm::kPath;
  if (source.parts.count == 0) return {{}, RenderSkip::kNone, true};
  const format::Part& first = t_.parts[source.parts.begin];
  if (source.parts.count == 1 && first.source == format::kNone) {
    if (convert) return for_charset(t_[first.text], source.form);
    return {t_[first.text], RenderSkip::kNone, true};
  }
  const std::optional<size_t> size = write(source, nullptr, 0, letters);
  if (!size) return {{}, RenderSkip::kNoValue, false};
  char* const memory = static_cast<char*>(input_.memory.get(std::max<size_t>(*size, 1)));
  if (memory == nullptr) return {{}, RenderSkip::kMemory, false};
  static_cast<void>(write(source, memory, *size, letters));
  const std::string_view text(memory, *size);
  return convert ? for_charset(text, source.form) : RenderedTemplate{text, RenderSkip::kNone, false};
}

const format::Fragment* TemplateRenderer::fragment(const format::Rewrite& rewrite,
                                                   RenderedTemplate& path) const noexcept {
  const auto fragments = t_.fragments.subspan(rewrite.fragments.begin, rewrite.fragments.count);
  const format::Template& source = t_.templates[rewrite.html_file];
  path = render(source);
  if (path.skip != RenderSkip::kNone) return nullptr;
  if (const format::Fragment* const found = find_fragment(t_, fragments, path.text)) return found;
  if (path.literal || is_ascii(path.text)) return nullptr;
  const RenderedTemplate plain = render(source, PathLetters::kAscii);
  return plain.skip == RenderSkip::kNone ? find_fragment(t_, fragments, plain.text) : nullptr;
}

const format::Fragment* find_fragment(const ProgramTables& tables,
                                      std::span<const format::Fragment> fragments,
                                      std::string_view path) noexcept {
  FoldBuffer fold_buffer, compose_buffer;
  const std::string_view folded_path = fold_beyond_ascii(path, fold_buffer);
  const std::string_view spelling = composed(path, compose_buffer);
  const auto* at = std::lower_bound(fragments.data(), fragments.data() + fragments.size(), folded_path,
                                    [&](const format::Fragment& fragment, std::string_view wanted) {
                                      return compare_without_case(tables[fragment.path], wanted) < 0;
                                    });
  const format::Fragment* first = nullptr;
  for (; at != fragments.data() + fragments.size() && equal_without_case(tables[at->path], folded_path);
       ++at) {
    FoldBuffer buffer;
    if (composed(tables[at->path], buffer) == spelling) return at;
    if (first == nullptr) first = at;
  }
  return first;
}

}  // namespace abm::rules
