#include "rules/read/edits.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "rules/read/attribute_edits.h"
#include "rules/read/templates.h"

namespace abm::rules {
namespace {

constexpr auto kEditKeys =
    std::to_array<std::string_view>({"text", "html", "html_file", "attributes", "add_class", "remove_class",
                                     "before", "prepend", "append", "after", "remove", "hide", "unsafe"});
constexpr size_t kMaxSlotsOfRule = 256;
constexpr size_t kMaxClasses = 64;

/// Two keys of one slot that exclude each other, and why.
struct Conflict {
  std::string_view one;
  std::string_view other;
  std::string_view reason;
};
constexpr auto kConflicts = std::to_array<Conflict>({
    {"text", "html", "both set the content"},
    {"text", "html_file", "both set the content"},
    {"html", "html_file", "both set the content"},
    {"hide", "text", "nobody sees the content of a hidden element"},
    {"hide", "html", "nobody sees the content of a hidden element"},
    {"hide", "html_file", "nobody sees the content of a hidden element"},
    {"hide", "prepend", "nobody sees the content of a hidden element"},
    {"hide", "append", "nobody sees the content of a hidden element"},
});
constexpr auto kInnerKeys =
    std::to_array<std::string_view>({"text", "html", "html_file", "prepend", "append"});

Insertion insertion(std::string_view key) noexcept {
  return key == "before" || key == "after" ? Insertion::kBeside : Insertion::kInside;
}

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

class SlotReader {
 public:
  SlotReader(Checker& check, const EditContext& context) : check_(check), context_(context) {}
  bool read(const yaml::Node::Member& member, SlotRewrite& out);

 private:
  bool no_conflicts(const yaml::Node& node);
  bool fits_element(const yaml::Node& node, uint32_t slot);
  bool member(const yaml::Node::Member& member, SlotRewrite& out);
  bool markup(const yaml::Node::Member& member, std::optional<rewrite::Template>& out,
              rewrite::TemplateKind kind = rewrite::TemplateKind::kMarkup);
  bool file(const yaml::Node::Member& member, SlotRewrite& out);
  void note(const yaml::Node::Member& member, std::vector<MarkupFinding> findings);
  void note_misplaced(const yaml::Node::Member& member, const std::string& path);
  bool classes(const yaml::Node::Member& member, std::vector<std::string>& out);
  bool agrees(const yaml::Node& node, const SlotRewrite& rewrite);

  Checker& check_;
  const EditContext& context_;
  std::optional<uint32_t> slot_;
  bool unsafe_ = false;
};

bool SlotReader::read(const yaml::Node::Member& slot, SlotRewrite& out) {
  const auto index = context_.slots->use(check_, slot.key, slot.key_at);
  const std::string what = fmt::format("slot '{}'", slot.key);
  out.at = check_.ref(slot.key_at);
  if (!check_.mapping(slot.value, what)) return false;
  bool ok = check_.known_keys(slot.value, what, kEditKeys) && index.has_value();
  ok = no_conflicts(slot.value) && ok;
  const yaml::Node* const unsafe = slot.value.find("unsafe");
  if (unsafe != nullptr && slot.value.find("attributes") == nullptr) {
    check_.error(unsafe->at, "'unsafe' goes with 'attributes' only: it affects nothing else");
    ok = false;
  }
  unsafe_ = unsafe != nullptr && unsafe->kind == yaml::Node::Kind::kScalar && unsafe->scalar == "true";
  if (index) {
    slot_ = index;
    out.slot = *index;
    ok = fits_element(slot.value, *index) && ok;
  }
  for (const yaml::Node::Member& m : slot.value.members) {
    if (std::find(kEditKeys.begin(), kEditKeys.end(), m.key) == kEditKeys.end()) continue;
    ok = member(m, out) && ok;
  }
  return ok && agrees(slot.value, out);
}

bool SlotReader::no_conflicts(const yaml::Node& node) {
  bool ok = true;
  const auto key_of = [&](std::string_view key) {
    return std::find_if(node.members.begin(), node.members.end(),
                        [&](const auto& m) { return m.key == key; });
  };
  const auto refuse = [&](const yaml::Node::Member& one, const yaml::Node::Member& other,
                          std::string_view reason) {
    const bool in_order = one.key_at < other.key_at;
    const yaml::Node::Member& first = in_order ? one : other;
    const yaml::Node::Member& second = in_order ? other : one;
    check_.error(second.key_at,
                 fmt::format("'{}' and '{}' make no sense together: {}", first.key, second.key, reason));
    ok = false;
  };
  for (const Conflict& conflict : kConflicts) {
    const auto one = key_of(conflict.one);
    const auto other = key_of(conflict.other);
    if (one != node.members.end() && other != node.members.end()) refuse(*one, *other, conflict.reason);
  }
  if (const auto removed = key_of("remove"); removed != node.members.end()) {
    for (const yaml::Node::Member& m : node.members) {
      if (m.key != "remove") refuse(*removed, m, "the element is gone");
    }
  }
  return ok;
}

bool SlotReader::fits_element(const yaml::Node& node, uint32_t slot) {
  const std::string& type = context_.slots->uneditable_type(slot);
  if (type.empty()) return true;
  bool ok = true;
  for (const yaml::Node::Member& m : node.members) {
    if (std::find(kInnerKeys.begin(), kInnerKeys.end(), m.key) == kInnerKeys.end()) continue;
    check_.error(m.key_at,
                 fmt::format("'{}' needs an element with content, but slot '{}' selects <{}>, which {}: "
                             "use 'before', 'after' or 'attributes'",
                             m.key, context_.slots->name(slot), type,
                             rewrite::is_void_element(type) ? "has none" : "holds no markup"));
    ok = false;
  }
  return ok;
}

bool SlotReader::member(const yaml::Node::Member& m, SlotRewrite& out) {
  if (m.key == "text") return markup(m, out.content, rewrite::TemplateKind::kText);
  if (m.key == "html") return markup(m, out.content);
  if (m.key == "html_file") return file(m, out);
  if (m.key == "before") return markup(m, out.before);
  if (m.key == "prepend") return markup(m, out.prepend);
  if (m.key == "append") return markup(m, out.append);
  if (m.key == "after") return markup(m, out.after);
  if (m.key == "attributes") return read_attributes(check_, m.value, context_, slot_, unsafe_, out);
  if (m.key == "unsafe") return check_.only_true(m.value, "'unsafe'");
  if (m.key == "add_class") return classes(m, out.add_classes);
  if (m.key == "remove_class") return classes(m, out.remove_classes);
  bool& flag = m.key == "hide" ? out.hide : out.remove;
  flag = check_.only_true(m.value, fmt::format("'{}'", m.key));
  return flag;
}

bool SlotReader::markup(const yaml::Node::Member& m, std::optional<rewrite::Template>& out,
                        rewrite::TemplateKind kind) {
  out = read_template(check_, m.value, fmt::format("'{}'", m.key), kind, *context_.values);
  if (!out) return false;
  if (kind != rewrite::TemplateKind::kMarkup) {
    // Any text: only where it goes counts.
    if (slot_) note(m, find_misplaced("text", context_.slots->slot(*slot_).selector, Insertion::kInside));
    return true;
  }
  note(m, find_in_markup(m.value.scalar));
  if (slot_) note(m, find_misplaced(m.value.scalar, context_.slots->slot(*slot_).selector, insertion(m.key)));
  return true;
}

/// For when all files are read.
void SlotReader::note(const yaml::Node::Member& m, std::vector<MarkupFinding> findings) {
  for (MarkupFinding& finding : findings) {
    const Position at = check_.position_in(m.value, finding.offset);
    context_.findings->push_back({check_.ref(at), std::move(finding), check_.silenced()});
  }
}

bool SlotReader::file(const yaml::Node::Member& m, SlotRewrite& out) {
  out.html_file =
      read_template(check_, m.value, "'html_file'", rewrite::TemplateKind::kPath, *context_.values);
  if (!out.html_file) return false;
  auto fragments = context_.fragments->resolve(check_, m.value, *out.html_file);
  if (!fragments) return false;
  out.fragments = *std::move(fragments);
  for (const Fragment& fragment : out.fragments) note_misplaced(m, fragment.path);
  return true;
}

/// Reported where the file is named: whether its markup may stand there is up to the slot.
void SlotReader::note_misplaced(const yaml::Node::Member& m, const std::string& path) {
  const LoadedFragment* const loaded = context_.fragments->find(check_.file().folder, path);
  if (loaded == nullptr || !slot_) return;
  const yaml::SourceText text(loaded->bytes);
  for (MarkupFinding& finding :
       find_misplaced(loaded->bytes, context_.slots->slot(*slot_).selector, Insertion::kInside)) {
    const Position at = text.position(finding.offset);
    finding.message = fmt::format("{}:{}:{}: {}", loaded->file, at.line, at.column, finding.message);
    context_.findings->push_back({check_.ref(m.value.at), std::move(finding), check_.silenced()});
  }
}

bool SlotReader::classes(const yaml::Node::Member& m, std::vector<std::string>& out) {
  const std::string what = fmt::format("'{}'", m.key);
  const auto scalars = check_.scalars(m.value, what);
  if (!scalars) return false;
  bool ok = true;
  for (const yaml::Node* scalar : *scalars) {
    const auto text = check_.text(*scalar, what, yaml::kMaxValueBytes);
    ok = ok && text.has_value();
    if (!text) continue;
    const size_t before = out.size();
    for (size_t i = 0; i < text->size();) {
      const size_t end = static_cast<size_t>(
          std::find_if(text->begin() + static_cast<std::ptrdiff_t>(i), text->end(), is_space) -
          text->begin());
      if (end > i) out.push_back(text->substr(i, end - i));
      i = end + 1;
    }
    if (out.size() > before) continue;
    check_.error(scalar->at, fmt::format("{} names no class", what));
    ok = false;
  }
  if (out.size() > kMaxClasses) {
    check_.error(m.value.at, fmt::format("{} names more than {} classes", what, kMaxClasses));
    ok = false;
  }
  return ok;
}

/// Conflicts that only show once the values are read.
bool SlotReader::agrees(const yaml::Node& node, const SlotRewrite& rewrite) {
  bool ok = true;
  for (const std::string& name : rewrite.add_classes) {
    if (std::find(rewrite.remove_classes.begin(), rewrite.remove_classes.end(), name) ==
        rewrite.remove_classes.end()) {
      continue;
    }
    check_.error(node.find("remove_class")->at,
                 fmt::format("class {} is both added and removed", yaml::in_quotes(name)));
    ok = false;
  }
  for (const AttributeRewrite& attribute : rewrite.attributes) {
    const bool classes = !rewrite.add_classes.empty() || !rewrite.remove_classes.empty();
    if (attribute.name == "class" && classes) {
      check_.error(
          node.find("attributes")->at,
          "attribute 'class' and 'add_class' or 'remove_class' make no sense together: both set the classes");
      ok = false;
    }
    if (attribute.name == "hidden" && rewrite.hide) {
      check_.error(node.find("attributes")->at,
                   "attribute 'hidden' and 'hide' make no sense together: both set the attribute");
      ok = false;
    }
  }
  return ok;
}

bool uses_name(const std::optional<rewrite::Template>& content) noexcept {
  return content && uses_account_name(*content);
}

}  // namespace

std::optional<std::vector<SlotRewrite>> read_rewrite(Checker& check, const yaml::Node& node,
                                                     const EditContext& context) {
  if (!check.mapping(node, "'rewrite'")) return std::nullopt;
  if (node.members.size() > kMaxSlotsOfRule) {
    check.error(node.at, fmt::format("'rewrite' names more than {} slots", kMaxSlotsOfRule));
    return std::nullopt;
  }
  std::vector<SlotRewrite> rewrites;
  bool ok = true;
  for (const yaml::Node::Member& slot : node.members) {
    ok = SlotReader(check, context).read(slot, rewrites.emplace_back()) && ok;
  }
  if (!ok) return std::nullopt;
  std::sort(rewrites.begin(), rewrites.end(),
            [](const SlotRewrite& a, const SlotRewrite& b) { return a.slot < b.slot; });
  return rewrites;
}

bool names_account(const SlotRewrite& rewrite) noexcept {
  return uses_name(rewrite.content) || uses_name(rewrite.html_file) || uses_name(rewrite.before) ||
         uses_name(rewrite.prepend) || uses_name(rewrite.append) || uses_name(rewrite.after) ||
         std::any_of(rewrite.attributes.begin(), rewrite.attributes.end(),
                     [](const AttributeRewrite& attribute) { return uses_name(attribute.value); }) ||
         std::any_of(rewrite.fragments.begin(), rewrite.fragments.end(),
                     [](const Fragment& fragment) { return uses_account_name(*fragment.content); });
}

}  // namespace abm::rules
