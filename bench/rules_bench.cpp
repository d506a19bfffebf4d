// Matching with 10, 100, 1,000 and 10,000 rules side by side: the cost of a visit must not grow with the
// number of rules. Also rendering, opening, compiling, and the most expensive path globs.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "accounts/snapshot.h"
#include "accounts/snapshot_writer.h"
#include "rules/compile/compile.h"
#include "rules/match/matcher.h"
#include "rules/match/render.h"
#include "rules/program/glob_match.h"
#include "rules/program/program.h"

namespace abm::rules {
namespace {

constexpr size_t kVisits = 512, kHotVisits = 4, kWinners = 3, kBroadRules = 6;
constexpr size_t kSegments = 300, kIndustries = 20, kPages = 400, kSlots = 12;

std::string numbered(const char* name, size_t i) {
  return name + std::to_string(i);
}
std::string page(size_t i) {
  return "/" + numbered("topic", i % 20) + "/" + numbered("page", i);
}

Condition test(Subject subject, std::string value) {
  Condition condition;
  condition.kind = Condition::Kind::kTest;
  condition.test.subject = subject;
  condition.test.values = {std::move(value)};
  return condition;
}

/// A site as teams grow it: a handful of rules for everybody of some kind, and more and more for one account
/// or segment on some pages. Every visit is one that a rule was written for, and wins kWinners slots: more
/// rules must not look more expensive just because they have more to give.
class Workload {
 public:
  Workload(size_t rules, size_t accounts) : random_(42), accounts_(accounts) {
    make_accounts();
    ruleset_.files = {"rules.yaml"};
    for (size_t i = 0; i < kSlots; ++i) {
      Slot slot;
      slot.name = numbered("slot", i);
      slot.selector_text = "#" + slot.name;
      if (rewrite::parse_selector(slot.selector_text, slot.selector)) std::abort();
      ruleset_.slots.push_back(std::move(slot));
    }
    for (size_t i = 0; i < rules; ++i) add_rule(i);
    auto compiled = compile_rules(ruleset_);
    if (!compiled) std::abort();
    bytes_ = *compiled;
    auto program = Program::open(bytes_);
    if (!program) std::abort();
    program_.emplace(*program);
    matcher_ = Matcher::create(*program_);
    while (visits_.size() < kVisits) add_visit();
  }

  const Ruleset& ruleset() const { return ruleset_; }
  std::string_view bytes() const { return bytes_; }
  const Program& program() const { return *program_; }
  Matcher& matcher() { return *matcher_; }
  const std::vector<Visit>& visits() const { return visits_; }
  size_t below(size_t limit) { return random_() % limit; }

 private:
  std::string segment_of(size_t account, size_t which) const {
    return numbered("segment", (account * 7 + which * 131) % kSegments);
  }
  std::string industry_of(size_t account) const { return numbered("industry", account % kIndustries); }

  void make_accounts() {
    accounts::SnapshotWriter writer;
    for (size_t i = 0; i < accounts_; ++i) {
      accounts::Account account;
      const auto set = [&](accounts::TextField field, std::string value) {
        account.text[static_cast<size_t>(field)] = std::move(value);
      };
      set(accounts::TextField::kId, numbered("account-", i));
      set(accounts::TextField::kName, numbered("Account ", i));
      set(accounts::TextField::kIndustry, industry_of(i));
      set(accounts::TextField::kCountry, numbered("c", i % 30));
      set(accounts::TextField::kStage, numbered("stage", i % 5));
      set(accounts::TextField::kPlay, numbered("play", i % 5));
      set(accounts::TextField::kOwner, numbered("owner", i % 50));
      account.tier = static_cast<accounts::Tier>(i % 4);
      account.segments = {segment_of(i, 0), segment_of(i, 1), segment_of(i, 2)};
      account.numbers[static_cast<size_t>(accounts::NumberField::kIntent)] = static_cast<int64_t>(i % 100);
      account.attributes = {{"competitor", numbered("rival", i % 10)}};
      writer.add(account);
    }
    accounts::FeedHeader header;
    header.tenant = "bench";
    header.version = 1;
    snapshot_bytes_ = *writer.finish(header);
    snapshot_.emplace(*accounts::Snapshot::open(snapshot_bytes_));
  }

  void add_rule(size_t i) {
    const size_t account = below(accounts_), on = below(kPages);
    Rule rule;
    rule.id = numbered("rule-", i);
    if (i < kBroadRules) {
      add_broad_condition(i, rule.when);
    } else if (i % 5 < 3) {
      rule.when.children.push_back(test(Subject::kAccount, numbered("account-", account)));
      rule.when.children.push_back(
          test(Subject::kPath, i % 2 == 0 ? "/" + numbered("topic", on % 20) + "/**" : page(on)));
    } else {
      rule.when.children.push_back(i % 5 == 3 ? test(Subject::kSegment, segment_of(account, i % 3))
                                              : test(Subject::kIndustry, industry_of(account)));
      rule.when.children.push_back(test(Subject::kPath, page(on)));
    }
    for (uint32_t slot = 0; slot < 2; ++slot) {
      SlotRewrite rewrite;
      rewrite.slot = static_cast<uint32_t>((i + slot * 5) % kSlots);
      rewrite.content.emplace();
      rewrite.content->parts.emplace_back("See what we do for ");
      rewrite.content->parts.emplace_back(
          rewrite::Placeholder{"account.name", std::nullopt, rewrite::Place::kText, 0});
      rule.rewrite.push_back(std::move(rewrite));
    }
    rule.needs = Confidence::kLow;
    ruleset_.rules.push_back(std::move(rule));
    if (i >= kBroadRules) meant_for_.emplace_back(account, page(on));
  }

  static void add_broad_condition(size_t i, Condition& when) {
    Condition intent = test(Subject::kIntent, "");
    intent.test.values.clear();
    intent.test.min = static_cast<int64_t>(20 * i);
    when.children.push_back(
        i % 2 == 0 ? test(Subject::kTier, std::string(to_string(static_cast<accounts::Tier>(i / 2))))
                   : intent);
    when.children.push_back(test(Subject::kPath, i < 2 ? "/**" : "/" + numbered("topic", i) + "/**"));
  }

  void add_visit() {
    const auto& [account, path] = meant_for_[below(meant_for_.size())];
    views_.push_back(std::make_unique<accounts::AccountView>(snapshot_->at(static_cast<uint32_t>(account))));
    Visit visit;
    visit.account = views_.back().get();
    visit.confidence = Confidence::kHigh;
    visit.host = "www.acme.example";
    visit.path = path;
    visit.query = "utm_source=newsletter&utm_medium=email";
    visit.language = "en-US,en;q=0.9";
    if (matcher_->match(visit).winners.size() == kWinners) visits_.push_back(visit);
  }

  std::mt19937_64 random_;
  size_t accounts_;
  Ruleset ruleset_;
  std::vector<std::pair<size_t, std::string>> meant_for_;
  std::string bytes_, snapshot_bytes_;
  std::optional<Program> program_;
  std::optional<accounts::Snapshot> snapshot_;
  std::unique_ptr<Matcher> matcher_;
  std::vector<std::unique_ptr<accounts::AccountView>> views_;
  std::vector<Visit> visits_;
};

void match_over_and_over(benchmark::State& state, size_t visits) {
  Workload workload(static_cast<size_t>(state.range(0)), 5'000);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(workload.matcher().match(workload.visits()[next]).winners.size());
    next = (next + 1) % visits;
  }
}

/// A warm worker: what these visits need is in the processor's caches, so only the work counts. No more
/// visits than 10 rules have of their own: otherwise more rules would make branches harder to predict for
/// that reason alone.
void match_hot_visits(benchmark::State& state) {
  match_over_and_over(state, kHotVisits);
}
BENCHMARK(match_hot_visits)->RangeMultiplier(10)->Range(10, 10'000);

/// More visits than the nearest caches hold: the accounts are remembered, but their
/// rules come from farther away.
void match_known_accounts(benchmark::State& state) {
  match_over_and_over(state, kVisits);
}
BENCHMARK(match_known_accounts)->RangeMultiplier(10)->Range(10, 10'000);

/// Every visit is a matcher's first: nothing is remembered.
void match_new_accounts(benchmark::State& state) {
  Workload workload(static_cast<size_t>(state.range(0)), 5'000);
  // Alternating confidences make the matcher forget.
  size_t next = 0;
  for (auto _ : state) {
    Visit visit = workload.visits()[next % kVisits];
    visit.confidence = next / kVisits % 2 == 0 ? Confidence::kHigh : Confidence::kMedium;
    benchmark::DoNotOptimize(workload.matcher().match(visit).winners.size());
    ++next;
  }
}
BENCHMARK(match_new_accounts)->RangeMultiplier(10)->Range(10, 10'000);

void render_two_slots(benchmark::State& state) {
  Workload workload(100, 5'000);
  static char arena[1 << 16];
  struct Bump {
    size_t used = 0;
  } bump;
  const MemorySource memory{&bump,
                            [](void* context, size_t size) noexcept -> void* {
                              size_t& used = static_cast<Bump*>(context)->used;
                              void* const place = arena + used;
                              used += (size + 15) / 16 * 16;
                              return place;
                            },
                            [](void*, void*, size_t) noexcept {}};
  const Visit& visit = workload.visits()[0];
  RenderInput input;
  input.program = &workload.program();
  input.account = visit.account;
  input.path = visit.path;
  input.memory = memory;
  input.winners = workload.matcher().match(visit).winners;
  for (auto _ : state) {
    bump.used = 0;
    benchmark::DoNotOptimize(render_edits(input).hash);
  }
}
BENCHMARK(render_two_slots);

void open_program(benchmark::State& state) {
  Workload workload(static_cast<size_t>(state.range(0)), 5'000);
  for (auto _ : state) benchmark::DoNotOptimize(Program::open(workload.bytes()).ok());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * workload.bytes().size()));
}
BENCHMARK(open_program)->RangeMultiplier(10)->Range(10, 10'000);

void compile_program(benchmark::State& state) {
  Workload workload(static_cast<size_t>(state.range(0)), 5'000);
  for (auto _ : state) benchmark::DoNotOptimize(compile_rules(workload.ruleset()).ok());
}
BENCHMARK(compile_program)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMillisecond);

/// 64 KB of what makes a backtracking matcher explode.
void glob_on_hostile_path(benchmark::State& state, const char* pattern) {
  const std::string path = "/" + std::string(65'535, 'a');
  const auto glob = parse_glob(pattern);
  if (!glob) std::abort();
  for (auto _ : state) benchmark::DoNotOptimize(glob_matches(*glob, path));
}
BENCHMARK_CAPTURE(glob_on_hostile_path, four_stars, "*a*a*a*b*");
BENCHMARK_CAPTURE(glob_on_hostile_path, trees, "**a**a**a**a**a**b**");
BENCHMARK_CAPTURE(glob_on_hostile_path, two_words,
                  "**aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab**");

}  // namespace
}  // namespace abm::rules

BENCHMARK_MAIN();
