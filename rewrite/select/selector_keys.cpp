// Picks the keys of a compound: an id, else a value, a class or an attribute that must be there; from :is()
// where the compound names none.
#include "rewrite/select/selector_keys.h"

#include <algorithm>

namespace abm::rewrite {
namespace {

SelectorKey own_key(const CompoundSelector& compound) {
  using Kind = SelectorKey::Kind;
  SelectorKey key{compound.type, Kind::kNone, {}, {}};
  const bool is_root = std::ranges::any_of(
      compound.pseudos, [](const PseudoTest& test) { return test.kind == PseudoKind::kRoot; });
  if (key.type.empty() && is_root) key.type = "html";
  if (!compound.ids.empty()) return {key.type, Kind::kValue, "id", compound.ids.front()};
  // Where an attribute may have several names, none of them has to be there.
  const auto with = [&](AttributeOperator op) {
    return std::ranges::find_if(compound.attributes, [op](const AttributeTest& test) {
      return test.op == op && !test.any_namespace;
    });
  };
  const auto none = compound.attributes.end();
  if (const auto test = with(AttributeOperator::kEquals); test != none) {
    return {key.type, Kind::kValue, test->name, test->value};
  }
  if (!compound.classes.empty()) return {key.type, Kind::kWord, "class", compound.classes.front()};
  if (const auto test = with(AttributeOperator::kIncludes); test != none) {
    return {key.type, Kind::kWord, test->name, test->value};
  }
  const auto named = std::ranges::find(compound.attributes, false, &AttributeTest::any_namespace);
  if (named != none) return {key.type, Kind::kPresent, named->name, {}};
  return key;
}

/// The keys of each alternative of `test` together with `own`; nullopt if that says no more than `own`.
std::optional<std::vector<SelectorKey>> keys_through(const PseudoTest& test, const SelectorKey& own) {
  std::vector<SelectorKey> keys;
  for (const ComplexSelector& alternative : test.argument->selectors) {
    if (alternative.compounds.back().nothing) continue;
    SelectorKey key = own_key(alternative.compounds.back());
    const bool says_more = (own.type.empty() && !key.type.empty()) ||
                           (own.kind == SelectorKey::Kind::kNone && key.kind != SelectorKey::Kind::kNone);
    const bool never = !own.type.empty() && !key.type.empty() && own.type != key.type;
    if (never) continue;
    if (!says_more) return std::nullopt;
    if (!own.type.empty()) key.type = own.type;
    if (own.kind != SelectorKey::Kind::kNone) {
      key = {key.type, own.kind, own.attribute, own.value};
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::vector<SelectorKey> keys_of(const CompoundSelector& compound) {
  if (compound.nothing) return {};
  SelectorKey own = own_key(compound);
  if (own.type.empty() || own.kind == SelectorKey::Kind::kNone) {
    for (const PseudoTest& test : compound.pseudos) {
      if (test.kind != PseudoKind::kIs) continue;
      if (auto keys = keys_through(test, own)) return *std::move(keys);
    }
  }
  return {std::move(own)};
}

}  // namespace abm::rewrite
