// The names of reasons for skipping, as the visit log and the tools write them.
#include "rewrite/edit.h"

namespace abm::rewrite {

std::string_view to_string(Skip skip) noexcept {
  switch (skip) {
    case Skip::kNone:
      return "none";
    case Skip::kVoid:
      return "void";
    case Skip::kRawText:
      return "raw-text";
    case Skip::kUnclosed:
      return "unclosed";
    case Skip::kTagTooLong:
      return "tag-too-long";
    case Skip::kDepth:
      return "too-deep";
    case Skip::kAmbiguous:
      return "ambiguous";
    case Skip::kNested:
      return "nested";
    case Skip::kMemory:
      return "memory";
    case Skip::kUnsafe:
      return "unsafe";
  }
  return "unknown";
}

}  // namespace abm::rewrite
