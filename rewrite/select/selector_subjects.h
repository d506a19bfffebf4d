// What a selector tells of the elements that it matches: enough to know what their attributes mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rewrite/scan/attribute_context.h"
#include "rewrite/select/selector.h"

namespace abm::rewrite {

/// Elements that one alternative of a selector matches.
struct SelectorSubject {
  std::string type;                  ///< lower case; empty: any element
  std::vector<AttributeTest> has;    ///< attributes that they must have
  std::vector<std::string> has_not;  ///< attributes that `:not([name])` excludes, lower case
};

/// One for each alternative. Those of `:is()` are followed where the compound itself names no type; `:root`
/// is html.
[[nodiscard]] std::vector<SelectorSubject> selector_subjects(const SelectorList& list);

/// What `attribute` (lower case) means on such an element. The content of a meta that the selector shows not
/// to be a pragma (`meta[name="description"]`, `meta:not([http-equiv])`) is text. The href of a link whose
/// `rel` is known to load nothing is a plain URL.
[[nodiscard]] AttributeUse attribute_use(const SelectorSubject& subject, std::string_view attribute) noexcept;

}  // namespace abm::rewrite
