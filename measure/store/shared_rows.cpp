// A row is found by a hash of its content; its texts are built only if it is new.
#include "measure/store/shared_rows.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace abm::measure {
namespace {

using Json = JsonWriter<std::string>;

/// By Kind. A table's first parameter is its hash.
struct DimensionSql {
  const char* table;
  const char* insert;
};
constexpr DimensionSql kDimensions[] = {
    {"account_state",
     "INSERT INTO account_state (hash, account, tier, stage, owner, segments, family) "
     "VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6, nullif(?7, ''))"},
    {"page", "INSERT INTO page (hash, host, path) VALUES (?1, ?2, ?3)"},
    {"decision",
     "INSERT INTO decision (hash, source, confidence, arm, skip, personalized, status, generation, "
     "feed_version, role, campaign) VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?8, ?9, ?10, "
     "nullif(?11, -1), nullif(?6, ''), nullif(?7, ''))"},
    {"content", "INSERT INTO content (hash, rules, framework) VALUES (?1, ?2, nullif(?3, ''))"},
    {"signal_set", "INSERT INTO signal_set (hash, signals) VALUES (?1, ?2)"},
    {"referrer", "INSERT INTO referrer (hash, host) VALUES (?1, ?2)"},
};

/// Preceded by its size, so that no two lists of texts give the same key.
void append_key(std::string& key, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(text);
}

void append_key(std::string& key, int64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

Result<void> SharedRows::begin(Database& database) {
  if (auto done = prepare(database); !done) return done;
  return read_back(database);
}

Result<void> SharedRows::prepare(Database& database) {
  const auto prepare_into = [&database](std::string_view sql, Statement& into) -> Result<void> {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    into = std::move(*statement);
    return {};
  };
  if (auto done =
          prepare_into("INSERT INTO content_slot VALUES (?1, ?2, nullif(?3, ''), ?4, ?5)", insert_slot_);
      !done)
    return done;
  if (auto done = prepare_into("INSERT INTO signal VALUES (?1, ?2, ?3, ?4)", insert_signal_); !done)
    return done;
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (auto done = prepare_into(kDimensions[kind].insert, dimensions_[kind].insert); !done) return done;
  }
  return {};
}

Result<void> SharedRows::read_back(Database& database) {
  const auto seed = database.number("SELECT seed FROM hash_seed");
  if (!seed) return seed.error();
  seed_ = static_cast<uint64_t>(seed->value_or(0));
  for (size_t kind = 0; kind < kKinds; ++kind) {
    auto& ids = dimensions_[kind].ids;
    ids.clear();
    auto select = database.prepare(fmt::format("SELECT hash, id FROM {}", kDimensions[kind].table));
    if (!select) return select.error();
    for (;;) {
      const auto row = select->step();
      if (!row) return row.error();
      if (!*row) break;
      ids.emplace(select->hash(0), select->integer(1));
    }
  }
  return {};
}

int64_t& SharedRows::find(Kind kind, std::string_view key) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(key.data(), key.size(), seed_);
  hash_ = {h.high64, h.low64};
  return dimensions_[kind].ids.try_emplace(hash_, 0).first->second;
}

/// The row that find() missed.
Result<void> SharedRows::insert(Kind kind, std::initializer_list<std::string_view> texts,
                                std::initializer_list<int64_t> numbers, int64_t& id) {
  Statement& statement = dimensions_[kind].insert;
  int parameter = 1;
  statement.bind_hash(1, hash_);
  for (const std::string_view text : texts) statement.bind_text(++parameter, text);
  for (const int64_t number : numbers) statement.bind(++parameter, number);
  if (auto done = statement.run(); !done) return done;
  id = statement.last_id();
  return {};
}

Result<int64_t> SharedRows::account(const VisitLine& line) {
  key_.clear();
  for (const std::string_view text : {line.account, line.tier, line.stage, line.owner})
    append_key(key_, text);
  for (const std::string_view segment : line.segments) append_key(key_, segment);
  if (!line.family.empty()) {
    append_key(key_, int64_t{-1});  // no text is so long: what follows is no segment
    append_key(key_, line.family);
  }
  int64_t& id = find(kAccountState, key_);
  if (id != 0) return id;
  std::string segments;
  Json json(segments);
  json.begin_array();
  for (const std::string_view segment : line.segments) json.string(segment);
  json.end_array();
  auto done =
      insert(kAccountState, {line.account, line.tier, line.stage, line.owner, segments, line.family}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> SharedRows::page(std::string_view host, std::string_view path) {
  key_.clear();
  append_key(key_, host);
  append_key(key_, path);
  int64_t& id = find(kPage, key_);
  if (id != 0) return id;
  auto done = insert(kPage, {host, path}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> SharedRows::decision(const VisitLine& line) {
  key_.clear();
  for (const std::string_view text : {line.source, line.confidence, line.arm, line.skip})
    append_key(key_, text);
  const std::initializer_list<int64_t> numbers = {line.personalized ? 1 : 0, line.status, line.generation,
                                                  line.feed_version};
  for (const int64_t number : numbers) append_key(key_, number);
  if (!line.role.empty() || !line.campaign.empty()) {  // rows of older databases are found again
    append_key(key_, line.role);
    append_key(key_, line.campaign);
  }
  int64_t& id = find(kDecision, key_);
  if (id != 0) return id;
  auto done = insert(kDecision, {line.source, line.confidence, line.arm, line.skip, line.role, line.campaign},
                     numbers, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> SharedRows::referrer(const VisitLine& line) {
  int64_t& id = find(kReferrer, line.referrer_host);
  if (id != 0) return id;
  auto done = insert(kReferrer, {line.referrer_host}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> SharedRows::content(const VisitLine& line) {
  key_.clear();
  for (const ShownRule& rule : line.rules) {
    append_key(key_, rule.id);
    append_key(key_, rule.variant);
    append_key(key_, static_cast<int64_t>(rule.slots.size()));
    for (const ShownSlot& slot : rule.slots) {
      append_key(key_, slot.name);
      append_key(key_, slot.outcome);
    }
  }
  if (!line.framework.empty()) append_key(key_, line.framework);  // rows of older databases are found again
  int64_t& id = find(kContent, key_);
  if (id != 0) return id;
  std::string rules;
  Json json(rules);
  json.begin_array();
  for (const ShownRule& rule : line.rules) {
    json.begin_object().key("id").string(rule.id).key("variant");
    json.string_or_null(rule.variant);
    json.key("slots").begin_object();
    for (const ShownSlot& slot : rule.slots) json.key(slot.name).string(slot.outcome);
    json.end_object().end_object();
  }
  json.end_array();
  if (auto done = insert(kContent, {rules, line.framework}, {}, id); !done) return done.error();
  for (const ShownRule& rule : line.rules) {
    for (const ShownSlot& slot : rule.slots) {
      insert_slot_.bind(1, id);
      insert_slot_.bind_text(2, rule.id);
      insert_slot_.bind_text(3, rule.variant);
      insert_slot_.bind_text(4, slot.name);
      insert_slot_.bind_text(5, slot.outcome);
      if (auto done = insert_slot_.run(); !done) return done.error();
    }
  }
  return id;
}

Result<int64_t> SharedRows::signals(const VisitLine& line) {
  key_.clear();
  for (const VisitSignal& signal : line.signals) {
    append_key(key_, signal.rule);
    append_key(key_, signal.name);
    append_key(key_, signal.next);
  }
  int64_t& id = find(kSignalSet, key_);
  if (id != 0) return id;
  std::string signals;
  Json json(signals);
  json.begin_array();
  for (const VisitSignal& signal : line.signals) {
    json.begin_object().key("rule").string(signal.rule).key("name").string(signal.name);
    json.key("next").string(signal.next).end_object();
  }
  json.end_array();
  if (auto done = insert(kSignalSet, {signals}, {}, id); !done) return done.error();
  for (const VisitSignal& signal : line.signals) {
    insert_signal_.bind(1, id);
    insert_signal_.bind_text(2, signal.rule);
    insert_signal_.bind_text(3, signal.name);
    insert_signal_.bind_text(4, signal.next);
    if (auto done = insert_signal_.run(); !done) return done.error();
  }
  return id;
}

}  // namespace abm::measure
