// abmctl test: a marketing team's own expectations, run like unit tests.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "generation/site_files.h"
#include "tools/command.h"
#include "tools/expectations.h"
#include "tools/inputs.h"
#include "tools/judge.h"
#include "tools/site_tests.h"

namespace abm::tools {
namespace {

struct TestOptions {
  GenerationOptions generation;
  std::vector<std::string> files;
  bool json = false;
};

struct Judged {
  const Expectation* expectation = nullptr;
  Judgement judgement;
};

std::string told(const Expectation& expectation, const Failure& failure) {
  std::string text =
      fmt::format("  {}:{}:{}: {}", expectation.file, failure.at.line, failure.at.column, failure.what);
  if (!failure.expected.empty()) {
    text += fmt::format(": expected {}, found {}", failure.expected, failure.found);
  }
  return text;
}

void tell(const Judged& judged, const Output& out) {
  const Expectation& expectation = *judged.expectation;
  for (const std::string& warning : judged.judgement.warnings) out.note("warning: " + warning);
  if (judged.judgement.failures.empty()) {
    if (out.terminal()) out.line(fmt::format("ok   {}", expectation.name));
    return;
  }
  out.line(out.strong(fmt::format("FAIL {}", expectation.name)));
  for (const Failure& failure : judged.judgement.failures) out.line(told(expectation, failure));
}

void write_json(const std::vector<Judged>& all, size_t failed, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("passed").number(all.size() - failed).key("failed").number(failed);
  json.key("tests").begin_array();
  for (const Judged& judged : all) {
    const Expectation& expectation = *judged.expectation;
    json.begin_object().key("name").string(expectation.name).key("file").string(expectation.file);
    json.key("line").number(expectation.at.line).key("passed").boolean(judged.judgement.failures.empty());
    json.key("failures").begin_array();
    for (const Failure& failure : judged.judgement.failures) {
      json.begin_object().key("line").number(failure.at.line).key("column").number(failure.at.column);
      json.key("what").string(failure.what).key("expected");
      json.string_or_null(failure.expected);
      json.key("found");
      failure.expected.empty() ? json.null() : json.string(failure.found);
      json.end_object();
    }
    json.end_array().key("warnings").begin_array();
    for (const std::string& warning : judged.judgement.warnings) json.string(warning);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  out.line(text);
}

/// The files named, or else the site's.
std::optional<std::vector<Expectation>> load_tests(const TestOptions& options, Output& out) {
  Diagnostics diagnostics;
  std::vector<Expectation> expectations;
  if (options.files.empty()) {
    if (const auto site = load_site(options.generation.site, diagnostics); site.has_value()) {
      expectations = load_site_tests(*site, diagnostics);
      if (diagnostics.ok() && expectations.empty()) {
        diagnostics.error(site->file, {},
                          fmt::format("the site has no tests: write {} beside it, or name files in `tests:`",
                                      generation::kDefaultTests));
      }
    }
  }
  for (const std::string& file : options.files) {
    for (Expectation& expectation : load_expectations(file, diagnostics))
      expectations.push_back(std::move(expectation));
  }
  if (diagnostics.ok()) return expectations;
  out.findings(diagnostics);
  return std::nullopt;
}

Status run(const TestOptions& options, Context& context) {
  Output& out = context.out;
  const auto expectations = load_tests(options, out);
  if (!expectations.has_value()) return Status::kCouldNotRun;
  GenerationOptions of = options.generation;
  // Without files it runs what a publication would, against what that would publish.
  const bool live = of.number != 0 || !of.site.data.empty() || of.files.given();
  if (options.files.empty() && !live) of.draft = true;
  const OpenResult opened = open_generation(of, out);
  if (opened.generation == nullptr) return Status::kCouldNotRun;

  std::vector<Judged> all;
  size_t failed = 0;
  judge_all(*expectations, opened.generation, [&](const Expectation& expectation, Judgement&& judgement) {
    all.push_back({&expectation, std::move(judgement)});
    failed += all.back().judgement.failures.empty() ? 0 : 1;
    if (!options.json) tell(all.back(), out);
    out.progress("testing", all.size(), expectations->size());
  });
  if (options.json) {
    write_json(all, failed, out);
  } else {
    out.line(fmt::format("{} passed, {} failed", all.size() - failed, failed));
  }
  return failed == 0 ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_test(Command& app, Context& context) {
  auto options = std::make_shared<TestOptions>();
  Command* command =
      app.add_subcommand("test", "Runs expectation files: what which account must see on which page");
  options->generation.add_to(*command);
  command->add_option("files", options->files, "expectation files (abm: tests/1); default: the site's");
  command->add_flag("--json", options->json, "every test and failure as JSON");
  command->footer(
      "A file says who visits what, and what they must get (rules/TESTING.md):\n"
      "  abm: tests/1\n"
      "  tests:\n"
      "    - name: Deere sees the plan on the home page\n"
      "      given: { account: deere, url: https://www.acme.example/, at: 2026-12-01T09:00:00Z }\n"
      "      expect:\n"
      "        arm: treated\n"
      "        rules: [deere-plan]\n"
      "        hero-cta: { text: \"See the plan we drew up\", attribute: { href: /for/deere } }\n"
      "        price-note: original\n"
      "Without files, the site's tests (`tests:`, or else rules.test.yaml beside site.yaml) run against the site's files\n"
      "as they are now, as `abmctl publish` and the agent do before they publish.\n"
      "Examples:\n"
      "  abmctl test\n"
      "  abmctl test --draft site.test.yaml\n"
      "  abmctl test site.test.yaml --rules rules/*.yaml --accounts accounts.ndjson\n"
      "Exit status: 0 all passed, 1 some failed, 2 could not run.");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
