// Every way we know to break a feed, with the message its author gets.
#include "accounts/feed.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

struct Bad {
  std::string_view text;
  std::string_view at;       // line:column
  std::string_view message;  // without place and consequence
};

void expect_first_error(std::string_view feed, const Bad& bad) {
  const auto parsed = samples::parse(feed);
  EXPECT_FALSE(parsed.summary) << feed;
  EXPECT_EQ(parsed.diagnostics.first_error(),
            fmt::format("feed.ndjson:{}: {} (the feed is refused)", bad.at, bad.message));
}

/// Third lines, after a header and the account `deere`.
constexpr Bad kLines[] = {
    {R"({"id":"deere","name":"D"})", "3:7",
     R"(account 'deere': duplicate id 'deere' on lines 2 and 3, keep one)"},
    {R"({"id":"Acme","name":"D"})", "3:7",
     R"(id 'Acme' is not of the form [a-z0-9][a-z0-9._-]{0,63}, did you mean 'acme'?)"},
    {R"({"id":"a c","name":"D"})", "3:7", R"(id 'a c' is not of the form [a-z0-9][a-z0-9._-]{0,63})"},
    {R"({"id":"","name":"D"})", "3:7", R"(id '' is not of the form [a-z0-9][a-z0-9._-]{0,63})"},
    {R"({"id":null,"name":"D"})", "3:7", R"(id null is not of the form [a-z0-9][a-z0-9._-]{0,63})"},
    {R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"D"})", "3:7",
     R"(id 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…' is not of the form [a-z0-9][a-z0-9._-]{0,63})"},
    {R"({"name":"D"})", "3:1", R"('id' is missing, every account has one)"},
    {R"({"id":"a"})", "3:1", R"(account 'a': 'name' is missing, every account has one)"},
    {R"({"id":"a","name":""})", "3:18", R"(account 'a': name is "", an account needs one)"},
    {R"({"id":"a","name":null})", "3:18", R"(account 'a': name is null, an account needs one)"},
    {R"({"id":"a","name":["x"]})", "3:18", R"(account 'a': name must be a string, not '["x"]')"},
    {R"({"id":5,"name":"D"})", "3:7", R"(id must be a string, not '5')"},
    {R"({"id":"a","name":true})", "3:18", R"(account 'a': name must be a string, not 'true')"},
    {R"({"name":"ü","tier":"one-to-on","id":"a"})", "3:20",
     R"(account 'a': unknown tier 'one-to-on', did you mean 'one-to-one'?)"},
    {R"({"id":"a","name":"A","tier":"gold"})", "3:29",
     R"(account 'a': unknown tier 'gold', write one-to-one, one-to-few, one-to-many or untiered)"},
    {R"({"id":"a","name":"A","tier":1})", "3:29", R"(account 'a': tier must be a string, not '1')"},
    {R"({"id":"a","name":"A","tier":""})", "3:29",
     R"(account 'a': unknown tier '', write one-to-one, one-to-few, one-to-many or untiered)"},
    {R"({"id":"a","name":"a\u0007b"})", "3:18",
     R"(account 'a': name holds a control character, remove it: "a\u0007b")"},
    {R"({"id":"a","name":"a\u0000b"})", "3:18",
     R"(account 'a': name holds a control character, remove it: "a\u0000b")"},
    {R"({"id":"a","name":"a\u202eb"})", "3:18",
     R"(account 'a': name holds the direction control U+202E, which reverses the text after it: remove it)"},
    {"{\"id\":\"a\",\"name\":\"a\xe2\x81\xa6\"}", "3:18",
     R"(account 'a': name holds the direction control U+2066, which reverses the text after it: remove it)"},
    {R"({"id":"a","name":"A","industry":"\u2069"})", "3:33",
     R"(account 'a': industry holds the direction control U+2069, which reverses the text after it: remove it)"},
    {R"({"id":"a","name":"A","attributes":{"role":"x\u202d"}})", "3:43",
     R"(account 'a': attribute 'role' holds the direction control U+202D, which reverses the text after it: remove it)"},
    {R"({"id":"a","name":"A","attributes":{"r\u202b":"x"}})", "3:36",
     R"(account 'a': an attribute's name holds the direction control U+202B: remove it)"},
    {R"({"id":"a","name":"\u0085"})", "3:18",
     R"(account 'a': name holds a control character, remove it: "\u0085")"},
    {R"({"id":"a","name":"\ud800x"})", "3:19", R"(account 'a': '\ud800' is half of a surrogate pair)"},
    {R"({"id":"a","name":"A","x":"\udc00"})", "3:27", R"(account 'a': '\udc00' is half of a surrogate pair)"},
    {R"({"id":"a","name":"A","x":{"\udead":1}})", "3:28",
     R"(account 'a': '\udead' is half of a surrogate pair)"},
    {R"({"id":"a","name":"A","\udead":1})", "3:23", R"(account 'a': '\udead' is half of a surrogate pair)"},
    {R"({"id":"a","name":"A","name":"m"})", "3:22", R"(account 'a': duplicate key 'name', keep one)"},
    {R"({"id":"a","name":"A","x":1,"x":2})", "3:28", R"(account 'a': duplicate key 'x', first at column 22)"},
    {R"({"id":"a","name":"A","x":[{"p":1,"p":2}]})", "3:34",
     R"(account 'a': duplicate key 'p', first at column 28)"},
    {R"({"id":"a","name":"A","x":1,"\u0078":2})", "3:28",
     R"(account 'a': duplicate key 'x', first at column 22)"},
    {R"({"id":"a","name":"A","attributes":{"p":"1","o":"","p":null}})", "3:51",
     R"(account 'a': duplicate attribute 'p', keep one)"},
    {R"({"id":"a","name":"A","attributes":{"p":1}})", "3:40",
     R"(account 'a': attribute 'p' must be a string, not '1')"},
    {R"({"id":"a","name":"A","attributes":{"p":"\u0001"}})", "3:40",
     R"(account 'a': attribute 'p' holds a control character, remove it: "\u0001")"},
    {R"({"id":"a","name":"A","attributes":["p"]})", "3:35",
     R"(account 'a': attributes must be an object in braces, not '["p"]')"},
    {R"({"id":"a","name":"A","pages_30d":["/p"]})", "3:34",
     R"(account 'a': pages_30d must be an object of paths and days in braces, not '["/p"]')"},
    {R"({"id":"a","name":"A","pages_30d":{"p":1}})", "3:35",
     R"(account 'a': page 'p' does not begin with '/', is longer than 256 bytes or holds control characters: leave it out)"},
    {R"({"id":"a","name":"A","pages_30d":{"/p":30}})", "3:40",
     R"(account 'a': days since the last visit must be a number from 0 to 29, not '30')"},
    {R"({"id":"a","name":"A","pages_30d":{"/p":-1}})", "3:40",
     R"(account 'a': days since the last visit must be a number from 0 to 29, not '-1')"},
    {R"({"id":"a","name":"A","pages_30d":{"/p":1,"/o":1,"/p":2}})", "3:49",
     R"(account 'a': duplicate page '/p', keep one)"},
    {R"({"id":"a","name":"A","attributes":{"":"x"}})", "3:36", R"(account 'a': an attribute without a name)"},
    {R"({"id":"a","name":"A","attributes":{"a\nb":"x"}})", "3:36",
     R"(account 'a': attribute name 'a\x0ab' is longer than 1024 bytes, or holds control characters or half of a surrogate pair)"},
    {R"({"id":"a","name":"A","employees":1.5})", "3:34",
     R"(account 'a': employees must be a whole number without point or exponent, not '1.5')"},
    {R"({"id":"a","name":"A","employees":1e3})", "3:34",
     R"(account 'a': employees must be a whole number without point or exponent, not '1e3')"},
    {R"({"id":"a","name":"A","employees":-1})", "3:34",
     R"(account 'a': employees must be 0 or more, not '-1')"},
    {R"({"id":"a","name":"A","employees":9223372036854775808})", "3:34",
     R"(account 'a': employees must be at most 9223372036854775807, not '9223372036854775808')"},
    {R"({"id":"a","name":"A","employees":99999999999999999999})", "3:34",
     R"(account 'a': number '99999999999999999999' is out of range)"},
    {R"({"id":"a","name":"A","employees":"12"})", "3:34",
     R"(account 'a': employees must be a number without quotes, not '"12"')"},
    {R"({"id":"a","name":"A","intent":[1]})", "3:31", R"(account 'a': intent must be a number, not '[1]')"},
    {R"({"id":"a","name":"A","engagement":true})", "3:35",
     R"(account 'a': engagement must be a number, not 'true')"},
    {R"({"id":"a","name":"A","x":1e999})", "3:26", R"(account 'a': number '1e999' is out of range)"},
    {R"({"id":"a","name":"A","x":01})", "3:26", R"(account 'a': '01' is not a JSON number)"},
    {R"({"id":"a","name":"A"} {"id":"b"})", "3:23",
     R"(account 'a': '{"id":"b"}' after the object, each line holds one)"},
    {R"({"id":"a","name":"A"}])", "3:22", R"(account 'a': ']' after the object, each line holds one)"},
    {R"({"id":"a","name":"A")", "3:21", R"(account 'a': the line ends where ',' or '}' is expected)"},
    {R"({"id":"a","name":"n)", "3:20", R"(account 'a': the line ends inside a string)"},
    {R"({"id":"a","name":"A",})", "3:22", R"(account 'a': expected a key in double quotes, found '}')"},
    {R"({"id":"a" "name":"n"})", "3:11", R"(account 'a': expected ',' or '}', found '"')"},
    {R"({id:"a"})", "3:2", R"(expected a key in double quotes, found 'i')"},
    {R"({'id':1})", "3:2", R"(expected a key in double quotes, found ''')"},
    {R"({"id":"a","name":nul})", "3:18", R"(account 'a': 'nul' is not a JSON value)"},
    {R"({"id":"a","name":"\q"})", "3:19", R"(account 'a': '\q' is not a JSON escape)"},
    {"{\"id\":\"a\",\"name\":\"tab\there\"}", "3:22",
     R"(account 'a': control character 0x09 inside a string)"},
    {R"({"id":"a","name":"A","x":[[[[[[[[1]]]]]]]]})", "3:33",
     R"(account 'a': nesting deeper than 8 levels)"},
    {"\n{\"id\":\"a\",\"name\":\"x\"}", "3:1", R"(empty line between accounts, remove it)"},
    {"  \n\n{\"id\":\"a\",\"name\":\"x\"}", "3:1", R"(empty line between accounts, remove it)"},
    {R"({"id":"a","name":"A","networks":["164.121.3.0/16"]})", "3:34",
     R"(account 'a': network "164.121.3.0/16" has host bits set, did you mean "164.121.0.0/16"?)"},
    {R"({"id":"a","name":"A","networks":["10.0.0.0/8","164.121.3.0/33"]})", "3:47",
     R"(account 'a': network "164.121.3.0/33" is not a prefix, write it like "192.0.2.0/24" or "2001:db8::/32")"},
    {R"({"id":"a","name":"A","networks":["2001:db8::1/32"]})", "3:34",
     R"(account 'a': network "2001:db8::1/32" has host bits set, did you mean "2001:db8::/32"?)"},
    {R"({"id":"a","name":"A","networks":["::ffff:1.2.3.0/120"]})", "3:34",
     R"(account 'a': network "::ffff:1.2.3.0/120" is not a prefix, write it like "192.0.2.0/24" or "2001:db8::/32")"},
    {R"({"id":"a","name":"A","networks":["deere.com"]})", "3:34",
     R"(account 'a': network "deere.com" is not a prefix, write it like "192.0.2.0/24" or "2001:db8::/32")"},
    {R"({"id":"a","name":"A","networks":"10.0.0.0/8"})", "3:33",
     R"(account 'a': networks must be a list in brackets, not '"10.0.0.0/8"')"},
    {R"({"id":"a","name":"A","networks":[10]})", "3:34",
     R"(account 'a': network must be a string, not '10')"},
    {R"({"id":"a","name":"A","networks":[null]})", "3:34",
     R"(account 'a': network null is not a prefix, write it like "192.0.2.0/24" or "2001:db8::/32")"},
    {R"({"id":"a","name":"A","asns":["AS1"]})", "3:30",
     R"(account 'a': AS number must be a number from 1 to 4294967295, not '"AS1"')"},
    {R"({"id":"a","name":"A","asns":[1,0]})", "3:32",
     R"(account 'a': AS number must be a number from 1 to 4294967295, not '0')"},
    {R"({"id":"a","name":"A","asns":[4294967296]})", "3:30",
     R"(account 'a': AS number must be a number from 1 to 4294967295, not '4294967296')"},
    {R"({"id":"a","name":"A","asns":[-1]})", "3:30",
     R"(account 'a': AS number must be a number from 1 to 4294967295, not '-1')"},
    {R"({"id":"a","name":"A","asns":{}})", "3:29",
     R"(account 'a': asns must be a list in brackets, not '{}')"},
    {R"({"id":"a","name":"A","domains":["https://deere.com/"]})", "3:33",
     R"(account 'a': domain "https://deere.com/" is not a host name, write it like "example.com")"},
    {R"({"id":"a","name":"A","domains":["a.com",""]})", "3:41",
     R"(account 'a': domain "" is not a host name, write it like "example.com")"},
    {R"({"id":"a","name":"A","domains":[".a.com"]})", "3:33",
     R"(account 'a': domain ".a.com" is not a host name, write it like "example.com")"},
    {R"({"id":"a","name":"A","segments":["a",""]})", "3:38", R"(account 'a': segment is "", leave it out)"},
    {R"({"id":"a","name":"A","segments":[["a"]]})", "3:34",
     R"(account 'a': segment must be a string, not '["a"]')"},
    {R"({"id":"a","name":"A","segments":"a"})", "3:33",
     R"(account 'a': segments must be a list in brackets, not '"a"')"},
    {R"({"id":"a","name":"A","organizations":[5]})", "3:39",
     R"(account 'a': organization must be a string, not '5')"},
    {R"({"id":"a","name":"A","exclude":"no"})", "3:32",
     R"(account 'a': exclude must be true or false, not '"no"')"},
    {R"({"id":"a","name":"A","exclude":1})", "3:32",
     R"(account 'a': exclude must be true or false, not '1')"},
    {R"("str")", "3:1", R"('"str"' is not an object, each line holds one in braces)"},
    {R"(5)", "3:1", R"('5' is not an object, each line holds one in braces)"},
    {R"(null)", "3:1", R"('null' is not an object, each line holds one in braces)"},
    {R"([])", "3:1", R"('[]' is not an object, each line holds one in braces)"},
    {R"({"id":"a","name":"ä€😀","tier":"silver"})", "3:31",
     R"(account 'a': unknown tier 'silver', write one-to-one, one-to-few, one-to-many or untiered)"},
    {"{\"id\":\"a\",\"name\":\"\xff\"}", "3:19",
     "account 'a': byte 0xff is not valid UTF-8, save the feed as UTF-8"},
    {"{\"id\":\"a\",\"name\":\"\xc3\xa4\xed\xa0\x80\"}", "3:20",
     "account 'a': byte 0xed is not valid UTF-8, save the feed as UTF-8"},
};

TEST(FeedParser, SaysWhereAndWhyALineIsBad) {
  for (const Bad& bad : kLines) {
    expect_first_error(samples::feed_of(std::string(samples::kDeere) + std::string(bad.text)), bad);
    // Neither a newline nor a line after it changes the first message.
    expect_first_error(samples::feed_of(std::string(samples::kDeere) + std::string(bad.text) +
                                        "\n{\"id\":\"z\",\"name\":\"Z\"}\n"),
                       bad);
  }
}

constexpr Bad kHeaders[] = {
    {R"()", "1:1",
     R"(the first line must be the header {"abm":"accounts/1","tenant":"…","version":1,"generated_at":"2026-11-22T03:33:20Z"}, found nothing)"},
    {"\n", "1:1",
     R"(the first line must be the header {"abm":"accounts/1","tenant":"…","version":1,"generated_at":"2026-11-22T03:33:20Z"}, found nothing)"},
    {R"({"id":"x","name":"y"})", "1:1",
     R"(the first line must be the header {"abm":"accounts/1","tenant":"…","version":1,"generated_at":"2026-11-22T03:33:20Z"})"},
    {R"([])", "1:1", R"('[]' is not an object, each line holds one in braces)"},
    {R"({"abm":"accounts/2"})", "1:8",
     R"(format "accounts/2" is not 'accounts/1', this program reads no other version)"},
    {R"({"abm":"rules/1"})", "1:8", R"(format "rules/1" is not 'accounts/1', this is not an account feed)"},
    {R"({"abm":1})", "1:8", R"(format 1 is not 'accounts/1', this is not an account feed)"},
    {"\xef\xbb\xbf{\"abm\":\"accounts/1\"}", "1:1",
     R"(byte order mark before the header, save the feed as UTF-8 without one)"},
    {R"({"abm":"accounts/1")", "1:20", R"(the line ends where ',' or '}' is expected)"},
    {R"({"abm":"accounts/1","tenant":"","version":1,"generated_at":"2026-11-22T03:33:20Z"})", "1:30",
     R"(tenant is "", name the site the feed is for)"},
    {R"({"abm":"accounts/1","tenant":"t","version":-1,"generated_at":"2026-11-22T03:33:20Z"})", "1:44",
     R"(version must be a whole number, 0 or more, not '-1')"},
    {R"({"abm":"accounts/1","tenant":"t","version":"7","generated_at":"2026-11-22T03:33:20Z"})", "1:44",
     R"(version must be a whole number, 0 or more, not '"7"')"},
    {R"({"abm":"accounts/1","tenant":"t","version":1.0,"generated_at":"2026-11-22T03:33:20Z"})", "1:44",
     R"(version must be a whole number, 0 or more, not '1.0')"},
    {R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"yesterday"})", "1:61",
     R"(generated_at "yesterday" is not an RFC 3339 time, write it like "2026-11-22T03:33:20Z")"},
    {R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":1763780000})", "1:61",
     R"(generated_at must be a string, not '1763780000')"},
    {R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-22T03:33:20Z","expires_at":"2026-02-30T00:00:00Z"})",
     "1:97",
     R"(expires_at "2026-02-30T00:00:00Z" is not an RFC 3339 time, write it like "2026-11-22T03:33:20Z")"},
    {R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-22T03:33:20Z","expires_at":"2026-11-22T03:33:20Z"})",
     "1:97", R"(expires_at is not after generated_at)"},
    {R"({"abm":"accounts/1","tenant":"t","version":1})", "1:1",
     R"(the header has no 'generated_at', which is required)"},
    {R"({"abm":"accounts/1","version":1,"version":2,"tenant":"t","generated_at":"2026-11-22T03:33:20Z"})",
     "1:33", R"(duplicate key 'version', keep one)"},
};

TEST(FeedParser, SaysWhereAndWhyAHeaderIsBad) {
  for (const Bad& bad : kHeaders) {
    expect_first_error(bad.text, bad);
    Diagnostics diagnostics;
    EXPECT_FALSE(parse_feed_header(bad.text, "feed.ndjson", {}, diagnostics));
    EXPECT_FALSE(diagnostics.ok());
  }
}

TEST(FeedParser, RefusesDuplicateIdWithBothLines) {
  const std::string feed = samples::feed_of(R"({"id":"a","name":"A"})"
                                            "\n"
                                            R"({"id":"b","name":"B"})"
                                            "\n"
                                            R"({"name":"A again","id":"a"})"
                                            "\n");
  EXPECT_EQ(
      samples::parse(feed).diagnostics.first_error(),
      "feed.ndjson:4:24: account 'a': duplicate id 'a' on lines 2 and 4, keep one (the feed is refused)");
}

TEST(FeedParser, RefusesTwoIdsThatShareAKeyWithBothLines) {
  const auto& [one, other] = samples::kIdsOfOneKey;
  ASSERT_EQ(hash64(one), hash64(other));
  const std::string feed =
      samples::feed_of(fmt::format("{{\"id\":\"{}\",\"name\":\"A\"}}\n"
                                   "{{\"id\":\"b\",\"name\":\"B\"}}\n"
                                   "{{\"id\":\"{}\",\"name\":\"C\"}}\n",
                                   one, other));
  EXPECT_EQ(samples::parse(feed).diagnostics.first_error(),
            fmt::format("feed.ndjson:4:7: account '{}': the ids on lines 2 and 4 differ and share the key "
                        "57eab2348ec88d43, rename one (the feed is refused)",
                        other));
}

TEST(FeedParser, ReportsAllErrorsOfALine) {
  const auto parsed =
      samples::parse(samples::feed_of(R"({"id":"A","name":"","tier":"x","employees":-1,"asns":[0,0]})"));
  EXPECT_EQ(parsed.diagnostics.errors(), 6u) << parsed.diagnostics.format();
}

TEST(FeedParser, StopsAfter20Errors) {
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "{}\n";
  const auto parsed = samples::parse(samples::feed_of(lines));
  EXPECT_FALSE(parsed.summary);
  EXPECT_EQ(parsed.diagnostics.errors(), 20u);
  EXPECT_EQ(parsed.diagnostics.all().back().message, "stopped reading after 20 errors");
}

TEST(FeedParser, ShowsTheLineUnderTheMessage) {
  const auto parsed = samples::parse(samples::feed_of("{\"id\":\"a\",\"name\":\"\xc3\xa4\xff\"}"));
  EXPECT_EQ(parsed.diagnostics.format(),
            "feed.ndjson:2:20: account 'a': byte 0xff is not valid UTF-8, save the feed as UTF-8 (the feed "
            "is refused)\n"
            "  {\"id\":\"a\",\"name\":\"\xc3\xa4\ufffd\"}\n"
            "                     ^\n");
}

TEST(FeedParser, RefusesWhatIsLargerThanItsLimits) {
  FeedLimits limits;
  limits.max_accounts = 2;
  EXPECT_EQ(samples::parse(samples::generated_feed(3), limits).diagnostics.first_error(),
            "feed.ndjson:4:1: more than 2 accounts (the feed is refused)");
  limits = {};
  limits.max_line_bytes = 100;
  const std::string long_line = R"({"id":"a","name":")" + std::string(100, 'x') + "\"}";
  EXPECT_EQ(samples::parse(samples::feed_of(long_line), limits).diagnostics.first_error(),
            "feed.ndjson:2:1: the line has 120 bytes, at most 100 are allowed (the feed is refused)");
}

TEST(FeedParser, DoesNotTakeTheBlankBeginningOfALongLineForAnEmptyLine) {
  FeedLimits limits;
  limits.max_line_bytes = 1000;
  for (const size_t blanks : {size_t{1000}, size_t{1001}, size_t{100'000}}) {
    const auto parsed =
        samples::parse(samples::feed_of(std::string(blanks, ' ') + R"({"id":"a","name":"A"})"), limits);
    EXPECT_FALSE(parsed.summary) << blanks;
    EXPECT_EQ(parsed.diagnostics.first_error(),
              fmt::format("feed.ndjson:2:1: the line has {} bytes, at most 1000 are allowed (the feed is "
                          "refused)",
                          blanks + 21));
  }
}

TEST(FeedParser, HoldsTheLimitsOfLists) {
  const auto list_of = [](std::string_view key, size_t count, auto element) {
    std::string line = fmt::format(R"({{"id":"a","name":"A","{}":[)", key);
    for (size_t i = 0; i < count; ++i) line += fmt::format("{}{}", i == 0 ? "" : ",", element(i));
    return samples::feed_of(line + "]}");
  };
  const auto text = [](size_t i) { return fmt::format("\"x{}.com\"", i); };
  const auto number = [](size_t i) { return std::to_string(i + 1); };
  for (const auto& [key, limit] : {std::pair("segments", kMaxSegments), std::pair("domains", kMaxDomains),
                                   std::pair("organizations", kMaxOrganizations)}) {
    EXPECT_TRUE(samples::parse(list_of(key, limit, text)).summary) << key;
    EXPECT_FALSE(samples::parse(list_of(key, limit + 1, text)).summary) << key;
  }
  EXPECT_TRUE(samples::parse(list_of("asns", kMaxNetworks, number)).summary);
  EXPECT_FALSE(samples::parse(list_of("asns", kMaxNetworks + 1, number)).summary);

  for (const size_t count : {kMaxAttributes, kMaxAttributes + 1}) {
    std::string line = R"({"id":"a","name":"A","attributes":{)";
    for (size_t i = 0; i < count; ++i) line += fmt::format("{}\"a{}\":\"x\"", i == 0 ? "" : ",", i);
    EXPECT_EQ(samples::parse(samples::feed_of(line + "}}")).summary.has_value(), count == kMaxAttributes);
  }
}

TEST(FeedParser, HoldsTheLimitOfText) {
  for (const size_t bytes : {kMaxTextBytes, kMaxTextBytes + 1}) {
    const std::string text(bytes, 'x');
    for (const char* shape : {R"({{"id":"a","name":"{}"}})", R"({{"id":"a","name":"A","segments":["{}"]}})",
                              R"({{"id":"a","name":"A","attributes":{{"k":"{}"}}}})",
                              R"({{"id":"a","name":"A","attributes":{{"{}":"v"}}}})"}) {
      const auto parsed = samples::parse(samples::feed_of(fmt::format(fmt::runtime(shape), text)));
      EXPECT_EQ(parsed.summary.has_value(), bytes == kMaxTextBytes) << parsed.diagnostics.format();
    }
  }
}

TEST(FeedParser, RefusesAMillionBracketsAtOnce) {
  for (const char* bracket : {"[", "{\"a\":"}) {
    std::string line = R"({"id":"a","name":"A","x":)";
    for (int i = 0; i < 1'000'000 && line.size() < 4'000'000; ++i) line += bracket;
    const auto parsed = samples::parse(samples::feed_of(line));
    EXPECT_NE(parsed.diagnostics.first_error().find("nesting deeper than 8 levels"), std::string::npos);
  }
}

TEST(FeedParser, ReportsLongHostileLinesInShortMessages) {
  const std::string huge(3'000'000, 'x');
  for (const std::string& line :
       {R"({"id":"a","name":"A","attributes":{")" + huge + R"(":5}})",
        R"({"id":"a","name":"A","tier":")" + huge + R"("})", R"({"id":")" + huge + R"(","name":"A"})",
        R"({"id":"a","name":)" + huge + "}"}) {
    const auto parsed = samples::parse(samples::feed_of(line));
    EXPECT_FALSE(parsed.summary);
    EXPECT_LT(parsed.diagnostics.format().size(), 2000u);
  }
}

}  // namespace
}  // namespace abm::accounts
