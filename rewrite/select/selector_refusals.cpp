// The pseudo-classes and pseudo-elements of Selectors 4, CSS Pseudo 4 and jQuery, with the reason why a start
// tag cannot decide them.
#include "rewrite/select/selector_refusals.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

enum class Why { kReader, kLater, kState, kForeign, kElement };

struct Refusal {
  std::string_view name;
  Why why;
  std::string_view instead = {};  ///< what to write, empty where there is nothing
};

constexpr Refusal kRefusals[] = {
    {"active", Why::kReader},
    {"any-link", Why::kState, "a[href]"},
    {"autofill", Why::kReader},
    {"before", Why::kElement},
    {"after", Why::kElement},
    {"first-letter", Why::kElement},
    {"first-line", Why::kElement},
    {"blank", Why::kReader},
    {"button", Why::kForeign, ":is(button, [type=\"button\"])"},
    {"checked", Why::kState, "[checked]"},
    {"contains", Why::kForeign},
    {"current", Why::kReader},
    {"default", Why::kState},
    {"defined", Why::kState},
    {"dir", Why::kState, "[dir=\"ltr\"]"},
    {"disabled", Why::kState, "[disabled]"},
    {"empty", Why::kLater},
    {"enabled", Why::kState, ":not([disabled])"},
    {"eq", Why::kForeign, ":nth-child(…)"},
    {"even", Why::kForeign, ":nth-child(odd)"},
    {"first", Why::kForeign, ":first-child"},
    {"focus", Why::kReader},
    {"focus-visible", Why::kReader},
    {"focus-within", Why::kReader},
    {"fullscreen", Why::kReader},
    {"future", Why::kReader},
    {"has", Why::kLater},
    {"has-text", Why::kForeign},
    {"header", Why::kForeign, ":is(h1, h2, h3, h4, h5, h6)"},
    {"host", Why::kState},
    {"host-context", Why::kState},
    {"hover", Why::kReader},
    {"in-range", Why::kState},
    {"indeterminate", Why::kState},
    {"input", Why::kForeign, ":is(input, select, textarea, button)"},
    {"invalid", Why::kReader},
    {"lang", Why::kState, "[lang|=\"de\"] on the element that carries the attribute"},
    {"last", Why::kForeign},
    {"last-child", Why::kLater},
    {"last-of-type", Why::kLater},
    {"link", Why::kReader, "a[href]"},
    {"local-link", Why::kReader, "a[href^=\"/\"]"},
    {"matches", Why::kForeign, ":is(…)"},
    {"modal", Why::kReader},
    {"nth-last-child", Why::kLater},
    {"nth-last-of-type", Why::kLater},
    {"odd", Why::kForeign, ":nth-child(even)"},
    {"only-child", Why::kLater},
    {"only-of-type", Why::kLater},
    {"open", Why::kState, "[open]"},
    {"optional", Why::kState, ":not([required])"},
    {"out-of-range", Why::kState},
    {"parent", Why::kForeign},
    {"past", Why::kReader},
    {"picture-in-picture", Why::kReader},
    {"placeholder-shown", Why::kReader, "[placeholder]"},
    {"popover-open", Why::kReader},
    {"read-only", Why::kState, "[readonly]"},
    {"read-write", Why::kState, ":not([readonly])"},
    {"required", Why::kState, "[required]"},
    {"scope", Why::kState, ":root"},
    {"selected", Why::kForeign, "[selected]"},
    {"target", Why::kReader},
    {"target-within", Why::kReader},
    {"text", Why::kForeign, "[type=\"text\"]"},
    {"user-invalid", Why::kReader},
    {"user-valid", Why::kReader},
    {"valid", Why::kReader},
    {"visible", Why::kReader},
    {"visited", Why::kReader},
    {"where", Why::kState, ":is(…), which matches the same"},
};

constexpr std::string_view kSupported[] = {"root",        "first-child", "nth-child", "first-of-type",
                                           "nth-of-type", "not",         "is"};

std::string_view reason(Why why) {
  switch (why) {
    case Why::kReader:
      return "depends on the reader, not on the page";
    case Why::kLater:
      return "is known only after the start tag was sent: it depends on what follows";
    case Why::kState:
      return "is not decided by the start tag alone";
    case Why::kForeign:
      return "is not CSS";
    case Why::kElement:
      return "names a part that the page's markup does not have: use the element itself";
  }
  return {};
}

}  // namespace

std::string pseudo_class_refusal(std::string_view name) {
  const auto* const found = std::ranges::find(kRefusals, name, &Refusal::name);
  if (found == std::end(kRefusals)) {
    return fmt::format("unknown pseudo-class ':{}'{}", name, did_you_mean(name, kSupported));
  }
  const std::string instead = found->instead.empty() ? "" : fmt::format("; write {}", found->instead);
  return fmt::format("':{}' {}{}", name, reason(found->why), instead);
}

std::string pseudo_element_refusal(std::string_view name) {
  return fmt::format("'::{}' {}", name, reason(Why::kElement));
}

}  // namespace abm::rewrite
