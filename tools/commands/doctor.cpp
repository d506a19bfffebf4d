// abmctl doctor: looks at a site from all sides, and says what is wrong and what to do about it.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tools/command.h"
#include "tools/doctor/checks.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::State;

struct DoctorOptions {
  SiteOptions site;
  doctor::NginxOptions nginx;
  std::string status_url;
  std::string url;
  bool json = false;
};

std::string_view to_string(State state) {
  constexpr std::string_view kNames[] = {"ok", "note", "problem"};
  return kNames[static_cast<size_t>(state)];
}

void write_json(const Findings& findings, const Output& out) {
  std::string text;
  Json json(text);
  json.begin_object().key("problems").number(findings.problems()).key("findings").begin_array();
  for (const Finding& finding : findings.all()) {
    json.begin_object().key("check").string(finding.check).key("state").string(to_string(finding.state));
    json.key("message").string(finding.message).key("remedy");
    json.string_or_null(finding.remedy);
    json.end_object();
  }
  json.end_array().end_object();
  out.line(text);
}

void tell(const Findings& findings, const Output& out) {
  for (const Finding& finding : findings.all()) {
    const std::string state(to_string(finding.state));
    const std::string shown = finding.state == State::kProblem ? out.strong(state) : state;
    out.line(fmt::format("{}{} {}: {}", shown, std::string(8 - state.size(), ' '), finding.check,
                         finding.message));
    if (!finding.remedy.empty()) out.line(fmt::format("         → {}", finding.remedy));
  }
  const size_t problems = findings.problems();
  out.line(fmt::format("{} problem{}", problems, problems == 1 ? "" : "s"));
}

/// The folder that abmctl publishes into, "" when neither a site nor --data names one. `site`: that of which
/// it is, if any.
std::string published_folder(const DoctorOptions& options, std::optional<generation::Site>& site,
                             Findings& findings) {
  if (!options.site.data.empty()) return options.site.data;
  Diagnostics diagnostics;
  site = load_site(options.site, diagnostics);
  if (site.has_value()) {
    check_site(*site, findings);
    check_keys(*site, findings);
    check_secrets(*site, findings);
    check_special(*site, findings);
    return site->data;
  }
  if (!options.site.site.empty()) findings.problem("site", diagnostics.first_error(), "correct site.yaml");
  return {};
}

/// All data folders, each once: the one that is published, and those that nginx serves.
std::vector<std::string> data_folders(const std::string& published, const std::vector<std::string>& served,
                                      Findings& findings) {
  std::vector<std::string> folders = served;
  if (published.empty()) return folders;
  std::error_code code;
  for (const std::string& folder : served) {
    if (std::filesystem::equivalent(folder, published, code)) return folders;
  }
  if (!served.empty())
    findings.problem("data", fmt::format("{} is published, and no abm_data names it", published),
                     "name the same folder in site.yaml's 'data' and in abm_data");
  folders.push_back(published);
  return folders;
}

Status run(const DoctorOptions& options, Context& context) {
  Findings findings;
  std::optional<generation::Site> site;
  const std::string published = published_folder(options, site, findings);
  doctor::Configuration configuration;
  check_nginx(options.nginx, configuration, findings);
  if (site.has_value()) check_link_key(*site, configuration, findings);
  for (const std::string& folder : data_folders(published, configuration.data_folders, findings)) {
    check_data(folder, configuration.workers, findings);
    check_owner(folder, findings);
    check_agent(folder, findings);
    check_sources(folder, findings);
  }
  if (options.status_url.empty()) {
    findings.note("status", "did not look at what abm_status counted", "name it: --status-url URL");
  } else {
    check_status(options.status_url, findings);
  }
  if (!options.url.empty()) check_page(options.url, configuration, findings);
  options.json ? write_json(findings, context.out) : tell(findings, context.out);
  return findings.problems() == 0 ? Status::kOk : Status::kProblems;
}

}  // namespace

void add_doctor(Command& app, Context& context) {
  auto options = std::make_shared<DoctorOptions>();
  Command* command =
      app.add_subcommand("doctor", "Looks for what is wrong with an installation, with remedies");
  options->site.add_to(*command);
  command->add_option("--nginx", options->nginx.program, "the nginx program").show_default();
  command->add_option("--nginx-conf", options->nginx.conf,
                      "nginx's configuration file; default: nginx's own");
  command->add_option("--nginx-prefix", options->nginx.prefix, "nginx's -p, if it is run with one");
  command->add_option("--status-url", options->status_url, "URL of the location with abm_status");
  command->add_option("--url", options->url, "a page's public URL: looks at what caches in front may keep");
  command->add_flag("--json", options->json, "the findings as JSON");
  command->footer(
      "Looks at nginx and its configuration (nginx -T), the order of its modules, realip, the visit log, data folders, keys and ages,\n"
      "and, where the options name them, at counters and at a page's Cache-Control. Changes nothing. As root it sees everything.\n"
      "Exit status 1 when a problem was found.\n"
      "Example:\n"
      "  abmctl doctor --site /etc/abm/acme --status-url http://127.0.0.1/abm/status --url https://www.acme.example/");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
