#include "rules/lint/page_lint.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "rewrite/locate.h"
#include "rewrite/select/selector.h"
#include "rewrite/select/selector_set.h"
#include "rules/lint/page_condition.h"
#include "rules/lint_codes.h"

namespace abm::rules {
namespace {

bool has_markup(const rewrite::Template& content) {
  return std::ranges::any_of(content.parts, [](const rewrite::TemplatePart& part) {
    const auto* const literal = std::get_if<std::string>(&part);
    return literal != nullptr && literal->find('<') != literal->npos;
  });
}

rewrite::EditShape shape_of(const SlotRewrite& rewrite) {
  rewrite::EditShape shape;
  shape.content = rewrite.content.has_value() || rewrite.html_file.has_value();
  shape.markup =
      rewrite.html_file.has_value() || (rewrite.content.has_value() && has_markup(*rewrite.content));
  shape.inner_nodes = rewrite.prepend.has_value() || rewrite.append.has_value();
  shape.siblings = rewrite.before.has_value() || rewrite.after.has_value();
  shape.remove = rewrite.remove;
  shape.attributes =
      !rewrite.attributes.empty() || !rewrite.add_classes.empty() || !rewrite.remove_classes.empty();
  shape.hide = rewrite.hide;
  return shape;
}

/// The same for people: "content and attributes".
std::string text_of(rewrite::EditShape shape) {
  std::vector<std::string_view> parts;
  if (shape.content) parts.emplace_back(shape.markup ? "html" : "text");
  if (shape.inner_nodes) parts.emplace_back("prepend or append");
  if (shape.siblings) parts.emplace_back("before or after");
  if (shape.remove) parts.emplace_back("remove");
  if (shape.attributes) parts.emplace_back("attributes");
  if (shape.hide) parts.emplace_back("hide");
  return fmt::format("{}", fmt::join(parts, " and "));
}

/// The slots' selectors, compiled.
class CompiledSlots {
 public:
  explicit CompiledSlots(const SlotTable& slots) {
    std::vector<rewrite::SelectorList> lists;
    for (uint32_t i = 0; i < slots.size(); ++i) lists.push_back(slots.slot(i).selector);
    const auto compiled = rewrite::compile_selectors(lists);
    if (!compiled) return;
    words_.resize((compiled->size() + 7) / 8);
    std::memcpy(words_.data(), compiled->data(), compiled->size());
    const auto opened = rewrite::SelectorSet::open(
        {static_cast<const char*>(static_cast<const void*>(words_.data())), compiled->size()});
    if (opened) set_ = *opened;
  }
  [[nodiscard]] const std::optional<rewrite::SelectorSet>& set() const noexcept { return set_; }

 private:
  std::vector<uint64_t> words_;
  std::optional<rewrite::SelectorSet> set_;
};

/// One sample page with what its slots match.
struct LocatedPage {
  const SamplePage* page = nullptr;
  rewrite::LocateResult located;
  std::vector<uint32_t> elements, hydrated;  ///< by slot
  std::vector<rewrite::SlotPlace> places;    ///< by slot
};

/// A finding about one edit of one rule, on the first page that has it and on how many more.
struct EditFinding {
  SourceRef at;
  std::string slot;
  std::string does;
  rewrite::Judgement judgement;
  const LocatedPage* page = nullptr;
  size_t more_pages = 0;
};

class PageLinter {
 public:
  PageLinter(const LintInput& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {}
  std::vector<PageReview> run();

 private:
  void locate(const rewrite::SelectorSet& selectors);
  void look_at(const Rule& rule);
  void look_at(const Rule& rule, const SlotRewrite& rewrite, std::span<const size_t> pages);
  void warn_of_missing();
  static void mark_companions(PageReview& review);
  SlotOnPage& slot_on(size_t page, uint32_t slot);

  /// Where a slot is wanted first, and whether any page has it.
  struct Wanted {
    const Rule* rule = nullptr;
    SourceRef at;
    std::vector<size_t> pages;  ///< ascending
    bool found = false;
  };

  const LintInput& input_;
  Diagnostics& diagnostics_;
  std::vector<LocatedPage> pages_;
  std::vector<PageReview> reviews_;
  std::vector<Wanted> wanted_;  ///< by slot
};

void PageLinter::locate(const rewrite::SelectorSet& selectors) {
  for (const SamplePage& page : input_.options->pages) {
    LocatedPage& located = pages_.emplace_back();
    located.page = &page;
    rewrite::RewriterOptions options;
    options.selectors = &selectors;
    options.charset = rewrite::Charset::kUnlabelled;  // a file has no Content-Type
    located.located = rewrite::locate(page.html, options);
    located.elements.resize(selectors.size());
    located.hydrated.resize(selectors.size());
    located.places.resize(selectors.size());
    const rewrite::PageSigns& signs = located.located.signs;
    for (const rewrite::Located& element : located.located.elements) {
      ++located.elements[element.slot];
      located.hydrated[element.slot] += signs.is_hydrated(element.place.within) ? 1 : 0;
      located.places[element.slot].add(element.place);
    }
    for (const rewrite::Uncertain& element : located.located.uncertain) ++located.elements[element.slot];
    reviews_.push_back({page.name, page.path, signs.framework(), signs.evidence(), {}});
    if (located.located.complete) continue;
    diagnostics_.add({Severity::kNote,
                      page.name,
                      {},
                      {},
                      fmt::format("the page can be read up to byte {} only ({})", located.located.gave_up_at,
                                  rewrite::to_string(located.located.reason)),
                      {}});
  }
}

SlotOnPage& PageLinter::slot_on(size_t page, uint32_t slot) {
  std::vector<SlotOnPage>& slots = reviews_[page].slots;
  const std::string& name = input_.slots->name(slot);
  const auto known = std::ranges::find(slots, name, &SlotOnPage::slot);
  if (known != slots.end()) return *known;
  return slots.emplace_back(SlotOnPage{name, pages_[page].elements[slot], pages_[page].hydrated[slot], {}});
}

void PageLinter::look_at(const Rule& rule, const SlotRewrite& rewrite, std::span<const size_t> pages) {
  Wanted& wanted = wanted_[rewrite.slot];
  if (wanted.rule == nullptr) wanted.rule = &rule, wanted.at = rewrite.at;
  const rewrite::EditShape shape = shape_of(rewrite);
  std::optional<EditFinding> finding;
  for (const size_t page : pages) {
    const LocatedPage& located = pages_[page];
    if (wanted.pages.empty() || wanted.pages.back() < page) wanted.pages.push_back(page);
    SlotOnPage& slot = slot_on(page, rewrite.slot);
    if (slot.elements == 0) continue;
    wanted.found = true;
    const Deliver deliver = input_.slots->slot(rewrite.slot).deliver;
    const bool by_script =
        deliver == Deliver::kScript || (deliver == Deliver::kAsConfigured && input_.options->by_script);
    const rewrite::Judgement judgement =
        by_script
            ? rewrite::Judgement{rewrite::Fate::kStays, "abm.js makes it once the framework is done", {}}
            : rewrite::judge(located.located.signs, located.places[rewrite.slot].place(), shape);
    const std::string does = by_script ? text_of(shape) + " by script" : text_of(shape);
    if (std::ranges::find(slot.edits, does, &EditOnPage::does) == slot.edits.end())
      slot.edits.push_back({rule.id, does, judgement, {}, by_script});
    if (!is_at_risk(judgement.fate)) continue;
    if (finding.has_value() && finding->judgement.fate == judgement.fate) {
      ++finding->more_pages;
    } else if (!finding.has_value()) {
      finding = EditFinding{rewrite.at, slot.slot, does, judgement, &located, 0};
    }
  }
  if (!finding.has_value()) return;
  const bool breaks = finding->judgement.fate == rewrite::Fate::kBreaksPage;
  std::vector<std::string> silenced = rule.silenced;
  const std::vector<std::string>& of_file = file_of(input_, rewrite.at).silenced;
  silenced.insert(silenced.end(), of_file.begin(), of_file.end());
  warn(input_, diagnostics_, finding->at, breaks ? kLintBreaksPage : kLintReverted, silenced,
       fmt::format(
           "slot '{}' on {} ({}, {}){}: its edit ({}) {}: {}; {}", finding->slot, finding->page->page->name,
           finding->page->page->path, title_of(finding->page->located.signs.framework()),
           finding->more_pages == 0 ? "" : fmt::format(" and {} more", finding->more_pages), finding->does,
           breaks ? "breaks the page" : "is put back", finding->judgement.why, finding->judgement.remedy));
}

void PageLinter::look_at(const Rule& rule) {
  std::vector<size_t> pages;
  for (size_t i = 0; i < pages_.size(); ++i) {
    if (on_page(rule.when, *pages_[i].page) != OnPage::kNever) pages.push_back(i);
  }
  for (const SlotRewrite& rewrite : rule.rewrite) look_at(rule, rewrite, pages);
  for (const Variant& variant : rule.variants) {
    for (const SlotRewrite& rewrite : variant.rewrite) look_at(rule, rewrite, pages);
  }
}

void PageLinter::warn_of_missing() {
  constexpr size_t kNamed = 3;
  for (uint32_t i = 0; i < wanted_.size(); ++i) {
    const Wanted& wanted = wanted_[i];
    if (wanted.found || wanted.pages.empty()) continue;
    std::vector<std::string> names;
    bool streams = false;
    for (const size_t page : wanted.pages) {
      if (names.size() < kNamed)
        names.push_back(fmt::format("{} ({})", pages_[page].page->name, pages_[page].page->path));
      streams = streams || pages_[page].located.signs.streams_parts();
    }
    const size_t more = wanted.pages.size() - names.size();
    std::vector<std::string> silenced = wanted.rule->silenced;
    const std::vector<std::string>& of_file = file_of(input_, wanted.at).silenced;
    silenced.insert(silenced.end(), of_file.begin(), of_file.end());
    warn(
        input_, diagnostics_, wanted.at, kLintNotOnPages, silenced,
        fmt::format("slot '{}' matches no element of {}{}{}; correct its selector, or add a page that has it "
                    "(abmctl pages fetch)",
                    input_.slots->name(i), fmt::join(names, ", "),
                    more == 0 ? "" : fmt::format(" and {} more", more),
                    streams ? ", parts of which come later and are moved by a script" : ""));
  }
}

/// As rewrite::judge_beside_risk has it.
void PageLinter::mark_companions(PageReview& review) {
  using rewrite::Framework;
  if (review.framework != Framework::kReact && review.framework != Framework::kNextPages &&
      review.framework != Framework::kNextApp)
    return;
  const auto at_risk = [](const EditOnPage& edit) { return is_at_risk(edit.judgement.fate); };
  const auto culprit = std::ranges::find_if(
      review.slots, [&](const SlotOnPage& slot) { return std::ranges::any_of(slot.edits, at_risk); });
  if (culprit == review.slots.end()) return;
  for (SlotOnPage& slot : review.slots) {
    if (slot.hydrated == 0 || slot.slot == culprit->slot) continue;
    for (EditOnPage& edit : slot.edits) {
      if (!edit.by_script && !at_risk(edit)) edit.goes_with = culprit->slot;
    }
  }
}

std::vector<PageReview> PageLinter::run() {
  const CompiledSlots compiled(*input_.slots);
  if (!compiled.set().has_value()) return {};
  wanted_.resize(input_.slots->size());
  locate(*compiled.set());
  for (const Rule& rule : input_.ruleset->rules) look_at(rule);
  warn_of_missing();
  std::ranges::for_each(reviews_, mark_companions);
  return std::move(reviews_);
}

}  // namespace

std::vector<PageReview> lint_pages(const LintInput& input, Diagnostics& diagnostics) {
  if (input.options->pages.empty()) return {};
  return PageLinter(input, diagnostics).run();
}

}  // namespace abm::rules
