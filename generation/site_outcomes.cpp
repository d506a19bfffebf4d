#include "generation/site_outcomes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "generation/site_sources.h"
#include "generation/site_values.h"
#include "rules/read/globs.h"

namespace abm::generation {
namespace {

using yaml::Node;

constexpr double kMostMoney = 1e15;
constexpr size_t kMostGroupWords = 1000;  // of `stages:` and of `types:`

constexpr std::array<std::string_view, 4> kStageGroups = {"open", "won", "lost", "ignore"};
constexpr std::array<std::string_view, 4> kTypeGroups = {"new", "expansion", "renewal", "ignore"};
constexpr std::array<std::string_view, 4> kOutcomeNames = {"opportunity", "amount", "won", "won_amount"};

class OutcomesReader : public SiteValues {
 public:
  OutcomesReader(const SourcesPlace& place, Diagnostics& diagnostics)
      : SiteValues(place.file, place.folder, place.text, diagnostics), place_(place) {}

  void read(const Node& node, std::span<const AccountSource> others, OutcomesInput& out);
  std::optional<PrimaryGoal> primary(const Node& node);

 private:
  using Words = std::vector<std::pair<std::string, std::string>>;
  void groups(const Node& node, std::string_view what, Keys known, Words& out);
  void window(const Node& node, OutcomesInput& out);
  void currency(const Node& node, OutcomesInput& out);
  void winsorise(const Node& node, OutcomesInput& out);
  std::optional<int64_t> moment(const Node& node, std::string_view what);

  const SourcesPlace& place_;
};

/// `{ won: [Closed Won], lost: Closed Lost }`
void OutcomesReader::groups(const Node& node, std::string_view what, Keys known, Words& out) {
  if (node.kind != Node::Kind::kMapping)
    return error(node.at, fmt::format("{} must be a mapping with the keys {}", what, fmt::join(known, ", ")));
  std::map<std::string, std::string> groups;  // by folded word
  for (const Node::Member& group : node.members) {
    if (std::find(known.begin(), known.end(), group.key) == known.end()) {
      const std::string near = did_you_mean(group.key, known);
      error(group.key_at,
            fmt::format("unknown key '{}' in {}{}", group.key, what,
                        near.empty() ? fmt::format(": one of {}", fmt::join(known, ", ")) : near));
      continue;
    }
    if (group.value.is_null()) continue;
    const auto words = scalars(group.value, fmt::format("'{}' of {}", group.key, what));
    if (!words.has_value()) continue;
    for (const Node* scalar : *words) {
      auto text = this->text(*scalar, fmt::format("a word of {}", what), yaml::kMaxValueBytes);
      if (!text.has_value()) continue;
      if (text->empty()) {
        error(scalar->at, fmt::format("a word of {} must not be empty", what));
        continue;
      }
      const auto [first, is_new] = groups.emplace(folded(*text), group.key);
      if (!is_new) {
        if (first->second != group.key)
          error(scalar->at, fmt::format("'{}' is {} and {}: in {}, a word means one thing", *text,
                                        first->second, group.key, what));
        continue;
      }
      if (groups.size() > kMostGroupWords)
        return error(scalar->at, fmt::format("more than {} words in {}", kMostGroupWords, what));
      out.emplace_back(std::move(*text), group.key);
    }
  }
}

/// "180d"
void OutcomesReader::window(const Node& node, OutcomesInput& out) {
  const std::string& text = node.scalar;
  uint64_t days = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool in_days = code == std::errc{} && std::string_view(end, text.data() + text.size()) == "d";
  if (node.kind != Node::Kind::kScalar || !in_days || days < 1 || days > kMostWindowDays)
    return error(node.at,
                 fmt::format("window must be a number of days from 1d to {}d, such as 180d, not '{}'",
                             kMostWindowDays, text));
  out.window_days = static_cast<uint32_t>(days);
  out.window_declared = true;
}

void OutcomesReader::currency(const Node& node, OutcomesInput& out) {
  const std::string& text = node.scalar;
  const bool good = node.kind == Node::Kind::kScalar && text.size() == 3 &&
                    std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!good)
    return error(node.at,
                 fmt::format("currency must be three capitals of ISO 4217, such as EUR, not '{}'", text));
  out.currency = text;
}

void OutcomesReader::winsorise(const Node& node, OutcomesInput& out) {
  const std::string& text = node.scalar;
  double amount = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (node.kind != Node::Kind::kScalar || code != std::errc{} || end != text.data() + text.size() ||
      !(amount > 0) || amount > kMostMoney)
    return error(node.at, fmt::format("winsorise must be an amount above 0, such as 500000, not '{}'", text));
  out.winsorise = amount;
}

/// A day is its first moment in UTC, as in exports.
std::optional<int64_t> OutcomesReader::moment(const Node& node, std::string_view what) {
  constexpr size_t kDayBytes = 10;  // "2026-11-01"
  const std::string& text = node.scalar;
  const auto found = text.size() == kDayBytes ? parse_rfc3339(text + "T00:00:00Z") : parse_written_time(text);
  if (node.kind == Node::Kind::kScalar && found.has_value()) return found;
  error(node.at,
        fmt::format("{} must be a day such as 2026-11-01 (from its start in UTC), or a moment with its "
                    "offset such as 2026-11-01T08:00-04:00, not '{}'",
                    what, text));
  return std::nullopt;
}

void OutcomesReader::read(const Node& node, std::span<const AccountSource> others, OutcomesInput& out) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "opportunities", "stages", "types", "currency", "window", "since", "winsorise", "adjust"};
  if (!mapping_of(node, "outcomes", kKeys)) return;
  const auto given = [&node](std::string_view key) {
    const Node* const value = node.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  };
  if (const Node* value = given("opportunities"))
    read_opportunity_sources(*value, place_, others, diagnostics(), out.sources);
  if (const Node* value = given("stages")) groups(*value, "stages", kStageGroups, out.stages);
  if (const Node* value = given("types")) groups(*value, "types", kTypeGroups, out.types);
  if (const Node* value = given("currency")) currency(*value, out);
  if (const Node* value = given("window")) window(*value, out);
  if (const Node* value = given("since")) {
    out.since = moment(*value, "since");
    out.since_at = value->at;
  }
  if (const Node* value = given("winsorise")) winsorise(*value, out);
  if (const Node* value = given("adjust")) {
    static constexpr std::array<std::string_view, 2> kBy = {"pipeline-before", "visits-before"};
    const auto found = std::ranges::find(kBy, std::string_view(value->scalar));
    if (value->kind != Node::Kind::kScalar || found == kBy.end()) {
      error(value->at, fmt::format("adjust '{}' is neither {}{}", value->scalar, fmt::join(kBy, " nor "),
                                   did_you_mean(value->scalar, kBy)));
    } else {
      out.adjust = found == kBy.begin() ? AdjustBy::kPipelineBefore : AdjustBy::kVisitsBefore;
    }
  }
}

std::optional<PrimaryGoal> OutcomesReader::primary(const Node& node) {
  static constexpr std::array<std::string_view, 3> kKeys = {"goal", "outcome", "since"};
  const size_t errors = diagnostics().errors();
  if (!mapping_of(node, "primary", kKeys)) return std::nullopt;
  PrimaryGoal primary;
  primary.at = node.at;
  const Node* const goal = node.find("goal");
  const Node* const outcome = node.find("outcome");
  if ((goal == nullptr) == (outcome == nullptr)) {
    error(node.at, fmt::format("primary names one 'goal', the path of a page such as /demo, or one "
                               "'outcome': {}",
                               fmt::join(kOutcomeNames, ", ")));
  } else if (goal != nullptr) {
    primary.goal = word(*goal, "goal").value_or("");
    if (const std::string fault = primary.goal.empty() ? "" : rules::glob_fault(primary.goal); !fault.empty())
      error(goal->at, fmt::format("goal '{}' {}", primary.goal, fault));
  } else {
    primary.outcome = word(*outcome, "outcome").value_or("");
    if (!primary.outcome.empty() && std::ranges::find(kOutcomeNames, primary.outcome) == kOutcomeNames.end())
      error(outcome->at,
            fmt::format("outcome '{}' is not one of {}{}", primary.outcome, fmt::join(kOutcomeNames, ", "),
                        did_you_mean(primary.outcome, kOutcomeNames)));
  }
  if (const Node* since = node.find("since"); since != nullptr && !since->is_null()) {
    primary.since = moment(*since, "since").value_or(0);
  } else {
    error(node.at, "primary needs 'since': the day when it was decided, such as 2026-11-01");
  }
  if (diagnostics().errors() != errors) return std::nullopt;
  return primary;
}

}  // namespace

OutcomesInput read_outcomes(const Node& node, const SourcesPlace& place,
                            std::span<const AccountSource> others, Diagnostics& diagnostics) {
  OutcomesInput out;
  OutcomesReader(place, diagnostics).read(node, others, out);
  return out;
}

std::optional<PrimaryGoal> read_primary(const Node& node, const SourcesPlace& place,
                                        Diagnostics& diagnostics) {
  return OutcomesReader(place, diagnostics).primary(node);
}

}  // namespace abm::generation
