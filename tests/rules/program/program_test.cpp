// The file format under attack: cut anywhere, any bit flipped, or damaged with a corrected hash.
#include "rules/program/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "accounts/snapshot.h"
#include "base/file.h"
#include "base/hash.h"
#include "rules/compile/compile.h"
#include "rules/match/explain.h"
#include "rules/placeholder.h"
#include "tests/places.h"
#include "tests/rules/program/program_probe.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

/// A small ruleset with a record in every section.
Ruleset with_everything() {
  samples::Generator generator(5);
  Ruleset ruleset = generator.ruleset(6);
  ruleset.control = {1000, "2026-q4"};
  SlotRewrite rewrite = samples::content(0, "Hello {{account.industry|you}}");
  rewrite.attributes = {{"href", samples::text("/for/{{account.id}}", rewrite::Place::kUrlDoubleQuoted)},
                        {"title", std::nullopt}};
  rewrite.add_classes = {"on"};
  rewrite.remove_classes = {"off"};
  rewrite.before = samples::text("<b>{{account.attributes.n1}}</b>");
  SlotRewrite file;
  file.slot = 1;
  file.html_file = samples::text("industry/{{account.industry}}.html");
  file.fragments = {
      {"industry/w1.html", std::make_shared<rewrite::Template>(samples::text("<i>{{account.name}}</i>"))},
      {"industry/w2.html", std::make_shared<rewrite::Template>(samples::text("<i>two</i>"))}};
  Rule rule = samples::rule("everything",
                            samples::all({samples::test(Subject::kPath, {"/**", "/a/*/b"}),
                                          samples::test(Subject::kSegment, {"w1", "defined0", "defined1"}),
                                          samples::range(Subject::kIntent, 1, 9)}),
                            {rewrite, file});
  rule.when.children[2].test.numbers = {4, 5};
  rule.variants = {{"one", 1, {rewrite, file}}, {"two", 2, {rewrite}}};
  rule.rewrite.clear();
  rule.signal = Signal{"seen", "call"};
  ruleset.rules.push_back(rule);
  ruleset.rules.push_back(
      samples::rule("plain", samples::test(Subject::kPath, {"/pricing", "/a/**"}), {rewrite, file}));
  ruleset.rules.back().priority = 9;
  return ruleset;
}

std::string compiled(const Ruleset& ruleset) {
  Result<std::string> bytes = compile_rules(ruleset);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.message());
  return bytes.ok() ? *bytes : std::string();
}

class ProgramFile : public ::testing::Test {
 protected:
  ProgramFile() : bytes_(compiled(with_everything())) {
    samples::Generator generator(6);
    snapshot_bytes_ = samples::snapshot_bytes(generator.accounts(4));
  }
  std::string bytes_, snapshot_bytes_;
};

TEST_F(ProgramFile, HasARecordInEverySection) {
  format::Header header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  for (size_t i = 0; i < format::kSections; ++i) EXPECT_GT(header.sections[i].count, 0u) << i;
}

TEST_F(ProgramFile, SameRulesetGivesSameBytes) {
  EXPECT_EQ(compiled(with_everything()), bytes_);
}

TEST_F(ProgramFile, TellsWhatItWasCompiledFrom) {
  const Result<Program> program = Program::open(bytes_);
  ASSERT_TRUE(program.ok()) << program.message();
  EXPECT_EQ(program->rule_count(), 8u);
  EXPECT_EQ(program->slot_count(), 4u);
  EXPECT_EQ(program->slot_name(2), "s2");
  EXPECT_EQ(program->slot_selector(2), "#s2");
  EXPECT_EQ(program->control_buckets(), 1000u);
  EXPECT_EQ(program->control_salt(), "2026-q4");
  const RuleInfo info = program->rule(6);
  EXPECT_EQ(info.id, "everything");
  EXPECT_EQ(info.file, "rules.yaml");
  EXPECT_EQ(info.signal_name, "seen");
  EXPECT_EQ(info.signal_next, "call");
  EXPECT_EQ(info.variants, 2u);
  EXPECT_EQ(program->variant_id(6, 1), "two");
  EXPECT_EQ(program->variant_id(6, 2), "");
  EXPECT_EQ(program->rule(7).variants, 0u);
  EXPECT_EQ(program->rule(7).priority, 9);
  EXPECT_EQ(program->selectors().size(), 4u);
}

TEST_F(ProgramFile, RefusesTruncationAtEveryLength) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    const std::string cut = bytes_.substr(0, size);
    ASSERT_FALSE(Program::open(cut).ok()) << size;
  }
  EXPECT_FALSE(Program::open(bytes_ + std::string(8, '\0')).ok());
}

TEST_F(ProgramFile, RefusesEveryFlippedBit) {
  for (size_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    bytes_[bit / 8] = static_cast<char>(bytes_[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(Program::open(bytes_).ok()) << bit;
    bytes_[bit / 8] = static_cast<char>(bytes_[bit / 8] ^ (1 << (bit % 8)));
  }
  EXPECT_TRUE(Program::open(bytes_).ok());
}

TEST_F(ProgramFile, RefusesBytesThatAreNotAligned) {
  const std::string shifted = "x" + bytes_;
  EXPECT_FALSE(Program::open(std::string_view(shifted).substr(1)).ok());
}

TEST_F(ProgramFile, SaysWhatIsWrong) {
  std::string other = bytes_;
  other[8] = 6;
  EXPECT_EQ(Program::open(other).message(),
            "rules.bin: format version 6, this program reads 1 to 5; the rules are refused, publish again");
  other = bytes_;
  other.back() = static_cast<char>(other.back() ^ 1);
  EXPECT_EQ(Program::open(other).message(),
            "rules.bin: the contents do not match the header's hash; the rules are refused, publish again");
}

/// A site of one slot and one rule, which edits it.
std::string file_delivered(Deliver deliver, std::string_view path = "/x") {
  Ruleset site = samples::ruleset(1, {samples::rule("r", samples::test(Subject::kPath, {std::string(path)}),
                                                    {samples::content(0, "x")})});
  site.slots[0].deliver = deliver;
  return *compile_rules(site);
}

TEST(ProgramDelivery, RaisesTheVersionOnlyWhereTheScriptDelivers) {
  EXPECT_EQ(file_delivered(Deliver::kAsConfigured)[8], 1);
  EXPECT_EQ(file_delivered(Deliver::kHtml)[8], 1);
  EXPECT_EQ(file_delivered(Deliver::kHtml, "/l\xc3\xb6")[8], 2);
  EXPECT_EQ(file_delivered(Deliver::kScript)[8], 3);
  for (const Deliver deliver : {Deliver::kAsConfigured, Deliver::kHtml, Deliver::kScript}) {
    const std::string bytes = file_delivered(deliver);
    const auto program = Program::open(bytes);
    ASSERT_TRUE(program.ok()) << program.message();
    EXPECT_EQ(program->tables().rewrites[0].deliver, static_cast<uint8_t>(deliver));
  }
}

TEST(ProgramDelivery, RefusesWhatItsVersionDoesNotHave) {
  std::string bytes = file_delivered(Deliver::kScript);
  bytes[8] = 2;
  EXPECT_EQ(Program::open(bytes).message(),
            "rules.bin: rewrite 0 is out of range; the rules are refused, publish again");
  bytes = file_delivered(Deliver::kHtml);
  bytes[8] = 3;
  EXPECT_EQ(Program::open(bytes).message(),
            "rules.bin: version 3 is out of range; the rules are refused, publish again");
}

/// The file of a rule with this condition and text.
std::string file_about(Condition when, std::string_view text) {
  return compiled(samples::ruleset(1, {samples::rule("r", std::move(when), {samples::content(0, text)})}));
}

TEST(ProgramActivity, RaisesTheVersionOnlyForWhatVisitsMadeOfAnAccount) {
  const Condition path = samples::test(Subject::kPath, {"/x"});
  EXPECT_EQ(file_about(path, "x")[8], 1);
  EXPECT_EQ(file_about(samples::range(Subject::kEngagement, 1), "{{account.engagement|0}}")[8], 1);
  for (const Subject subject : {Subject::kVisits7d, Subject::kVisits30d, Subject::kPeople7d,
                                Subject::kPeople30d, Subject::kQuietDays, Subject::kFirstSeenDays})
    EXPECT_EQ(file_about(samples::range(subject, 1), "x")[8], 4);
  EXPECT_EQ(file_about(samples::test(Subject::kVisited, {"/x"}), "x")[8], 4);
  EXPECT_EQ(file_about(samples::test(Subject::kVisited, {"/l\xc3\xb6"}), "x")[8], 4);
  for (const char* name :
       {"visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days", "first_seen_days", "moved"})
    EXPECT_EQ(file_about(path, "{{account." + std::string(name) + "|x}}")[8], 4) << name;
}

TEST(ProgramFamilies, RaiseTheVersionOnlyWhereTheyDrawLots) {
  Ruleset site = samples::ruleset(1, {samples::rule("r", {}, {samples::content(0, "x")})});
  site.control = {1000, "q4"};
  EXPECT_EQ(compiled(site)[8], 1);
  site.control.by_family = true;
  std::string bytes = compiled(site);
  EXPECT_EQ(bytes[8], 5);
  EXPECT_TRUE(Program::open(bytes)->draws_by_family());
  const auto with_flags = [&](uint32_t flags, char version) {
    std::string changed = bytes;
    changed[8] = version;
    std::memcpy(changed.data() + offsetof(format::Header, flags), &flags, sizeof flags);
    const uint64_t hash = hash64(std::string_view(changed).substr(format::kHashedFrom));
    std::memcpy(changed.data() + offsetof(format::Header, hash), &hash, sizeof hash);
    const auto opened = Program::open(changed);
    return opened ? std::string() : opened.message();
  };
  EXPECT_EQ(with_flags(0, 5), "rules.bin: version 5 is out of range; the rules are refused, publish again");
  EXPECT_EQ(with_flags(1, 4), "rules.bin: version 4 is out of range; the rules are refused, publish again");
  EXPECT_EQ(with_flags(3, 5), "rules.bin: flags 0 is out of range; the rules are refused, publish again");
  EXPECT_EQ(with_flags(0, 1), "");
}

TEST(ProgramActivity, RefusesWhatItsVersionDoesNotHave) {
  std::string bytes = file_about(samples::test(Subject::kVisited, {"/x"}), "x");
  ASSERT_TRUE(Program::open(bytes).ok());
  bytes[8] = 1;
  EXPECT_EQ(Program::open(bytes).message(),
            "rules.bin: version 1 is out of range; the rules are refused, publish again");
  bytes = file_about(samples::test(Subject::kPath, {"/x"}), "x");
  bytes[8] = 4;
  EXPECT_EQ(Program::open(bytes).message(),
            "rules.bin: version 4 is out of range; the rules are refused, publish again");
}

TEST(ProgramActivity, RefusesDaysThatNoPageIsKnownOf) {
  for (const int64_t days : {int64_t{-1}, int64_t{30}, INT64_MAX}) {
    std::string bytes = file_about(samples::test(Subject::kVisited, {"/x"}), "x");
    const auto program = Program::open(bytes);
    ASSERT_TRUE(program.ok()) << program.message();
    EXPECT_EQ(program->tables().tests[0].max, 29);
    const auto at = reinterpret_cast<const char*>(&program->tables().tests[0].max) - bytes.data();
    std::memcpy(bytes.data() + at, &days, sizeof days);
    const uint64_t hash = hash64(std::string_view(bytes).substr(format::kHashedFrom));
    std::memcpy(bytes.data() + offsetof(format::Header, hash), &hash, sizeof hash);
    EXPECT_EQ(Program::open(bytes).message(),
              "rules.bin: test 0 is out of range; the rules are refused, publish again");
  }
}

TEST(ProgramActivity, TellsWhichRulesDependOnVisits) {
  using samples::rule, samples::test, samples::range;
  const SlotRewrite edit = samples::content(0, "x");
  Ruleset site = samples::ruleset(
      1, {rule("plain",
               samples::all({test(Subject::kIndustry, {"energy"}), range(Subject::kIntent, 5),
                             test(Subject::kSegment, {"large"}), test(Subject::kPath, {"/x"})}),
               {edit}),
          rule("score", range(Subject::kEngagement, 5), {edit}),
          rule("deep",
               samples::any(
                   {test(Subject::kIndustry, {"energy"}), samples::negated(range(Subject::kQuietDays, 3))}),
               {edit}),
          rule("page", test(Subject::kVisited, {"/a"}), {edit}),
          rule("group", test(Subject::kSegment, {"large", "ACTIVE"}), {edit}),
          rule("stage", test(Subject::kStage, {"engaged"}), {edit}),
          rule("staged", test(Subject::kSegment, {"staged"}), {edit}),
          rule("tier", test(Subject::kTier, {"one-to-few"}), {edit}),
          rule("play", test(Subject::kPlay, {"rescue"}), {edit}), rule("all", {}, {edit})});
  site.segments = {{"active", range(Subject::kVisits7d, 1), {}},
                   {"large", range(Subject::kEmployees, 1000), {}},
                   {"staged", test(Subject::kStage, {"engaged"}), {}}};
  const std::string bytes = compiled(site);
  const auto program = Program::open(bytes);
  ASSERT_TRUE(program.ok()) << program.message();
  const auto depending = [&](MovedFields moved) {
    std::string ids;
    for (uint32_t i = 0; i < program->rule_count(); ++i) {
      if (program->depends_on_visits(i, moved)) ids += std::string(program->rule(i).id) + " ";
    }
    return ids;
  };
  EXPECT_EQ(depending({}), "score deep page group ");
  EXPECT_EQ(depending({.stage = true}), "score deep page group stage staged ");
  EXPECT_EQ(depending({.tier = true}), "score deep page group tier ");
  EXPECT_EQ(depending({.play = true}), "score deep page group play ");
}

/// Version 1 as it was written before there were fields that visits change: the numbers of all fields and
/// sources mean what they meant.
TEST(ProgramActivity, LeavesOlderFilesTheirMeaning) {
  const auto bytes = read_file(places::source_folder() + "/tests/rules/program/rules_version_1.bin", 1 << 20);
  ASSERT_TRUE(bytes) << bytes.message();
  const auto program = Program::open(*bytes);
  ASSERT_TRUE(program.ok()) << program.message();
  accounts::Account deere = samples::account("deere");
  const auto text = [&](accounts::TextField field) -> std::string& {
    return deere.text[static_cast<size_t>(field)];
  };
  text(accounts::TextField::kIndustry) = "manufacturing";
  text(accounts::TextField::kCountry) = "US";
  text(accounts::TextField::kRegion) = "IL";
  text(accounts::TextField::kStage) = "opportunity";
  text(accounts::TextField::kPlay) = "engaged-acceleration";
  text(accounts::TextField::kOwner) = "owner@example.com";
  deere.domains = {"deere.com"};
  text(accounts::TextField::kDomain) = "deere.com";
  deere.tier = accounts::Tier::kOneToOne;
  deere.segments = {"ag-equipment"};
  deere.numbers = {83000, 51700000000, 88, 72, 1, 2, 3, 4, 5, 6};
  deere.attributes = {{"competitor", "AGCO"}, {"role", "plant manager"}};
  const std::string file = samples::snapshot_bytes({deere});
  const auto snapshot = accounts::Snapshot::open(file);
  ASSERT_TRUE(snapshot.ok()) << snapshot.message();
  const accounts::AccountView account = snapshot->at(0);
  Visit visit;
  visit.account = &account;
  visit.confidence = Confidence::kHigh;
  visit.host = "www.acme.example";
  visit.path = "/pricing";
  visit.query = "q=x";
  visit.language = "en";
  const auto explained = explain(*program, visit);
  ASSERT_EQ(explained.size(), 1u);
  EXPECT_EQ(explained[0].reason, "");
  std::vector<std::string> names;
  for (const format::Part& part : program->tables().parts) {
    if (part.source != format::kNone)
      names.push_back(placeholder_name(part.source, program->tables()[part.name]));
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "account.id", "account.name", "account.domain", "account.industry", "account.country",
                       "account.region", "account.stage", "account.play", "account.owner", "account.parent",
                       "account.tier", "account.employees", "account.revenue_usd", "account.intent",
                       "account.engagement", "account.attributes.role", "page.path"}));
}

/// The file of a rule for one industry and one path, as a program wrote it that folds only ASCII letters if
/// `first_version`.
std::string file_for(const std::string& industry, const std::string& path, bool first_version) {
  const Rule rule = samples::rule(
      "r",
      samples::all({samples::test(Subject::kIndustry, {industry}), samples::test(Subject::kPath, {path})}),
      {samples::content(0, "x")});
  std::string bytes = *compile_rules(samples::ruleset(1, {rule}));
  if (first_version) bytes[8] = 1;
  return bytes;
}

TEST(ProgramVersion, IsTheFirstUnlessTextBeyondAsciiIsCompared) {
  EXPECT_EQ(file_for("Food", "/x", false)[8], 1);
  EXPECT_EQ(file_for("Öl", "/x", false)[8], 2);
  EXPECT_EQ(file_for("Food", "/öl", false)[8], 2);
  EXPECT_TRUE(Program::open(file_for("Öl", "/öl", false)).ok());
}

TEST(ProgramVersion, TheFirstIsServedWhereBothVersionsCompareAlike) {
  EXPECT_TRUE(Program::open(file_for("öl", "/lösungen/**", true)).ok());
  // What the first version's writer left in capitals would match nothing now.
  std::string bytes = file_for("öl", "/x", true);
  bytes.replace(bytes.find("öl"), 3, "Öl");
  const uint64_t hash = hash64(std::string_view(bytes).substr(format::kHashedFrom));
  std::memcpy(bytes.data() + offsetof(format::Header, hash), &hash, sizeof hash);
  EXPECT_EQ(Program::open(bytes).message(),
            "rules.bin: 'Öl' is from a program that compared only ASCII letters without case; the rules are "
            "refused, publish again");
}

TEST_F(ProgramFile, CountsAndOffsetsOfAllOnesAreRefusedOrHarmless) {
  const Result<accounts::Snapshot> accounts = accounts::Snapshot::open(snapshot_bytes_);
  ASSERT_TRUE(accounts.ok());
  size_t refused = 0;
  for (size_t at = format::kHashedFrom; at + 4 <= bytes_.size(); at += 4) {
    std::string damaged = bytes_;
    std::memset(damaged.data() + at, 0xff, 4);
    reseal(damaged);
    const Result<Program> program = Program::open(damaged);
    refused += program.ok() ? 0 : 1;
    if (program.ok()) static_cast<void>(use_all(*program, *accounts));
  }
  EXPECT_GT(refused, 500u);
}

TEST_F(ProgramFile, EveryDamagedByteIsRefusedOrHarmless) {
  const Result<accounts::Snapshot> accounts = accounts::Snapshot::open(snapshot_bytes_);
  ASSERT_TRUE(accounts.ok());
  std::mt19937 random(9);
  size_t opened = 0;
  for (size_t at = 0; at < bytes_.size(); ++at) {
    std::string damaged = bytes_;
    damaged[at] = static_cast<char>(damaged[at] ^ (1u << (random() % 8)));
    if (random() % 4 == 0) damaged[random() % damaged.size()] = static_cast<char>(random());
    reseal(damaged);
    const Result<Program> program = Program::open(damaged);
    if (!program) continue;
    ++opened;
    static_cast<void>(use_all(*program, *accounts));
  }
  EXPECT_GT(opened, 100u);
}

}  // namespace
}  // namespace abm::rules
