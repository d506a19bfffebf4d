#include "connect/import/merge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "ipdb/domain.h"
#include "rules/account_condition.h"

namespace abm::connect {
namespace {

using accounts::Account;
using accounts::NumberField;
using accounts::TextField;

constexpr size_t kShownMembers = 8;
/// They are in memory together. No company has as many people on a list.
constexpr size_t kMostRowsOfOne = 200'000;

std::string& text_field(Account& account, TextField field) {
  return account.text[static_cast<size_t>(field)];
}

/// Of two spellings that differ in case only, the one that people would write: neither all capitals nor none.
bool is_nicer(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view text) {
    const std::string lower = ascii_lower(text);
    const bool capital = text != lower;
    const bool small = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return capital && small;
  };
  if (plain(a) != plain(b)) return plain(a);
  return a < b;
}

std::string shown_value(const RecordValue& value) {
  if (value.field == ImportField::kTier)
    return std::string(accounts::to_string(static_cast<accounts::Tier>(value.number)));
  if (value.field == ImportField::kExclude) return value.number != 0 ? "yes" : "no";
  return value.text.empty() ? fmt::to_string(value.number) : value.text;
}

}  // namespace

Result<void> Merger::load(uint32_t company) {
  company_ = company;
  records_.clear();
  if (const size_t rows = parts_.companies->members(company).size(); rows > kMostRowsOfOne) {
    return Error{fmt::format(
        "account '{}': {} rows would be this one company, the limit is {}: is a column taken for what tells "
        "companies apart that does not? 'map:' in site.yaml says which column is which",
        parts_.companies->id(company), rows, kMostRowsOfOne)};
  }
  for (const Companies::Member& member : parts_.companies->members(company)) {
    auto record = parts_.spool->read(member.at);
    if (!record) return record.error();
    records_.push_back({std::move(*record), member.rolled_up});
  }
  // For notes only: what wins does not depend on it.
  std::sort(records_.begin(), records_.end(), [](const Loaded& a, const Loaded& b) {
    return std::tuple(a.record.source, a.record.at) < std::tuple(b.record.source, b.record.at);
  });
  std::set<uint32_t> seen;
  for (const Loaded& loaded : records_) {
    if (seen.insert(loaded.record.source).second) ++parts_.report->sources[loaded.record.source].accounts;
  }
  return {};
}

NotePlace Merger::place_of(const Said& said) const {
  return {parts_.report->sources[said.source].file, said.value->at};
}

void Merger::note(NoteKind kind, const Said* said, std::string field, std::string value, std::string what,
                  std::string detail, const Said* other) const {
  ImportNote note;
  note.kind = kind;
  if (said != nullptr) note.place = place_of(*said);
  note.account = parts_.companies->id(company_);
  note.field = std::move(field);
  note.value = std::move(value);
  note.what = std::move(what);
  note.detail = std::move(detail);
  if (other != nullptr) note.others.push_back(place_of(*other));
  parts_.report->note(std::move(note));
}

void Merger::tell_merge() const {
  if (records_.size() < 2) return;
  ImportNote note;
  note.kind = NoteKind::kMerge;
  note.account = parts_.companies->id(company_);
  note.what = "several rows are one account";
  note.detail = fmt::format("{} rows", records_.size());
  for (size_t i = 0; i < records_.size() && i <= kShownMembers; ++i) {
    NotePlace place{parts_.report->sources[records_[i].record.source].file, records_[i].record.at};
    if (i == 0) {
      note.place = std::move(place);
    } else {
      note.others.push_back(std::move(place));
    }
  }
  parts_.report->note(std::move(note));
}

std::vector<std::string> Merger::crm_ids() const {
  std::vector<std::string> ids;
  for (const Said& said : said_of(ImportField::kCrmId, 0, true)) ids.push_back(said.value->text);
  return ids;
}

Merger::Values Merger::said_of(ImportField field, uint32_t attribute, bool below) const {
  Values out;
  for (const Loaded& loaded : records_) {
    if (loaded.below && !below) continue;
    for (const RecordValue& value : loaded.record.values) {
      if (value.field == field && value.attribute == attribute)
        out.push_back({loaded.record.source, loaded.below, &value});
    }
  }
  return out;
}

/// `key`: values with equal ones are the same; `better`: decides between those that equally many rows say,
/// and between spellings of one.
template <typename Key, typename Better>
const Merger::Said* Merger::choose(const Values& values, const std::string& field, bool rows_may_differ,
                                   const Key& key, const Better& better) const {
  const Said* winner = nullptr;
  for (size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    using Told = decltype(key(values[0]));
    struct Group {
      size_t rows = 0;
      const Said* best = nullptr;
    };
    std::map<Told, Group> groups;
    for (end = begin; end < values.size() && values[end].source == values[begin].source; ++end) {
      Group& group = groups[key(values[end])];
      ++group.rows;
      if (group.best == nullptr || better(values[end], *group.best)) group.best = &values[end];
    }
    const Group* most = nullptr;
    for (const auto& [told, group] : groups) {
      if (most == nullptr || group.rows > most->rows ||
          (group.rows == most->rows && better(*group.best, *most->best)))
        most = &group;
    }
    if (groups.size() > 1 && !rows_may_differ) {
      const auto other = std::find_if(groups.begin(), groups.end(),
                                      [most](const auto& group) { return &group.second != most; });
      note(NoteKind::kConflict, most->best, field, shown_value(*most->best->value),
           "rows of one source differ: what most of them say is taken",
           fmt::format("{} values", groups.size()), other->second.best);
    }
    if (winner != nullptr && key(*winner) != key(*most->best))
      note(NoteKind::kConflict, most->best, field, shown_value(*most->best->value),
           "a later source corrects an earlier one", fmt::format("it was '{}'", shown_value(*winner->value)),
           winner);
    winner = most->best;
  }
  return winner;
}

/// What only adds to a company corrects none of its facts.
void Merger::leave_facts_to_others(Values& values) const {
  const auto adds = [this](const Said& said) { return parts_.report->sources[said.source].intent; };
  if (!std::all_of(values.begin(), values.end(), adds)) std::erase_if(values, adds);
}

std::string Merger::text(ImportField field, uint32_t attribute) const {
  const std::string name = field_text(
      field, field == ImportField::kAttribute ? parts_.attributes->name(attribute) : std::string());
  Values values = said_of(field, attribute);
  if (field == ImportField::kName)
    std::erase_if(values, [this](const Said& said) { return parts_.report->sources[said.source].intent; });
  if (field != ImportField::kAttribute) leave_facts_to_others(values);
  const Said* const winner = choose(
      values, name, false, [](const Said& said) { return folded(said.value->text); },
      [](const Said& a, const Said& b) {
        if (!equal_without_case(a.value->text, b.value->text))
          return compare_without_case(a.value->text, b.value->text) < 0;
        return is_nicer(a.value->text, b.value->text);
      });
  return winner == nullptr ? std::string() : winner->value->text;
}

std::optional<int64_t> Merger::number(ImportField field, bool highest) const {
  Values values = said_of(field);
  if (field == ImportField::kEmployees || field == ImportField::kRevenueUsd) leave_facts_to_others(values);
  if (highest) {
    // One row a topic, or a person: the highest of each source.
    const bool tell = field == ImportField::kTier || field == ImportField::kExclude;
    Values best;
    for (size_t begin = 0, end = 0; begin < values.size(); begin = end) {
      const Said *top = &values[begin], *lowest = top;
      for (end = begin; end < values.size() && values[end].source == values[begin].source; ++end) {
        if (values[end].value->number > top->value->number) top = &values[end];
        if (values[end].value->number < lowest->value->number) lowest = &values[end];
      }
      if (tell && top->value->number != lowest->value->number)
        note(NoteKind::kConflict, top, field_text(field, {}), shown_value(*top->value),
             "rows of one source differ: the highest is taken",
             fmt::format("another says '{}'", shown_value(*lowest->value)), lowest);
      best.push_back(*top);
    }
    values = std::move(best);
  }
  const Said* const winner = choose(
      values, field_text(field, {}), false, [](const Said& said) { return said.value->number; },
      [](const Said& a, const Said& b) { return a.value->number > b.value->number; });
  return winner == nullptr ? std::nullopt : std::optional(winner->value->number);
}

void Merger::limit(size_t most, std::vector<std::string>& list, std::string_view field) const {
  if (list.size() <= most) return;
  note(NoteKind::kDrop, nullptr, std::string(field), {},
       "more than an account may have: the rest is left out",
       fmt::format("{} of {}", list.size() - most, list.size()));
  list.resize(most);
}

/// What all sources say, each once: those of earlier sources first, in alphabetical order.
std::vector<std::string> Merger::texts(ImportField field, size_t most, bool below) const {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const Values values = said_of(field, 0, below);
  for (size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    std::map<std::string, std::string> of_source;  // folded → the nicest spelling
    for (end = begin; end < values.size() && values[end].source == values[begin].source; ++end) {
      const std::string& text = values[end].value->text;
      const auto [at, added] = of_source.emplace(folded(text), text);
      if (!added && is_nicer(text, at->second)) at->second = text;
    }
    for (auto& [key, text] : of_source) {
      if (seen.insert(key).second) out.push_back(std::move(text));
    }
  }
  limit(most, out, field_text(field, {}));
  return out;
}

void Merger::domains(Account& account) const {
  const std::string first(parts_.companies->first_domain(company_));
  std::set<std::string> refused;
  std::vector<std::string> names;
  if (!first.empty()) names.push_back(first);
  for (const std::string& name : texts(ImportField::kDomains, SIZE_MAX, true)) {
    if (name != first) names.push_back(name);
  }
  for (const Said& said : said_of(ImportField::kDomains, 0, true)) {
    const std::string& name = said.value->text;
    if (parts_.report->sources[said.source].intent && name != first) refused.insert(name);
  }
  // An intent source's domains are none of the account's, unless another source has them.
  for (const Said& said : said_of(ImportField::kDomains, 0, true)) {
    if (!parts_.report->sources[said.source].intent) refused.erase(said.value->text);
  }
  for (const Said& said : said_of(ImportField::kDomains, 0, true)) {
    const std::string& name = said.value->text;
    bool ambiguous = false;
    const uint32_t owner = parts_.companies->of_domain(name, ambiguous);
    if (!ambiguous && (owner == Companies::kNone || owner == company_)) continue;
    if (!refused.insert(name).second) continue;
    if (ambiguous) {
      note(NoteKind::kDrop, &said, "domains", name,
           "several companies have this domain: it identifies none of them");
    } else {
      note(NoteKind::kDrop, &said, "domains", name, "is another account's first domain, and stays there",
           parts_.companies->id(owner));
    }
  }
  for (std::string& name : names) {
    if (refused.contains(name)) continue;
    // As people write it, where it has letters beyond ASCII.
    std::string shown = ipdb::account_domain(name).unicode;
    account.domains.push_back(shown.empty() ? std::move(name) : std::move(shown));
  }
  limit(accounts::kMaxDomains, account.domains, "domains");
  if (!account.domains.empty()) text_field(account, TextField::kDomain) = account.domains.front();
}

void Merger::parent(Account& account) const {
  const std::string above = text(ImportField::kParent);
  if (above.empty()) return;
  const uint32_t company = parts_.companies->of_parent(above);
  if (company == company_) return;
  if (company == Companies::kNone) {
    const Values values = said_of(ImportField::kParent);
    return note(NoteKind::kDrop, &values.back(), "parent", above, "the company above is not on the list");
  }
  text_field(account, TextField::kParent) = parts_.companies->id(company);
}

void Merger::attributes(Account& account) const {
  std::map<std::string, uint32_t> names;
  for (const Loaded& loaded : records_) {
    if (loaded.below) continue;
    for (const RecordValue& value : loaded.record.values) {
      if (value.field == ImportField::kAttribute)
        names.emplace(parts_.attributes->name(value.attribute), value.attribute);
    }
  }
  for (const auto& [name, number] : names) {
    std::string value = text(ImportField::kAttribute, number);
    if (!value.empty()) account.attributes.emplace_back(name, std::move(value));
  }
  role(account);
  std::sort(account.attributes.begin(), account.attributes.end());
  if (account.attributes.size() <= accounts::kMaxAttributes) return;
  note(NoteKind::kDrop, nullptr, "attributes", {}, "more than an account may have: the rest is left out",
       fmt::format("{} of {}", account.attributes.size() - accounts::kMaxAttributes,
                   account.attributes.size()));
  account.attributes.resize(accounts::kMaxAttributes);
}

/// One row a person: the title that most have is the `role`, all of them are the `roles`.
void Merger::role(Account& account) const {
  std::map<std::string, std::pair<size_t, std::string>> titles;  // folded → rows, spelling
  for (const Said& said : said_of(ImportField::kRole)) {
    auto& [rows, spelling] = titles[folded(said.value->text)];
    if (++rows == 1 || is_nicer(said.value->text, spelling)) spelling = said.value->text;
  }
  if (titles.empty()) return;
  const auto has = [&account](std::string_view name) {
    return std::any_of(account.attributes.begin(), account.attributes.end(),
                       [name](const auto& attribute) { return attribute.first == name; });
  };
  const std::pair<size_t, std::string>* most = nullptr;
  std::string all;
  bool cut = false;
  for (const auto& [key, title] : titles) {
    if (most == nullptr || title.first > most->first) most = &title;
    if (all.size() + title.second.size() + 2 > accounts::kMaxTextBytes) {
      cut = true;
      continue;
    }
    all += fmt::format("{}{}", all.empty() ? "" : "; ", title.second);
  }
  if (cut)
    note(NoteKind::kDrop, nullptr, "role", {}, "more titles than a text may have: the rest is left out");
  if (!has("role")) account.attributes.emplace_back("role", most->second);
  if (titles.size() > 1 && !has("roles")) account.attributes.emplace_back("roles", std::move(all));
}

void Merger::tier(Account& account) const {
  if (const auto said = number(ImportField::kTier, true); said.has_value()) {
    account.tier = static_cast<accounts::Tier>(*said);
    return;
  }
  const auto& tier_rules = parts_.sources->tiers;
  const auto by_rule = std::ranges::find_if(
      tier_rules, [&](const auto& rule) { return rules::holds_for(rule.when, account); });
  account.tier = by_rule == tier_rules.end() ? accounts::Tier::kUntiered : by_rule->tier;
  note(NoteKind::kDefault, nullptr, "tier", {},
       by_rule != tier_rules.end()
           ? fmt::format("no source says it: {} by the rules of 'tiers:'", accounts::to_string(account.tier))
           : std::string("no source and no rule says it: untiered"));
}

Result<Account> Merger::account(uint32_t company) {
  if (auto loaded = load(company); !loaded) return loaded.error();
  tell_merge();
  Account account;
  text_field(account, TextField::kId) = parts_.companies->id(company);
  constexpr std::pair<TextField, ImportField> kTexts[] = {
      {TextField::kName, ImportField::kName},       {TextField::kIndustry, ImportField::kIndustry},
      {TextField::kCountry, ImportField::kCountry}, {TextField::kRegion, ImportField::kRegion},
      {TextField::kStage, ImportField::kStage},     {TextField::kPlay, ImportField::kPlay},
      {TextField::kOwner, ImportField::kOwner}};
  for (const auto& [to, from] : kTexts) text_field(account, to) = text(from);
  constexpr std::pair<NumberField, ImportField> kNumbers[] = {
      {NumberField::kEmployees, ImportField::kEmployees},
      {NumberField::kRevenueUsd, ImportField::kRevenueUsd},
      {NumberField::kIntent, ImportField::kIntent},
      {NumberField::kEngagement, ImportField::kEngagement},
      {NumberField::kVisits7d, ImportField::kVisits7d},
      {NumberField::kVisits30d, ImportField::kVisits30d},
      {NumberField::kPeople7d, ImportField::kPeople7d},
      {NumberField::kPeople30d, ImportField::kPeople30d},
      {NumberField::kQuietDays, ImportField::kQuietDays},
      {NumberField::kFirstSeenDays, ImportField::kFirstSeenDays}};
  for (const auto& [to, from] : kNumbers) {
    const bool score = to == NumberField::kIntent || to == NumberField::kEngagement;
    account.numbers[static_cast<size_t>(to)] = number(from, score);
  }
  domains(account);
  if (account.name().empty()) {
    text_field(account, TextField::kName) = account.domains.empty() ? account.id() : account.domains.front();
    note(NoteKind::kDefault, nullptr, "name", {}, "no source says it: its domain or id is taken");
  }
  account.segments = texts(ImportField::kSegments, accounts::kMaxSegments, false);
  account.networks = texts(ImportField::kNetworks, accounts::kMaxNetworks, true);
  account.organizations = texts(ImportField::kOrganizations, accounts::kMaxOrganizations, true);
  std::set<uint32_t> asns;
  for (const Said& said : said_of(ImportField::kAsns, 0, true))
    asns.insert(static_cast<uint32_t>(said.value->number));
  account.asns.assign(asns.begin(), asns.end());
  if (account.asns.size() > accounts::kMaxNetworks) {
    note(NoteKind::kDrop, nullptr, "asns", {}, "more than an account may have: the rest is left out",
         fmt::format("{} of {}", account.asns.size() - accounts::kMaxNetworks, account.asns.size()));
    account.asns.resize(accounts::kMaxNetworks);
  }
  account.exclude = number(ImportField::kExclude, true).value_or(0) != 0;
  parent(account);
  attributes(account);
  tier(account);
  return account;
}

}  // namespace abm::connect
