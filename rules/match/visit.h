// What a rule can see of a visit.
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
  /// Raw arguments without "?". Names and values are decoded as in forms; the first of several with one name
  /// counts. At most 64 parameters in 8 KiB are looked at (page_facts.h).
  std::string_view query;
  /// Accept-Language as received, "" when absent. If its preferred tag is de-CH, both `language: de-ch` and
  /// `language: de` hold.
  std::string_view language;
  int64_t now = 0;  ///< Unix seconds
};

}  // namespace abm::rules
