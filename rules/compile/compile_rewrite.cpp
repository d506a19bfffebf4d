// Rewrites to records.
#include "rules/compile/compile_rewrite.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"
#include "base/text.h"
#include "rewrite/template/escape.h"
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

using format::TemplateForm;

}  // namespace

void RewriteCompiler::fail(std::string message) {
  if (!fault_.empty()) return;
  fault_ = std::move(message);
  fault_at_ = at_;
}

format::Part RewriteCompiler::placeholder(const rewrite::Placeholder& source) {
  format::Part part;
  part.place = static_cast<uint8_t>(source.place);
  part.has_default = source.default_value ? 1 : 0;
  part.text = w_.text(source.default_value.value_or(""));
  const std::optional<PlaceholderSource> known = placeholder_source(source.source);
  if (!known) {
    const std::vector<std::string> names = placeholder_names();
    const std::vector<std::string_view> views(names.begin(), names.end());
    fail(fmt::format("placeholder '{}' names nothing{}", source.source, did_you_mean(source.source, views)));
    return part;
  }
  part.source = known->code;
  part.name = w_.text(known->attribute);
  return part;
}

uint32_t RewriteCompiler::add_template(const rewrite::Template& source, TemplateForm form) {
  std::vector<format::Part> parts;
  std::string literal;
  bool ascii = true, has_placeholder = false;
  const auto flush = [&] {
    if (literal.empty()) return;
    ascii = ascii && is_ascii(literal);
    format::Part part;
    part.text = w_.text(literal);
    parts.push_back(part);
    literal.clear();
  };
  for (const rewrite::TemplatePart& part : source.parts) {
    if (const auto* text = std::get_if<std::string>(&part)) {
      literal += *text;
      continue;
    }
    flush();
    const auto& found = std::get<rewrite::Placeholder>(part);
    parts.push_back(placeholder(found));
    ascii = ascii && is_ascii(found.default_value.value_or(""));
    has_placeholder = true;
  }
  format::Template out;
  if (!has_placeholder) out.hash = hash64(literal);
  flush();
  out.parts = {static_cast<uint32_t>(w_.parts.size()), static_cast<uint32_t>(parts.size())};
  out.form = form;
  out.ascii = ascii ? 1 : 0;
  w_.parts.insert(w_.parts.end(), parts.begin(), parts.end());
  w_.templates.push_back(out);
  return static_cast<uint32_t>(w_.templates.size() - 1);
}

uint32_t RewriteCompiler::add_optional(const std::optional<rewrite::Template>& source, TemplateForm form) {
  return source ? add_template(*source, form) : format::kNone;
}

format::Range RewriteCompiler::add_fragments(const std::vector<Fragment>& fragments) {
  std::vector<std::pair<std::string, uint32_t>> list;
  for (const Fragment& fragment : fragments) {
    const auto [it, added] = shared_.try_emplace(fragment.content.get());
    if (added) it->second = add_template(*fragment.content, TemplateForm::kMarkup);
    list.emplace_back(fragment.path, it->second);
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return std::tuple(folded(a.first), a.first) < std::tuple(folded(b.first), b.first);
  });
  const auto [it, added] = fragment_lists_.try_emplace(list);
  if (added) {
    it->second = {static_cast<uint32_t>(w_.fragments.size()), static_cast<uint32_t>(list.size())};
    for (const auto& [path, content] : list) w_.fragments.push_back({w_.text(path), content});
  }
  return it->second;
}

format::Range RewriteCompiler::add_classes(const std::vector<std::string>& classes) {
  const format::Range range{static_cast<uint32_t>(w_.classes.size()), static_cast<uint32_t>(classes.size())};
  for (const std::string& name : classes) {
    std::string escaped;
    rewrite::append_literal(escaped, name, rewrite::Place::kDoubleQuoted);
    w_.classes.push_back(w_.text(escaped));
  }
  return range;
}

format::Range RewriteCompiler::add(const std::vector<SlotRewrite>& rewrites) {
  std::vector<format::Rewrite> added;
  for (const SlotRewrite& source : rewrites) {
    at_ = source.at;
    format::Rewrite out;
    out.slot = source.slot;
    out.content = add_optional(source.content, TemplateForm::kMarkup);
    out.html_file = add_optional(source.html_file, TemplateForm::kPath);
    out.before = add_optional(source.before, TemplateForm::kMarkup);
    out.prepend = add_optional(source.prepend, TemplateForm::kMarkup);
    out.append = add_optional(source.append, TemplateForm::kMarkup);
    out.after = add_optional(source.after, TemplateForm::kMarkup);
    out.fragments = add_fragments(source.fragments);
    std::vector<format::Attribute> attributes;
    for (const AttributeRewrite& attribute : source.attributes) {
      attributes.push_back(
          {w_.text(attribute.name), add_optional(attribute.value, TemplateForm::kAttribute)});
    }
    out.attributes = {static_cast<uint32_t>(w_.attributes.size()), static_cast<uint32_t>(attributes.size())};
    w_.attributes.insert(w_.attributes.end(), attributes.begin(), attributes.end());
    out.add_classes = add_classes(source.add_classes);
    out.remove_classes = add_classes(source.remove_classes);
    out.hide = source.hide ? 1 : 0;
    out.remove = source.remove ? 1 : 0;
    out.guarded = source.guarded ? 1 : 0;
    out.deliver = static_cast<uint8_t>(slots_[source.slot].deliver);
    added.push_back(out);
  }
  std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  const format::Range range{static_cast<uint32_t>(w_.rewrites.size()), static_cast<uint32_t>(added.size())};
  w_.rewrites.insert(w_.rewrites.end(), added.begin(), added.end());
  return range;
}

}  // namespace abm::rules
