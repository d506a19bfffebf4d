// abmctl check: everything that publish would do, short of publishing.
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "rules/lint_codes.h"
#include "tools/command.h"
#include "tools/inputs.h"
#include "tools/network_report.h"
#include "tools/opportunity_list.h"
#include "tools/page_reviews.h"
#include "tools/site_accounts.h"
#include "tools/site_tests.h"

namespace abm::tools {
namespace {

struct CheckOptions {
  SiteOptions site;
  FileOptions files;
  std::string explain;
  std::string delivery = "html";
  bool strict = false;
  bool json = false;
};

/// `built`: std::nullopt if errors prevented the build.
void write_json(const Diagnostics& diagnostics, const std::optional<generation::Artifacts>& built, bool ok,
                const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("ok").boolean(ok);
  json.key("errors").number(diagnostics.errors()).key("warnings").number(diagnostics.warnings());
  json.key("findings");
  write_findings(json, diagnostics);
  json.key("report").begin_array();
  if (built.has_value()) {
    for (const std::string& line : built->report) json.string(line);
  }
  json.end_array().key("networks");
  if (built.has_value()) {
    write_networks(json, built->manifest.sources, built->networks);
  } else {
    json.null();
  }
  json.key("pages").begin_array();
  if (built.has_value()) write_page_reviews(json, built->pages);
  json.end_array().end_object();
  out.line(text);
}

std::string counted(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What a warning's code means, why it matters and what to do.
Status explain_code(const std::string& code, const Output& out) {
  const rules::LintCode* known = rules::find_lint_code(code);
  if (known == nullptr) {
    return out.failure(fmt::format("--explain '{}': codes are {} to {}", code,
                                   rules::lint_codes().front().code, rules::lint_codes().back().code));
  }
  out.line(fmt::format("{} {}", out.strong(known->code), known->title));
  out.line("");
  out.line(known->explanation);
  return Status::kOk;
}

Status run(const CheckOptions& options, Context& context) {
  Output& out = context.out;
  if (!options.explain.empty()) return explain_code(options.explain, out);
  Diagnostics diagnostics;
  SiteInputs read;
  std::optional<generation::Site> site;
  std::shared_ptr<const generation::Generation> serving;
  generation::BuildInputs& inputs = read.build;
  if (options.files.given()) {
    inputs = options.files.inputs();
  } else if (site = load_site(options.site, diagnostics); site.has_value()) {
    read = site_inputs(*site, diagnostics);
    check_opportunities(*site, diagnostics);
    // Before the first publication there is none to compare with; a damaged one is for abmctl doctor.
    if (auto opened = generation::Generation::open(site->data)) serving = std::move(*opened);
  } else if (diagnostics.all().front().file.empty()) {
    return out.failure(diagnostics.first_error());
  }
  inputs.by_script = options.delivery == "script";
  generation::BuildOptions build_options;
  build_options.serving = serving.get();
  build_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  std::optional<generation::Artifacts> built;
  // A site.yaml with errors names inputs that cannot be trusted; an input that is
  // missing does not hide the others.
  if (diagnostics.ok() || !inputs.rules.empty()) {
    built = generation::build(inputs, build_options, diagnostics);
  }
  // As publish does; what is missing makes tests fail, which would only hide it.
  if (site.has_value() && built.has_value() && diagnostics.ok()) {
    const auto expectations = load_site_tests(*site, diagnostics);
    if (diagnostics.ok())
      static_cast<void>(run_site_tests(expectations, built->generation, build_options.progress, diagnostics));
  }
  diagnostics.sort();
  const bool ok = diagnostics.ok() && !(options.strict && diagnostics.warnings() != 0);
  if (options.json) {
    write_json(diagnostics, built, ok, out);
  } else {
    out.findings(diagnostics);
    if (built.has_value()) {
      for (const std::string& line : read.summary) out.line(line);
      for (const std::string& line : built->report) out.line(line);
      for (const std::string& line : page_review_lines(built->pages)) out.line(line);
    }
    out.line(fmt::format("{}: {}, {}", ok ? "ok" : "not ok", counted(diagnostics.errors(), "error"),
                         counted(diagnostics.warnings(), "warning")));
  }
  return ok ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_check(Command& app, Context& context) {
  auto options = std::make_shared<CheckOptions>();
  Command* command =
      app.add_subcommand("check", "Checks the feed, the networks and all rules; publishes nothing");
  options->site.add_to(*command);
  options->files.add_to(*command);
  command->add_option("--explain", options->explain,
                      "what a warning's code means, such as ABM004; checks nothing");
  command
      ->add_option(
          "--delivery", options->delivery,
          "who makes the edits of slots of which the rules do not say it, as abm_delivery: html, script")
      .one_of({"html", "script"});
  command->add_flag("--strict", options->strict, "warnings count as problems");
  command->add_flag("--json", options->json, "findings as JSON, with what became of the networks");
  command->footer(
      "Examples:\n"
      "  abmctl check\n"
      "  abmctl check --site conf/site.yaml --strict\n"
      "  abmctl check --explain ABM004\n"
      "  abmctl check --delivery script\n"
      "  abmctl check --rules rules/home.yaml --accounts accounts.ndjson");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
