// Member by member, in the order of the schema.
#include "module/seen_line.h"

namespace abm::module {

// All members but the slots take less than half of a line even where every byte of them is escaped; the
// slots' names need no escapes, and are shorter than a beacon together.
static_assert(kMaxBeaconBytes + 3 * kMaxBeaconSlots + kMaxLogPath + kMaxLogHost + 4 * kMaxLogText + 512 <=
              kMaxLogLine);

bool write_seen_line(LogLine& line, const Beacon& beacon, const SeenFacts& facts) noexcept {
  JsonWriter<FixedBuffer>& json = line.json;
  json.begin_object().key("v").number(2).key("kind").string("seen").key("ts").string(facts.ts);
  line.text("request_id", beacon.id, kMaxLogText);
  line.text("host", facts.host, kMaxLogHost);
  line.text("path", beacon.path(), kMaxLogPath);
  line.text("account", facts.account, kMaxLogText);
  json.key("tier").string(facts.tier);
  json.key("visitor").string_or_null(facts.visitor);
  json.key("arm").string_or_null(facts.arm);
  json.key("generation").number(facts.generation);
  json.key("slots").begin_array();
  for (const std::string_view slot : beacon.slots()) json.string(slot);
  json.end_array();
  json.key("bot").boolean(facts.robot.has_value());
  if (facts.robot.has_value()) line.text_or_null("bot_by", *facts.robot, kMaxLogText);
  json.end_object();
  return !line.buffer.overflowed();
}

}  // namespace abm::module
