#include "connect/import/fields.h"

#include <fmt/format.h>

#include "generation/account_sources.h"

namespace abm::connect {

std::string field_text(ImportField field, std::string_view attribute) {
  if (field == ImportField::kAttribute) return fmt::format("{}{}", generation::kAttributeField, attribute);
  return std::string(generation::kSourceFields[static_cast<size_t>(field)]);
}

}  // namespace abm::connect
