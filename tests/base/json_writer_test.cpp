#include "base/json_writer.h"

#include <cmath>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/text.h"

namespace abm {
namespace {

TEST(JsonWriter, PlacesCommasAndColons) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").number(1).key("b").begin_array().string("x").null().boolean(true).end_array();
  json.key("c").begin_object().end_object().key("d").number(0.5).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":["x",null,true],"c":{},"d":0.5})");
}

TEST(JsonWriter, EveryByteSequenceBecomesValidJson) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const char text[] = {'x', static_cast<char>(a), static_cast<char>(b), 'y'};
      std::string out;
      JsonWriter json(out);
      json.begin_array().string({text, sizeof text}).end_array();
      ASSERT_TRUE(is_utf8(out)) << a << ' ' << b;
      simdjson::dom::parser parser;
      std::string_view back;
      ASSERT_EQ(parser.parse(out).at(0).get(back), simdjson::SUCCESS) << out;
      if (is_utf8({text, sizeof text})) {
        ASSERT_EQ(back, std::string_view(text, sizeof text));
      }
    }
  }
}

TEST(JsonWriter, CutsBeforeACodePoint) {
  std::string out;
  JsonWriter json(out);
  json.string("aäb", 2);
  EXPECT_EQ(out, "\"a\"");
}

TEST(JsonWriter, WritesNullForNumbersJsonLacks) {
  std::string out;
  JsonWriter json(out);
  json.begin_array().number(std::nan("")).number(INFINITY).end_array();
  EXPECT_EQ(out, "[null,null]");
}

TEST(FixedBuffer, RewindDropsAMemberThatDidNotFit) {
  char memory[16];
  FixedBuffer buffer(memory);
  JsonWriter json(buffer);
  json.begin_object().key("a").number(1);
  const size_t mark = buffer.size();
  json.key("b").string("far too long for this");
  EXPECT_TRUE(buffer.overflowed());
  buffer.rewind(mark);
  json.set_needs_comma(true);
  json.end_object();
  EXPECT_EQ(buffer.text(), R"({"a":1})");
}

}  // namespace
}  // namespace abm
