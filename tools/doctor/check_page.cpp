// A page as visitors get it: which cache is in front, and what the page lets it keep.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "rewrite/locate.h"
#include "tools/doctor/cache_signs.h"
#include "tools/doctor/checks.h"
#include "tools/doctor/fetch.h"

namespace abm::tools::doctor {
namespace {

/// Seconds that a shared cache may keep an answer: s-maxage, else max-age.
uint64_t shared_seconds(std::string_view control) {
  for (const std::string_view name : {"s-maxage=", "max-age="}) {
    const size_t at = control.find(name);
    uint64_t seconds = 0;
    if (at == control.npos) continue;
    std::from_chars(control.data() + at + name.size(), control.data() + control.size(), seconds);
    return seconds;
  }
  return 0;
}

bool says(std::string_view control, std::string_view word) {
  return control.find(word) != control.npos;
}

/// The host of a URL, lower case, without port.
std::string host_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const size_t colon = url.rfind(':'); colon != url.npos && url.find(']', colon) == url.npos)
    url = url.substr(0, colon);
  return ascii_lower(url);
}

/// The same URL as this nginx answers it, past whatever is in front; std::nullopt if it cannot be asked here.
std::optional<connect::HttpReply> ask_nginx_itself(const std::string& url,
                                                   const Configuration& configuration) {
  const size_t path = url.find_first_of("/?#", std::min(url.find("://"), url.size() - 1) + 3);
  const std::string host = host_of(url), rest = path == url.npos ? "/" : url.substr(path);
  std::vector<const Door*> doors;
  for (const bool named : {true, false}) {
    for (const Door& door : configuration.doors) {
      const bool is_named = std::find(door.names.begin(), door.names.end(), host) != door.names.end();
      if (is_named == named) doors.push_back(&door);
    }
  }
  constexpr size_t kMaxDoors = 4;
  for (size_t i = 0; i < doors.size() && i < kMaxDoors; ++i) {
    const std::string direct = fmt::format("{}://{}{}", doors[i]->tls ? "https" : "http", host, rest);
    auto answer = fetch(direct, doors[i]->address);
    if (answer && answer->reply.status == 200) return std::move(answer->reply);
  }
  return std::nullopt;
}

/// What a cache in front of nginx left in the answer: not what nginx itself, or something behind it, sends
/// too.
std::optional<CacheSign> cache_in_front(const std::string& url, const connect::HttpReply& reply,
                                        const Configuration& configuration) {
  std::vector<CacheSign> signs = cache_signs(reply);
  if (signs.empty()) return std::nullopt;
  const auto itself = ask_nginx_itself(url, configuration);
  std::erase_if(signs, [&](const CacheSign& sign) {
    if (itself.has_value()) return same_sign(sign, *itself);
    return configuration.added_headers.count(sign.header) != 0;
  });
  if (signs.empty()) return std::nullopt;
  CacheSign first = signs.front();
  first.hit = std::any_of(signs.begin(), signs.end(), [](const CacheSign& sign) { return sign.hit; });
  return first;
}

void check_page_no_transform(const std::string& url, std::string_view control,
                             const Configuration& configuration, Findings& findings) {
  const std::vector<Place>& places = configuration.places;
  if (!says(control, "no-transform")) {
    findings.ok("no-transform", fmt::format("{}: nothing forbids to personalize the page", url));
  } else if (!places.empty() && std::all_of(places.begin(), places.end(),
                                            [](const Place& place) { return place.ignores_no_transform; })) {
    findings.ok("no-transform", fmt::format("{}: says no-transform, which abm_no_transform ignores", url));
  } else {
    findings.problem(
        "no-transform",
        fmt::format("{}: says Cache-Control: no-transform: the page stays original for everybody "
                    "where abm_no_transform does not ignore it",
                    url),
        "have the origin leave it out where pages are personalized, or write 'abm_no_transform "
        "ignore;'");
  }
}

/// Which framework will hydrate the page: whoever writes rules for it has to know.
void check_page_framework(const std::string& url, const Answer& answer, Findings& findings) {
  const rewrite::SelectorSet none;
  rewrite::RewriterOptions options;
  options.selectors = &none;
  options.charset = rewrite::Charset::kUnlabelled;  // the signs are ASCII in every charset that is read
  const rewrite::PageSigns signs = rewrite::locate(answer.body, options).signs;
  if (signs.framework() == rewrite::Framework::kNone) {
    findings.ok(
        "framework",
        fmt::format("{}: no framework was recognized that renders the page again in the browser", url));
    return;
  }
  findings.note("framework",
                fmt::format("{}: {} hydrates the page in the browser (told by {}), and puts some edits back",
                            url, title_of(signs.framework()), signs.evidence()),
                "name the page under pages: in site.yaml (abmctl pages fetch): abmctl check then says for "
                "every slot whether its edits stay");
}

}  // namespace

void check_page(const std::string& url, const Configuration& configuration, Findings& findings) {
  const auto answer = fetch(url);
  if (!answer) {
    findings.problem("cache", answer.message(), "name a page that this machine can reach");
    return;
  }
  const std::string control = ascii_lower(answer->reply.header("cache-control"));
  const auto sign = cache_in_front(url, answer->reply, configuration);
  const bool kept_apart = says(control, "private") || says(control, "no-store") || says(control, "no-cache");
  const bool shared = !kept_apart && (says(control, "public") || shared_seconds(control) > 0);
  constexpr std::string_view kRemedy =
      "where 'abm on' holds: proxy_hide_header Cache-Control; add_header Cache-Control \"private, no-cache\"; or "
      "exempt HTML from the CDN's cache: what it keeps is served to everybody, and identified visitors never "
      "reach nginx";
  const std::string who = sign.has_value() ? fmt::format("{} is in front ({})", sign->who, sign->text) : "";
  if (answer->reply.status != 200) {
    findings.note("cache", fmt::format("{}: answers {}", url, answer->reply.status),
                  "name a page that answers 200");
  } else if (sign.has_value() && sign->hit) {
    findings.problem("cache", fmt::format("{}: {}, and answers with its copy of the page", url, who),
                     std::string(kRemedy));
  } else if (shared && sign.has_value()) {
    findings.problem("cache", fmt::format("{}: {}, and the page lets it keep a copy ({})", url, who, control),
                     std::string(kRemedy));
  } else if (!kept_apart && sign.has_value()) {
    findings.problem("cache",
                     fmt::format("{}: {}, and the page does not stop it from keeping a copy", url, who),
                     std::string(kRemedy));
  } else if (sign.has_value()) {
    findings.ok("cache", fmt::format("{}: {}, and keeps no copy of the page", url, who));
  } else if (shared) {
    findings.note(
        "cache", fmt::format("{}: the page lets shared caches keep it ({})", url, control),
        "fine while no cache is in front of nginx; with a CDN, identified visitors would get its copy");
  } else {
    findings.ok("cache", fmt::format("{}: no shared cache keeps the page", url));
  }
  if (answer->reply.status != 200) return;
  check_page_no_transform(url, control, configuration, findings);
  check_page_framework(url, *answer, findings);
}

}  // namespace abm::tools::doctor
