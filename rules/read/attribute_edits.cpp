#include "rules/read/attribute_edits.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/scan/attribute_context.h"
#include "rewrite/select/selector_subjects.h"
#include "rules/lint_codes.h"
#include "rules/read/templates.h"

namespace abm::rules {
namespace {

using rewrite::AttributeContext;
using rewrite::AttributeUse;
using rewrite::SelectorSubject;
using rewrite::TemplateKind;

constexpr size_t kMaxAttributesOfSlot = 64;

/// HTML 13.1.2.3: no controls, space, quotes, '>', '/', '='; also no '<' or '`', and
/// ASCII only, which suffices.
bool is_attribute_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= yaml::kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte > 0x20 && byte < 0x7f && c != '"' && c != '\'' && c != '>' && c != '/' && c != '=' &&
                  c != '<' && c != '`';
         });
}

TemplateKind kind_of(std::string_view attribute, AttributeContext context) noexcept {
  if (context == AttributeContext::kUrlList) return TemplateKind::kUrlListAttributeValue;
  // `src` of a script and `href` of a base are more than URLs, but still URLs.
  const bool code = context == AttributeContext::kCode && rewrite::is_url_attribute(attribute);
  return context == AttributeContext::kUrl || code ? TemplateKind::kUrlAttributeValue
                                                   : TemplateKind::kAttributeValue;
}

/// The most dangerous meaning an attribute has on anything the slot selects, and where.
struct Meaning {
  AttributeUse use;
  std::string where;  ///< "<script>", "an element that slot 'x' does not name"
};

class AttributesReader {
 public:
  AttributesReader(Checker& check, const EditContext& context, std::optional<uint32_t> slot, bool unsafe)
      : check_(check), context_(context), unsafe_(unsafe) {
    if (!slot) return;
    slot_ = context.slots->name(*slot);
    subjects_ = rewrite::selector_subjects(context.slots->slot(*slot).selector);
  }
  bool read(const yaml::Node& node, SlotRewrite& out);

 private:
  bool attribute(const yaml::Node::Member& member, SlotRewrite& out);
  bool value(const yaml::Node::Member& member, const Meaning& meaning, AttributeRewrite& out);
  [[nodiscard]] Meaning meaning(std::string_view attribute) const;
  [[nodiscard]] bool any_element() const noexcept {
    return subjects_.empty() || std::any_of(subjects_.begin(), subjects_.end(),
                                            [](const SelectorSubject& s) { return s.type.empty(); });
  }
  void warn(Position at, std::string message) {
    context_.findings->push_back(
        {check_.ref(at), {0, kLintUnsafe, std::move(message), {}}, check_.silenced()});
  }

  Checker& check_;
  const EditContext& context_;
  const bool unsafe_;
  std::string slot_;
  std::vector<SelectorSubject> subjects_;
  bool needed_ = false;  ///< `unsafe: true` made a difference
};

Meaning AttributesReader::meaning(std::string_view attribute) const {
  Meaning worst;
  for (const SelectorSubject& subject : subjects_) {
    AttributeUse use = attribute_use(subject, attribute);
    // With the guards off, no feed value may go where only a guard made it harmless.
    if (unsafe_) {
      use = subject.type.empty() ? rewrite::worst_attribute_use(attribute)
                                 : rewrite::attribute_use(std::string_view(subject.type), attribute);
    }
    const bool first = worst.where.empty();
    if (first || use.context > worst.use.context || (use.unsafe_to_set && !worst.use.unsafe_to_set)) {
      worst.where = subject.type.empty() ? fmt::format("an element whose type slot '{}' does not name", slot_)
                                         : fmt::format("<{}>", subject.type);
    }
    worst.use = {std::max(worst.use.context, use.context), worst.use.unsafe_to_set || use.unsafe_to_set,
                 worst.use.unsafe_to_remove || use.unsafe_to_remove};
  }
  return worst;
}

bool AttributesReader::value(const yaml::Node::Member& m, const Meaning& meaning, AttributeRewrite& out) {
  const std::string what = fmt::format("attribute '{}'", m.key);
  out.value = read_template(check_, m.value, what, kind_of(out.name, meaning.use.context), *context_.values);
  if (!out.value) return false;
  const std::string_view refusal = rewrite::placeholder_refusal(meaning.use.context);
  if (!refusal.empty() && !out.value->is_literal()) {
    const bool named =
        rewrite::placeholder_refusal(rewrite::attribute_use(std::string_view(), out.name).context) == refusal;
    check_.error(m.value.at,
                 fmt::format("{}{} takes no placeholder: {}, where no escaping is safe{}", what,
                             named ? "" : fmt::format(" of {}", meaning.where), refusal,
                             !named && any_element() ? "; name the type in the slot's selector" : ""));
    return false;
  }
  for (MarkupFinding& finding : find_in_attribute(out.name, *out.value)) {
    context_.findings->push_back({check_.ref(m.value.at), std::move(finding), check_.silenced()});
  }
  return true;
}

bool AttributesReader::attribute(const yaml::Node::Member& m, SlotRewrite& out) {
  AttributeRewrite attribute{ascii_lower(m.key), std::nullopt};
  if (!is_attribute_name(attribute.name)) {
    check_.error(m.key_at, fmt::format("{} is not an attribute name in HTML", yaml::in_quotes(m.key)));
    return false;
  }
  for (const AttributeRewrite& known : out.attributes) {
    if (known.name != attribute.name) continue;
    check_.error(m.key_at,
                 fmt::format("attribute '{}' is written twice: names are compared without case", m.key));
    return false;
  }
  const Meaning meaning = this->meaning(attribute.name);
  const bool sets = !m.value.is_null();
  if (sets && !value(m, meaning, attribute)) return false;
  if (sets ? meaning.use.unsafe_to_set : meaning.use.unsafe_to_remove) {
    const std::string what =
        fmt::format("{} attribute '{}' of {}", sets ? "setting" : "removing", attribute.name, meaning.where);
    const std::string_view why = sets ? "can load or run something, or change what the page is allowed to do"
                                      : "can lift a restriction of the page";
    if (!unsafe_) {
      check_.error(
          m.key_at,
          fmt::format("{} {}: if that is meant, write 'unsafe: true' beside 'attributes'{}", what, why,
                      any_element() ? ", or name a harmless type in the slot's "
                                      "selector"
                                    : ""));
      return false;
    }
    needed_ = true;
    warn(m.key_at, fmt::format("{} {}", what, why));
  }
  out.attributes.push_back(std::move(attribute));
  return true;
}

bool AttributesReader::read(const yaml::Node& node, SlotRewrite& out) {
  if (!check_.mapping(node, "'attributes'")) return false;
  if (node.members.size() > kMaxAttributesOfSlot) {
    check_.error(node.at, fmt::format("'attributes' names more than {} attributes", kMaxAttributesOfSlot));
    return false;
  }
  bool ok = true;
  for (const yaml::Node::Member& m : node.members) ok = attribute(m, out) && ok;
  out.guarded = !unsafe_ && any_element();
  if (ok && unsafe_ && !needed_) {
    warn(node.at, "'unsafe' is not needed: these attributes neither load nor run anything, leave it out");
  }
  return ok;
}

}  // namespace

bool read_attributes(Checker& check, const yaml::Node& node, const EditContext& context,
                     std::optional<uint32_t> slot, bool unsafe, SlotRewrite& out) {
  return AttributesReader(check, context, slot, unsafe).read(node, out);
}

}  // namespace abm::rules
