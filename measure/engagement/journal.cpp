#include "measure/engagement/journal.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "rules/placeholder.h"
#include "rules/read/conditions.h"

namespace abm::measure {
namespace {

using accounts::Account;

constexpr std::string_view kTierName = "tier", kSegmentName = "segment";

std::optional<size_t> text_field_named(std::string_view name) {
  const auto found = std::find(accounts::kTextFieldNames.begin(), accounts::kTextFieldNames.end(), name);
  if (found == accounts::kTextFieldNames.end()) return std::nullopt;
  return static_cast<size_t>(found - accounts::kTextFieldNames.begin());
}

std::optional<size_t> number_field_named(std::string_view name) {
  const auto found = std::find(accounts::kNumberFieldNames.begin(), accounts::kNumberFieldNames.end(), name);
  if (found == accounts::kNumberFieldNames.end()) return std::nullopt;
  return static_cast<size_t>(found - accounts::kNumberFieldNames.begin());
}

void add_fields(const rules::Condition& condition, std::set<std::string>& out) {
  rules::for_each_test(condition, [&out](const rules::Test& test, bool) {
    if (rules::is_changed_by_visits(test.subject) || test.subject == rules::Subject::kAccount) return;
    std::string name(rules::subject_name(test.subject));
    if (test.subject == rules::Subject::kAttribute) name = std::string(rules::kAttributePrefix) + test.name;
    out.insert(std::move(name));
  });
}

/// What is stored of one field: the latest entry up to a day, and the one before that.
struct Latest {
  std::string field;
  Day day = 0;
  std::optional<std::string> value, before;
  bool has_before = false;
};

/// Goes through the journal and the list side by side, both by account.
class Recorder {
 public:
  Recorder(EngagementStore& store, const JournalFields& fields, Day today)
      : store_(store), fields_(fields), today_(today) {}

  Result<uint64_t> record(std::vector<ListedFields> accounts);

 private:
  struct Stored {
    std::string account;
    std::vector<Latest> fields;
  };
  Result<void> prepare();
  Result<std::vector<Stored>> load_stored();
  Result<void> account(const ListedFields& listed, const std::vector<Latest>& stored);
  /// It has left the list.
  Result<void> leave(const Stored& stored);
  Result<void> note(const std::string& account, const std::string& field,
                    const std::optional<std::string>& value, const Latest* latest);
  Result<void> write(const std::string& account, const std::string& field,
                     const std::optional<std::string>& value);
  Result<void> erase(const std::string& account, const std::string& field);

  EngagementStore& store_;
  const JournalFields& fields_;
  Day today_;
  Statement insert_, remove_;
  uint64_t changes_ = 0;
};

Result<void> Recorder::prepare() {
  auto insert = store_.database().prepare("INSERT OR REPLACE INTO listed VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return insert.error();
  insert_ = std::move(*insert);
  auto remove =
      store_.database().prepare("DELETE FROM listed WHERE account = ?1 AND field = ?2 AND day = ?3");
  if (!remove) return remove.error();
  remove_ = std::move(*remove);
  return {};
}

Result<void> Recorder::write(const std::string& account, const std::string& field,
                             const std::optional<std::string>& value) {
  insert_.bind_text(1, account);
  insert_.bind_text(2, field);
  insert_.bind(3, today_);
  value.has_value() ? insert_.bind_text(4, *value) : insert_.bind_null(4);
  ++changes_;
  return insert_.run();
}

Result<void> Recorder::erase(const std::string& account, const std::string& field) {
  remove_.bind_text(1, account);
  remove_.bind_text(2, field);
  remove_.bind(3, today_);
  ++changes_;
  return remove_.run();
}

Result<void> Recorder::note(const std::string& account, const std::string& field,
                            const std::optional<std::string>& value, const Latest* latest) {
  if (latest == nullptr) return write(account, field, value);
  if (latest->value == value) return {};
  // Back to what it was yesterday: nothing has changed by the end of the day.
  if (latest->day == today_ && latest->has_before && latest->before == value) return erase(account, field);
  return write(account, field, value);
}

Result<void> Recorder::account(const ListedFields& listed, const std::vector<Latest>& stored) {
  const auto latest_of = [&stored](const std::string& field) -> const Latest* {
    const auto found =
        std::find_if(stored.begin(), stored.end(), [&](const Latest& l) { return l.field == field; });
    return found == stored.end() ? nullptr : &*found;
  };
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (auto done = note(listed.account, fields_[i], listed.values[i], latest_of(fields_[i])); !done)
      return done;
  }
  return {};
}

/// What is noted of all accounts up to today, by account.
Result<std::vector<Recorder::Stored>> Recorder::load_stored() {
  std::vector<Stored> all;
  auto select = store_.database().prepare(
      "SELECT account, field, day, value FROM listed WHERE day <= ?1 ORDER BY account, field, day");
  if (!select) return select.error();
  select->bind(1, today_);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return all;
    if (all.empty() || all.back().account != select->text(0))
      all.push_back({std::string(select->text(0)), {}});
    std::vector<Latest>& fields = all.back().fields;
    const bool again = !fields.empty() && fields.back().field == select->text(1);
    if (!again) fields.push_back({std::string(select->text(1)), 0, {}, {}, false});
    Latest& latest = fields.back();
    if (again) latest.before = std::move(latest.value);
    latest.has_before = again;
    latest.day = static_cast<Day>(select->integer(2));
    latest.value.reset();
    if (select->type(3) != SQLITE_NULL) latest.value = std::string(select->text(3));
  }
}

Result<void> Recorder::leave(const Stored& stored) {
  const auto tier = std::find_if(stored.fields.begin(), stored.fields.end(),
                                 [](const Latest& latest) { return latest.field == kTierName; });
  return tier == stored.fields.end() ? Result<void>()
                                     : note(stored.account, tier->field, std::nullopt, &*tier);
}

Result<uint64_t> Recorder::record(std::vector<ListedFields> accounts) {
  if (auto prepared = prepare(); !prepared) return prepared.error();
  std::sort(accounts.begin(), accounts.end(),
            [](const auto& a, const auto& b) { return a.account < b.account; });
  const auto all = load_stored();
  if (!all) return all.error();
  const std::vector<Latest> none;
  auto stored = all->begin();
  for (auto listed = accounts.begin(); listed != accounts.end() || stored != all->end();) {
    if (listed == accounts.end() || (stored != all->end() && stored->account < listed->account)) {
      if (auto done = leave(*stored); !done) return done.error();
      ++stored;
      continue;
    }
    const bool known = stored != all->end() && stored->account == listed->account;
    if (auto done = account(*listed, known ? stored->fields : none); !done) return done.error();
    if (known) ++stored;
    ++listed;
  }
  return changes_;
}

}  // namespace

JournalFields journal_fields(const generation::MovesInput& moves, bool roll_up) {
  std::set<std::string> fields = {"play", "stage", std::string(kTierName)};
  if (roll_up) fields.emplace(kParentField);
  for (const auto& list : {&moves.stages, &moves.plays}) {
    for (const generation::NamedMove& move : *list) add_fields(move.when, fields);
  }
  for (const generation::TierMove& move : moves.tiers) add_fields(move.when, fields);
  return {fields.begin(), fields.end()};
}

std::optional<std::string> journal_value(const Account& account, std::string_view field) {
  if (field == kTierName) {
    if (account.exclude) return std::nullopt;
    return std::string(accounts::to_string(account.tier));
  }
  if (field == kSegmentName) {
    if (account.segments.empty()) return std::nullopt;
    std::vector<std::string> segments = account.segments;
    std::sort(segments.begin(), segments.end());
    return fmt::format("{}", fmt::join(segments, "\n"));
  }
  if (field.starts_with(rules::kAttributePrefix)) {
    const std::string_view name = field.substr(rules::kAttributePrefix.size());
    for (const auto& [key, value] : account.attributes) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  if (const auto number = number_field_named(field); number.has_value()) {
    const auto& value = account.numbers[*number];
    return value.has_value() ? std::optional(std::to_string(*value)) : std::nullopt;
  }
  if (const auto text = text_field_named(field); text.has_value() && !account.text[*text].empty())
    return account.text[*text];
  return std::nullopt;
}

void set_journal_value(Account& account, std::string_view field, const std::optional<std::string>& value) {
  if (field == kTierName) {
    account.exclude = !value.has_value();
    account.tier = accounts::tier_from(value.value_or("")).value_or(accounts::Tier::kUntiered);
    return;
  }
  if (field == kSegmentName) {
    account.segments.clear();
    if (!value.has_value()) return;
    for (size_t at = 0; at <= value->size();) {
      const size_t end = std::min(value->find('\n', at), value->size());
      account.segments.push_back(value->substr(at, end - at));
      at = end + 1;
    }
    return;
  }
  if (field.starts_with(rules::kAttributePrefix)) {
    const std::string_view name = field.substr(rules::kAttributePrefix.size());
    std::erase_if(account.attributes, [&](const auto& attribute) { return attribute.first == name; });
    if (value.has_value()) account.attributes.emplace_back(name, *value);
    return;
  }
  if (const auto number = number_field_named(field); number.has_value()) {
    int64_t parsed = 0;
    account.numbers[*number].reset();
    if (!value.has_value()) return;
    const auto [end, code] = std::from_chars(value->data(), value->data() + value->size(), parsed);
    if (code == std::errc{}) account.numbers[*number] = parsed;
    return;
  }
  if (const auto text = text_field_named(field); text.has_value()) account.text[*text] = value.value_or("");
}

ListedFields listed_fields(const Account& account, const JournalFields& fields) {
  ListedFields listed{account.id(), {}};
  for (const std::string& field : fields) listed.values.push_back(journal_value(account, field));
  return listed;
}

Result<uint64_t> record_list(EngagementStore& store, const JournalFields& fields,
                             std::vector<ListedFields> accounts, Day today) {
  if (auto begun = store.begin(); !begun) return begun.error();
  auto changes = Recorder(store, fields, today).record(std::move(accounts));
  if (!changes) return changes;
  if (auto committed = store.commit(); !committed) return committed.error();
  return changes;
}

Result<std::vector<ListEntry>> list_entries(EngagementStore& store, std::string_view account, Day first,
                                            Day today) {
  auto select = store.database().prepare(
      "SELECT field, day, value FROM listed WHERE account = ?1 AND day <= ?2 ORDER BY field, day");
  if (!select) return select.error();
  select->bind_text(1, account);
  select->bind(2, today);
  std::vector<ListEntry> entries;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return entries;
    ListEntry entry{std::string(select->text(0)), static_cast<Day>(select->integer(1)), std::nullopt};
    if (entry.day <= first && !entries.empty() && entries.back().field == entry.field) entries.pop_back();
    if (select->type(2) != SQLITE_NULL) entry.value = select->text(2);
    entries.push_back(std::move(entry));
  }
}

Result<std::optional<Day>> list_known_from(EngagementStore& store, Day first) {
  const auto noted = store.database().number("SELECT min(day) FROM listed");
  if (!noted) return noted.error();
  const auto gone = store.meta_number(kListGoneBefore);
  if (!gone) return gone.error();
  if (!noted->has_value()) return std::optional<Day>();
  return std::optional(std::max({first, static_cast<Day>(**noted), static_cast<Day>(*gone)}));
}

const std::optional<std::string>* FieldPast::on(Day day) const {
  if (entries.empty()) return nullptr;
  auto after = std::upper_bound(entries.begin(), entries.end(), day,
                                [](Day wanted, const auto& entry) { return wanted < entry.first; });
  if (after != entries.begin()) --after;
  return &after->second;
}

bool ListPast::empty() const noexcept {
  return std::all_of(fields.begin(), fields.end(),
                     [](const FieldPast& field) { return field.entries.empty(); });
}

}  // namespace abm::measure
