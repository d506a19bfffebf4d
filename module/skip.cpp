// The only place where reasons become words.
#include "module/skip.h"

#include <array>

namespace abm::module {
namespace {

struct Name {
  Skip skip;
  std::string_view text;
};

constexpr std::array kNames = {
    Name{Skip::kNone, "none"},
    Name{Skip::kOff, "off"},
    Name{Skip::kExcluded, "excluded"},
    Name{Skip::kExpired, "expired"},
    Name{Skip::kControl, "control"},
    Name{Skip::kHoldout, "holdout"},
    Name{Skip::kNoRule, "no-rule"},
    Name{Skip::kNoEdit, "no-edit"},
    Name{Skip::kStatus, "status"},
    Name{Skip::kUpgrade, "upgrade"},
    Name{Skip::kCrossSite, "cross-site"},
    Name{Skip::kNoTransform, "no-transform"},
    Name{Skip::kEncoded, "encoded"},
    Name{Skip::kCharset, "charset"},
    Name{Skip::kEmpty, "empty"},
    Name{Skip::kHead, "head"},
    Name{Skip::kMissing, "missing"},
    Name{Skip::kAborted, "aborted"},
    Name{Skip::kMemory, "memory"},
    Name{Skip::kError, "error"},
    Name{Skip::kUnclosed, "unclosed"},
    Name{Skip::kTagTooLong, "tag-too-long"},
    Name{Skip::kDepth, "too-deep"},
    Name{Skip::kAmbiguous, "ambiguous"},
    Name{Skip::kNotModified, "not-modified"},
    Name{Skip::kNoValue, "no-value"},
    Name{Skip::kNoFragment, "no-fragment"},
    Name{Skip::kNoScript, "no-script"},
    Name{Skip::kVoid, "void"},
    Name{Skip::kRawText, "raw-text"},
    Name{Skip::kNested, "nested"},
    Name{Skip::kUnsafe, "unsafe"},
};

constexpr bool names_are_in_order() noexcept {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<size_t>(kNames[i].skip) != i) return false;
  }
  return kNames.size() == static_cast<size_t>(Skip::kUnsafe) + 1;
}
static_assert(names_are_in_order(), "to_string() finds a name by the value of its reason");

}  // namespace

std::string_view to_string(Skip skip) noexcept {
  return kNames[static_cast<size_t>(skip)].text;
}

Skip skip_of(rules::RenderSkip skip) noexcept {
  switch (skip) {
    case rules::RenderSkip::kNone:
      return Skip::kNone;
    case rules::RenderSkip::kHeldOut:
      return Skip::kHoldout;
    case rules::RenderSkip::kNoValue:
      return Skip::kNoValue;
    case rules::RenderSkip::kNoFragment:
      return Skip::kNoFragment;
    case rules::RenderSkip::kCharset:
      return Skip::kCharset;
    case rules::RenderSkip::kMemory:
      return Skip::kMemory;
    case rules::RenderSkip::kNoScript:
      return Skip::kNoScript;
  }
  return Skip::kNone;
}

Skip skip_of(rewrite::Skip skip) noexcept {
  switch (skip) {
    case rewrite::Skip::kNone:
      return Skip::kNone;
    case rewrite::Skip::kVoid:
      return Skip::kVoid;
    case rewrite::Skip::kRawText:
      return Skip::kRawText;
    case rewrite::Skip::kUnclosed:
      return Skip::kUnclosed;
    case rewrite::Skip::kTagTooLong:
      return Skip::kTagTooLong;
    case rewrite::Skip::kDepth:
      return Skip::kDepth;
    case rewrite::Skip::kAmbiguous:
      return Skip::kAmbiguous;
    case rewrite::Skip::kNested:
      return Skip::kNested;
    case rewrite::Skip::kMemory:
      return Skip::kMemory;
    case rewrite::Skip::kUnsafe:
      return Skip::kUnsafe;
  }
  return Skip::kNone;
}

}  // namespace abm::module
