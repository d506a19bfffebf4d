#include "rewrite/select/selector_subjects.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::rewrite {
namespace {

/// Types of link that fetch nothing and apply nothing (HTML 4.6.7).
constexpr auto kIdleRelations =
    std::to_array<std::string_view>({"alternate", "amphtml", "author", "bookmark", "canonical", "help",
                                     "license", "next", "prev", "shortlink"});
/// Names of metas that speak to the browser, not to people (HTML 4.2.5.1 and the registry of extensions).
constexpr auto kActingNames =
    std::to_array<std::string_view>({"color-scheme", "referrer", "theme-color", "viewport"});

bool contains(std::span<const std::string_view> list, std::string_view text) noexcept {
  return std::ranges::find(list, text) != list.end();
}

bool needs(const SelectorSubject& subject, std::string_view attribute) noexcept {
  return std::ranges::find(subject.has, attribute, &AttributeTest::name) != subject.has.end();
}

/// `[name="…"]` or the like, with a value that is only read by people and crawlers.
bool is_named(const SelectorSubject& subject) noexcept {
  return std::ranges::any_of(subject.has, [](const AttributeTest& test) {
    return test.op == AttributeOperator::kEquals && !test.value.empty() &&
           ((test.name == "name" && !contains(kActingNames, ascii_lower(test.value))) ||
            test.name == "property" || test.name == "itemprop");
  });
}

bool is_idle_link(const SelectorSubject& subject) noexcept {
  return std::ranges::any_of(subject.has, [](const AttributeTest& test) {
    return test.name == "rel" && test.op == AttributeOperator::kEquals &&
           contains(kIdleRelations, ascii_lower(test.value));
  });
}

/// The one attribute of `[name]`, "" for any other compound.
std::string_view only_attribute(const ComplexSelector& selector) noexcept {
  const CompoundSelector& compound = selector.compounds.back();
  const bool only = selector.compounds.size() == 1 && compound.type.empty() && compound.ids.empty() &&
                    compound.classes.empty() && compound.pseudos.empty() && compound.attributes.size() == 1 &&
                    compound.attributes[0].op == AttributeOperator::kExists;
  return only ? std::string_view(compound.attributes[0].name) : std::string_view();
}

void add_subjects(const CompoundSelector& compound, SelectorSubject subject,
                  std::vector<SelectorSubject>& out) {
  if (subject.type.empty()) subject.type = compound.type;
  for (const AttributeTest& test : compound.attributes) {
    if (!test.any_namespace) subject.has.push_back(test);
  }
  const PseudoTest* choice = nullptr;
  for (const PseudoTest& test : compound.pseudos) {
    if (test.kind == PseudoKind::kRoot && subject.type.empty()) subject.type = "html";
    if (test.kind == PseudoKind::kIs && choice == nullptr) choice = &test;
    if (test.kind != PseudoKind::kNot) continue;
    for (const ComplexSelector& excluded : test.argument->selectors) {
      if (const std::string_view name = only_attribute(excluded); !name.empty())
        subject.has_not.emplace_back(name);
    }
  }
  if (!subject.type.empty() || choice == nullptr) {
    out.push_back(std::move(subject));
    return;
  }
  for (const ComplexSelector& alternative : choice->argument->selectors) {
    add_subjects(alternative.compounds.back(), subject, out);
  }
}

}  // namespace

std::vector<SelectorSubject> selector_subjects(const SelectorList& list) {
  std::vector<SelectorSubject> out;
  for (const ComplexSelector& selector : list.selectors) add_subjects(selector.compounds.back(), {}, out);
  return out;
}

AttributeUse attribute_use(const SelectorSubject& subject, std::string_view attribute) noexcept {
  if (subject.type.empty()) return attribute_use_anywhere(attribute);
  if (subject.type == "meta" && attribute == "content") {
    const bool excluded = std::ranges::find(subject.has_not, "http-equiv") != subject.has_not.end();
    if (excluded || (is_named(subject) && !needs(subject, "http-equiv"))) return {};
  }
  if (subject.type == "link" && attribute == "href" && is_idle_link(subject)) return {AttributeContext::kUrl};
  return attribute_use(std::string_view(subject.type), attribute);
}

}  // namespace abm::rewrite
