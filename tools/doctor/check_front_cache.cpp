// A proxy_cache of this nginx in front of places with `abm on`: what it keeps by URL alone is everybody's.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

/// What holds in a block, once everything above is inherited.
struct CacheSettings {
  const Directive* cache = nullptr;  ///< nullptr: off
  const Directive* key = nullptr;
  const Directive* bypass = nullptr;
  const Directive* ignored = nullptr;  ///< proxy_ignore_headers
};

struct Hop {
  const Directive* pass = nullptr;
  CacheSettings settings;
};

struct Server {
  std::vector<Listen> listens;
  std::vector<Hop> hops;
  bool personalizes = false;
  bool leads_there = false;  ///< it does, or passes on to one that does
};

using Upstreams = std::map<std::string, std::vector<std::string>>;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool waits_at(const Listen& listen, const std::string& target) {
  if (target.starts_with("unix:")) return listen.file == target.substr(5, target.find(':', 5) - 5);
  const size_t bracket = target.find(']');
  const size_t colon = target.find(':', bracket == target.npos ? 0 : bracket);
  const std::string host = target.substr(0, colon),
                    port = colon == target.npos ? "80" : target.substr(colon + 1);
  if (listen.port != port) return false;
  return listen.host == host || (is_loopback(host) && (listen.host.empty() || is_loopback(listen.host)));
}

/// "http://127.0.0.1:8080/path" → "127.0.0.1:8080", or all servers of the upstream of that name.
std::vector<std::string> targets_of(const Directive& pass, const Upstreams& upstreams) {
  std::string url = pass.words.size() > 1 ? pass.words[1] : "";
  const bool tls = url.starts_with("https://");
  const size_t scheme = url.find("://");
  if (scheme == url.npos || url.find('$') != url.npos) return {};
  url.erase(0, scheme + 3);
  if (url.starts_with("unix:")) return {url};
  url.erase(std::min(url.find('/'), url.size()));
  if (const auto named = upstreams.find(url); named != upstreams.end()) return named->second;
  if (tls && url.find(':', std::min(url.find(']'), url.size())) == url.npos && url.find(':') == url.npos)
    url += ":443";
  return {url};
}

class Reading {
 public:
  void read(const std::vector<Directive>& directives) {
    for (const Directive& directive : directives) {
      if (directive.name() == "http") read_http(directive.block);
    }
    for (bool more = true; more;) {
      more = false;
      for (Server& server : servers) {
        const bool leads = server.personalizes || std::any_of(server.hops.begin(), server.hops.end(),
                                                              [&](const Hop& hop) { return reaches(hop); });
        more = more || leads != server.leads_there;
        server.leads_there = leads;
      }
    }
  }

  /// Whether a hop ends at a server of this configuration that personalizes, directly or through others.
  [[nodiscard]] bool reaches(const Hop& hop) const {
    for (const std::string& target : targets_of(*hop.pass, upstreams_)) {
      for (const Server& server : servers) {
        if (server.leads_there && std::any_of(server.listens.begin(), server.listens.end(),
                                              [&](const Listen& listen) { return waits_at(listen, target); }))
          return true;
      }
    }
    return false;
  }

  std::vector<Server> servers;

 private:
  void read_http(const std::vector<Directive>& block) {
    const CacheSettings settings = settings_in(block, {});
    const bool on = abm_in(block, false);
    for (const Directive& directive : block) {
      if (directive.name() == "upstream" && directive.words.size() > 1) {
        for (const Directive& server : directive.block) {
          if (server.name() == "server" && server.words.size() > 1)
            upstreams_[directive.words[1]].push_back(server.words[1]);
        }
      }
      if (directive.name() != "server") continue;
      Server& server = servers.emplace_back();
      for (const Directive& inner : directive.block) {
        if (inner.name() != "listen") continue;
        if (auto listen = read_listen(inner)) server.listens.push_back(std::move(*listen));
      }
      read_block(directive.block, settings, on, server);
    }
  }

  void read_block(const std::vector<Directive>& block, const CacheSettings& above, bool on, Server& server) {
    const CacheSettings settings = settings_in(block, above);
    on = abm_in(block, on);
    server.personalizes = server.personalizes || on;
    for (const Directive& directive : block) {
      if (directive.name() == "proxy_pass") server.hops.push_back({&directive, settings});
      if (directive.name() == "location" || directive.name() == "if" || directive.name() == "limit_except")
        read_block(directive.block, settings, on, server);
    }
  }

  static CacheSettings settings_in(const std::vector<Directive>& block, CacheSettings settings) {
    for (const Directive& directive : block) {
      const std::string& name = directive.name();
      if (name == "proxy_cache") settings.cache = directive.words.back() == "off" ? nullptr : &directive;
      if (name == "proxy_cache_key") settings.key = &directive;
      if (name == "proxy_cache_bypass") settings.bypass = &directive;
      if (name == "proxy_ignore_headers") settings.ignored = &directive;
    }
    return settings;
  }

  static bool abm_in(const std::vector<Directive>& block, bool on) {
    for (const Directive& directive : block) {
      if (directive.name() == "abm" && directive.words.size() > 1) on = directive.words[1] == "on";
    }
    return on;
  }

  Upstreams upstreams_;
};

/// Whether a text depends on who the visitor is: on $abm_…, directly or through `map` and `set`.
class Dependence {
 public:
  explicit Dependence(const Configuration& configuration) : configuration_(configuration) {}

  bool on_visitor(std::string_view text) {
    for (size_t at = text.find('$'); at != text.npos; at = text.find('$', at)) {
      if (++at < text.size() && text[at] == '{') ++at;
      const size_t begin = at;
      while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_'))
        ++at;
      const std::string name = ascii_lower(text.substr(begin, at - begin));
      if (name.starts_with("abm_")) return true;
      if (!seen_.insert(name).second) continue;
      const auto [first, last] = configuration_.assignments.equal_range(name);
      for (auto each = first; each != last; ++each) {
        for (const std::string& source : each->second.sources) {
          if (on_visitor(source)) return true;
        }
      }
    }
    return false;
  }

 private:
  const Configuration& configuration_;
  std::set<std::string> seen_;
};

bool depends(const Directive* directive, const Configuration& configuration) {
  return directive != nullptr &&
         std::any_of(directive->words.begin() + 1, directive->words.end(),
                     [&](const std::string& word) { return Dependence(configuration).on_visitor(word); });
}

bool ignores_cache_control(const CacheSettings& settings) {
  return settings.ignored != nullptr &&
         std::any_of(settings.ignored->words.begin(), settings.ignored->words.end(),
                     [](const std::string& word) { return equals_ignoring_case(word, "Cache-Control"); });
}

/// Whether every page of a place tells caches to keep no copy, whoever the visitor is.
bool forbids_copies(const Place& place) {
  constexpr std::array<std::string_view, 3> kKeptApart = {"private", "no-store", "no-cache"};
  return std::any_of(place.answer_headers.begin(), place.answer_headers.end(), [&](const Directive* header) {
    return header->words.size() > 2 && equals_ignoring_case(header->words[1], "Cache-Control") &&
           std::any_of(kKeptApart.begin(), kKeptApart.end(), [&](std::string_view word) {
             return ascii_lower(header->words[2]).find(word) != std::string::npos;
           });
  });
}

}  // namespace

void check_front_caches(const std::vector<Directive>& directives, const Configuration& configuration,
                        Findings& findings) {
  Reading reading;
  reading.read(directives);
  const bool forbidden =
      !configuration.places.empty() &&
      std::all_of(configuration.places.begin(), configuration.places.end(), forbids_copies);
  size_t caches = 0, told = 0;
  for (const Server& server : reading.servers) {
    for (const Hop& hop : server.hops) {
      if (hop.settings.cache == nullptr || !reading.reaches(hop)) continue;
      ++caches;
      if (depends(hop.settings.key, configuration) || depends(hop.settings.bypass, configuration)) continue;
      if (ignores_cache_control(hop.settings)) {
        ++told;
        findings.problem(
            "cache",
            fmt::format("{}: the proxy_cache in front of 'abm on' ({}) ignores Cache-Control: it keeps "
                        "personalized pages, too, and hands them to everybody",
                        hop.settings.ignored->place(), hop.pass->place()),
            "take Cache-Control out of proxy_ignore_headers");
      } else if (!forbidden) {
        ++told;
        findings.problem(
            "cache",
            fmt::format("{}: the proxy_cache in front of 'abm on' ({}) keeps pages by URL: identified "
                        "visitors get the original that somebody else left there",
                        hop.settings.cache->place(), hop.pass->place()),
            "where 'abm on' holds: proxy_hide_header Cache-Control; add_header Cache-Control \"private, "
            "no-cache\"; or in front: abm_data …; proxy_cache_bypass $abm_identified; proxy_no_cache "
            "$abm_identified;");
      }
    }
  }
  if (caches != 0 && told == 0)
    findings.ok("cache", "the proxy_cache in front of 'abm on' hands no page of one visitor to another");
}

}  // namespace abm::tools::doctor
