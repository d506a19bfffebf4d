#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "tools/doctor/checks.h"
#include "tools/doctor/program.h"

namespace abm::tools::doctor {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxMaps = 64u << 20;
constexpr std::string_view kModule = "ngx_http_abm_module.so";

/// The text between `begin` and the next blank or line end; "" when `begin` is not there.
std::string_view value_after(std::string_view text, std::string_view begin) {
  const size_t at = text.find(begin);
  if (at == text.npos) return {};
  text.remove_prefix(at + begin.size());
  return text.substr(0, std::min(text.find_first_of(" \t\r\n"), text.size()));
}

/// The line of `text` that contains `part`, without what nginx puts before its messages.
std::string line_with(std::string_view text, std::string_view part) {
  const size_t at = text.find(part);
  if (at == text.npos) return {};
  const size_t newline = text.rfind('\n', at);
  const size_t begin = newline == text.npos ? 0 : newline + 1;
  std::string_view line = text.substr(begin, std::min(text.find('\n', at), text.size()) - begin);
  for (const std::string_view level : {"[emerg] ", "[alert] ", "[crit] ", "[error] ", "[warn] "}) {
    if (const size_t end = line.find(level); end != line.npos) line.remove_prefix(end + level.size());
  }
  if (const size_t colon = line.find("#");
      colon != line.npos && line.substr(0, colon).find(' ') == line.npos) {
    if (const size_t end = line.find(": "); end != line.npos) line.remove_prefix(end + 2);
  }
  return std::string(line);
}

void refused(const ProgramOutput& test, Findings& findings) {
  const std::string& text = test.err;
  if (text.find("instead of") != text.npos || text.find("is not binary compatible") != text.npos) {
    const std::string line = line_with(text, text.find("instead of") != text.npos ? "instead of" : "binary");
    findings.problem("abi", line,
                     "install the libnginx-mod-http-abm that was built for this "
                     "nginx (its Depends names the nginx-abi), or build the "
                     "module against this nginx's own headers (-DABM_NGINX_SRC)");
  } else if (text.find("unknown directive \"abm") != text.npos) {
    findings.problem(
        "module", line_with(text, "unknown directive \"abm"),
        "the module is not loaded: put 'load_module modules/ngx_http_abm_module.so;' at the top of "
        "nginx.conf, or link /usr/share/nginx/modules-available/mod-http-abm.conf to "
        "/etc/nginx/modules-enabled/70-mod-http-abm.conf");
  } else if (::geteuid() != 0 && text.find("ermission denied") != text.npos) {
    findings.note("configuration", line_with(text, "ermission denied"), "run doctor as root to look at it");
  } else {
    const std::string line = line_with(text, "[emerg]");
    findings.problem("configuration", line.empty() ? "nginx -T failed" : line,
                     "correct it; a running nginx goes on with the configuration that it has");
  }
}

/// The pid of the running master; 0 if there is none.
int master_of(const Configuration& configuration, std::string_view build, const fs::path& prefix) {
  const fs::path named =
      configuration.pid.empty() ? fs::path(value_after(build, "--pid-path=")) : fs::path(configuration.pid);
  const auto text = read_file((prefix / named).string(), 64);
  int pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

void check_running(int pid, Findings& findings) {
  if (pid <= 0) {
    findings.note("running", "no nginx with this configuration runs", "start it");
    return;
  }
  std::error_code code;
  if (!fs::exists(fmt::format("/proc/{}", pid), code)) {
    findings.note("running", fmt::format("the pid file names process {}, which is gone", pid), "start nginx");
    return;
  }
  const auto maps = read_file(fmt::format("/proc/{}/maps", pid), kMaxMaps);
  if (!maps || maps->empty()) {
    findings.note("running", fmt::format("may not look into the running nginx ({})", pid),
                  "run doctor as root");
    return;
  }
  const std::string line = line_with(*maps, kModule);
  if (line.empty()) {
    findings.problem("running", fmt::format("the running nginx ({}) has not loaded the module", pid),
                     "reload it: nginx -s reload");
  } else if (maps->find(fmt::format("{} (deleted)", kModule)) != maps->npos) {
    findings.problem("running",
                     fmt::format("the running nginx ({}) still has the module from before an upgrade; a "
                                 "reload does not change that",
                                 pid),
                     "'service nginx upgrade' (no request is lost) or 'systemctl restart nginx'");
  } else {
    findings.ok("running", fmt::format("nginx {} runs with the module that is installed", pid));
  }
}

/// Who reads what is published: the workers that run, or those that would. Only root's nginx obeys `user`.
std::vector<Reader> workers(int pid, const Configuration& configuration, std::string_view build) {
  if (pid > 0) {
    std::vector<Reader> running = workers_of(pid);
    if (!running.empty()) return running;
  }
  if (::geteuid() != 0 && configuration.user == nullptr) return {this_process()};
  std::string user(value_after(build, "--user=")), group(value_after(build, "--group="));
  if (user.empty()) user = "nobody";
  if (configuration.user != nullptr) {
    const std::vector<std::string>& words = configuration.user->words;
    user = words[1];
    group = words.size() > 2 ? words[2] : "";
  }
  auto reader = reader_named(user, group);
  return reader.has_value() ? std::vector{std::move(*reader)} : std::vector<Reader>();
}

}  // namespace

void check_nginx(const NginxOptions& options, Configuration& configuration, Findings& findings) {
  const auto version = run_program({options.program, "-V"});
  if (!version) {
    findings.note("nginx", version.message(), "run doctor where nginx runs, or name it with --nginx");
    return;
  }
  const std::string_view number = value_after(version->err, "nginx version: nginx/");
  if (number.empty()) {
    findings.problem("nginx", fmt::format("'{} -V' names no version of nginx", options.program),
                     "name nginx with --nginx");
    return;
  }
  findings.ok("nginx", fmt::format("nginx {}", number));
  std::vector<std::string> words = {options.program, "-T"};
  if (!options.prefix.empty()) words.insert(words.end(), {"-p", options.prefix});
  if (!options.conf.empty()) words.insert(words.end(), {"-c", fs::absolute(options.conf).string()});
  const auto test = run_program(words);
  if (!test) {
    findings.problem("configuration", test.message(), "run doctor where nginx runs");
    return;
  }
  if (test->status != 0) {
    refused(*test, findings);
    return;
  }
  if (const std::string late = line_with(test->err, "compresses pages before abm"); !late.empty()) {
    findings.problem(
        "module-order", late,
        "load ngx_http_abm_module.so last: Debian's link is 70-mod-http-abm.conf for that reason");
  } else {
    findings.ok("module-order", "no module compresses pages before abm sees them");
  }
  const auto directives = parse_dump(test->out);
  if (!directives) {
    findings.problem("configuration", directives.message(), "report this: nginx itself accepts it");
    return;
  }
  configuration = read_configuration(*directives);
  check_places(configuration, findings);
  check_front_caches(*directives, configuration, findings);
  const fs::path prefix = options.prefix.empty() ? fs::path(value_after(version->err, "--prefix="))
                                                 : fs::absolute(options.prefix);
  for (std::string& folder : configuration.data_folders)
    folder = (prefix / folder).lexically_normal().string();
  // Where nginx looks for the files that its configuration names (ngx_conf_full_name).
  const fs::path conf = options.conf.empty() ? prefix / fs::path(value_after(version->err, "--conf-path="))
                                             : fs::absolute(options.conf);
  for (LinkKeyFile& key : configuration.link_keys)
    key.path = (conf.parent_path() / key.path).lexically_normal().string();
  const int master = master_of(configuration, version->err, prefix);
  check_running(master, findings);
  configuration.workers = workers(master, configuration, version->err);
}

}  // namespace abm::tools::doctor
