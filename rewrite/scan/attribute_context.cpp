// The table and its look-ups.
//
// Sources, by chapter: HTML Living Standard, the index of attributes and of event handler content attributes;
// base, link, meta (pragma directives), style, srcset, iframe, script, customized built-in elements (is),
// obsolete features (applet, lowsrc, profile, archive …). SVG 2, linking, scripting, presentation attributes.
// SVG Animations 2. MathML Core and MathML 3 (annotation-xml). Trusted Types, Content Security Policy 3
// (nonce) and its embedded enforcement (csp), Subresource Integrity, Permissions Policy (allow), Attribution
// Reporting (attributionsrc). OWASP's "Cross Site Scripting Prevention"; the lists of URI attributes of the
// DOMPurify and html5lib sanitizers.
#include "rewrite/scan/attribute_context.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::rewrite {
namespace {

using enum AttributeContext;

constexpr AttributeUse safe(AttributeContext context) {
  return {context, false, false};
}
constexpr AttributeUse loads(AttributeContext context) {
  return {context, true, false};
}
/// Guards something as long as it is there.
constexpr AttributeUse guards(AttributeContext context) {
  return {context, true, true};
}

constexpr auto kTable = std::to_array<AttributeEntry>({
    {"*", "animate", loads(kAnimation)},
    {"*", "animatecolor", loads(kAnimation)},
    {"*", "animatemotion", loads(kAnimation)},
    {"*", "animatetransform", loads(kAnimation)},
    {"*", "applet", loads(kCode)},
    {"*", "base", loads(kCode)},
    {"*", "meta", loads(kCode)},
    {"*", "param", loads(kCode)},
    {"*", "script", guards(kCode)},
    {"*", "set", loads(kAnimation)},
    {"*", "style", guards(kCode)},
    {"accept-charset", "", safe(kKeyword)},
    {"action", "", safe(kUrl)},
    {"actiontype", "", safe(kKeyword)},
    {"allow", "", guards(kKeyword)},
    {"archive", "", loads(kUrlList)},
    {"as", "link", loads(kKeyword)},
    {"attributename", "", loads(kAnimation)},
    {"attributionsrc", "", safe(kUrlList)},
    {"background", "", safe(kUrl)},
    {"by", "", safe(kAnimation)},
    {"charset", "", safe(kKeyword)},
    {"cite", "", safe(kUrl)},
    {"class", "", safe(kToken)},
    {"classid", "", loads(kUrl)},
    {"clip-path", "", safe(kCss)},
    {"codebase", "", loads(kUrl)},
    {"command", "", safe(kKeyword)},
    {"content", "meta", guards(kRefresh)},
    {"crossorigin", "", safe(kKeyword)},
    {"csp", "", guards(kKeyword)},
    {"cursor", "", safe(kCss)},
    {"data", "object", loads(kUrl)},
    {"dynsrc", "", safe(kUrl)},
    {"encoding", "annotation-xml", loads(kKeyword)},
    {"enctype", "", safe(kKeyword)},
    {"exportparts", "", safe(kToken)},
    {"fill", "", safe(kCss)},
    {"filter", "", safe(kCss)},
    {"formaction", "", safe(kUrl)},
    {"formenctype", "", safe(kKeyword)},
    {"formmethod", "", safe(kKeyword)},
    {"formtarget", "", safe(kKeyword)},
    {"from", "", safe(kAnimation)},
    {"headers", "", safe(kToken)},
    {"href", "", safe(kUrl)},
    {"href", "link", loads(kUrl)},
    {"http-equiv", "", guards(kKeyword)},
    {"icon", "", safe(kUrl)},
    {"imagesrcset", "", safe(kSourceList)},
    {"imagesrcset", "link", loads(kSourceList)},
    {"integrity", "", guards(kKeyword)},
    {"is", "", loads(kKeyword)},
    {"itemid", "", safe(kUrl)},
    {"itemprop", "", safe(kToken)},
    {"itemref", "", safe(kToken)},
    {"itemtype", "", safe(kUrlList)},
    {"language", "", safe(kKeyword)},
    {"longdesc", "", safe(kUrl)},
    {"lowsrc", "", safe(kUrl)},
    {"manifest", "", loads(kUrl)},
    {"marker", "", safe(kCss)},
    {"marker-end", "", safe(kCss)},
    {"marker-mid", "", safe(kCss)},
    {"marker-start", "", safe(kCss)},
    {"mask", "", safe(kCss)},
    {"media", "link", loads(kKeyword)},
    {"method", "", safe(kKeyword)},
    {"nonce", "", loads(kKeyword)},
    {"part", "", safe(kToken)},
    {"ping", "", safe(kUrlList)},
    {"popovertargetaction", "", safe(kKeyword)},
    {"poster", "", safe(kUrl)},
    {"profile", "", safe(kUrl)},
    {"referrerpolicy", "", safe(kKeyword)},
    {"rel", "", safe(kKeyword)},
    {"rel", "link", loads(kKeyword)},
    {"rev", "", safe(kKeyword)},
    {"sandbox", "", guards(kKeyword)},
    {"shadowrootmode", "", loads(kKeyword)},
    {"slot", "", safe(kToken)},
    {"src", "", safe(kUrl)},
    {"src", "embed", loads(kUrl)},
    {"src", "fencedframe", loads(kUrl)},
    {"src", "frame", loads(kUrl)},
    {"src", "iframe", loads(kUrl)},
    {"src", "portal", loads(kUrl)},
    {"srcdoc", "", loads(kDocument)},
    {"srcset", "", safe(kSourceList)},
    {"stroke", "", safe(kCss)},
    {"style", "", safe(kCss)},
    {"target", "", safe(kKeyword)},
    {"to", "", safe(kAnimation)},
    {"type", "", safe(kKeyword)},
    {"type", "embed", loads(kKeyword)},
    {"type", "link", loads(kKeyword)},
    {"type", "object", loads(kKeyword)},
    {"values", "", safe(kAnimation)},
    {"xlink:href", "", safe(kUrl)},
    {"xml:base", "", loads(kCode)},
});

constexpr bool in_order(const AttributeEntry& a, const AttributeEntry& b) {
  return a.attribute < b.attribute || (a.attribute == b.attribute && a.element < b.element);
}
static_assert(std::ranges::is_sorted(kTable, in_order));

/// What page frameworks evaluate as an expression: Vue, Angular, AngularJS, Alpine, Knockout, htmx.
constexpr std::string_view kScriptPrefixes[] = {
    "on", "v-", "x-", ":", "@", "#", "[", "(", "ng-", "data-ng-", "data-bind", "hx-on", "data-hx-on"};
/// Mean the same on every element, a script too.
constexpr std::string_view kInert[] = {"class", "dir", "hidden", "id", "lang", "title"};
constexpr std::string_view kInertPrefixes[] = {"aria-", "data-"};

bool starts_with_any(std::string_view name, std::span<const std::string_view> prefixes) noexcept {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// The entries of one attribute; the one for any element is the first.
std::span<const AttributeEntry> entries_of(std::string_view attribute) noexcept {
  // Not std::ranges::equal_range, which clang 14 cannot compile.
  const auto first = std::ranges::lower_bound(kTable, attribute, {}, &AttributeEntry::attribute);
  const auto last = std::ranges::upper_bound(first, kTable.end(), attribute, {}, &AttributeEntry::attribute);
  return {first, last};
}

const AttributeEntry* entry_of(std::string_view element, std::string_view attribute) noexcept {
  const auto entries = entries_of(attribute);
  const auto found = std::ranges::lower_bound(entries, element, {}, &AttributeEntry::element);
  return found != entries.end() && found->element == element ? &*found : nullptr;
}

AttributeUse worse(const AttributeUse& a, const AttributeUse& b) noexcept {
  return {std::max(a.context, b.context), a.unsafe_to_set || b.unsafe_to_set,
          a.unsafe_to_remove || b.unsafe_to_remove};
}

bool is_script(std::string_view attribute) noexcept {
  return starts_with_any(attribute, kScriptPrefixes);
}
bool is_inert(std::string_view attribute) noexcept {
  return std::ranges::find(kInert, attribute) != std::end(kInert) ||
         starts_with_any(attribute, kInertPrefixes);
}

}  // namespace

std::span<const AttributeEntry> attribute_table() noexcept {
  return kTable;
}

AttributeUse attribute_use(std::string_view element, std::string_view attribute) noexcept {
  if (is_script(attribute)) return loads(kScript);
  if (const AttributeEntry* const own = entry_of(element, attribute)) return own->use;
  const AttributeEntry* const any = entry_of({}, attribute);
  const AttributeUse use = any != nullptr ? any->use : safe(kText);
  const AttributeEntry* const whole = is_inert(attribute) ? nullptr : entry_of(element, kAnyAttribute);
  return whole != nullptr ? worse(use, whole->use) : use;
}

AttributeUse attribute_use_anywhere(std::string_view attribute) noexcept {
  if (is_script(attribute)) return loads(kScript);
  AttributeUse use;
  for (const AttributeEntry& entry : entries_of(attribute)) {
    if (entry.element.empty()) return entry.use;
    use = worse(use, entry.use);
  }
  return use;
}

AttributeUse worst_attribute_use(std::string_view attribute) noexcept {
  if (is_script(attribute)) return loads(kScript);
  AttributeUse use;
  for (const AttributeEntry& entry : entries_of(attribute)) use = worse(use, entry.use);
  if (is_inert(attribute)) return use;
  for (const AttributeEntry& entry : entries_of(kAnyAttribute)) use = worse(use, entry.use);
  return use;
}

bool harmless_on(std::string_view raw_element, std::string_view attribute, bool sets) noexcept {
  std::array<char, 32> lower;  // longer than any name of the table
  const std::string_view name = raw_element.substr(0, lower.size());
  std::ranges::transform(name, lower.begin(), [](char c) { return ascii_lower(c); });
  const AttributeUse use = attribute_use({lower.data(), name.size()}, attribute);
  return !(sets ? use.unsafe_to_set : use.unsafe_to_remove);
}

std::string_view placeholder_refusal(AttributeContext context) noexcept {
  switch (context) {
    case kText:
    case kToken:
    case kUrl:
    case kUrlList:
      return {};
    case kKeyword:
      return "its value is a keyword that the browser acts on";
    case kSourceList:
      return "its value is a list of URLs";
    case kCss:
      return "its value is CSS";
    case kRefresh:
      return "its value can send the reader to another page";
    case kAnimation:
      return "in SVG its value animates another attribute, even a link's";
    case kDocument:
      return "its value is a whole document";
    case kCode:
      return "its value decides what the page loads or runs";
    case kScript:
      return "its value is script";
  }
  return "its value is unknown";
}

bool is_url_attribute(std::string_view name) noexcept {
  return std::ranges::any_of(entries_of(name), [](const AttributeEntry& entry) {
    return entry.use.context == kUrl || entry.use.context == kUrlList;
  });
}

std::string_view placeholder_refusal(std::string_view attribute) noexcept {
  return placeholder_refusal(attribute_use_anywhere(attribute).context);
}

}  // namespace abm::rewrite
