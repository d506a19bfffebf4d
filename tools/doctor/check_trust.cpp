// What a configuration leaves to others: headers that caches obey, identities that clients may
// send, and who may ask abm_visitor.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

bool has_word(std::string_view value, std::string_view word) {
  return ascii_lower(value).find(word) != std::string::npos;
}

/// Whether an `add_header` sets a header that some cache obeys, with a value that lets it keep the page.
bool lets_caches_keep(const Directive& header) {
  if (header.words.size() < 3 || header.words[2].empty()) return false;
  const std::string name = ascii_lower(header.words[1]);
  const std::string& value = header.words[2];
  if (name == "x-accel-expires") return value != "0";
  if (name == "x-reverse-proxy-ttl" || name == "x-vc-ttl") return value != "0";
  if (name == "expires") return value != "0" && value != "-1" && !value.starts_with("Thu, 01 Jan 1970");
  if (name != "cache-control" && !name.ends_with("-cache-control") && !name.ends_with("surrogate-control") &&
      !name.ends_with("edge-control"))
    return false;
  constexpr std::array<std::string_view, 4> kKeptApart = {"private", "no-store", "no-cache", "bypass-cache"};
  return std::none_of(kKeptApart.begin(), kKeptApart.end(),
                      [&](std::string_view word) { return has_word(value, word); });
}

bool expires_later(const Directive& expires) {
  const std::string& value = expires.words.back();
  return value != "off" && value != "epoch" && value != "0" && !value.starts_with('-') && value != "@0";
}

void check_cache_headers(const Configuration& configuration, Findings& findings) {
  std::set<const Directive*> told;
  const auto tell = [&](const Directive& directive, const std::string& what, std::string remedy) {
    if (!told.insert(&directive).second) return;
    findings.note("cache-headers", fmt::format("{}: {}", directive.place(), what), std::move(remedy));
  };
  for (const Place& place : configuration.places) {
    for (const Directive* header : place.answer_headers) {
      if (!lets_caches_keep(*header)) continue;
      tell(*header,
           fmt::format("add_header {} tells caches to keep pages of {}; the module "
                       "takes it from every personalized page, and a cache that "
                       "keeps the others hands them to identified visitors too",
                       header->words[1], place.name),
           "leave HTML out: set it where 'abm on' does not hold, or to 'private' or 'no-cache'");
    }
    if (place.expires != nullptr && expires_later(*place.expires)) {
      tell(*place.expires,
           fmt::format("expires {} adds Expires and Cache-Control to pages of "
                       "{}; the module replaces both on every personalized page",
                       place.expires->words.back(), place.name),
           "write 'expires off;' where 'abm on' holds");
    }
    for (const Directive* passed : place.passed) {
      if (passed->words.size() < 2 || !equals_ignoring_case(passed->words[1], "X-Accel-Expires")) continue;
      tell(*passed,
           fmt::format("{} X-Accel-Expires hands the origin's to caches in front of {}, and nginx "
                       "obeys it above Cache-Control; the module takes it from every personalized page",
                       passed->name(), place.name),
           "take it out: this nginx has obeyed it already");
    }
  }
  if (told.empty()) findings.ok("cache-headers", "no add_header tells a cache to keep a page");
}

/// The names of the variables in a text, $name and ${name}; nginx ignores their case.
std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (size_t at = text.find('$'); at != text.npos; at = text.find('$', at)) {
    ++at;
    if (at < text.size() && text[at] == '{') ++at;
    const size_t begin = at;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_'))
      ++at;
    if (at > begin) names.push_back(ascii_lower(text.substr(begin, at - begin)));
  }
  return names;
}

bool is_clients(std::string_view variable) {
  constexpr std::array<std::string_view, 5> kNames = {"args", "query_string", "request", "request_uri",
                                                      "request_body"};
  return variable.starts_with("http_") || variable.starts_with("arg_") || variable.starts_with("cookie_") ||
         std::find(kNames.begin(), kNames.end(), variable) != kNames.end();
}

/// The part of a client's request that ends up in a variable.
struct Origin {
  std::string variable;
  const Directive* through = nullptr;  ///< the last of `set`, `map` …; nullptr where abm_identity names it
  bool conditional = false;            ///< a map decides when
};

class Tracer {
 public:
  explicit Tracer(const Configuration& configuration) : configuration_(configuration) {}

  std::optional<Origin> origin_of(std::string_view text, const Directive* through = nullptr,
                                  bool conditional = false) {
    for (const std::string& name : variables_in(text)) {
      if (is_clients(name)) return Origin{name, through, conditional};
      if (!seen_.insert(name).second) continue;
      const auto [begin, end] = configuration_.assignments.equal_range(name);
      for (auto at = begin; at != end; ++at) {
        const Assignment& assignment = at->second;
        const std::vector<std::string>& sources = assignment.sources;
        for (size_t i = 0; i < sources.size(); ++i) {
          const bool value_of_map = assignment.directive->name() == "map" && i > 0;
          if (auto found = origin_of(sources[i], assignment.directive, conditional || value_of_map))
            return found;
        }
      }
    }
    return std::nullopt;
  }

 private:
  const Configuration& configuration_;
  std::set<std::string> seen_;
};

// What is signed may come from anybody.
bool is_signed(const Directive& identity) {
  return std::any_of(identity.words.begin(), identity.words.end(),
                     [](const std::string& word) { return word.starts_with("key="); });
}

void check_identity(const Configuration& configuration, Findings& findings) {
  std::set<const Directive*> told;
  for (const Place& place : configuration.places) {
    if (place.identity == nullptr || place.identity->words.size() < 2 || told.count(place.identity) != 0)
      continue;
    if (is_signed(*place.identity)) continue;
    const auto origin = Tracer(configuration).origin_of(place.identity->words[1]);
    if (!origin) continue;
    told.insert(place.identity);
    const std::string through =
        origin->through == nullptr
            ? ""
            : fmt::format(" (by {} at {})", origin->through->name(), origin->through->place());
    const std::string what =
        fmt::format("{}: abm_identity {} is what clients send in ${}{}", place.identity->place(),
                    place.identity->words[1], origin->variable, through);
    constexpr std::string_view kRemedy =
        "have the login service sign it (key=FILE), or set it where clients cannot: auth_request_set, "
        "or a variable from a verified token; or strip it in front of nginx";
    // Only something in front can have stripped a header; it rarely looks at arguments and cookies.
    const bool guarded =
        origin->conditional || (listens_inside(place) && origin->variable.starts_with("http_"));
    if (guarded) {
      findings.note("identity", fmt::format("{}; right only where nobody else can send it", what),
                    std::string(kRemedy));
    } else {
      findings.problem("identity", fmt::format("{}: every visitor may be any account", what),
                       std::string(kRemedy));
    }
  }
  if (told.empty()) findings.ok("identity", "no client says which account it is");
}

void check_visitors(const Configuration& configuration, Findings& findings) {
  bool told = false;
  for (const Place& place : configuration.visitors) {
    for (const Directive* header : place.answer_headers) {
      if (header->words.size() < 3 || !equals_ignoring_case(header->words[1], "Access-Control-Allow-Origin"))
        continue;
      const std::string& value = header->words[2];
      if (value != "*" && variables_in(value).empty()) continue;
      told = true;
      findings.note("visitor",
                    fmt::format("{}: lets any site ask abm_visitor in {}; what another "
                                "site asks is answered {{\"identified\":false}}",
                                header->place(), place.name),
                    "take the header out there: pages of your own site do not need it");
    }
  }
  if (!told && !configuration.visitors.empty())
    findings.ok("visitor", "only pages of the site itself may ask abm_visitor");
}

}  // namespace

void check_trust(const Configuration& configuration, Findings& findings) {
  check_cache_headers(configuration, findings);
  check_identity(configuration, findings);
  check_visitors(configuration, findings);
}

}  // namespace abm::tools::doctor
