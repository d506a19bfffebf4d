// Uses the same evaluator and matcher as at request time and asks them for their reasons.
#include "rules/match/explain.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "rules/match/evaluate.h"
#include "rules/match/lot.h"
#include "rules/match/page_facts.h"
#include "rules/match/why_original.h"

namespace abm::rules {
namespace {

constexpr size_t kShownValues = 5;

/// "a", "a or b", "a, b or c", and how many more there are.
std::string either(const std::vector<std::string>& values) {
  std::string text;
  const size_t shown = std::min(values.size(), kShownValues);
  for (size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == values.size();
    text += i == 0 ? "" : last ? " or " : ", ";
    text += values[i];
  }
  if (shown < values.size()) text += fmt::format(" or one of {} more", values.size() - shown);
  return text;
}

class Explainer {
 public:
  Explainer(const Program& program, const Visit& visit)
      : program_(program),
        t_(program.tables()),
        visit_(visit),
        page_(visit.host, visit.path, visit.query, visit.language),
        evaluator_(t_, visit, page_) {}

  std::vector<RuleExplanation> run() {
    const std::unique_ptr<Matcher> matcher = Matcher::create(program_);
    if (!matcher) return {};
    const Decision decision = matcher->match(visit_);
    std::vector<RuleExplanation> explanations;
    for (uint32_t i = 0; i < t_.rules.size(); ++i) {
      RuleExplanation explained;
      explained.rule = i;
      why_not(t_.rules[i], explained);
      explained.matched = explained.reason.empty();
      if (explained.matched) add_slots(t_.rules[i], decision.winners, explained);
      explanations.push_back(std::move(explained));
    }
    return explanations;
  }

 private:
  void why_not(const format::Rule& rule, RuleExplanation& explained) {
    format::Place place = rule.at;
    if (const std::optional<uint32_t> test = evaluator_.rejecting_test(rule.tests)) {
      place = t_.places[*test];
      explained.reason = sentence(t_.tests[*test]);
    } else if (static_cast<uint8_t>(visit_.confidence) < rule.needs) {
      explained.reason = fmt::format("confidence: {}, rule needs {}", to_string(visit_.confidence),
                                     to_string(static_cast<Confidence>(rule.needs)));
    } else if (visit_.now < rule.from) {
      explained.reason = fmt::format("schedule: starts {}", format_rfc3339(rule.from));
    } else if (visit_.now >= rule.until) {
      explained.reason = fmt::format("schedule: ended {}", format_rfc3339(rule.until));
    }
    explained.file = t_[t_.files[place.file]];
    explained.line = place.line;
  }

  /// Why a test rejected its rule. A test that rejects by holding is under `not`.
  std::string sentence(const format::Test& test) {
    const auto subject = static_cast<Subject>(test.subject);
    const bool excluded = evaluator_.test(test);
    const std::string wants = wanted(test);
    std::string name(subject_name(subject));
    if (subject == Subject::kAttribute || subject == Subject::kQuery)
      name += fmt::format(".{}", t_[test.name]);
    if (subject == Subject::kTier && test.tiers == 0) return "the condition can never hold";
    switch (subject) {
      case Subject::kConfidence:
        return excluded ? fmt::format("confidence: {}, which the rule excludes", to_string(visit_.confidence))
                        : fmt::format("confidence: {}, rule wants at least {}", to_string(visit_.confidence),
                                      wants);
      case Subject::kHost:
        return compared(name, page_.host(), wants, excluded);
      case Subject::kPath:
        return compared(name, page_.path(), wants, excluded);
      case Subject::kQuery:
        return has(name, "page", query_value(test), wants, excluded);
      case Subject::kLanguage:
        return has(name, "visitor", std::string(page_.language()), wants, excluded);
      case Subject::kSegment:
        return segment_sentence(test, wants, excluded);
      case Subject::kVisited:
        return visited_sentence(test, wants);
      default:
        return has(name, "account", account_value(test), wants, excluded);
    }
  }

  static std::string compared(std::string_view name, std::string_view value, std::string_view wants,
                              bool excluded) {
    return excluded ? fmt::format("{}: {} is what the rule excludes ({})", name, value, wants)
                    : fmt::format("{}: {} is not {}", name, value.empty() ? "none" : value, wants);
  }
  static std::string has(std::string_view name, std::string_view who, std::string_view value,
                         std::string_view wants, bool excluded) {
    const std::string_view shown = value.empty() ? "none" : value;
    return excluded ? fmt::format("{}: {} has {}, which the rule excludes", name, who, shown)
                    : fmt::format("{}: {} has {}, rule wants {}", name, who, shown, wants);
  }

  std::string segment_sentence(const format::Test& test, std::string_view wants, bool excluded) {
    std::vector<std::string> own;
    for (uint32_t i = 0; i < visit_.account->segment_count(); ++i)
      own.emplace_back(visit_.account->segment(i));
    for (const format::Segment& segment : t_.segments) {
      if (evaluator_.holds(segment.tests)) own.emplace_back(t_[segment.name]);
    }
    std::string text = has("segment", "account", fmt::format("{}", fmt::join(own, ", ")), wants, excluded);
    if (excluded) return text;
    for (const uint32_t defined : t_.refs.subspan(test.segments.begin, test.segments.count)) {
      const format::Segment& segment = t_.segments[defined];
      if (const std::optional<uint32_t> why = evaluator_.rejecting_test(segment.tests)) {
        text += fmt::format(" ({}: {})", t_[segment.name], sentence(t_.tests[*why]));
      }
    }
    return text;
  }

  static std::string days_ago(uint32_t days) {
    return days == 0 ? "today" : days == 1 ? "yesterday" : fmt::format("{} days ago", days);
  }

  /// "today" is the day that the generation's accounts are of.
  std::string visited_sentence(const format::Test& test, std::string_view wants) const {
    if (const auto page = evaluator_.visited_page(test)) {
      return fmt::format("visited: account was on {} {}, which the rule excludes ({})", page->path,
                         days_ago(page->days), wants);
    }
    format::Test ever = test;  // as far back as is known
    ever.max = accounts::kPageDays - 1;
    const auto before = evaluator_.visited_page(ever);
    const std::string last =
        before ? fmt::format("was on {} {}", before->path, days_ago(before->days)) : std::string("has none");
    return fmt::format("visited: account {}, rule wants {}", last, wants);
  }

  std::string account_value(const format::Test& test) const {
    const auto subject = static_cast<Subject>(test.subject);
    if (subject == Subject::kTier) return std::string(accounts::to_string(visit_.account->tier()));
    if (!is_number(subject)) return std::string(evaluator_.account_text(test));
    const std::optional<int64_t> number = evaluator_.account_number(subject);
    return number ? std::to_string(*number) : std::string();
  }
  std::string query_value(const format::Test& test) {
    const std::optional<std::string_view> raw = page_.query(t_[test.name]);
    std::string buffer(kMaxQueryValue, '\0');
    return std::string(raw ? decode_query(*raw, buffer).value_or(*raw) : std::string_view());
  }

  std::string wanted(const format::Test& test) const {
    const auto subject = static_cast<Subject>(test.subject);
    std::vector<std::string> values;
    if (subject == Subject::kConfidence)
      return std::string(to_string(static_cast<Confidence>(test.confidence)));
    for (uint32_t i = test.values.begin; i < test.values.begin + test.values.count; ++i) {
      values.push_back(is_number(subject) ? std::to_string(t_.numbers[i])
                       : subject == Subject::kPath || subject == Subject::kVisited
                           ? std::string(t_[t_.globs[i].text])
                           : std::string(t_[t_.values[i]]));
    }
    if (subject == Subject::kVisited)
      return fmt::format("{} within {} day{}", either(values), test.max + 1, test.max == 0 ? "" : "s");
    if (test.has_min != 0 && test.has_max != 0) values.push_back(fmt::format("{} to {}", test.min, test.max));
    if (test.has_min != 0 && test.has_max == 0) values.push_back(fmt::format("at least {}", test.min));
    if (test.has_min == 0 && test.has_max != 0) values.push_back(fmt::format("at most {}", test.max));
    return either(values);
  }

  void add_slots(const format::Rule& rule, std::span<const Winner> winners,
                 RuleExplanation& explained) const {
    if (rule.variants.count == 0) return;
    const std::string_view owner = lot_owner(program_, *visit_.account);
    explained.held_out = held_out(t_, rule, owner);
    const uint32_t variant = rule.plain != 0 ? 0 : pick_variant(t_, rule, owner);
    if (rule.plain == 0) explained.variant = static_cast<int32_t>(variant);
    const format::Range rewrites = t_.variants[rule.variants.begin + variant].rewrites;
    for (const format::Rewrite& rewrite : t_.rewrites.subspan(rewrites.begin, rewrites.count)) {
      const std::string name(program_.slot_name(rewrite.slot));
      const auto winner = std::find_if(winners.begin(), winners.end(),
                                       [&](const Winner& w) { return w.slot == rewrite.slot; });
      if (winner == winners.end()) continue;
      if (winner->rule == explained.rule) {
        explained.won.push_back(name);
        if (std::string why = why_original(program_, visit_, *winner); !why.empty()) {
          explained.original.emplace_back(name, std::move(why));
        }
      } else {
        explained.lost.emplace_back(name, why_lost(rule, t_.rules[winner->rule]));
      }
    }
  }

  std::string why_lost(const format::Rule& rule, const format::Rule& winner) const {
    std::string why = "comes first in file order";
    if (winner.priority != rule.priority) {
      why = fmt::format("has priority {} over {}", winner.priority, rule.priority);
    } else if (winner.specificity != rule.specificity) {
      switch (static_cast<Specificity>(winner.specificity)) {
        case Specificity::kAccount:
          why = "names an account";
          break;
        case Specificity::kGroup:
          why = "names a segment or industry";
          break;
        case Specificity::kTier:
          why = "names a tier";
          break;
        case Specificity::kNone:
          break;
      }
    }
    return fmt::format("to '{}': {}", t_[winner.id], why);
  }

  const Program& program_;
  const ProgramTables& t_;
  const Visit& visit_;
  PageFacts page_;
  Evaluator evaluator_;
};

}  // namespace

std::vector<RuleExplanation> explain(const Program& program, const Visit& visit) {
  return Explainer(program, visit).run();
}

}  // namespace abm::rules
