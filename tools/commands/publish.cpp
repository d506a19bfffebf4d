// abmctl publish: checks and builds everything a site names, and makes it the generation that visitors get.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/sync/state.h"
#include "tools/command.h"
#include "tools/hold_status.h"
#include "tools/inputs.h"
#include "tools/network_report.h"
#include "tools/site_publish.h"

namespace abm::tools {
namespace {

struct PublishOptions {
  SiteOptions site;
  bool force = false;
  bool allow_older = false;
  bool allow_other_tenant = false;
  bool allow_shrink = false;
  bool without_tests = false;
  bool resume = false;
  bool json = false;
};

/// Why the publication was refused, for people and for programs.
Status refuse(const PublishOptions& options, const SitePublication& result, const Output& out) {
  out.findings(result.findings);
  out.note(fmt::format("abmctl: not published: {} error{} {}", result.findings.errors(),
                       result.findings.errors() == 1 ? "" : "s", result.serving()));
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("published").boolean(false).key("generation");
    result.current.has_value() ? json.number(*result.current) : json.null();
    json.key("findings");
    write_findings(json, result.findings);
    json.end_object();
    out.line(text);
  }
  return Status::kProblems;
}

void write_json(const SitePublication& result, bool skipped, const std::string& data, const Output& out) {
  const generation::Published& published = result.published;
  std::string text;
  Json json(text);
  json.begin_object().key("published").boolean(published.changed).key("generation").number(published.number);
  json.key("linked").begin_array();
  for (const std::string& name : published.linked) json.string(name);
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : published.warnings) json.string(warning);
  json.end_array().key("tests").begin_object().key("passed").number(result.tests.tests);
  json.key("skipped").boolean(skipped).end_object().key("networks");
  write_networks(json, result.sources, result.networks);
  json.key("commit").string_or_null(result.commit);
  write_hold(json, data);
  json.end_object();
  out.line(text);
}

std::string tests_line(const SitePublication& result, bool skipped) {
  const TestsRun& tests = result.tests;
  if (result.hold.has_value() && tests.tests == 0) {
    return fmt::format("tests: not run, for the rules are those of generation {}", result.hold->generation);
  }
  if (skipped) return "tests: not run (--without-tests)";
  if (tests.tests == 0) return "tests: none (abmctl test --help shows what they look like)";
  return fmt::format("tests: {} passed in {} file{}", tests.tests, tests.files, tests.files == 1 ? "" : "s");
}

void tell(const generation::Published& published, const std::string& data, double seconds,
          const Output& out) {
  if (!published.changed) {
    out.line(fmt::format("generation {} is up to date: nothing changed", published.number));
    return;
  }
  std::string files;
  for (const std::string_view name : generation::kPartNames) {
    const bool linked =
        std::find(published.linked.begin(), published.linked.end(), name) != published.linked.end();
    files += fmt::format("{}{} {}", files.empty() ? "" : ", ", name, linked ? "unchanged" : "new");
  }
  out.line(fmt::format("{} in {} ({}; {:.2f} s)",
                       out.strong(fmt::format("published generation {}", published.number)),
                       path_for_people(data), files, seconds));
}

Status run(const PublishOptions& options, Context& context) {
  Output& out = context.out;
  const auto started = std::chrono::steady_clock::now();
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value()) {
    if (diagnostics.all().front().file.empty()) return out.failure(diagnostics.first_error());
    SitePublication unread;
    unread.findings = std::move(diagnostics);
    return refuse(options, unread, out);
  }
  SitePublishOptions publish_options;
  publish_options.force = options.force;
  publish_options.allow_older = options.allow_older;
  publish_options.allow_other_tenant = options.allow_other_tenant;
  publish_options.allow_shrink = options.allow_shrink;
  publish_options.without_tests = options.without_tests;
  publish_options.rules.resume = options.resume;
  publish_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  const SitePublication result = publish_site(*site, publish_options, std::move(diagnostics));
  if (result.kind == SitePublication::Kind::kRefused) return refuse(options, result, out);
  out.findings(result.findings);
  if (!options.json) {
    for (const std::string& line : result.report) out.line(line);
    out.line(tests_line(result, options.without_tests));
  }
  if (result.kind == SitePublication::Kind::kFailed)
    return out.failure(fmt::format("{} {}", result.failure, result.serving()));
  for (const std::string& warning : result.published.warnings) out.note(fmt::format("abmctl: {}", warning));
  if (auto forgotten = connect::forget_agent_faults(site->data); !forgotten)
    out.note(fmt::format("abmctl: {} (abmctl status may show a fault that is gone)", forgotten.message()));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  if (options.json) {
    write_json(result, options.without_tests, site->data, out);
    return Status::kOk;
  }
  tell(result.published, site->data, seconds.count(), out);
  if (!result.commit.empty())
    out.line(fmt::format("rules of commit {} ({})", result.commit.substr(0, 12), site->agent.ref));
  if (options.resume) out.line("no rules are held any more: changed rules are published again");
  tell_hold(out, site->data);
  return Status::kOk;
}

}  // namespace

void add_publish(Command& app, Context& context) {
  auto options = std::make_shared<PublishOptions>();
  Command* command = app.add_subcommand("publish", "Checks, builds and publishes what site.yaml names");
  command->add_option("--site", options->site.site,
                      "site.yaml, or its folder; default: the nearest one upward");
  command->add_flag("--force", options->force, "publish a new generation even if nothing changed");
  command->add_flag("--allow-older", options->allow_older, "accept a feed version below the current one");
  command->add_flag("--allow-other-tenant", options->allow_other_tenant, "accept another tenant's feed");
  command->add_flag("--allow-shrink", options->allow_shrink,
                    "accept that accounts, rules, fragments, tests or networks are missing that were there");
  command->add_flag("--without-tests", options->without_tests,
                    "do not run the site's tests; the manifest, status and log say so");
  command->add_flag("--resume", options->resume,
                    "end a rollback: publish the site's own rules again, and from now on");
  command->add_flag("--json", options->json, "the result as JSON, with what became of the networks");
  command->footer(
      "Visitors get the new generation within abm_poll; nginx is not touched. Whatever is wrong with the input is\n"
      "reported with file, line and column, and the current generation goes on serving. The site's tests (`tests:`,\n"
      "or else rules.test.yaml beside site.yaml) must pass, and nothing may be missing beyond `max_shrink`.\n"
      "After 'abmctl rollback', the rules stay those of that generation, with the accounts and networks of the day,\n"
      "until --resume.\n"
      "Example:\n"
      "  abmctl publish --site conf/site.yaml");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
