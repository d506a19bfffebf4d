// A site's rules after parsing and checking: names resolved, values typed, source positions kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "base/confidence.h"
#include "base/diagnostic.h"
#include "rewrite/select/selector.h"
#include "rewrite/template/template.h"
#include "rules/sample_page.h"

namespace abm::rules {

/// A place in one of the site's files.
struct SourceRef {
  uint32_t file = 0;  ///< index into Ruleset::files
  Position at;
};

/// What a test looks at. Their numbers are in rules.bin and never change.
enum class Subject : uint8_t {
  kAccount,
  kTier,
  kSegment,
  kIndustry,
  kCountry,
  kRegion,
  kStage,
  kPlay,
  kOwner,
  kParent,
  kEmployees,
  kRevenueUsd,
  kIntent,
  kEngagement,
  kConfidence,
  kAttribute,
  kHost,
  kPath,
  kQuery,
  kLanguage,
  kVisits7d,
  kVisits30d,
  kPeople7d,
  kPeople30d,
  kQuietDays,
  kFirstSeenDays,
  kVisited,
};
inline constexpr size_t kSubjects = 27;
/// The key in `when:`; for attributes and query parameters the prefix, "attributes." or "query.".
[[nodiscard]] std::string_view subject_name(Subject subject) noexcept;
[[nodiscard]] constexpr bool is_page_subject(Subject s) noexcept {
  return s >= Subject::kHost && s <= Subject::kLanguage;
}
/// The account's number that a test of `s` looks at; std::nullopt for other subjects.
[[nodiscard]] constexpr std::optional<accounts::NumberField> number_field(Subject s) noexcept {
  using accounts::NumberField;
  const auto nth = [s](Subject first, NumberField field) {
    return std::optional(
        static_cast<NumberField>(static_cast<int>(s) - static_cast<int>(first) + static_cast<int>(field)));
  };
  if (s >= Subject::kEmployees && s <= Subject::kEngagement)
    return nth(Subject::kEmployees, NumberField::kEmployees);
  if (s >= Subject::kVisits7d && s <= Subject::kFirstSeenDays)
    return nth(Subject::kVisits7d, NumberField::kVisits7d);
  return std::nullopt;
}
static_assert(number_field(Subject::kEngagement) == accounts::NumberField::kEngagement &&
              number_field(Subject::kFirstSeenDays) == accounts::NumberField::kFirstSeenDays &&
              !number_field(Subject::kVisited));
[[nodiscard]] constexpr bool is_number(Subject s) noexcept {
  return number_field(s).has_value();
}
/// Fields that only rules.bin of version 4 and later can test.
[[nodiscard]] constexpr bool is_activity_subject(Subject s) noexcept {
  return s >= Subject::kVisits7d;
}
/// Fields that visits change, always: what people of the account do on the site. Those that they change only
/// where the site says so: Program::depends_on_visits().
[[nodiscard]] constexpr bool is_changed_by_visits(Subject s) noexcept {
  return s == Subject::kEngagement || is_activity_subject(s);
}

/// One named field of `when:`. Text subjects: any of `values` (folded to ASCII lower case; globs for
/// kPath and kVisited, lower case for kHost). Number subjects: min ≤ field ≤ max, or any of `numbers`.
/// kConfidence: at least `confidence`. kVisited: a page with such a path within `days`.
struct Test {
  Subject subject = Subject::kAccount;
  std::string name;  ///< of kAttribute and kQuery
  std::vector<std::string> values;
  std::optional<int64_t> min, max;
  std::vector<int64_t> numbers;
  Confidence confidence = Confidence::kLow;
  uint32_t days =
      accounts::kPageDays;  ///< of kVisited, 1 to kPageDays: the snapshot's day and those before it
  SourceRef at;
};

struct Condition {
  enum class Kind : uint8_t { kAll, kAny, kNot, kTest };
  Kind kind = Kind::kAll;           ///< kAll without children always holds
  std::vector<Condition> children;  ///< of kAll, kAny; one of kNot
  Test test;                        ///< of kTest
};

/// How specific a `when` is: the most specific thing it names outside `not`. Decides who wins among rules of
/// equal priority; higher is more specific.
enum class Specificity : uint8_t { kNone, kTier, kGroup, kAccount };
/// kGroup: a segment or an industry. A segment counts as a group whatever its own condition names.
[[nodiscard]] Specificity specificity(const Condition& when) noexcept;

/// A fragment file that an `html_file` can name: one for a literal path, all that match
/// for one with placeholders.
struct Fragment {
  /// As the rendered `html_file` names it: relative to the rules file's folder, normalized.
  std::string path;
  /// TemplateKind::kMarkup, never null. Shared by every rule that uses the file: ten
  /// thousand rules cost one copy.
  std::shared_ptr<const rewrite::Template> content;
};

struct AttributeRewrite {
  std::string name;                        ///< lower case
  std::optional<rewrite::Template> value;  ///< std::nullopt removes
};

/// Everything a rule does to one slot.
struct SlotRewrite {
  uint32_t slot = 0;                           ///< index into Ruleset::slots
  std::optional<rewrite::Template> content;    ///< from text or html
  std::optional<rewrite::Template> html_file;  ///< TemplateKind::kPath
  std::vector<Fragment> fragments;             ///< of html_file, sorted by path
  std::optional<rewrite::Template> before, prepend, append, after;
  std::vector<AttributeRewrite> attributes;
  std::vector<std::string> add_classes, remove_classes;
  bool hide = false;
  bool remove = false;
  bool guarded = false;  ///< see rewrite::Edit: the selector does not say which elements it matches
  SourceRef at;
};

struct Variant {
  std::string id;
  uint32_t weight = 1;               ///< 1..10,000
  std::vector<SlotRewrite> rewrite;  ///< ascending by slot
};

struct Signal {
  std::string name;
  std::string next;
};

struct Rule {
  std::string id;
  Condition when;
  int32_t priority = 0;
  std::optional<int64_t> from, until;  ///< Unix seconds; from ≤ now < until
  uint32_t holdout = 0;                ///< percent × 100: buckets of 10,000
  std::vector<Variant> variants;       ///< empty when `rewrite` is used
  std::vector<SlotRewrite> rewrite;    ///< ascending by slot
  std::optional<Signal> signal;
  Confidence needs = Confidence::kLow;  ///< from what it changes (ConfidencePolicy), overrides applied
  std::vector<std::string> silenced;    ///< lint codes silenced in the rule
  SourceRef at;
};

/// Who makes the edits of a slot: as the web server is told (`abm_delivery`), the rewriter in the HTML, or
/// abm.js in the browser.
enum class Deliver : uint8_t { kAsConfigured, kHtml, kScript };

struct Slot {
  std::string name;
  std::string selector_text;
  rewrite::SelectorList selector;
  Deliver deliver = Deliver::kAsConfigured;
  bool implicit = false;  ///< no entry under `slots:`: [data-abm-slot="NAME"]
  SourceRef at;
};

struct Segment {
  std::string name;
  Condition condition;  ///< account subjects only; no other defined segment inside
  SourceRef at;
};

struct Control {
  uint32_t percent = 0;  ///< percent × 100
  std::string salt;
  bool by_family = false;  ///< `by: parent`: all accounts of a family draw one lot, of rules too
  SourceRef at{};          ///< where it was first set
};

struct Ruleset {
  std::vector<std::string> files;  ///< as site.yaml or the command line names them; sorted
  std::vector<Slot> slots;
  std::vector<Segment> segments;
  std::vector<Rule> rules;  ///< file order: files sorted by name, then order within each
  Control control;
  std::vector<std::string>
      silenced;  ///< codes that files silence at their top level: for findings beyond rules
  std::vector<PageReview> reviews;  ///< of the sample pages, if there are any
};

}  // namespace abm::rules
