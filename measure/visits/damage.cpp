#include "measure/visits/damage.h"

namespace abm::measure {

std::string_view to_string(Damage damage) noexcept {
  switch (damage) {
    case Damage::kNone:
      return "none";
    case Damage::kTooLong:
      return "too long";
    case Damage::kNoJson:
      return "not a JSON object";
    case Damage::kVersion:
      return "another version of the format";
    case Damage::kMember:
      return "a member is missing or not as the schema says";
    case Damage::kTime:
      return "a time that is out of the question (before 2020, or over a year ahead)";
  }
  return "none";
}

}  // namespace abm::measure
