#include "generation/site_sources.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "generation/site_condition.h"
#include "generation/site_live_source.h"
#include "generation/site_values.h"
#include "rules/read/conditions.h"

namespace abm::generation {
namespace {

using yaml::Node;

constexpr size_t kMostSources = 64;
constexpr size_t kMostTierRules = 100;
constexpr double kMostTimes = 1e12;
constexpr std::array<std::string_view, 4> kEncodings = {"utf-8", "utf-16le", "utf-16be", "windows-1252"};

bool is_site_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

bool is_number_field(std::string_view field) {
  const auto& names = accounts::kNumberFieldNames;
  return std::find(names.begin(), names.end(), field) != names.end();
}

/// Fields whose values `values:` may translate.
bool has_words(std::string_view field) {
  constexpr std::array<std::string_view, 8> kWithWords = {"tier",   "segments", "industry", "country",
                                                          "region", "stage",    "play",     "owner"};
  return field.starts_with(kAttributeField) ||
         std::find(kWithWords.begin(), kWithWords.end(), field) != kWithWords.end();
}

bool is_moment_field(std::string_view field) {
  return field == "created" || field == "closed" || field == "modified";
}

class SourcesReader : public SiteValues {
 public:
  SourcesReader(const SourcesPlace& place, Diagnostics& diagnostics, AccountSources& out)
      : SiteValues(place.file, place.folder, place.text, diagnostics),
        place_(place),
        of_opportunities_(place.defaults.opportunities),
        out_(out) {}

  void read(const Node& accounts);
  void read_opportunities(const Node& list, std::span<const AccountSource> others);

 private:
  bool list(const Node& sources, std::span<const AccountSource> others);
  bool has_kind(SourceKind kind) const {
    return !of_opportunities_ || std::ranges::find(kOpportunityKinds, kind) != kOpportunityKinds.end();
  }
  void source(const Node& node);
  bool kind(const Node& node, AccountSource& source);
  void name_live_sources(std::span<const AccountSource> others);
  void options(const Node& node, AccountSource& source);
  void map(const Node& node, AccountSource& source);
  void choice(const Node::Member& member, AccountSource& source);
  void columns(const Node& node, ColumnChoice& choice);
  void values(const Node& node);
  void tiers(const Node& node);
  void tier_rule(const Node& node);
  bool is_field(std::string_view field, Position at);

  const SourcesPlace& place_;
  bool of_opportunities_;
  AccountSources& out_;
};

bool SourcesReader::list(const Node& sources, std::span<const AccountSource> others) {
  if (sources.kind != Node::Kind::kSequence || sources.items.empty()) {
    error(sources.at, fmt::format("{} must be a list with at least one entry",
                                  of_opportunities_ ? "opportunities" : "sources"));
    return false;
  }
  if (sources.items.size() > kMostSources) {
    error(sources.at, fmt::format("more than {} sources", kMostSources));
    return false;
  }
  for (const Node& item : sources.items) source(item);
  name_live_sources(others);
  return true;
}

void SourcesReader::read_opportunities(const Node& sources, std::span<const AccountSource> others) {
  list(sources, others);
}

void SourcesReader::read(const Node& accounts) {
  const Node* const sources = accounts.find("sources");
  if (list(*sources, {})) {
    const bool all_intent =
        std::all_of(out_.sources.begin(), out_.sources.end(), [](const auto& s) { return s.intent; });
    if (all_intent && out_.sources.size() == sources->items.size())
      error(sources->at, "all sources are 'as: intent', which make no accounts: one must list them");
  }
  if (const Node* node = accounts.find("values"); node != nullptr && !node->is_null()) values(*node);
  if (const Node* node = accounts.find("tiers"); node != nullptr && !node->is_null()) tiers(*node);
  if (const Node* node = accounts.find("same_company"); node != nullptr) {
    constexpr std::array<std::string_view, 2> kSame = {"domain", "crm_id"};
    if (node->scalar == "domain" || node->scalar == "crm_id") {
      out_.same_company = node->scalar == "domain" ? SameCompany::kDomain : SameCompany::kCrmId;
    } else {
      error(node->at, fmt::format("same_company '{}' is neither domain nor crm_id{}", node->scalar,
                                  did_you_mean(node->scalar, kSame)));
    }
  }
  if (const Node* node = accounts.find("roll_up"); node != nullptr) {
    if (node->scalar != "true" && node->scalar != "false")
      error(node->at, fmt::format("roll_up must be true or false, not '{}'", node->scalar));
    out_.roll_up = node->scalar == "true";
  }
}

void SourcesReader::source(const Node& node) {
  static constexpr std::array<std::string_view, 24> kKeys = {
      "csv",       "hubspot",    "salesforce", "6sense",   "demandbase", "rollworks", "bombora", "g2",
      "zoominfo",  "cognism",    "apollo",     "linkedin", "feed",       "map",       "as",      "encoding",
      "delimiter", "verify_key", "every",      "name",     "max_shrink", "proxy",     "ca",      "timeout"};
  static constexpr std::array<std::string_view, 13> kOpportunityKeys = {
      "csv",   "hubspot", "salesforce", "demandbase", "map", "encoding", "delimiter",
      "every", "name",    "max_shrink", "proxy",      "ca",  "timeout"};
  if (!of_opportunities_ && !mapping_of(node, "a source", kKeys)) return;
  if (of_opportunities_ && !mapping_of(node, "a source of opportunities", kOpportunityKeys)) return;
  AccountSource source;
  source.at = node.at;
  if (!kind(node, source)) return;
  options(node, source);
  out_.sources.push_back(std::move(source));
}

bool SourcesReader::kind(const Node& node, AccountSource& source) {
  const Node* named = nullptr;
  for (size_t i = 0; i < kSourceKinds.size(); ++i) {
    const Node* const found = node.find(kSourceKinds[i]);
    if (found == nullptr || !has_kind(static_cast<SourceKind>(i))) continue;
    if (named != nullptr) {
      error(found->at, "a source names exactly one file or feed");
      return false;
    }
    named = found;
    source.kind = static_cast<SourceKind>(i);
  }
  if (named == nullptr) {
    std::vector<std::string_view> kinds;
    for (size_t i = 0; i < kSourceKinds.size(); ++i) {
      if (has_kind(static_cast<SourceKind>(i))) kinds.push_back(kSourceKinds[i]);
    }
    error(node.at, fmt::format("a source{} names one of {}", of_opportunities_ ? " of opportunities" : "",
                               fmt::join(kinds, ", ")));
    return false;
  }
  if (named->kind == Node::Kind::kMapping) {
    source.live = read_live_source(node, *named, source.kind, place_, diagnostics());
    return source.live.has_value();
  }
  const auto text = this->text(*named, kSourceKinds[static_cast<size_t>(source.kind)], yaml::kMaxValueBytes);
  if (!text.has_value()) return false;
  if (text->empty()) {
    error(named->at, "a source names a file");
    return false;
  }
  if (is_site_url(*text) && source.kind != SourceKind::kFeed) {
    error(
        named->at,
        of_opportunities_
            ? fmt::format("'{}' must be a file, or what it takes to ask: hubspot: {{ token_file: … }}", *text)
            : fmt::format("'{}' must be a file: only a feed may be an address", *text));
    return false;
  }
  source.from = is_site_url(*text) ? *text : absolute(*text);
  return true;
}

/// Those without a name get their kind's, and a number from the second one on.
void SourcesReader::name_live_sources(std::span<const AccountSource> others) {
  std::map<std::string, Position> names;
  for (const AccountSource& other : others) {
    if (other.live.has_value()) names.emplace(other.live->name, other.at);
  }
  for (const AccountSource& source : out_.sources) {
    if (!source.live.has_value() || source.live->name.empty()) continue;
    const auto [other, is_new] = names.emplace(source.live->name, source.at);
    if (!is_new)
      error(source.at,
            fmt::format("the name '{}' is that of the source in line {}, too: what is kept of each has "
                        "its name",
                        source.live->name, other->second.line));
  }
  for (AccountSource& source : out_.sources) {
    if (!source.live.has_value()) continue;
    const std::string usual = fmt::format("{}{}", kSourceKinds[static_cast<size_t>(source.kind)],
                                          of_opportunities_ ? "-opportunities" : "");
    std::string& name = source.live->name;
    for (size_t number = 1; name.empty(); ++number) {
      const std::string next = number == 1 ? usual : fmt::format("{}-{}", usual, number);
      if (names.emplace(next, source.at).second) name = next;
    }
    source.from = fmt::format("{}/{}/{}.csv", place_.data, kLiveFolder, name);
    // It is ours, and needs no guess.
    source.encoding = "utf-8";
    source.delimiter = ',';
  }
}

void SourcesReader::options(const Node& node, AccountSource& source) {
  const bool is_feed = source.kind == SourceKind::kFeed;
  for (const std::string_view key : {"map", "encoding", "delimiter"}) {
    const Node* value = node.find(key);
    if (value == nullptr) continue;
    if (is_feed) {
      error(value->at, fmt::format("'{}' belongs to a table, not to a feed", key));
    } else if (source.live.has_value() && key != "map") {
      error(value->at, fmt::format("'{}' belongs to a table in a file, not to a live source", key));
    }
  }
  if (!source.live.has_value()) {
    for (const std::string_view key : kLiveSourceKeys) {
      if (const Node* value = node.find(key); value != nullptr)
        error(value->at,
              fmt::format("'{}' belongs to a live source, such as hubspot: {{ token_file: … }}", key));
    }
  }
  if (const Node* value = node.find("verify_key"); value != nullptr && !value->is_null()) {
    if (!is_feed) error(value->at, "'verify_key' belongs to a feed");
    if (const auto file = text(*value, "verify_key", yaml::kMaxValueBytes); file.has_value())
      source.verify_key = absolute(*file);
  }
  if (const Node* value = node.find("as"); value != nullptr) {
    constexpr std::array<std::string_view, 2> kAs = {"accounts", "intent"};
    if (value->scalar != "intent" && value->scalar != "accounts")
      error(value->at, fmt::format("as '{}' is neither accounts nor intent{}", value->scalar,
                                   did_you_mean(value->scalar, kAs)));
    source.intent = value->scalar == "intent";
  }
  if (const Node* value = node.find("encoding"); value != nullptr) {
    if (std::find(kEncodings.begin(), kEncodings.end(), value->scalar) == kEncodings.end())
      error(value->at, fmt::format("encoding '{}' is not one of {}{}", value->scalar,
                                   fmt::join(kEncodings, ", "), did_you_mean(value->scalar, kEncodings)));
    source.encoding = value->scalar;
  }
  if (const Node* value = node.find("delimiter"); value != nullptr) {
    if (value->scalar == "tab" || value->scalar == "\t") {
      source.delimiter = '\t';
    } else if (value->scalar == "," || value->scalar == ";") {
      source.delimiter = value->scalar.front();
    } else {
      error(value->at, fmt::format("delimiter must be ',' or ';' or tab, not '{}'", value->scalar));
    }
  }
  if (const Node* value = node.find("map"); value != nullptr && !value->is_null()) map(*value, source);
}

bool SourcesReader::is_field(std::string_view field, Position at) {
  if (of_opportunities_) {
    if (std::ranges::find(kOpportunityFields, field) != kOpportunityFields.end()) return true;
    const std::string near = did_you_mean(field, kOpportunityFields);
    error(at,
          fmt::format("unknown field '{}' of an opportunity{}", field,
                      near.empty() ? fmt::format(": one of {}", fmt::join(kOpportunityFields, ", ")) : near));
    return false;
  }
  if (field.starts_with(kAttributeField) && field.size() > kAttributeField.size() &&
      field.size() <= kAttributeField.size() + yaml::kMaxNameBytes)
    return true;
  if (std::find(kSourceFields.begin(), kSourceFields.end(), field) != kSourceFields.end()) return true;
  const std::string near = did_you_mean(field, kSourceFields);
  error(at, fmt::format("unknown field '{}'{}", field,
                        near.empty()
                            ? fmt::format(": one of {}, or attributes.NAME", fmt::join(kSourceFields, ", "))
                            : near));
  return false;
}

void SourcesReader::map(const Node& node, AccountSource& source) {
  if (!mapping(node, "map")) return;
  for (const Node::Member& member : node.members) {
    if (is_field(member.key, member.key_at)) choice(member, source);
  }
}

/// `Column`, `[Column, Column]`, `{ column: Column, times: 1000, read: number }`, or `~`: none.
void SourcesReader::choice(const Node::Member& member, AccountSource& source) {
  ColumnChoice choice;
  choice.field = member.key;
  choice.at = member.key_at;
  const Node& value = member.value;
  if (value.kind != Node::Kind::kMapping) {
    if (!value.is_null()) columns(value, choice);
    source.map.push_back(std::move(choice));
    return;
  }
  static constexpr std::array<std::string_view, 3> kKeys = {"column", "times", "read"};
  if (!mapping_of(value, "a column", kKeys)) return;
  if (const Node* column = value.find("column"); column != nullptr) {
    columns(*column, choice);
  } else {
    error(value.at, fmt::format("'{}' needs 'column': the header of its column", member.key));
  }
  const bool attribute = choice.field.starts_with(kAttributeField);
  if (const Node* times = value.find("times"); times != nullptr) {
    const std::string& text = times->scalar;
    double factor = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), factor);
    if (code != std::errc{} || end != text.data() + text.size() || !(factor > 0) || factor > kMostTimes) {
      error(times->at, fmt::format("times must be a number above 0, such as 1000 or 0.01, not '{}'", text));
    } else if (!is_number_field(choice.field) && !attribute && choice.field != "amount") {
      error(times->at, fmt::format("'times' belongs to a number, which '{}' is not", choice.field));
    }
    choice.times = factor;
  }
  if (const Node* read = value.find("read"); read != nullptr) {
    if (of_opportunities_ && !is_moment_field(choice.field)) {
      error(read->at, fmt::format("'read' belongs to a date, which '{}' is not", choice.field));
    } else if (of_opportunities_ && !read->scalar.starts_with("date")) {
      error(read->at, fmt::format("read '{}' is not one of date, date-dmy, date-mdy", read->scalar));
    } else if (!of_opportunities_ && !attribute) {
      error(read->at, fmt::format("'read' belongs to an attribute, which '{}' is not", choice.field));
    } else if (std::find(kColumnReads.begin(), kColumnReads.end(), read->scalar) == kColumnReads.end())
      error(read->at, fmt::format("read '{}' is not one of {}{}", read->scalar, fmt::join(kColumnReads, ", "),
                                  did_you_mean(read->scalar, kColumnReads)));
    choice.read = read->scalar;
  }
  source.map.push_back(std::move(choice));
}

void SourcesReader::columns(const Node& node, ColumnChoice& choice) {
  const auto found = scalars(node, fmt::format("'{}'", choice.field));
  if (!found.has_value()) return;
  for (const Node* scalar : *found) {
    if (const auto column = text(*scalar, "a column", yaml::kMaxValueBytes);
        column.has_value() && !column->empty())
      choice.columns.push_back(*column);
  }
}

void SourcesReader::values(const Node& node) {
  if (!mapping(node, "values")) return;
  for (const Node::Member& field : node.members) {
    if (!is_field(field.key, field.key_at)) continue;
    if (!has_words(field.key)) {
      error(field.key_at, fmt::format("values of '{}' cannot be translated: it is not a word", field.key));
      continue;
    }
    if (!mapping(field.value, fmt::format("values of '{}'", field.key))) continue;
    ValueWords words;
    words.field = field.key;
    for (const Node::Member& word : field.value.members) {
      if (word.value.is_null()) {
        words.words.emplace_back(word.key, "");  // left out
        continue;
      }
      auto ours = text(word.value, "a value", yaml::kMaxValueBytes);
      if (!ours.has_value()) continue;
      if (field.key == "tier" && !accounts::tier_from(*ours).has_value())
        error(word.value.at,
              fmt::format("tier '{}' is none: one-to-one, one-to-few, one-to-many or untiered", *ours));
      words.words.emplace_back(word.key, std::move(*ours));
    }
    out_.values.push_back(std::move(words));
  }
}

void SourcesReader::tiers(const Node& node) {
  if (node.kind != Node::Kind::kSequence)
    return error(node.at, "tiers must be a list of '{ tier: …, when: … }'");
  if (node.items.size() > kMostTierRules)
    return error(node.at, fmt::format("more than {} rules", kMostTierRules));
  for (const Node& item : node.items) tier_rule(item);
}

void SourcesReader::tier_rule(const Node& node) {
  static constexpr std::array<std::string_view, 2> kKeys = {"tier", "when"};
  if (!mapping_of(node, "a tier rule", kKeys)) return;
  TierRule rule;
  const Node* const tier = node.find("tier");
  const auto named = tier == nullptr ? std::nullopt : accounts::tier_from(tier->scalar);
  if (!named.has_value()) {
    error(tier == nullptr ? node.at : tier->at,
          fmt::format("a tier rule needs 'tier': one-to-one, one-to-few, one-to-many or untiered{}",
                      tier == nullptr ? "" : fmt::format(", not '{}'", tier->scalar)));
  }
  const Node* const when = node.find("when");
  if (when == nullptr) return error(node.at, "a tier rule needs 'when': which accounts it is for");
  auto condition = read_account_condition(*when, place_.file, place_.text, diagnostics());
  if (!condition.has_value() || !named.has_value()) return;
  bool on_tier = false;
  rules::for_each_test(*condition, [&on_tier](const rules::Test& test, bool) {
    on_tier = on_tier || test.subject == rules::Subject::kTier;
  });
  if (on_tier) return error(when->at, "a tier rule cannot test the tier, which it decides");
  rule.tier = *named;
  rule.when = std::move(*condition);
  out_.tiers.push_back(std::move(rule));
}

}  // namespace

void read_account_sources(const Node& accounts, const SourcesPlace& place, Diagnostics& diagnostics,
                          AccountSources& out) {
  SourcesReader(place, diagnostics, out).read(accounts);
}

void read_opportunity_sources(const Node& list, const SourcesPlace& place,
                              std::span<const AccountSource> others, Diagnostics& diagnostics,
                              std::vector<AccountSource>& out) {
  AccountSources read;
  SourcesReader(place, diagnostics, read).read_opportunities(list, others);
  out = std::move(read.sources);
}

}  // namespace abm::generation
