// A compiled program with any of its bytes changed, or any bytes at all, sealed with the right size and hash:
// refused, or harmless whatever is done with it. An input that begins with 0 is a file; any other is a list
// of changes to a program that uses the whole language, each three bytes of offset and one of value, and may
// end in a new length.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "accounts/snapshot_writer.h"
#include "rules/compile/compile.h"
#include "tests/rules/program/program_probe.h"
#include "tests/rules/read/memory_files.h"

namespace {

constexpr const char* kRules = R"(
control: { percent: 10 }
slots: { hero: h1.hero, cta: "a[href^='/demo']", story: "#story" }
segments:
  makers: { any: [ { industry: [w1, w2] }, { employees: { min: 2, max: 9 } } ] }
rules:
  - id: one
    priority: 7
    holdout: 20
    when: { all: [ { segment: makers }, { path: [/, /solutions/**, "/a/*/b"] }, { not: { tier: one-to-many } } ] }
    schedule: { from: 2026-01-01T00:00:00Z, until: 2027-01-01T00:00:00Z }
    variants:
      - { id: a, weight: 2, rewrite: { hero: { text: "For {{ account.industry | default: \"you\" }}" } } }
      - { id: b, rewrite: { hero: { html: "<b>{{ account.attributes.n1 }}</b>" }, cta: { hide: true } } }
    signal: { name: hot, next: Call }
  - id: two
    when: { account: a1, query.utm_source: w1, language: de, host: www.example.com }
    rewrite:
      cta: { text: Go, attributes: { href: "/for/{{ account.id }}", rel: null }, add_class: x, remove_class: y }
      story: { html_file: "f/{{ account.industry }}.html", before: "<i>1</i>", after: "<i>2</i>" }
  - { id: three, when: { path: /pricing }, rewrite: { story: { remove: true } } }
  - id: four
    when: { visited: { path: [/pricing/**, /demo], days: 7 }, quiet_days: { max: 3 } }
    rewrite: { hero: { text: "{{ account.visits_30d }} {{ account.moved }}" } }
)";

std::string make_snapshot() {
  abm::accounts::SnapshotWriter writer;
  for (int i = 0; i < 4; ++i) {
    abm::accounts::Account account;
    for (std::string& text : account.text) text = "w" + std::to_string(i);
    account.text[0] = "a" + std::to_string(i);
    account.tier = static_cast<abm::accounts::Tier>(i);
    account.segments = {"w1", "w2"};
    account.attributes = {{"n0", "w0"}, {"n1", "M\xc3\xbcller & <b>"}};
    account.numbers = {int64_t{i}, std::nullopt, int64_t{5}, int64_t{1}, int64_t{1},
                       int64_t{9}, std::nullopt, int64_t{2}, int64_t{0}, int64_t{90}};
    account.pages = {{"/pricing/teams", 1}, {"/demo", 29}};
    writer.add(account);
  }
  abm::accounts::FeedHeader header;
  header.tenant = "fuzz";
  header.version = 1;
  const auto bytes = writer.finish(header);
  if (!bytes) std::abort();
  return *bytes;
}

std::string make_program() {
  const auto loaded = abm::rules::load_files({{"a.yaml", std::string("abm: rules/1\n") + kRules},
                                              {"f/w1.html", "<p>{{ account.name }}</p>"},
                                              {"f/w2.html", "<p>two</p>"}});
  if (!loaded.ruleset) {
    std::fputs(loaded.text().c_str(), stderr);
    std::abort();
  }
  return *abm::rules::compile_rules(*loaded.ruleset);
}

std::string changed(std::string program, std::string_view changes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(changes[i]); };
  size_t i = 1;
  for (; i + 4 <= changes.size(); i += 4) {
    const size_t offset = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16;
    program[offset % program.size()] = changes[i + 3];
  }
  if (i + 2 == changes.size()) program.resize((byte(i) | byte(i + 1) << 8) % (program.size() + 64));
  return program;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string snapshot_bytes = make_snapshot();
  static const auto snapshot = abm::accounts::Snapshot::open(snapshot_bytes);
  static const std::string program_bytes = make_program();
  if (!snapshot) std::abort();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string bytes = !input.empty() && input.front() != 0 ? changed(program_bytes, input)
                                                           : std::string(input.substr(size != 0));
  abm::rules::reseal(bytes);
  const auto program = abm::rules::Program::open(bytes);
  if (program) static_cast<void>(abm::rules::use_all(*program, *snapshot));
  return 0;
}
