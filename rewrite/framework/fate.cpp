#include "rewrite/framework/fate.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kUseComponent =
    "render the slot with the component of conf/frameworks, or set deliver: script for it";
constexpr std::string_view kTryPage =
    "look at the page in a browser; if the edit goes, use the component of conf/frameworks, or deliver: script";
constexpr std::string_view kEditContent =
    "change the element's content or attributes instead, or set deliver: script for the slot";

constexpr Judgement kKept = {Fate::kStays, "the framework leaves this as it comes", {}};

bool changes_nodes(EditShape shape) noexcept {
  return shape.siblings || shape.remove;
}

Judgement judge_react(EditShape shape) noexcept {
  if (shape.content || shape.inner_nodes || changes_nodes(shape)) {
    return {Fate::kReverted,
            "React compares texts and elements, and renders everything anew where they differ",
            changes_nodes(shape) ? kEditContent : kUseComponent};
  }
  return {Fate::kStays, "React does not compare attributes", {}};
}

Judgement judge_vue(EditShape shape) noexcept {
  if (changes_nodes(shape)) {
    return {Fate::kBreaksPage,
            "Vue counts nodes: with one more or less, elements appear twice or stop working", kEditContent};
  }
  if (shape.inner_nodes)
    return {Fate::kUnknown, "Vue keeps them in static markup; beside values or in a list they go or break it",
            kTryPage};
  if (shape.content)
    return {Fate::kUnknown, "Vue keeps static markup, and writes bound text and v-html again", kTryPage};
  return {Fate::kUnknown, "Vue keeps static attributes, and sets bound ones again", kTryPage};
}

Judgement judge_svelte(EditShape shape, bool kit) noexcept {
  if (changes_nodes(shape)) {
    return {kit ? Fate::kBreaksPage : Fate::kReverted,
            "Svelte walks the nodes that it expects, and mounts everything anew where one is missing or new",
            kEditContent};
  }
  if (shape.inner_nodes || shape.content) {
    return {Fate::kUnknown,
            "Svelte keeps static markup, writes {expressions} again, and mounts everything anew where nodes "
            "beside them differ",
            kTryPage};
  }
  return {Fate::kUnknown, "Svelte keeps static attributes, and sets dynamic ones again", kTryPage};
}

Judgement judge_angular(EditShape shape) noexcept {
  if (changes_nodes(shape) || (shape.content && shape.markup))
    return {Fate::kBreaksPage, "Angular looks for the nodes that it rendered (NG0500, NG0502)", kEditContent};
  if (shape.inner_nodes)
    return {Fate::kUnknown, "Angular fails where a node stands in front of one that it looks for", kTryPage};
  if (shape.content)
    return {Fate::kUnknown, "Angular keeps static text, and writes interpolations again", kTryPage};
  return {Fate::kUnknown, "Angular sets the attributes of its template again, and keeps others", kTryPage};
}

Judgement judge_qwik(EditShape shape) noexcept {
  if (shape.content || shape.remove)
    return {Fate::kUnknown, "Qwik renders nothing again at first, but stops where a value's node is gone",
            kTryPage};
  return {Fate::kStays, "Qwik renders nothing again until its data changes", {}};
}

/// Frameworks whose component of conf/frameworks may stand alone in its parent, where nobody counts nodes.
bool is_lenient_beside_held(Framework framework, EditShape shape) noexcept {
  const bool svelte = framework == Framework::kSvelte || framework == Framework::kSvelteKit;
  return svelte || (framework == Framework::kAngular && !shape.remove);
}

}  // namespace

std::string_view to_string(Fate fate) noexcept {
  constexpr std::string_view kNames[] = {"stays", "reverted", "breaks-page", "outside", "unknown"};
  return kNames[static_cast<size_t>(fate)];
}

EditShape shape_of(const Edit& edit) noexcept {
  EditShape shape;
  shape.content = edit.content.has_value();
  shape.markup = shape.content && edit.content->find('<') != std::string_view::npos;
  shape.inner_nodes = !edit.prepend.empty() || !edit.append.empty();
  shape.siblings = !edit.before.empty() || !edit.after.empty();
  shape.remove = edit.remove;
  shape.attributes = !edit.attributes.empty() || !edit.add_classes.empty() || !edit.remove_classes.empty();
  shape.hide = edit.hide;
  return shape;
}

Judgement judge(const PageSigns& signs, ElementPlace place, EditShape shape) noexcept {
  const Framework framework = signs.framework();
  if (framework == Framework::kNone) return {Fate::kStays, "no framework was recognized", {}};
  if (!signs.is_hydrated(place.within))
    return {Fate::kOutside, "the element is outside of what the framework hydrates", {}};
  // Of an element that holds, what is beside it is not held, unless something around it holds, too.
  const bool is_kept = (place.within & kKeptAsIs & ~(place.holds ? kInHeld : Within{0})) != 0 || place.holds;
  if (is_kept && !(place.holds && changes_nodes(shape))) return kKept;
  if (place.holds) {
    shape.content = shape.inner_nodes = shape.attributes = false;
    if (is_lenient_beside_held(framework, shape))
      return {Fate::kUnknown, "it depends on what the component has beside the element", kTryPage};
  }
  if (!shape.content && !shape.inner_nodes && !changes_nodes(shape) && !shape.attributes)
    return {Fate::kStays, "the framework leaves `hidden` as it is", {}};
  switch (framework) {
    case Framework::kReact:
    case Framework::kNextPages:
    case Framework::kNextApp:
      return judge_react(shape);
    case Framework::kVue:
    case Framework::kNuxt:
      return judge_vue(shape);
    case Framework::kSvelte:
    case Framework::kSvelteKit:
      return judge_svelte(shape, framework == Framework::kSvelteKit);
    case Framework::kAngular:
      return judge_angular(shape);
    case Framework::kQwik:
      return judge_qwik(shape);
    case Framework::kAstro:
    case Framework::kNone:
      break;
  }
  return {Fate::kUnknown, "the framework of the island around it decides", kTryPage};
}

Judgement judge_beside_risk(const PageSigns& signs, ElementPlace place, EditShape shape) noexcept {
  const Judgement alone = judge(signs, place, shape);
  if (is_at_risk(alone.fate) || alone.fate == Fate::kOutside || !signs.is_hydrated(place.within))
    return alone;
  // Others mend, or break, what is around the edit; what becomes of the rest was not seen to be always the
  // same.
  const Framework framework = signs.framework();
  if (framework != Framework::kReact && framework != Framework::kNextPages &&
      framework != Framework::kNextApp)
    return alone;
  return {Fate::kReverted, "another edit of the page makes the framework render everything anew",
          "mend the other slot first"};
}

}  // namespace abm::rewrite
