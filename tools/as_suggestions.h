// `abmctl coverage --suggest`: AS numbers for accounts that no address leads to, taken only by somebody's
// yes.
#pragma once

#include <string>
#include <vector>

#include "generation/build.h"
#include "generation/site.h"
#include "tools/coverage.h"
#include "tools/output.h"

namespace abm::tools {

struct SuggestOptions {
  bool yes = false;    ///< take what is sure without asking
  bool json = false;   ///< print the proposals as JSON, and ask nothing
  std::string to;      ///< the file that is written: asn,account_id,organization
  bool named = false;  ///< whether site.yaml reads `to` already
};

/// Prints proposals with their evidence; asks for each on a terminal, and writes those that were taken.
[[nodiscard]] Status suggest_as_numbers(const SuggestOptions& options, const generation::BuildInputs& inputs,
                                        const Coverage& coverage, const generation::Artifacts& artifacts,
                                        Output& out);

}  // namespace abm::tools
