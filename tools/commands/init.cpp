// abmctl init: a site to start from, made from a few answers.
#include <unistd.h>

#include <array>
#include <cctype>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"
#include "base/timestamp.h"
#include "tools/command.h"
#include "tools/readers.h"
#include "tools/schemas.h"
#include "tools/starter.h"
#include "tools/starter_proxy.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string folder = ".";
  std::string name;
  std::string host;
  std::string upstream;
  std::string upstream_host;
  std::string upstream_ca;
  std::string data;
  std::string module;
  uint16_t port = 8088;
  bool json = false;
};

/// Whether `text` has no special meaning between double quotes, in YAML and in nginx.conf.
bool plain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    if (std::string_view("\"\\$@").find(c) != std::string_view::npos) return false;
  }
  return !text.empty();
}

bool all_of(std::string_view text, std::string_view further) {
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && further.find(c) == further.npos) return false;
  }
  return !text.empty();
}

Result<void> check_answers(const InitOptions& options) {
  if (!all_of(options.name, "._-") || options.name.size() > 64)
    return Error{fmt::format("name '{}': letters, digits, '.', '_' and '-' make a name", options.name)};
  if (!all_of(options.host, ".-:[]"))
    return Error{fmt::format("host '{}' is not a host name such as www.acme.example", options.host)};
  if (!options.upstream.empty()) {
    if (const auto upstream = Upstream::parse(options.upstream); !upstream) return upstream.error();
  }
  if (!options.upstream_host.empty() && !all_of(options.upstream_host, ".-:[]"))
    return Error{
        fmt::format("upstream-host '{}' is not a host name such as www.acme.example", options.upstream_host)};
  std::error_code code;
  if (!options.upstream_ca.empty() && (!plain(options.upstream_ca) || !fs::exists(options.upstream_ca, code)))
    return Error{fmt::format("upstream-ca '{}' is not a file", options.upstream_ca)};
  if (!plain(options.data)) return Error{fmt::format("data '{}' is not a folder's name", options.data)};
  if (!plain(options.folder)) return Error{fmt::format("'{}' is not a folder's name", options.folder)};
  return {};
}

void ask(std::string& answer, std::string_view question, std::string_view otherwise, bool terminal) {
  if (!answer.empty()) return;
  if (terminal) {
    std::cout << fmt::format("{} [{}]: ", question, otherwise.empty() ? "none" : otherwise) << std::flush;
    std::getline(std::cin, answer);
  }
  if (answer.empty()) answer = otherwise;
}

constexpr std::string_view kModuleFile = "ngx_http_abm_module.so";

/// The module that a build or a package put beside this program; "" if none did.
std::string find_module() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  const std::array<fs::path, 2> places = {program.parent_path().parent_path() / "module" / kModuleFile,
                                          fs::path("/usr/lib/nginx/modules") / kModuleFile};
  for (const fs::path& place : places) {
    if (fs::exists(place, code)) return place.string();
  }
  return {};
}

/// What a location answers with.
std::string served_by(const InitOptions& options, const fs::path& folder, bool host_told, ProxyUse use) {
  if (options.upstream.empty()) return fmt::format("root \"{}\";", (folder / "pages").string());
  ProxyAnswers answers;
  answers.upstream = *Upstream::parse(options.upstream);
  if (host_told) answers.host = options.host;
  answers.upstream_host = options.upstream_host;
  std::error_code code;
  answers.authorities =
      options.upstream_ca.empty() ? system_authorities() : fs::absolute(options.upstream_ca, code).string();
  constexpr size_t kSiteIndent = 8, kTrialIndent = 12;
  return proxy_directives(answers, use, use == ProxyUse::kSite ? kSiteIndent : kTrialIndent);
}

/// What keeps a worker of a master that root started, which runs as nobody, out of the folder; "" if nothing
/// does.
std::string closed_to_nobody(const std::string& folder) {
  const auto nobody = reader_named("nobody", "");
  const auto closed = nobody.has_value() ? first_closed(*nobody, folder) : std::nullopt;
  return closed.has_value() ? closed->path : "";
}

Answers answers_of(const InitOptions& options, const fs::path& folder, bool host_told) {
  const std::time_t now = ::time(nullptr);
  Answers answers;
  answers["TENANT"] = options.name;
  answers["HOST"] = options.host;
  answers["DATA"] = options.data;
  answers["DATA_PATH"] = (folder / options.data).lexically_normal().string();
  answers["FOLDER"] = folder.string();
  answers["MODULE"] = options.module;
  answers["PORT"] = fmt::format("{}", options.port);
  answers["VERSION"] = fmt::format("{}", now);
  answers["NOW"] = format_rfc3339(now);
  const bool closed = ::geteuid() == 0 && !closed_to_nobody(folder.string()).empty();  // as in /root
  answers["USER"] = closed ? "user        root;\n" : "";
  answers["SERVE"] = served_by(options, folder, host_told, ProxyUse::kSite);
  answers["TRY"] = served_by(options, folder, host_told, ProxyUse::kTrial);
  return answers;
}

void tell(const InitOptions& options, const fs::path& folder, const Output& out) {
  const std::string shown = path_for_people(folder.string());
  out.line(fmt::format("a site to begin with is in {}", out.strong(shown)));
  out.line("");
  out.line("Make it live; serve it without the system's nginx; see it as the made-up account 'alder' does:");
  out.line(fmt::format("  abmctl publish --site {}", shown));
  out.line(fmt::format("  nginx -p {} -c nginx/try.conf", folder.string()));
  out.line(fmt::format("  curl -H 'X-Forwarded-For: 198.51.100.7' http://127.0.0.1:{}/", options.port));
  out.line("");
  out.line(
      "The accounts in accounts.ndjson, the rules in rules/ and the page in pages/ are made up: put yours");
  out.line(
      "there, with what must hold for them into rules.test.yaml, which is about the made-up ones until then");
  out.line("and keeps anything else from being published; then publish again.");
  out.line("nginx/site.conf and nginx/abm-log-format.conf are for the system's nginx.");
}

Status run(InitOptions options, Context& context) {
  const Output& out = context.out;
  std::error_code code;
  const fs::path folder = fs::absolute(options.folder, code).lexically_normal();
  const std::string base =
      folder.has_filename() ? folder.filename().string() : folder.parent_path().filename().string();
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && out.terminal() && !options.json;
  const bool installed = folder.string().starts_with("/etc/abm/");
  ask(options.name, "short name of the site", base, terminal);
  constexpr std::string_view kNoHost = "www.example.com";
  ask(options.host, "host name that visitors use", kNoHost, terminal);
  const bool host_told = options.host != kNoHost;
  ask(options.upstream, "URL of the website behind nginx; empty: a sample page", "", terminal);
  ask(options.data, "folder for published data", installed ? "/var/lib/abm/" + options.name : "data",
      terminal);
  if (options.module.empty()) options.module = find_module();
  const bool has_module = !options.module.empty();
  if (!has_module) options.module = fmt::format("modules/{}", kModuleFile);
  if (auto fine = check_answers(options); !fine) return out.failure(fine.message());

  const fs::path trimmed = folder.has_filename() ? folder : folder.parent_path();
  const StarterFile further[] = {{"rules/abm-rules.schema.json", kRulesSchema}};
  if (auto written = write_starter(trimmed.string(), answers_of(options, trimmed, host_told), further);
      !written)
    return out.failure(written.message());
  if (auto made = make_folders((trimmed / "run").string(), 0755); !made) return out.failure(made.message());
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("folder").string(trimmed.string()).key("files").begin_array();
    for (const StarterFile& file : starter_files()) json.string(file.path);
    for (const StarterFile& file : further) json.string(file.path);
    json.end_array().end_object();
    out.line(text);
  } else {
    tell(options, trimmed, out);
  }
  if (!has_module)
    out.note(fmt::format(
        "abmctl: {} is neither beside abmctl nor in /usr/lib/nginx/modules: name it with --module, or correct "
        "load_module in nginx/try.conf, which now says \"{}\"",
        kModuleFile, options.module));
  if (options.upstream.starts_with("https://") && options.upstream_ca.empty() && system_authorities().empty())
    out.note(
        "abmctl: no certificate authorities on this machine: nginx takes any certificate of the website; "
        "install ca-certificates, or name a file with --upstream-ca");
  if (const std::string closed = closed_to_nobody(trimmed.string()); !closed.empty() && ::geteuid() == 0) {
    out.note(
        fmt::format("abmctl: {}: nginx's workers may not enter it: nginx/try.conf runs them "
                    "as root; for the system's nginx, choose a folder such as /etc/abm/{}",
                    closed, options.name));
  }
  return Status::kOk;
}

}  // namespace

void add_init(Command& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  Command* command = app.add_subcommand("init", "Writes a working site to begin with into a folder");
  command->add_option("folder", options->folder, "where; made if missing").show_default();
  command->add_option("--name", options->name, "short name of the site; default: the folder's");
  command->add_option("--host", options->host, "host name that visitors use");
  command->add_option("--upstream", options->upstream,
                      "URL of the website behind nginx; default: a sample page");
  command->add_option("--upstream-host", options->upstream_host,
                      "the Host that the website expects; default: its own name over https, else --host");
  command->add_option("--upstream-ca", options->upstream_ca,
                      "PEM file of the authorities that vouch for an https website; default: the system's");
  command->add_option(
      "--data", options->data,
      "folder for published data; default: data, or /var/lib/abm/NAME for a site in /etc/abm");
  command->add_option("--module", options->module, "the module's file, for nginx/try.conf; default: found");
  command->add_option("--port", options->port, "port of nginx/try.conf").show_default();
  command->add_flag("--json", options->json, "what was written, as JSON; asks nothing");
  command->footer(
      "On a terminal, asks for what no option gives. Overwrites nothing: if one of its files exists already, it writes none.\n"
      "Examples:\n"
      "  abmctl init my-site\n"
      "  abmctl init /etc/abm/acme --host www.acme.example --upstream http://127.0.0.1:8081\n"
      "  abmctl init /etc/abm/acme --host www.acme.example --upstream https://acme.hosting.example");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
