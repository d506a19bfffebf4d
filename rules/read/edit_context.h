// What a site's files share while rules are read.
#pragma once

#include <vector>

#include "rules/read/fragments.h"
#include "rules/read/markup_findings.h"
#include "rules/read/slots.h"
#include "rules/read/values.h"

namespace abm::rules {

/// Pointers are never null.
struct EditContext {
  SlotTable* slots = nullptr;
  FragmentStore* fragments = nullptr;
  const ValueCheck* values = nullptr;
  std::vector<InlineFinding>* findings = nullptr;
};

}  // namespace abm::rules
