// What browsers may tell, and what becomes of it: whatever comes, a line is valid or there is none.
#include "module/beacon.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <simdjson.h>

#include "base/text.h"
#include "module/seen_line.h"
#include "yaml/reader.h"

namespace abm::module {
namespace {

constexpr std::string_view kGood =
    "seen/1\n9f3c0d6be1a24f6c8d0b5a7e12c4d9aa\n/pricing/%C3%BC\nhero-cta\ncase.study_2\n";

SeenFacts facts() {
  SeenFacts facts;
  facts.ts = "2026-11-22T04:20:01.123Z";
  facts.host = "www.acme.example";
  facts.account = "deere";
  facts.tier = "one-to-one";
  facts.visitor = "0123456789abcdef0123456789abcdef";
  facts.arm = "treated";
  facts.generation = 43;
  return facts;
}

/// "" if it does not fit.
std::string line_of(const Beacon& beacon, const SeenFacts& known, size_t room = kMaxLogLine) {
  std::string memory(room, '\0');
  FixedBuffer buffer(memory);
  LogLine line{buffer, JsonWriter<FixedBuffer>(buffer)};
  return write_seen_line(line, beacon, known) ? std::string(buffer.text()) : std::string();
}

/// Valid JSON and UTF-8 in one piece, with members of the beacon as they were told.
void expect_sound(const std::string& line, const Beacon& beacon) {
  ASSERT_FALSE(line.empty());
  ASSERT_LE(line.size(), kMaxLogLine);
  ASSERT_EQ(line.find('\n'), std::string::npos);
  ASSERT_TRUE(is_utf8(line));
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(line).get(root), simdjson::SUCCESS) << line;
  std::string_view text;
  ASSERT_EQ(root["kind"].get(text), simdjson::SUCCESS);
  EXPECT_EQ(text, "seen");
  ASSERT_EQ(root["account"].get(text), simdjson::SUCCESS);
  EXPECT_EQ(text, "deere");
  ASSERT_EQ(root["request_id"].get(text), simdjson::SUCCESS);
  EXPECT_EQ(text, beacon.id);
  simdjson::dom::array slots;
  ASSERT_EQ(root["slots"].get(slots), simdjson::SUCCESS);
  ASSERT_EQ(slots.size(), beacon.slots().size());
  for (size_t i = 0; i < slots.size(); ++i) {
    ASSERT_EQ(slots.at(i).get(text), simdjson::SUCCESS);
    EXPECT_EQ(text, beacon.slots()[i]);
    EXPECT_TRUE(yaml::is_name(text)) << text;
  }
}

TEST(Beacon, TellsThePageAndItsSlots) {
  Beacon beacon;
  ASSERT_TRUE(parse_beacon(kGood, beacon));
  EXPECT_EQ(beacon.id, "9f3c0d6be1a24f6c8d0b5a7e12c4d9aa");
  EXPECT_EQ(beacon.path(), "/pricing/\u00fc");
  ASSERT_EQ(beacon.slots().size(), 2u);
  EXPECT_EQ(beacon.slots()[0], "hero-cta");
  EXPECT_EQ(beacon.slots()[1], "case.study_2");
  EXPECT_TRUE(parse_beacon(kGood.substr(0, kGood.size() - 1), beacon)) << "the last line needs no end";
}

TEST(Beacon, IsRefusedWholeWhereALineIsNotAsItShouldBe) {
  const std::string id(kMaxBeaconId, 'a'), name(64, 'n');
  const auto body = [](std::string_view first, std::string_view page, std::string_view path,
                       std::string_view slots) {
    std::string text;
    for (const std::string_view line : {first, page, path, slots}) text.append(line).append("\n");
    return text;
  };
  Beacon beacon;
  ASSERT_TRUE(parse_beacon(body("seen/1", id, "/", name), beacon));
  for (const std::string& bad : {std::string(),
                                 std::string("\n"),
                                 std::string("seen/1"),
                                 std::string("seen/1\nid\n/"),
                                 std::string("seen/1\nid\n/\n"),
                                 body("seen/2", id, "/", name),
                                 body("seen/1\r", id, "/", name),
                                 body("seen/1 ", id, "/", name),
                                 body("{\"v\":1}", id, "/", name),
                                 body("seen/1", "", "/", name),
                                 body("seen/1", id + "a", "/", name),
                                 body("seen/1", "a_b", "/", name),
                                 body("seen/1", "a\"b", "/", name),
                                 body("seen/1", "\xc3\xbc", "/", name),
                                 body("seen/1", id, "", name),
                                 body("seen/1", id, "pricing", name),
                                 body("seen/1", id, "/a b", name),
                                 body("seen/1", id, "/a?b=c", name),
                                 body("seen/1", id, "/a#b", name),
                                 body("seen/1", id, "/\xc3\xbc", name),
                                 body("seen/1", id, "/%", name),
                                 body("seen/1", id, "/%4", name),
                                 body("seen/1", id, "/%4g", name),
                                 body("seen/1", id, "/%00", name),
                                 body("seen/1", id, "/\x7f", name),
                                 body("seen/1", id, "/", ""),
                                 body("seen/1", id, "/", "a\n\nb"),
                                 body("seen/1", id, "/", name + "n"),
                                 body("seen/1", id, "/", "-a"),
                                 body("seen/1", id, "/", ".a"),
                                 body("seen/1", id, "/", "a b"),
                                 body("seen/1", id, "/", "a\"b"),
                                 body("seen/1", id, "/", "a\\b"),
                                 body("seen/1", id, "/", std::string("a\0b", 3)),
                                 body("seen/1", id, "/", "a\n"),
                                 body("seen/1", id, "/", "a\r"),
                                 body("seen/1", id, "/" + std::string(kMaxBeaconBytes, 'p'), name)}) {
    EXPECT_FALSE(parse_beacon(bad, beacon)) << bad.substr(0, 200);
  }
}

TEST(Beacon, TakesAsManySlotsAndBytesAsItSaysAndNoMore) {
  Beacon beacon;
  std::string body = "seen/1\nid\n/\n";
  for (size_t i = 0; i < kMaxBeaconSlots; ++i) body += "slot\n";
  EXPECT_TRUE(parse_beacon(body, beacon));
  EXPECT_EQ(beacon.slots().size(), kMaxBeaconSlots);
  EXPECT_FALSE(parse_beacon(body + "slot", beacon));
  const std::string end = "\nslot";
  body = "seen/1\nid\n/";
  body += std::string(kMaxBeaconBytes - body.size() - end.size(), 'p') + end;
  ASSERT_EQ(body.size(), kMaxBeaconBytes);
  EXPECT_TRUE(parse_beacon(body, beacon));
  EXPECT_FALSE(parse_beacon(body + "s", beacon));
}

TEST(Beacon, NamesSlotsAsRulesDo) {
  for (int c = 0; c < 256; ++c) {
    for (const std::string& name :
         {std::string(1, static_cast<char>(c)), std::string("a") + static_cast<char>(c)})
      EXPECT_EQ(is_slot_name(name), yaml::is_name(name)) << c;
  }
  for (const size_t size : {size_t{0}, size_t{1}, yaml::kMaxNameBytes, yaml::kMaxNameBytes + 1})
    EXPECT_EQ(is_slot_name(std::string(size, 'a')), yaml::is_name(std::string(size, 'a'))) << size;
}

TEST(SeenLine, SaysWhatIsKnownInTheSchemaSOrder) {
  Beacon beacon;
  ASSERT_TRUE(parse_beacon(kGood, beacon));
  EXPECT_EQ(
      line_of(beacon, facts()),
      R"({"v":2,"kind":"seen","ts":"2026-11-22T04:20:01.123Z","request_id":"9f3c0d6be1a24f6c8d0b5a7e12c4d9aa",)"
      R"("host":"www.acme.example","path":"/pricing/)"
      "\u00fc"
      R"(","account":"deere","tier":"one-to-one","visitor":"0123456789abcdef0123456789abcdef","arm":"treated",)"
      R"("generation":43,"slots":["hero-cta","case.study_2"],"bot":false})");
  SeenFacts robot = facts();
  robot.visitor = robot.arm = {};
  robot.robot = "curl";
  const std::string line = line_of(beacon, robot);
  EXPECT_NE(line.find(R"("visitor":null,"arm":null,)"), line.npos) << line;
  EXPECT_TRUE(line.ends_with(R"("bot":true,"bot_by":"curl"})")) << line;
  robot.robot = "";
  EXPECT_TRUE(line_of(beacon, robot).ends_with(R"("bot":true,"bot_by":null})"));
}

TEST(SeenLine, FitsWhateverTheBeaconAndTheRequestHold) {
  Beacon beacon;
  SeenFacts worst = facts();
  const std::string escapes(20'000, '\x01');
  worst.host = escapes;
  worst.robot = escapes;
  std::string body = "seen/1\n" + std::string(kMaxBeaconId, '-') + "\n/";
  const std::string slots = [] {
    std::string text;
    for (size_t i = 0; i < kMaxBeaconSlots; ++i) text += "\n" + std::string(40, 's');
    return text;
  }();
  while (body.size() + 3 + slots.size() <= kMaxBeaconBytes) body += "%01";
  body += slots;
  ASSERT_TRUE(parse_beacon(body, beacon));
  expect_sound(line_of(beacon, worst), beacon);
  EXPECT_EQ(line_of(beacon, worst, 1000), "") << "too long a line is none";
}

TEST(SeenLine, IsSoundOrAbsentForEveryTruncationAndEveryFlippedBit) {
  Beacon beacon;
  size_t taken = 0;
  for (size_t size = 0; size <= kGood.size(); ++size) {
    // Exact memory: reading behind the end is seen by sanitizers.
    const std::vector<char> body(kGood.begin(), kGood.begin() + static_cast<ptrdiff_t>(size));
    if (!parse_beacon({body.data(), body.size()}, beacon)) continue;
    ++taken;
    expect_sound(line_of(beacon, facts()), beacon);
  }
  EXPECT_EQ(taken, std::string_view("hero-cta\ncase.study_2\n").size()) << "wherever a name has begun";
  size_t refused = 0;
  for (size_t bit = 0; bit < kGood.size() * 8; ++bit) {
    std::vector<char> body(kGood.begin(), kGood.end());
    body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << bit % 8));
    if (parse_beacon({body.data(), body.size()}, beacon)) {
      expect_sound(line_of(beacon, facts()), beacon);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, kGood.size() * 2);
  EXPECT_LT(refused, kGood.size() * 8);
}

TEST(SeenLine, IsSoundForRandomPaths) {
  std::mt19937 random(21);
  Beacon beacon;
  for (int run = 0; run < 2000; ++run) {
    std::string body = "seen/1\nid\n/";
    for (auto i = random() % 600; i > 0; --i) {
      const auto byte = static_cast<unsigned>(1 + random() % 255);
      constexpr char kDigits[] = "0123456789abcdef";
      body += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
    body += "\nslot";
    ASSERT_TRUE(parse_beacon(body, beacon));
    expect_sound(line_of(beacon, facts()), beacon);
  }
}

}  // namespace
}  // namespace abm::module
