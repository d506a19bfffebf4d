// What each framework's renderer writes into a page, and what follows from it. The markers are read in the
// renderers' sources or in the pages that they made (tests/frameworks).
#include "rewrite/framework/page_signs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/text.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/bytes.h"
#include "rewrite/scan/name_hash.h"

namespace abm::rewrite {

/// In the order in which they decide: the first one seen names the framework.
enum PageSigns::Sign : uint8_t {
  kNextData,
  kNextFlight,
  kNextFiles,
  kNuxtData,
  kNuxtRoot,
  kNuxtState,
  kNuxtFiles,
  kSvelteKitData,
  kSvelteKitState,
  kAngularHost,
  kAngularState,
  kAngularComment,
  kQwikContainer,
  kQwikState,
  kQwikComment,
  kAstroIsland,
  kAstroFiles,
  kReactState,
  kReactSwap,
  kGatsbyRoot,
  kReactBoundary,
  kReactText,
  kSvelteBlock,
  kVueComment,
  kFragment,  ///< <!--[-->: Svelte's, or else Vue's
  kSigns,
};

namespace {

struct NamedSign {
  Framework framework;
  std::string_view evidence;
};

constexpr std::string_view kRootIds[] = {"root",     "app",     "react-root", "app-root", "svelte",
                                         "main-app", "vue-app", "react-app",  "mount",    "application"};
constexpr std::string_view kAngularAttributes[] = {"ng-version", "ngh", "ng-server-context"};

constexpr uint64_t bits_of(std::initializer_list<std::string_view> names) noexcept {
  uint64_t bits = 0;
  for (const std::string_view name : names) bits |= attribute_bit(name);
  return bits;
}
constexpr uint64_t kScriptBits = bits_of({"id", "src", "type"});

/// The tag's attribute of that name. Most tags are ruled out by their bits, without a look at their bytes.
std::optional<RawAttribute> attribute_of(const TagToken& token, std::string_view lower_name) noexcept {
  if ((token.attribute_bits & attribute_bit(lower_name)) == 0) return std::nullopt;
  return find_attribute(token.rest(), lower_name);
}

bool has_attribute_beginning(std::string_view tag, std::string_view lower_prefix) noexcept {
  RawAttribute attribute;
  for (AttributeCursor cursor(tag); cursor.next(attribute);) {
    if (attribute.name.size() >= lower_prefix.size() &&
        equals_ignoring_case(attribute.name.substr(0, lower_prefix.size()), lower_prefix))
      return true;
  }
  return false;
}

/// "0", "-1" …
bool is_number(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_digit(c); });
}

constexpr std::string_view kWindow = "window.";

/// A script's text without what may stand in front of its first statement.
std::string_view without_prelude(std::string_view text) noexcept {
  const auto is_prelude = [](char c) { return is_space(c) || c == '(' || c == '{' || c == ';'; };
  while (!text.empty() && is_prelude(text.front())) text.remove_prefix(1);
  if (text.starts_with(kWindow)) text.remove_prefix(kWindow.size());
  return text;
}

/// Whether a comment that begins so may still be one of the markers.
bool may_be_marker(std::string_view begin) noexcept {
  constexpr std::string_view kMarkers[] = {" ",  "$?",   "$!",   "$~",  "/$",         "[!",
                                           "[?", "v-if", "nghm", "qv ", "teleport st"};
  if (std::ranges::any_of(kMarkers, [&](std::string_view one) { return one.starts_with(begin); }))
    return true;
  return begin.starts_with('[') && (begin == "[-" || is_number(begin.substr(1)));
}

}  // namespace

struct PageSigns::Verdict {
  Framework framework = Framework::kNone;
  std::string_view evidence;
};

std::string_view to_string(Framework framework) noexcept {
  constexpr std::string_view kNames[] = {"",       "react",     "next-pages", "next-app", "vue", "nuxt",
                                         "svelte", "sveltekit", "angular",    "astro",    "qwik"};
  return kNames[static_cast<size_t>(framework)];
}

std::string_view title_of(Framework framework) noexcept {
  constexpr std::string_view kTitles[] = {"",
                                          "React",
                                          "Next.js (pages router)",
                                          "Next.js (app router)",
                                          "Vue",
                                          "Nuxt",
                                          "Svelte",
                                          "SvelteKit",
                                          "Angular",
                                          "Astro",
                                          "Qwik"};
  return kTitles[static_cast<size_t>(framework)];
}

uint64_t PageSigns::attribute_mask(Tag tag) noexcept {
  return tag == Tag::script_ ? kScriptBits : 0;
}

bool PageSigns::begins_like_root(uint64_t attribute_bits, std::string_view rest) noexcept {
  constexpr std::string_view kId = " id=";
  size_t at = rest.find(kId);
  // Written in another way: a closer look tells.
  if ((attribute_bits & kIslandBit) != 0 || at == rest.npos) return true;
  for (; at != rest.npos; at = rest.find(kId, at + 1)) {
    const size_t value = at + kId.size();
    if (value + 1 >= rest.size()) return true;
    const bool quoted = rest[value] == '"' || rest[value] == '\'';
    if (begins_like_root(rest[quoted ? value + 1 : value])) return true;
  }
  return false;
}

bool PageSigns::begins_like_root(char first) noexcept {
  return first == '_' ||
         std::ranges::any_of(kRootIds, [first](std::string_view id) { return id.front() == first; });
}

size_t PageSigns::decisive_bytes(Tag tag, std::string_view lower_name, std::string_view value) noexcept {
  if (tag == Tag::script_)
    return lower_name == "id" || lower_name == "src" || lower_name == "type" ? kAll : 0;
  if ((tag != Tag::div_ && tag != Tag::main_) || lower_name != "id") return 0;
  // No root's id begins with such a letter, whatever follows.
  return !value.empty() && !begins_like_root(value.front()) ? 1 : kAll;
}

uint64_t PageSigns::asked_attributes() noexcept {
  return kRootBits | kScriptBits | bits_of({"ng-version", "ngh", "ng-server-context", "q:container"});
}

bool PageSigns::asks_attribute(std::string_view name) noexcept {
  return name == "id" || name == "src" || name == "type" || name == "data-island-uid" ||
         name == kHoldsAttribute || name == "q:container" || name.starts_with("data-sveltekit-") ||
         std::ranges::find(kAngularAttributes, name) != std::end(kAngularAttributes);
}

void PageSigns::script_tag(const TagToken& token) noexcept {
  if (const auto id = attribute_of(token, "id")) {
    if (id->value == "__NEXT_DATA__") see(kNextData);
    if (id->value == "__NUXT_DATA__") see(kNuxtData);
    if (id->value == "ng-state") see(kAngularState);
  }
  if (const auto type = attribute_of(token, "type")) {
    if (type->value == "qwik/json") see(kQwikState);
    // What is no JavaScript is data or a template, whatever it begins with.
    script_runs_ = type->value.empty() || type->value == "module" ||
                   type->value.find("javascript") != std::string_view::npos;
  }
  const auto src = attribute_of(token, "src");
  if (!src) return;
  // A site may serve them below a path of its own. Those of another host may be a widget's.
  if (!src->value.starts_with('/') || src->value.starts_with("//")) return;
  const auto is_of = [&](std::string_view folder) {
    return src->value.find(folder) != std::string_view::npos;
  };
  if (is_of("/_next/static/")) see(kNextFiles);
  if (is_of("/_nuxt/")) see(kNuxtFiles);
  if (is_of("/_astro/")) see(kAstroFiles);
}

/// What an element's id tells.
Within PageSigns::root_of(std::string_view id) noexcept {
  if (id == "__next") return kInNextRoot;
  if (id == "__nuxt") {
    see(kNuxtRoot);
    return kInNuxtRoot;
  }
  if (id == "___gatsby") {
    see(kGatsbyRoot);
    return kInNamedRoot;
  }
  return std::ranges::find(kRootIds, id) != std::end(kRootIds) ? kInNamedRoot : Within{0};
}

Within PageSigns::start_tag(const TagToken& token, Tag tag, Within parent) noexcept {
  if (tag == Tag::script_) {
    script_tag(token);
    return parent;
  }
  const bool is_told_of = tag == Tag::kNone_ || tag == Tag::html_ || tag == Tag::body_ ||
                          may_be_root(tag, token.attribute_bits, token.rest());
  if (!is_told_of) return parent;
  Within own = parent;
  if (tag == Tag::kNone_) own = custom_element(token, own);
  if (token.attribute_bits == 0) return own;
  if (const auto id = attribute_of(token, "id")) own |= root_of(id->value);
  if (attribute_of(token, "data-island-uid")) own |= kInNuxtIsland;
  if (attribute_of(token, kHoldsAttribute)) own |= kInHeld;
  if (attribute_of(token, "q:container")) see(kQwikContainer);
  if (tag == Tag::body_ && has_attribute_beginning(token.rest(), "data-sveltekit-")) see(kSvelteKitData);
  return own;
}

/// An element without a listed name; Angular's hosts and Astro's islands are such.
Within PageSigns::custom_element(const TagToken& token, Within parent) noexcept {
  Within own = parent;
  if (equals_ignoring_case(token.name, "astro-island")) {
    see(kAstroIsland);
    own = static_cast<Within>((own & ~kInAstroSlot) | kInIsland);
  } else if (equals_ignoring_case(token.name, "astro-slot")) {
    own |= kInAstroSlot;
  }
  for (const std::string_view name : kAngularAttributes) {
    if (!attribute_of(token, name)) continue;
    own |= kInAngularHost;
    see(kAngularHost);
  }
  return own;
}

void PageSigns::comment(std::string_view head, bool whole, Within within) noexcept {
  const auto see_here = [&](Sign sign) {
    see(sign);
    if ((within & kInNamedRoot) == 0) outside_root_ |= bit(sign);
  };
  if (!whole) {
    if (head.starts_with("qv ")) see(kQwikComment);
    if (head.starts_with("teleport st")) see_here(kVueComment);
    return;
  }
  if (head.empty()) return;
  switch (head.front()) {
    case ' ':
      if (head != " ") break;
      if ((within & kInNamedRoot) != 0 || react_text_) see_here(kReactText);
      react_text_ = true;
      break;
    case '$':
      boundary_ = boundary_ || head == "$" || head == "$?" || head == "$!" || head == "$~";
      break;
    case '/':
      if (head == "/$" && boundary_) see_here(kReactBoundary);
      break;
    case '[':
      if (head == "[") {
        see_here(kFragment);
      } else if (head == "[!" || head == "[?" || is_number(head.substr(1))) {
        see_here(kSvelteBlock);
      }
      break;
    case 'v':
      if (head == "v-if") see_here(kVueComment);
      break;
    case 'n':
      if (head == "nghm") see(kAngularComment);
      break;
    case 'q':
      if (head.starts_with("qv ")) see(kQwikComment);
      break;
    default:
      break;
  }
}

/// What scripts of renderers begin with, behind the prelude.
struct PageSigns::Beginning {
  std::string_view text;
  Sign sign;
};
std::span<const PageSigns::Beginning> PageSigns::beginnings() noexcept {
  static constexpr Beginning kBeginnings[] = {
      {"self.__next_f", kNextFlight},
      {"__sveltekit_", kSvelteKitState},
      {"__NUXT__", kNuxtState},
      {"__reactRouterContext", kReactState},
      {"__remixContext", kReactState},
      {"__staticRouterHydrationData", kReactState},
      {"$RC=", kReactSwap},
      {"$RB=", kReactSwap},
      {"$RX=", kReactSwap},
      {"$RT=", kReactSwap},
      {"requestAnimationFrame(function(){$R", kReactSwap},
  };
  return kBeginnings;
}

size_t PageSigns::decisive_bytes_of_comment(std::string_view data) noexcept {
  size_t size = 0;
  while (size < std::min(data.size(), kCommentHead) && may_be_marker(data.substr(0, size))) ++size;
  return may_be_marker(data.substr(0, size)) && size < kCommentHead ? kAll : size;
}

size_t PageSigns::decisive_bytes_of_script(std::string_view text) noexcept {
  for (size_t size = 0; size <= std::min(text.size(), kScriptHead); ++size) {
    const std::string_view begin = without_prelude(text.substr(0, size));
    const bool open = begin.empty() || kWindow.starts_with(begin) ||
                      std::ranges::any_of(beginnings(), [&](const Beginning& one) {
                        return one.text.size() > begin.size() && one.text.starts_with(begin);
                      });
    if (!open) return size;
  }
  return kScriptHead;
}

void PageSigns::script(std::string_view head) noexcept {
  const bool runs = script_runs_;
  script_runs_ = true;
  if (!runs) return;
  head = without_prelude(head);
  for (const Beginning& beginning : beginnings()) {
    if (head.starts_with(beginning.text)) see(beginning.sign);
  }
}

PageSigns::Verdict PageSigns::verdict() const noexcept {
  static constexpr std::array<NamedSign, kSigns> kMeanings = {{
      {Framework::kNextPages, "script id=\"__NEXT_DATA__\""},
      {Framework::kNextApp, "a script that begins with self.__next_f"},
      {Framework::kNextApp, "scripts of /_next/static/ without __NEXT_DATA__"},
      {Framework::kNuxt, "script id=\"__NUXT_DATA__\""},
      {Framework::kNuxt, "id=\"__nuxt\""},
      {Framework::kNuxt, "window.__NUXT__"},
      {Framework::kNuxt, "scripts of /_nuxt/"},
      {Framework::kSvelteKit, "data-sveltekit- on body"},
      {Framework::kSvelteKit, "a script that begins with __sveltekit_"},
      {Framework::kAngular, "ng-version, ngh or ng-server-context"},
      {Framework::kAngular, "script id=\"ng-state\""},
      {Framework::kAngular, "<!--nghm-->"},
      {Framework::kQwik, "q:container"},
      {Framework::kQwik, "script type=\"qwik/json\""},
      {Framework::kQwik, "<!--qv …-->"},
      {Framework::kAstro, "astro-island"},
      {Framework::kAstro, "scripts of /_astro/"},
      {Framework::kReact, "React Router's data"},
      {Framework::kReact, "React's script that swaps in streamed parts"},
      {Framework::kReact, "id=\"___gatsby\""},
      {Framework::kReact, "<!--$-->"},
      {Framework::kReact, "<!-- --> between texts"},
      {Framework::kSvelte, "comments such as <!--[!-->"},
      {Framework::kVue, "<!--v-if-->"},
      {Framework::kVue, "<!--[-->"},
  }};
  for (size_t sign = 0; sign < kMeanings.size(); ++sign) {
    if (saw(static_cast<Sign>(sign))) return {kMeanings[sign].framework, kMeanings[sign].evidence};
  }
  return {};
}

Framework PageSigns::framework() const noexcept {
  return verdict().framework;
}
std::string_view PageSigns::evidence() const noexcept {
  return verdict().evidence;
}

bool PageSigns::is_hydrated(Within within) const noexcept {
  switch (framework()) {
    case Framework::kNone:
      return false;
    case Framework::kNextPages:
      return (within & kInNextRoot) != 0;
    case Framework::kNuxt:
      return !saw(kNuxtRoot) || (within & kInNuxtRoot) != 0;
    case Framework::kAngular:
      return !saw(kAngularHost) || (within & kInAngularHost) != 0;
    case Framework::kAstro:
      return (within & kInIsland) != 0;
    case Framework::kNextApp:
    case Framework::kSvelteKit:
    case Framework::kQwik:
      return true;
    case Framework::kReact:
    case Framework::kVue:
    case Framework::kSvelte:
      break;
  }
  // Routers that own the whole document leave their markers outside of any named root.
  return saw(kReactState) || outside_root_ != 0 || (within & kInNamedRoot) != 0;
}

bool PageSigns::streams_parts() const noexcept {
  return saw(kReactSwap);
}

}  // namespace abm::rewrite
