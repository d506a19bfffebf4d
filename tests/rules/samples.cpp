#include "samples.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "rules/compile/compile.h"

namespace abm::rules::samples {
namespace {

const std::vector<std::string> kPaths = {
    "/",        "/pricing",          "/solutions/**", "/solutions/*/case",
    "/**",      "/blog/*",           "**/case",       "/solutions/aero/**",
    "/A*/**/z", "/pricing/*/annual", "/LÖSUNGEN/**",  "/socie\u0301te\u0301/*",
    "/**/öl"};
const std::vector<std::string> kVisitPaths = {"/",
                                              "/pricing",
                                              "/Solutions/aero/case",
                                              "/blog/x",
                                              "/a/z",
                                              "/solutions/a/b",
                                              "/ab/c/d/z",
                                              "/Pricing/x/annual",
                                              "/nothing",
                                              "/solutions/aero/",
                                              "/lösungen/öl",
                                              "/Lo\u0308SUNGEN/x/O\u0308L",
                                              "/SOCIÉTÉ/\xff",
                                              "/société/ÖL"};
const std::vector<std::string> kHosts = {"www.acme.example", "acme.example", "shop.example"};
const std::vector<std::string> kLanguages = {"de", "en", "de-ch", "fr"};
const std::vector<std::string> kTiers = {"one-to-one", "one-to-few", "one-to-many", "untiered"};
const std::vector<std::string> kQueries = {
    "", "utm=w1", "utm=W2&x=1", "utm=w%33", "x=w1&utm=", "y=1&&utm=w1&utm=w2", "utm=%C3%96L", "utm=o\u0308l"};
const std::vector<std::string> kAcceptLanguages = {"", "de-CH, de;q=0.9", "en;q=0.2, fr;q=0.8", "DE", "*"};

}  // namespace

Condition test(Subject subject, std::vector<std::string> values, std::string name) {
  Condition condition;
  condition.kind = Condition::Kind::kTest;
  condition.test.subject = subject;
  condition.test.values = std::move(values);
  condition.test.name = std::move(name);
  return condition;
}

Condition range(Subject subject, std::optional<int64_t> min, std::optional<int64_t> max) {
  Condition condition = test(subject, {});
  condition.test.min = min;
  condition.test.max = max;
  return condition;
}

Condition all(std::vector<Condition> children) {
  return {Condition::Kind::kAll, std::move(children), {}};
}
Condition any(std::vector<Condition> children) {
  return {Condition::Kind::kAny, std::move(children), {}};
}
Condition negated(Condition child) {
  return {Condition::Kind::kNot, {std::move(child)}, {}};
}

rewrite::Template text(std::string_view source, rewrite::Place place) {
  rewrite::Template out;
  while (!source.empty()) {
    const size_t open = std::min(source.find("{{"), source.size());
    if (open > 0) out.parts.emplace_back(std::string(source.substr(0, open)));
    source.remove_prefix(open);
    if (source.empty()) break;
    const size_t close = source.find("}}");
    std::string_view inside = source.substr(2, close - 2);
    rewrite::Placeholder placeholder;
    placeholder.place = place;
    const size_t bar = inside.find('|');
    placeholder.source = inside.substr(0, bar);
    if (bar != std::string_view::npos) placeholder.default_value = inside.substr(bar + 1);
    out.parts.emplace_back(placeholder);
    source.remove_prefix(close + 2);
  }
  return out;
}

SlotRewrite content(uint32_t slot, std::string_view source) {
  SlotRewrite rewrite;
  rewrite.slot = slot;
  rewrite.content = text(source);
  return rewrite;
}

Slot slot(std::string name) {
  Slot slot;
  slot.selector_text = "#" + name;
  slot.name = std::move(name);
  EXPECT_FALSE(rewrite::parse_selector(slot.selector_text, slot.selector).has_value());
  return slot;
}

Rule rule(std::string id, Condition when, std::vector<SlotRewrite> rewrite) {
  Rule rule;
  rule.id = std::move(id);
  rule.when = std::move(when);
  rule.rewrite = std::move(rewrite);
  return rule;
}

Ruleset ruleset(uint32_t slots, std::vector<Rule> rules) {
  Ruleset ruleset;
  ruleset.files = {"rules.yaml"};
  for (uint32_t i = 0; i < slots; ++i) ruleset.slots.push_back(slot("s" + std::to_string(i)));
  ruleset.rules = std::move(rules);
  return ruleset;
}

accounts::Account account(std::string id) {
  accounts::Account account;
  account.text[static_cast<size_t>(accounts::TextField::kName)] = "Name of " + id;
  account.text[static_cast<size_t>(accounts::TextField::kId)] = std::move(id);
  return account;
}

std::string snapshot_bytes(const std::vector<accounts::Account>& accounts) {
  accounts::SnapshotWriter writer;
  for (const accounts::Account& account : accounts) writer.add(account);
  accounts::FeedHeader header;
  header.tenant = "acme-web";
  header.version = 1;
  Result<std::string> bytes = writer.finish(header);
  EXPECT_TRUE(bytes.ok());
  return bytes.ok() ? *bytes : std::string();
}

Site::Site(const Ruleset& ruleset, const std::vector<accounts::Account>& accounts)
    : snapshot_bytes_(samples::snapshot_bytes(accounts)) {
  Result<std::string> compiled = compile_rules(ruleset);
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.message());
  program_bytes_ = *compiled;
  Result<Program> program = Program::open(program_bytes_);
  EXPECT_TRUE(program.ok()) << (program.ok() ? "" : program.message());
  program_.emplace(*program);
  Result<accounts::Snapshot> snapshot = accounts::Snapshot::open(snapshot_bytes_);
  EXPECT_TRUE(snapshot.ok()) << (snapshot.ok() ? "" : snapshot.message());
  snapshot_.emplace(*snapshot);
  matcher_ = Matcher::create(*program_);
}

std::string Generator::word() {
  static const std::vector<std::string> kWords = {"w0", "w1", "w2", "w3", "öl", "société"};
  return kWords[below(kWords.size())];
}

std::string Generator::any_case(std::string text) {
  static const std::vector<std::string> kOil = {"öl", "ÖL", "Öl", "o\u0308l", "O\u0308L"};
  static const std::vector<std::string> kFirm = {"société", "SOCIÉTÉ", "socie\u0301té", "SOCIE\u0301TÉ"};
  if (text == kOil[0]) return kOil[below(kOil.size())];
  if (text == kFirm[0]) return kFirm[below(kFirm.size())];
  for (char& c : text) {
    if (below(2) == 0 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::vector<std::string> Generator::words(const std::vector<std::string>& from, size_t most) {
  std::vector<std::string> chosen;
  for (size_t i = 1 + below(most); i > 0; --i)
    chosen.push_back(from.empty() ? word() : from[below(from.size())]);
  return chosen;
}

Condition Generator::one_test(bool account_only, bool segments) {
  constexpr size_t kOfPages =
      static_cast<size_t>(Subject::kLanguage) - static_cast<size_t>(Subject::kHost) + 1;
  size_t number = below(account_only ? kSubjects - kOfPages : kSubjects);
  if (account_only && number >= static_cast<size_t>(Subject::kHost)) number += kOfPages;
  const auto subject = static_cast<Subject>(number);
  switch (subject) {
    case Subject::kAccount: {
      std::vector<std::string> ids;
      for (size_t i = 1 + below(3); i > 0; --i) ids.push_back("a" + std::to_string(below(24)));
      return test(subject, ids);
    }
    case Subject::kTier:
      return test(subject, words(kTiers, 2));
    case Subject::kSegment: {
      std::vector<std::string> names = words({}, 2);
      if (segments && below(2) == 0) names.push_back("defined" + std::to_string(below(4)));
      return test(subject, names);
    }
    case Subject::kEmployees:
    case Subject::kRevenueUsd:
    case Subject::kIntent:
    case Subject::kEngagement:
    case Subject::kVisits7d:
    case Subject::kVisits30d:
    case Subject::kPeople7d:
    case Subject::kPeople30d:
    case Subject::kQuietDays:
    case Subject::kFirstSeenDays: {
      if (below(4) == 0) {
        Condition exact = test(subject, {});
        exact.test.numbers = {static_cast<int64_t>(below(10)), static_cast<int64_t>(below(10))};
        return exact;
      }
      const auto min = static_cast<int64_t>(below(8));
      return range(subject, below(3) == 0 ? std::nullopt : std::optional(min),
                   below(2) == 0 ? std::nullopt : std::optional(min + static_cast<int64_t>(below(4))));
    }
    case Subject::kConfidence: {
      Condition confidence = test(subject, {});
      confidence.test.confidence = static_cast<Confidence>(1 + below(3));
      return confidence;
    }
    case Subject::kAttribute:
      return test(subject, words({}, 2), "n" + std::to_string(below(3)));
    case Subject::kHost:
      return test(subject, words(kHosts, 2));
    case Subject::kPath:
      return test(subject, words(kPaths, 3));
    case Subject::kQuery:
      return test(subject, words({}, 3), "utm");
    case Subject::kVisited: {
      Condition visited = test(subject, words(kPaths, 2));
      visited.test.days = static_cast<uint32_t>(1 + below(accounts::kPageDays));
      return visited;
    }
    case Subject::kLanguage:
      return test(subject, words(kLanguages, 2));
    default:
      return test(subject, words({}, 2));
  }
}

Condition Generator::condition(int depth, bool account_only, bool segments) {
  if (depth == 0 || below(3) == 0) return one_test(account_only, segments);
  if (below(5) == 0) return negated(condition(depth - 1, account_only, segments));
  std::vector<Condition> children;
  for (size_t i = below(4); i > 0; --i) children.push_back(condition(depth - 1, account_only, segments));
  return below(3) == 0 ? any(std::move(children)) : all(std::move(children));
}

std::vector<SlotRewrite> Generator::rewrites() {
  std::vector<SlotRewrite> made;
  for (uint32_t slot = 0; slot < 4; ++slot) {
    if (below(3) == 0) made.push_back(content(slot, "text of {{account.name}}"));
  }
  return made;
}

Ruleset Generator::ruleset(size_t rules) {
  Ruleset made = samples::ruleset(4, {});
  made.control = {static_cast<uint32_t>(below(3) * 2000), "salt" + std::to_string(below(5))};
  for (size_t i = 0; i < 4; ++i) {
    made.segments.push_back({"Defined" + std::to_string(i), condition(2, true, false), {}});
  }
  for (size_t i = 0; i < rules; ++i) {
    Rule added = rule("r" + std::to_string(i), condition(3, false, true), {});
    if (below(3) == 0) {
      for (size_t v = 1 + below(3); v > 0; --v) {
        added.variants.push_back({"v" + std::to_string(v), static_cast<uint32_t>(1 + below(50)), rewrites()});
      }
    } else {
      added.rewrite = rewrites();
    }
    added.priority = static_cast<int32_t>(below(3)) - 1;
    if (below(5) == 0) added.from = static_cast<int64_t>(below(10));
    if (below(5) == 0) added.until = static_cast<int64_t>(below(10));
    if (below(4) == 0) added.holdout = static_cast<uint32_t>(below(kBuckets));
    if (below(4) == 0) added.signal = Signal{"signal" + std::to_string(i), "next"};
    added.needs = static_cast<Confidence>(1 + below(3));
    added.at = {0, {static_cast<uint32_t>(i + 1), 3}};
    made.rules.push_back(std::move(added));
  }
  return made;
}

std::vector<accounts::Account> Generator::accounts(size_t count) {
  std::vector<accounts::Account> made;
  for (size_t i = 0; i < count; ++i) {
    accounts::Account added = account("a" + std::to_string(i));
    for (const auto field :
         {accounts::TextField::kIndustry, accounts::TextField::kCountry, accounts::TextField::kRegion,
          accounts::TextField::kStage, accounts::TextField::kPlay, accounts::TextField::kOwner,
          accounts::TextField::kParent}) {
      if (below(4) != 0) added.text[static_cast<size_t>(field)] = any_case(word());
    }
    for (auto& number : added.numbers) {
      if (below(4) != 0) number = static_cast<int64_t>(below(10));
    }
    for (size_t n = below(5); n > 0; --n)
      added.pages.push_back({kVisitPaths[below(kVisitPaths.size())], static_cast<uint32_t>(below(30))});
    static_cast<void>(accounts::settle_pages(added.pages));  // one of the paths is not UTF-8
    added.tier = static_cast<accounts::Tier>(below(4));
    for (const std::string& segment : words({}, 3)) {
      if (std::find(added.segments.begin(), added.segments.end(), segment) == added.segments.end()) {
        added.segments.push_back(segment);
      }
    }
    if (below(4) == 0) added.segments.clear();
    for (size_t n = 0; n < 3; ++n) {
      if (below(2) == 0) added.attributes.emplace_back("n" + std::to_string(n), any_case(word()));
    }
    made.push_back(std::move(added));
  }
  return made;
}

Visit Generator::visit() {
  host_ = any_case(kHosts[below(kHosts.size())]);
  path_ = kVisitPaths[below(kVisitPaths.size())];
  query_ = kQueries[below(kQueries.size())];
  language_ = kAcceptLanguages[below(kAcceptLanguages.size())];
  Visit visit;
  visit.confidence = static_cast<Confidence>(1 + below(3));
  visit.host = host_;
  visit.path = path_;
  visit.query = query_;
  visit.language = language_;
  visit.now = static_cast<int64_t>(below(10));
  return visit;
}

}  // namespace abm::rules::samples
