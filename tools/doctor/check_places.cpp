#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

/// "location / of x (FILE:3)", and how many more.
std::string named(const std::vector<const Place*>& places) {
  return places.size() == 1 ? places.front()->name
                            : fmt::format("{} and {} more", places.front()->name, places.size() - 1);
}

template <typename Wrong>
std::vector<const Place*> places_where(const Configuration& configuration, Wrong wrong) {
  std::vector<const Place*> found;
  for (const Place& place : configuration.places) {
    if (wrong(place)) found.push_back(&place);
  }
  return found;
}

bool trusts_everybody(const Place& place) {
  return std::any_of(place.trusted.begin(), place.trusted.end(), [](const Directive* from) {
    return from->words.size() > 1 && (from->words[1] == "0.0.0.0/0" || from->words[1] == "::/0");
  });
}

bool takes_proxy_protocol(const Place& place) {
  return std::any_of(place.listens.begin(), place.listens.end(), [](const Directive* listen) {
    return std::find(listen->words.begin(), listen->words.end(), "proxy_protocol") != listen->words.end();
  });
}

constexpr std::string_view kRealip =
    "name the balancer's or CDN's addresses with set_real_ip_from, and nobody else's, and real_ip_header";

void check_realip(const Configuration& configuration, Findings& findings) {
  const auto open = places_where(configuration, trusts_everybody);
  const auto behind = places_where(configuration, [](const Place& place) {
    return place.trusted.empty() && (listens_inside(place) || takes_proxy_protocol(place));
  });
  const auto unknown = places_where(configuration, [](const Place& place) {
    return place.trusted.empty() && !listens_inside(place) && !takes_proxy_protocol(place);
  });
  if (!open.empty())
    findings.problem("realip", fmt::format("{}: every visitor may say who they are", named(open)),
                     std::string(kRealip));
  if (!behind.empty())
    findings.problem("realip",
                     fmt::format("{}: is behind something else, and realip is not set: every visitor has its "
                                 "address, and nobody is identified",
                                 named(behind)),
                     std::string(kRealip));
  if (!unknown.empty())
    findings.note(
        "realip", fmt::format("{}: takes the connection's address as the visitor's", named(unknown)),
        fmt::format("right where visitors connect to nginx themselves; behind a balancer or CDN, {}",
                    kRealip));
  if (open.empty() && behind.empty() && unknown.empty())
    findings.ok("realip", "only named addresses may say who the visitor is");
}

bool is_visit_format(const Configuration& configuration, const std::string& name) {
  const auto format = configuration.log_formats.find(name);
  if (format == configuration.log_formats.end()) return false;
  for (const std::string& word : format->second->words) {
    if (word.find("$abm_visit") != word.npos) return true;
  }
  return false;
}

void check_log(const Configuration& configuration, Findings& findings) {
  for (const auto& [name, format] : configuration.log_formats) {
    if (!is_visit_format(configuration, name)) continue;
    const std::vector<std::string>& words = format->words;
    const bool unescaped = std::find(words.begin(), words.end(), "escape=none") != words.end();
    if (!unescaped || words.back() != "$abm_visit")
      findings.problem("log", fmt::format("{}: log_format {} changes the visit line", format->place(), name),
                       fmt::format("write: log_format {} escape=none '$abm_visit';", name));
  }
  std::vector<const Place*> silent, unconditional;
  for (const Place& place : configuration.places) {
    const auto log =
        std::find_if(place.access_logs.begin(), place.access_logs.end(), [&](const Directive* each) {
          return each->words.size() > 2 && is_visit_format(configuration, each->words[2]);
        });
    if (log == place.access_logs.end()) {
      silent.push_back(&place);
    } else if (std::find((*log)->words.begin(), (*log)->words.end(), "if=$abm_visit") ==
               (*log)->words.end()) {
      unconditional.push_back(&place);
    }
  }
  if (!silent.empty())
    findings.problem("log",
                     fmt::format("{}: writes no visit log (an access_log there replaces all those above it)",
                                 named(silent)),
                     "repeat there: access_log FILE abm_visit buffer=64k flush=1s if=$abm_visit;");
  if (!unconditional.empty())
    findings.problem("log",
                     fmt::format("{}: writes an empty line for every unknown visitor", named(unconditional)),
                     "add if=$abm_visit to the visit log's access_log");
  if (silent.empty() && unconditional.empty())
    findings.ok("log", "every personalized page leaves its visit line");
}

void check_encodings(const Configuration& configuration, Findings& findings) {
  for (const Place& place : configuration.places) {
    for (const Directive* header : place.headers) {
      if (header->words.size() < 3 || !equals_ignoring_case(header->words[1], "Accept-Encoding")) continue;
      const std::string& value = header->words[2];
      if (ascii_lower(value) == "identity" || value.empty()) continue;
      findings.note("encodings",
                    fmt::format("{}: asks the upstream for '{}', which is decoded again here, or stays "
                                "original if the module was built without that encoding",
                                header->place(), value),
                    "take it out: nginx compresses the result for the visitor anyway");
    }
  }
}

void check_no_transform(const Configuration& configuration, Findings& findings) {
  std::set<const Directive*> told;
  for (const Place& place : configuration.places) {
    for (const Directive* header : place.answer_headers) {
      if (place.ignores_no_transform || header->words.size() < 3 ||
          !equals_ignoring_case(header->words[1], "Cache-Control") ||
          ascii_lower(header->words[2]).find("no-transform") == std::string::npos ||
          !told.insert(header).second)
        continue;
      findings.problem(
          "no-transform",
          fmt::format("{}: add_header Cache-Control says no-transform: pages of {} stay original",
                      header->place(), place.name),
          "take no-transform out of it, or write 'abm_no_transform ignore;' there");
    }
  }
}

}  // namespace

void check_places(const Configuration& configuration, Findings& findings) {
  if (configuration.places.empty()) {
    findings.problem(
        "pages", "no location has abm on",
        "write 'abm on;' beside its proxy_pass; where nginx runs with another configuration than its "
        "own, name that with --nginx-conf and --nginx-prefix");
    return;
  }
  findings.ok("pages", fmt::format("{} location{} with abm on", configuration.places.size(),
                                   configuration.places.size() == 1 ? "" : "s"));
  const auto bare = places_where(configuration, [](const Place& place) { return place.data.empty(); });
  if (!bare.empty())
    findings.problem("pages", fmt::format("{}: no abm_data holds there: pages stay original", named(bare)),
                     "name the data folder: abm_data DIR;");
  check_realip(configuration, findings);
  check_log(configuration, findings);
  check_encodings(configuration, findings);
  check_no_transform(configuration, findings);
  check_trust(configuration, findings);
}

}  // namespace abm::tools::doctor
