#include "measure/visits/seen_reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include "accounts/account.h"
#include "measure/visits/visit_time.h"
#include "yaml/reader.h"

namespace abm::measure {
namespace {

constexpr size_t kMostSlots = 64;
constexpr int64_t kSeenVersion = 2;  // of the format: the first that has such lines

struct SeenMember {
  std::string_view name;
  bool (*read)(JsonElement value, SeenLine& line);  ///< nullptr: it has been looked at
  bool needed = true;
};

bool read_time(JsonElement value, SeenLine& line) {
  if (!read_text(value, line.ts)) return false;
  const auto time = parse_visit_time(line.ts);
  line.ts_ms = time.value_or(0);
  return time.has_value();
}

bool read_slots(JsonElement value, SeenLine& line) {
  return read_texts(value, line.slots) && !line.slots.empty() && line.slots.size() <= kMostSlots &&
         std::all_of(line.slots.begin(), line.slots.end(), yaml::is_name);
}

/// In the order of the schema. What this folder does not need is checked all the same.
constexpr std::array<SeenMember, 14> kSeenMembers = {{
    {"v", [](JsonElement value, SeenLine&) { return value.is_int64(); }},
    {"kind", nullptr},
    {"ts", read_time},
    {"request_id",
     [](JsonElement value, SeenLine& line) {
       return read_text(value, line.request_id) && !line.request_id.empty();
     }},
    {"host", [](JsonElement value, SeenLine& line) { return read_text(value, line.host); }},
    {"path", [](JsonElement value, SeenLine& line) { return read_text(value, line.path); }},
    {"account",
     [](JsonElement value, SeenLine& line) {
       return read_text(value, line.account) && accounts::is_account_id(line.account);
     }},
    {"tier", [](JsonElement value, SeenLine& line) { return read_tier(value, line.tier); }},
    {"visitor", [](JsonElement value, SeenLine& line) { return read_text_or_null(value, line.visitor); }},
    {"arm", [](JsonElement value, SeenLine& line) { return read_arm(value, line.arm); }},
    {"generation", [](JsonElement value,
                      SeenLine& line) { return read_count(value, line.generation) && line.generation > 0; }},
    {"slots", read_slots},
    {"bot", [](JsonElement value, SeenLine& line) { return value.get(line.bot) == simdjson::SUCCESS; }},
    {"bot_by", [](JsonElement value, SeenLine& line) { return read_text_or_null(value, line.bot_by); },
     false},
}};

}  // namespace

Damage read_seen_line(simdjson::dom::object object, SeenLine& line, std::string_view& member) {
  line.bot_by = {};
  uint32_t seen = 0, lacks = 0;
  for (const auto& [key, value] : object) {
    const auto* const known = std::find_if(kSeenMembers.begin(), kSeenMembers.end(),
                                           [name = key](const SeenMember& one) { return one.name == name; });
    if (known == kSeenMembers.end()) continue;  // a version may gain members
    const auto bit = uint32_t{1} << (known - kSeenMembers.begin());
    if (known == kSeenMembers.begin()) {
      int64_t version = 0;
      if (value.get(version) != simdjson::SUCCESS || version != kSeenVersion) return Damage::kVersion;
    }
    member = known->name;
    if ((seen & bit) != 0 || (known->read != nullptr && !known->read(value, line))) return Damage::kMember;
    seen |= bit;
  }
  for (size_t i = 0; i < kSeenMembers.size(); ++i) {
    if (kSeenMembers[i].needed) lacks |= uint32_t{1} << i;
  }
  lacks &= ~seen;
  if (lacks == 0) return Damage::kNone;
  member = kSeenMembers[static_cast<size_t>(std::countr_zero(lacks))].name;
  return Damage::kMember;
}

}  // namespace abm::measure
