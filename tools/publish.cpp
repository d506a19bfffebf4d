// abmctl publish: checks and builds everything a site names, and makes it the generation that visitors get.
#include "generation/publish.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "tools/command.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct Options {
  SiteOptions site;
  bool force = false;
  bool allow_older = false;
  bool allow_other_tenant = false;
  bool json = false;
};

std::string serving(const generation::Generation* current) {
  return current == nullptr ? "(nothing is published yet)"
                            : fmt::format("(generation {} goes on serving)", current->number());
}

/// What refused the publication, for people and for programs.
Status refuse(const Options& options, Diagnostics& diagnostics, const generation::Generation* current,
              const Output& out) {
  diagnostics.sort();
  out.findings(diagnostics);
  out.note(fmt::format("abmctl: not published: {} error{} {}", diagnostics.errors(),
                       diagnostics.errors() == 1 ? "" : "s", serving(current)));
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("published").boolean(false).key("generation");
    current == nullptr ? json.null() : json.number(current->number());
    json.key("findings");
    write_findings(json, diagnostics);
    json.end_object();
    out.line(text);
  }
  return Status::kProblems;
}

void write_json(const generation::Published& published, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("published").boolean(published.changed).key("generation").number(published.number);
  json.key("linked").begin_array();
  for (const std::string& name : published.linked) json.string(name);
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : published.warnings) json.string(warning);
  json.end_array().end_object();
  out.line(text);
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

Status run(const Options& options, Context& context) {
  Output& out = context.out;
  const auto started = std::chrono::steady_clock::now();
  Diagnostics diagnostics;
  const auto site = load_site(options.site, diagnostics);
  if (!site.has_value() && diagnostics.all().front().file.empty())
    return out.failure(diagnostics.first_error());
  generation::BuildInputs inputs;
  std::shared_ptr<const generation::Generation> current;
  if (site.has_value()) {
    inputs = generation::inputs_of(*site, diagnostics);
    // One that cannot be opened is replaced like any other.
    if (auto opened = generation::Generation::open(site->data); opened) current = std::move(*opened);
  }
  std::optional<generation::Artifacts> artifacts;
  if (site.has_value()) {
    generation::BuildOptions build_options;
    build_options.previous = current.get();
    build_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
      out.progress(phase, done, total);
    };
    artifacts = generation::build(inputs, build_options, diagnostics);
  }
  if (!artifacts.has_value() || !diagnostics.ok()) return refuse(options, diagnostics, current.get(), out);
  diagnostics.sort();
  out.findings(diagnostics);
  if (!options.json) {
    for (const std::string& line : artifacts->report) out.line(line);
  }

  generation::PublishOptions publish_options;
  publish_options.data_dir = site->data;
  publish_options.sign_key = site->sign_key;
  publish_options.keep = site->keep;
  publish_options.only_if_changed = !options.force;
  publish_options.rules = {.allow_older = options.allow_older,
                           .allow_other_tenant = options.allow_other_tenant,
                           .max_shrink_percent = site->accounts.max_shrink_percent};
  if (current != nullptr) {
    const auto allowed =
        generation::check_replacement(current->manifest(), artifacts->manifest, publish_options.rules);
    if (!allowed) {
      diagnostics.error(path_for_people(inputs.feed), {}, allowed.message());
      return refuse(options, diagnostics, current.get(), out);
    }
  }
  const auto published = generation::publish(std::move(*artifacts), publish_options);
  if (!published) return out.failure(fmt::format("{} {}", published.message(), serving(current.get())));
  for (const std::string& warning : published->warnings) out.note(fmt::format("abmctl: {}", warning));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  options.json ? write_json(*published, out) : tell(*published, site->data, seconds.count(), out);
  return Status::kOk;
}

}  // namespace

void add_publish(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("publish", "Checks, builds and publishes what site.yaml names");
  command->add_option("--site", options->site.site,
                      "site.yaml, or its folder; default: the nearest one upward");
  command->add_flag("--force", options->force, "publish a new generation even if nothing changed");
  command->add_flag("--allow-older", options->allow_older, "accept a feed version below the current one");
  command->add_flag("--allow-other-tenant", options->allow_other_tenant, "accept another tenant's feed");
  command->add_flag("--json", options->json, "the result as JSON");
  command->footer(
      "Visitors get the new generation within abm_poll; nginx is not touched. Whatever is wrong with the "
      "input is\n"
      "reported with file, line and column, and the current generation goes on serving.\n"
      "Example:\n"
      "  abmctl publish --site conf/site.yaml");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
