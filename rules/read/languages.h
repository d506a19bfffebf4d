// The forms in which a visit's hosts and languages are compared, and what to write instead of other forms.
#pragma once

#include <string>
#include <string_view>

namespace abm::rules {

/// Why `host` (lower case) is not a bare host name or address, "" if it is. Completes "host 'X' …".
[[nodiscard]] std::string host_fault(std::string_view host);

/// Why `language` (lower case) is not a primary language subtag (BCP 47 2.2.1), "" if it is.
/// Completes "language 'X' …".
[[nodiscard]] std::string language_fault(std::string_view language);

}  // namespace abm::rules
