// One table of request headers. Whoever sends them decides about nothing but how their own visit is counted.
#include "module/page_load.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

enum class Says : uint8_t {
  kPrefetch,
  kPartial,
  kWhole,  ///< a script's load that replaces the page
};

enum class If : uint8_t {
  kToken,      ///< the value, a list or an item with parameters, has this token
  kEquals,     ///< it is this
  kIsNeither,  ///< it is neither empty nor one of this list
  kIsThere,    ///< it is not empty
};

struct LoadHeader {
  std::string_view name;
  If when;
  std::string_view value;
  Says says;
};

// A request without any of these is a page's: a browser goes there, or a script that says nothing about
// itself (Turbo Drive, Turbolinks, Livewire's navigate, swup, barba.js and SPA routers load whole pages that
// way, with Sec-Fetch-Dest: empty). Android's WebView sends the name of its app as X-Requested-With: that is
// a page, too.
constexpr std::array<LoadHeader, 24> kLoadHeaders = {{
    // Prefetch and prerender.
    {"Sec-Purpose", If::kToken, "prefetch", Says::kPrefetch},     // Fetch standard 3.7, "prefetch;prerender"
    {"Sec-Purpose", If::kToken, "prerender", Says::kPrefetch},    // the same
    {"Purpose", If::kToken, "prefetch", Says::kPrefetch},         // Chromium, WebKit: before Sec-Purpose
    {"Purpose", If::kToken, "prerender", Says::kPrefetch},        // the same
    {"X-Purpose", If::kToken, "prefetch", Says::kPrefetch},       // older WebKit
    {"X-Purpose", If::kToken, "preview", Says::kPrefetch},        // Safari's Top Sites
    {"X-Purpose", If::kToken, "instant", Says::kPrefetch},        // Chrome Instant
    {"X-Moz", If::kToken, "prefetch", Says::kPrefetch},           // Firefox: before Sec-Purpose
    {"X-Sec-Purpose", If::kToken, "prefetch", Says::kPrefetch},   // Turbo 8: links under the pointer
    {"HX-Preloaded", If::kEquals, "true", Says::kPrefetch},       // htmx: its extension "preload"
    {"Next-Router-Prefetch", If::kIsThere, {}, Says::kPrefetch},  // Next.js, app router
    {"Next-Router-Segment-Prefetch", If::kIsThere, {}, Says::kPrefetch},  // the same
    {"X-Middleware-Prefetch", If::kIsThere, {}, Says::kPrefetch},         // Next.js, middleware
    // Parts of a page. Fetch Metadata (W3C) 2.1: frames, objects, and everything that is not HTML's use.
    {"Sec-Fetch-Dest", If::kIsNeither, "document, empty", Says::kPartial},
    {"HX-Request", If::kEquals, "true", Says::kPartial},                // htmx, but
    {"HX-Boosted", If::kEquals, "true", Says::kWhole},                  // its links, and
    {"HX-History-Restore-Request", If::kEquals, "true", Says::kWhole},  // its way back are pages
    {"Turbo-Frame", If::kIsThere, {}, Says::kPartial},                  // Turbo: the frame's id
    {"X-PJAX", If::kIsThere, {}, Says::kPartial},                       // pjax: the container's content alone
    {"X-Requested-With", If::kEquals, "XMLHttpRequest", Says::kPartial},  // jQuery and its kin
    {"RSC", If::kIsThere, {}, Says::kPartial},                            // Next.js: React Server Components
    {"X-Livewire", If::kIsThere, {}, Says::kPartial},                     // Livewire: a component's update
    {"X-Alpine-Request", If::kEquals, "true", Says::kPartial},            // Alpine AJAX
    {"Datastar-Request", If::kEquals, "true", Says::kPartial},            // Datastar
}};

// Commas separate members of a list, semicolons parameters (RFC 9651).
bool has_list_token(std::string_view list, std::string_view wanted) noexcept {
  while (!list.empty()) {
    const size_t end = std::min(list.find_first_of(",;"), list.size());
    if (equals_ignoring_case(trimmed(list.substr(0, end)), wanted)) return true;
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return false;
}

bool holds(const LoadHeader& header, std::string_view value) noexcept {
  switch (header.when) {
    case If::kToken:
      return has_list_token(value, header.value);
    case If::kEquals:
      return equals_ignoring_case(value, header.value);
    case If::kIsNeither:
      return !value.empty() && !has_list_token(header.value, value);
    case If::kIsThere:
      return !value.empty();
  }
  return false;
}

}  // namespace

std::string_view to_string(PageLoad load) noexcept {
  constexpr std::array<std::string_view, 3> kNames = {"page", "prefetch", "partial"};
  return kNames[static_cast<size_t>(load)];
}

void PageLoadReader::see(std::string_view name, std::string_view value) noexcept {
  for (const LoadHeader& header : kLoadHeaders) {
    if (!equals_ignoring_case(header.name, name) || !holds(header, trimmed(value.substr(0, kMaxRead))))
      continue;
    prefetch_ = prefetch_ || header.says == Says::kPrefetch;
    whole_ = whole_ || header.says == Says::kWhole;
    partial_ = partial_ || header.says == Says::kPartial;
  }
}

PageLoad PageLoadReader::load() const noexcept {
  if (prefetch_) return PageLoad::kPrefetch;
  return partial_ && !whole_ ? PageLoad::kPartial : PageLoad::kPage;
}

}  // namespace abm::module
