// What a rule can see of one visit.
#pragma once

#include <cstdint>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/confidence.h"

namespace abm::rules {

/// All views must stay valid during Matcher::match().
struct Visit {
  const accounts::AccountView* account = nullptr;  ///< never null
  Confidence confidence = Confidence::kLow;
  std::string_view host;  ///< without port; any case
  std::string_view path;  ///< nginx's normalized URI, without arguments
  /// Raw arguments without "?". Names and values are decoded as a form's are; of a name the first counts. At
  /// most 64 parameters in 8 KiB are looked at (page_facts.h).
  std::string_view query;
  /// Accept-Language as received, "" when absent. Its most preferred tag, say de-CH, is what `language:
  /// de-ch` and `language: de` both hold for.
  std::string_view language;
  int64_t now = 0;  ///< Unix seconds
};

}  // namespace abm::rules
