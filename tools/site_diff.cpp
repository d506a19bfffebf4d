#include "tools/site_diff.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "rewrite/template/edit_text.h"
#include "tools/visit_edits.h"

namespace abm::tools {
namespace {

constexpr size_t kShownPoints = 70;  // of a slot's text

/// What one slot gets; views are valid until the side's next look.
struct Shown {
  std::string_view selector, rule, variant;
  const rewrite::Edit* edit = nullptr;
};
using ShownSlots = std::map<std::string_view, Shown>;  // by slot name; slots with an edit only

/// One of the two generations, with what matching and rendering need.
class Side {
 public:
  explicit Side(const generation::Generation& generation)
      : generation_(generation), matcher_(rules::Matcher::create(generation.rules())) {}
  [[nodiscard]] bool ready() const { return matcher_ != nullptr; }

  [[nodiscard]] ShownSlots look(const std::string& account_id, const DiffPage& page,
                                const DiffOptions& options) {
    ShownSlots out;
    memory_.clear();
    const auto account = generation_.accounts().find_id(account_id);
    if (!account.has_value() || account->excluded() || generation_.expired(options.now)) return out;
    const rules::Visit visit{.account = &*account,
                             .confidence = Confidence::kHigh,
                             .host = page.url.host,
                             .path = page.url.path,
                             .query = page.url.query,
                             .language = options.language,
                             .now = options.now};
    const rules::Program& program = generation_.rules();
    edits_ = render_visit(program, matcher_->match(visit), visit, rewrite::Charset::kUtf8, memory_);
    for (size_t i = 0; i < edits_.winners.size(); ++i) {
      if (edits_.edit(i) == nullptr) continue;
      const uint32_t slot = edits_.winners[i].slot;
      out[program.slot_name(slot)] = {program.slot_selector(slot), edits_.rule(i), edits_.variant(i),
                                      edits_.edit(i)};
    }
    return out;
  }

 private:
  const generation::Generation& generation_;
  std::unique_ptr<rules::Matcher> matcher_;
  Arena memory_;
  VisitEdits edits_;
};

bool same_edit(const rewrite::Edit& a, const rewrite::Edit& b) {
  return a.content == b.content && a.before == b.before && a.prepend == b.prepend && a.append == b.append &&
         a.after == b.after && a.hide == b.hide && a.remove == b.remove && a.guarded == b.guarded &&
         std::ranges::equal(a.add_classes, b.add_classes) &&
         std::ranges::equal(a.remove_classes, b.remove_classes) &&
         std::ranges::equal(a.attributes, b.attributes, [](const auto& x, const auto& y) {
           return x.name == y.name && x.value == y.value;
         });
}

SlotView view(const Shown& shown, std::string text) {
  return {std::string(shown.rule), std::string(shown.variant), std::move(text)};
}

/// Both sides' slots as people read them; where the text is the same, their markup, and where that is the
/// same too, their selectors.
void add_change(SlotChange change, const Shown* from, const Shown* to, SiteDiff& out) {
  if (from != nullptr && to != nullptr) {
    std::string old_text = rewrite::describe(*from->edit), new_text = rewrite::describe(*to->edit);
    if (old_text == new_text) {
      old_text = rewrite::describe(*from->edit, true);
      new_text = rewrite::describe(*to->edit, true);
    }
    if (old_text == new_text) {
      old_text = "at " + std::string(from->selector);
      new_text = "at " + std::string(to->selector);
    }
    auto [old_shown, new_shown] = rewrite::shortened_apart(old_text, new_text, kShownPoints);
    change.from = view(*from, std::move(old_shown));
    change.to = view(*to, std::move(new_shown));
  } else if (from != nullptr) {
    change.from = view(*from, rewrite::shortened(rewrite::describe(*from->edit), kShownPoints));
  } else {
    change.to = view(*to, rewrite::shortened(rewrite::describe(*to->edit), kShownPoints));
  }
  out.changes.push_back(std::move(change));
}

void compare_slots(const std::string& account, const std::string& page, const ShownSlots& from,
                   const ShownSlots& to, SiteDiff& out) {
  std::set<std::string_view> names;
  for (const auto& [name, shown] : from) names.insert(name);
  for (const auto& [name, shown] : to) names.insert(name);
  for (const std::string_view name : names) {
    const auto old_slot = from.find(name);
    const auto new_slot = to.find(name);
    const Shown* const before = old_slot == from.end() ? nullptr : &old_slot->second;
    const Shown* const after = new_slot == to.end() ? nullptr : &new_slot->second;
    const bool same = before != nullptr && after != nullptr && before->selector == after->selector &&
                      same_edit(*before->edit, *after->edit);
    if (!same) add_change({account, page, std::string(name), {}, {}}, before, after, out);
  }
}

/// Ids of either feed: all, or the sample; sorted.
std::vector<std::string> account_ids(const generation::Generation& from, const generation::Generation& to,
                                     size_t sample, size_t& known) {
  std::vector<std::pair<uint64_t, std::string_view>> keyed;
  for (const generation::Generation* of : {&from, &to}) {
    for (uint32_t i = 0; i < of->accounts().size(); ++i) {
      const accounts::AccountView account = of->accounts().at(i);
      keyed.emplace_back(account.key(), account.id());
    }
  }
  std::sort(keyed.begin(), keyed.end());
  keyed.erase(std::unique(keyed.begin(), keyed.end()), keyed.end());
  known = keyed.size();
  if (sample != 0 && sample < keyed.size()) keyed.resize(sample);
  std::vector<std::string> ids;
  for (const auto& [key, id] : keyed) ids.emplace_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

LiteralPages literal_pages(const rules::Program& from, const rules::Program& to) {
  std::set<std::string> paths = {"/"};
  std::set<std::string> patterns;
  for (const rules::Program* program : {&from, &to}) {
    const rules::ProgramTables& tables = program->tables();
    for (const rules::format::Glob& glob : tables.globs) {
      (glob.kind == rules::format::GlobKind::kExact ? paths : patterns).emplace(tables[glob.text]);
    }
  }
  LiteralPages out;
  for (const std::string& path : paths) out.pages.push_back({path, {.host = {}, .path = path, .query = {}}});
  out.patterns = patterns.size();
  return out;
}

Result<SiteDiff> compare(const generation::Generation& from, const generation::Generation& to,
                         const DiffOptions& options) {
  Side old_side(from), new_side(to);
  if (!old_side.ready() || !new_side.ready()) return Error{"no memory for matching"};
  SiteDiff out;
  const std::vector<std::string> ids = account_ids(from, to, options.sample, out.known);
  out.inherited = inherited_changes(from, to, ids);
  for (const std::string& id : ids) {
    const size_t before = out.changes.size();
    for (const DiffPage& page : options.pages) {
      const ShownSlots old_slots = old_side.look(id, page, options);
      const ShownSlots new_slots = new_side.look(id, page, options);
      compare_slots(id, page.name, old_slots, new_slots, out);
    }
    if (out.changes.size() != before) ++out.changed;
    ++out.looked_at;
    if (options.progress) options.progress(out.looked_at, ids.size());
  }
  return out;
}

}  // namespace abm::tools
