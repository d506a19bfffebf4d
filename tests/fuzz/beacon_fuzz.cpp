// Any bytes to abm_seen: they are refused, or become one line of valid JSON that names no other account and
// holds what was told and nothing else.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/text.h"
#include "module/beacon.h"
#include "module/seen_line.h"
#include "yaml/reader.h"

namespace {

using namespace abm;
using namespace abm::module;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_line(std::string_view text, const Beacon& beacon) {
  require(text.find('\n') == text.npos && is_utf8(text));
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  simdjson::dom::object object;
  require(parser.parse(padded).get(object) == simdjson::SUCCESS);
  require(object.size() == 13);
  std::string_view value;
  require(object["account"].get(value) == simdjson::SUCCESS && value == "deere");
  require(object["request_id"].get(value) == simdjson::SUCCESS && value == beacon.id);
  require(object["path"].get(value) == simdjson::SUCCESS && value.starts_with('/'));
  simdjson::dom::array slots;
  require(object["slots"].get(slots) == simdjson::SUCCESS && slots.size() == beacon.slots().size());
  size_t i = 0;
  for (const auto slot : slots) {
    require(slot.get(value) == simdjson::SUCCESS && value == beacon.slots()[i++] && yaml::is_name(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Beacon beacon;
  if (!parse_beacon(body, beacon)) return 0;
  require(size <= kMaxBeaconBytes && !beacon.slots().empty());
  SeenFacts facts;
  facts.ts = "2026-11-22T04:20:01.123Z";
  facts.host = body;  // whatever the request says of itself
  facts.account = "deere";
  facts.tier = "one-to-one";
  facts.arm = "treated";
  facts.generation = 43;
  static char memory[kMaxLogLine];
  FixedBuffer buffer(memory);
  LogLine line{buffer, JsonWriter<FixedBuffer>(buffer)};
  require(write_seen_line(line, beacon, facts));
  check_line(buffer.text(), beacon);
  return 0;
}
