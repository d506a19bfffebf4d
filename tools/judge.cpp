#include "tools/judge.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "rewrite/locate.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/template/edit_text.h"
#include "tools/misplaced.h"
#include "tools/visit_edits.h"

namespace abm::tools {
namespace {

constexpr size_t kShownOfText = 160;  // of a text that is not what was expected

std::string in_quotes(std::string_view text) {
  return fmt::format("\"{}\"", rewrite::shortened(text, kShownOfText));
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

class Judge {
 public:
  Judge(const Expectation& expectation, const std::shared_ptr<const generation::Generation>& generation)
      : expectation_(expectation), generation_(generation) {}

  Judgement run();

 private:
  void fail(Position at, std::string what, std::string expected = {}, std::string found = {}) {
    failures_.push_back({at, std::move(what), std::move(expected), std::move(found)});
  }
  bool prepare();
  void visitor();
  void names();
  void slot(const ExpectedSlot& expected);
  void edited(const ExpectedSlot& expected, uint32_t slot, std::optional<size_t> winner);
  void texts(const ExpectedSlot& expected, uint32_t slot, const rewrite::Edit& edit);
  void attribute(const ExpectedSlot& of_slot, const ExpectedAttribute& expected, uint32_t slot,
                 const rewrite::Edit& edit);
  [[nodiscard]] std::optional<uint32_t> slot_of(std::string_view name) const;
  [[nodiscard]] std::optional<size_t> winner_of(uint32_t slot) const;
  [[nodiscard]] bool has_page() const { return !expectation_.page.empty(); }
  /// The winner's edit is there and, with a page, reached it.
  [[nodiscard]] bool takes_effect(size_t winner) const;
  /// Why the slot is as the origin sent it.
  [[nodiscard]] std::string why_original(std::optional<size_t> winner) const;
  [[nodiscard]] std::vector<std::string_view> elements(uint32_t slot, bool content) const;

  const Expectation& expectation_;
  const std::shared_ptr<const generation::Generation>& generation_;
  std::unique_ptr<DecidedVisit> visit_;
  Arena memory_;
  VisitEdits edits_;
  rewrite::RewrittenPage page_;
  rewrite::LocateResult located_;  ///< in the rewritten page
  std::vector<Failure> failures_;
  std::vector<std::string> warnings_;
};

bool Judge::prepare() {
  const VisitOptions& given = expectation_.visit;
  if (!given.account.empty() && !generation_->accounts().find_id(given.account).has_value()) {
    fail(expectation_.at, fmt::format("account '{}': the feed has no such account", given.account));
    return false;
  }
  auto visit = decide(given, generation_);
  if (!visit) {
    fail(expectation_.at, visit.message());
    return false;
  }
  visit_ = std::move(*visit);
  const rules::Program& program = generation_->rules();
  edits_ = render_visit(program, visit_->decision, visit_->visit, rewrite::Charset::kUtf8, memory_);
  if (!has_page()) return true;
  auto page = read_file(expectation_.page, kMaxPageBytes);
  if (!page) {
    fail(expectation_.at, page.message());
    return false;
  }
  warnings_ = misplaced_markup(*page, expectation_.page, edits_, rewrite::Charset::kUtf8);
  page_ = rewrite_with(std::move(*page), edits_, rewrite::Charset::kUtf8);
  rewrite::RewriterOptions options;
  options.selectors = &program.selectors();
  located_ = rewrite::locate(page_.html, options);
  return true;
}

std::optional<uint32_t> Judge::slot_of(std::string_view name) const {
  const rules::Program& program = generation_->rules();
  for (uint32_t i = 0; i < program.slot_count(); ++i) {
    if (program.slot_name(i) == name) return i;
  }
  return std::nullopt;
}

std::optional<size_t> Judge::winner_of(uint32_t slot) const {
  for (size_t i = 0; i < edits_.winners.size(); ++i) {
    if (edits_.winners[i].slot == slot) return i;
  }
  return std::nullopt;
}

bool Judge::takes_effect(size_t winner) const {
  if (edits_.edit(winner) == nullptr) return false;
  return !has_page() || outcome_text(edits_, winner, page_) == "applied";
}

std::string Judge::why_original(std::optional<size_t> winner) const {
  if (!visit_->skip.empty()) return fmt::format("original: {}", visit_->skip);
  if (visit_->decision.arm == rules::Arm::kControl) return "original: the account is in the control group";
  if (!winner.has_value()) return "original: no rule wins it";
  if (edits_.edit(*winner) == nullptr) {
    return fmt::format("original: rule '{}' is skipped: {}", edits_.rule(*winner), edits_.skip(*winner));
  }
  const std::string outcome = outcome_text(edits_, *winner, page_);
  return outcome == "missing"
             ? fmt::format("{} has no such element (rule '{}')", expectation_.page, edits_.rule(*winner))
             : fmt::format("original: {} (rule '{}')", outcome, edits_.rule(*winner));
}

/// Each element of the slot on the rewritten page: its content, or its start tag.
std::vector<std::string_view> Judge::elements(uint32_t slot, bool content) const {
  std::vector<std::string_view> out;
  const std::string_view html = page_.html;
  for (const rewrite::Located& element : located_.elements) {
    if (element.slot != slot) continue;
    const uint64_t begin = content ? element.span.content_begin : element.span.begin;
    const uint64_t end = content ? element.span.content_end : element.span.content_begin;
    out.push_back(html.substr(begin, end - begin));
  }
  return out;
}

void Judge::visitor() {
  const auto& account = visit_->identity.account;
  if (expectation_.account.has_value()) {
    const std::string_view found = account.has_value() ? account->id() : "none";
    if (found != expectation_.account->value) {
      fail(expectation_.account->at, "account", expectation_.account->value, std::string(found));
    }
  }
  if (expectation_.arm.has_value()) {
    const std::string_view arm = visit_->skip.empty() ? rules::to_string(visit_->decision.arm) : "none";
    if (arm == expectation_.arm->value) return;
    fail(expectation_.arm->at, "arm", expectation_.arm->value,
         visit_->skip.empty() ? std::string(arm) : fmt::format("none: {}", visit_->skip));
  }
}

void Judge::names() {
  const rules::Program& program = generation_->rules();
  const auto compare = [this](const std::optional<ExpectedNames>& expected, std::string_view what,
                              std::vector<std::string> found) {
    if (!expected.has_value()) return;
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found != expected->names)
      fail(expected->at, std::string(what), listed(expected->names), listed(found));
  };
  std::vector<std::string> rules, signals;
  for (size_t i = 0; i < edits_.winners.size(); ++i) {
    if (edits_.edit(i) != nullptr) rules.emplace_back(edits_.rule(i));
  }
  for (const uint32_t rule : visit_->decision.signals) signals.emplace_back(program.rule(rule).signal_name);
  compare(expectation_.rules, "rules", std::move(rules));
  compare(expectation_.signals, "signals", std::move(signals));
}

void Judge::texts(const ExpectedSlot& expected, uint32_t slot, const rewrite::Edit& edit) {
  std::vector<std::string> inner, whole;  // by element; whole: with what is before and after it
  if (has_page()) {
    for (const std::string_view content : elements(slot, true)) {
      inner.push_back(rewrite::plain_text(content));
      whole.push_back(fmt::format("{} {} {}", rewrite::plain_text(edit.before), inner.back(),
                                  rewrite::plain_text(edit.after)));
    }
    if (inner.empty())
      whole.push_back(rewrite::plain_text(edit));  // its own edit took it out of the selector's reach
  } else {
    whole.push_back(rewrite::plain_text(edit));
    rewrite::Edit content = edit;
    content.before = content.after = {};
    if (edit.content.has_value()) inner.push_back(rewrite::plain_text(content));
  }
  if (expected.text.has_value()) {
    const std::string wanted = rewrite::collapsed(expected.text->value);
    const auto other =
        std::find_if(inner.begin(), inner.end(), [&](const auto& text) { return text != wanted; });
    if (inner.empty()) {
      fail(expected.text->at, expected.slot + " text", in_quotes(wanted),
           fmt::format("{}: its whole text is not known{}", rewrite::describe(edit),
                       has_page() ? "" : " without a page"));
    } else if (other != inner.end()) {
      fail(expected.text->at, expected.slot + " text", in_quotes(wanted), in_quotes(*other));
    }
  }
  if (expected.contains.has_value()) {
    const std::string wanted = rewrite::collapsed(expected.contains->value);
    const auto other = std::find_if(whole.begin(), whole.end(),
                                    [&](const auto& text) { return text.find(wanted) == text.npos; });
    if (other != whole.end()) {
      fail(expected.contains->at, expected.slot + " contains", in_quotes(wanted),
           in_quotes(rewrite::collapsed(*other)));
    }
  }
}

void Judge::attribute(const ExpectedSlot& of_slot, const ExpectedAttribute& expected, uint32_t slot,
                      const rewrite::Edit& edit) {
  constexpr std::string_view kNameEnd = " \t\n\f\r/>";
  const auto shown = [](const std::optional<std::string>& value) {
    return value.has_value() ? in_quotes(*value) : std::string("no such attribute");
  };
  const auto compare = [&](const std::optional<std::string>& found) {
    if (found == expected.value) return true;
    fail(expected.at, fmt::format("{} attribute {}", of_slot.slot, expected.name), shown(expected.value),
         shown(found));
    return false;
  };
  if (has_page()) {
    for (const std::string_view tag : elements(slot, false)) {
      const auto raw = rewrite::find_attribute(tag.substr(std::min(tag.find_first_of(kNameEnd), tag.size())),
                                               expected.name);
      if (!compare(raw.has_value() ? std::optional(rewrite::attribute_value(raw->value)) : std::nullopt))
        return;
    }
    return;
  }
  for (const rewrite::AttributeEdit& of : edit.attributes) {
    if (of.name != expected.name) continue;
    compare(of.value.has_value() ? std::optional(rewrite::attribute_value(*of.value)) : std::nullopt);
    return;
  }
  if (edit.hide && expected.name == "hidden") {
    compare("");
    return;
  }
  fail(expected.at, fmt::format("{} attribute {}", of_slot.slot, expected.name), shown(expected.value),
       fmt::format("{}: the rule leaves it as it is on the page", rewrite::describe(edit)));
}

void Judge::edited(const ExpectedSlot& expected, uint32_t slot, std::optional<size_t> winner) {
  if (!winner.has_value() || !takes_effect(*winner)) {
    std::string wanted = "an edit";
    if (expected.contains.has_value()) wanted = in_quotes(expected.contains->value);
    if (expected.text.has_value()) wanted = in_quotes(expected.text->value);
    fail(expected.at, expected.slot, wanted, why_original(winner));
    return;
  }
  const rewrite::Edit& edit = *edits_.edit(*winner);
  if (expected.rule.has_value() && expected.rule->value != edits_.rule(*winner)) {
    fail(expected.rule->at, expected.slot + " rule", expected.rule->value, std::string(edits_.rule(*winner)));
  }
  texts(expected, slot, edit);
  for (const ExpectedAttribute& of : expected.attributes) attribute(expected, of, slot, edit);
}

void Judge::slot(const ExpectedSlot& expected) {
  const auto slot = slot_of(expected.slot);
  if (!slot.has_value()) {
    const rules::Program& program = generation_->rules();
    std::vector<std::string_view> known;
    for (uint32_t i = 0; i < program.slot_count(); ++i) known.push_back(program.slot_name(i));
    fail(expected.at, fmt::format("unknown slot '{}'{}", expected.slot, did_you_mean(expected.slot, known)));
    return;
  }
  const auto winner = winner_of(*slot);
  switch (expected.kind) {
    case ExpectedSlot::Kind::kOriginal:
      if (!winner.has_value() || !takes_effect(*winner)) return;
      fail(expected.at, expected.slot, "original",
           fmt::format("{} (rule '{}')",
                       rewrite::shortened(rewrite::describe(*edits_.edit(*winner)), kShownOfText),
                       edits_.rule(*winner)));
      return;
    case ExpectedSlot::Kind::kAbsent:
      if (const auto tags = elements(*slot, false); !tags.empty()) {
        fail(expected.at, expected.slot, "absent", rewrite::shortened(tags.front(), kShownOfText));
      }
      return;
    case ExpectedSlot::Kind::kEdited:
      edited(expected, *slot, winner);
      return;
  }
}

Judgement Judge::run() {
  if (!prepare()) return {std::move(failures_), std::move(warnings_)};
  visitor();
  names();
  for (const ExpectedSlot& expected : expectation_.slots) slot(expected);
  return {std::move(failures_), std::move(warnings_)};
}

}  // namespace
Judgement judge(const Expectation& expectation,
                const std::shared_ptr<const generation::Generation>& generation) {
  return Judge(expectation, generation).run();
}

}  // namespace abm::tools
