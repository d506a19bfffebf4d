#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "connect/http/http.h"
#include "tools/doctor/checks.h"

namespace abm::tools::doctor {
namespace {

constexpr uint64_t kEnoughRequests = 1000;
constexpr uint64_t kMaxBody = 1u << 20;
constexpr std::chrono::seconds kPatience{10};

struct Answer {
  connect::HttpReply reply;
  std::string body;  ///< its first MiB
};

/// What a visitor without cookies gets: a redirect is an answer like any other.
Result<Answer> fetch(const std::string& url) {
  connect::HttpSettings settings;
  settings.connect = settings.stall = settings.total = kPatience;
  connect::HttpRequest request;
  request.url = url;
  request.max_body = kMaxBody;
  request.as_is = true;
  connect::TextSink sink;
  auto reply = connect::HttpClient(settings).get(std::move(request), sink);
  if (!reply) return reply.error();
  return Answer{*std::move(reply), std::move(sink.text)};
}

/// A counter of abm_status by its path, such as "/skips/encoded"; 0 when it is not there.
uint64_t counter(const simdjson::dom::element& status, std::string_view path) {
  uint64_t value = 0;
  return status.at_pointer(path).get(value) == simdjson::SUCCESS ? value : 0;
}

void check_encodings(const simdjson::dom::element& status, Findings& findings) {
  const uint64_t encoded = counter(status, "/skips/encoded");
  const uint64_t failed = counter(status, "/decode_failed");
  const uint64_t decoded = counter(status, "/decoded");
  if (encoded != 0)
    findings.problem("encodings",
                     fmt::format("{} identified visits got the original because the "
                                 "upstream sent, unasked, an encoding that the module does not decode",
                                 encoded),
                     "make the upstream honour Accept-Encoding (the module asks for identity), or turn its "
                     "compression off: nginx compresses for visitors");
  if (failed != 0)
    findings.problem("encodings",
                     fmt::format("{} encoded answers of the upstream were damaged or cut off", failed),
                     "look at the upstream's error log, at the times in nginx's");
  if (decoded != 0)
    findings.note("encodings", fmt::format("{} answers came encoded, unasked, and were decoded", decoded),
                  "make the upstream honour Accept-Encoding: decoding costs time");
  if (encoded == 0 && failed == 0 && decoded == 0)
    findings.ok("encodings", "the upstream sends plain bodies");
}

void check_no_transform(const simdjson::dom::element& status, Findings& findings) {
  const uint64_t respected = counter(status, "/skips/no-transform");
  if (respected != 0)
    findings.problem(
        "no-transform",
        fmt::format("{} identified visits got the original because the page, or the request, said "
                    "Cache-Control: no-transform",
                    respected),
        "have the origin leave it out where pages are personalized, or write 'abm_no_transform "
        "ignore;'; look at a page with --url");
}

void check_identified(const simdjson::dom::element& status, Findings& findings) {
  const uint64_t requests = counter(status, "/requests");
  const uint64_t identified = counter(status, "/identified");
  if (identified == 0 && requests >= kEnoughRequests) {
    findings.problem(
        "identified", fmt::format("none of {} requests was identified", requests),
        "see the finding about realip; 'abmctl lookup IP' says whether the index knows an address");
  } else {
    findings.ok("identified", fmt::format("{} of {} requests were identified", identified, requests));
  }
  const uint64_t applied = counter(status, "/slots/applied");
  const uint64_t missing = counter(status, "/slots/missing");
  if (missing > applied)
    findings.problem(
        "slots", fmt::format("{} edits found no slot on the page, {} were applied", missing, applied),
        "the visit log's rules[].slots say which; 'abmctl render FILE.html' shows what a selector finds");
}

}  // namespace

void check_status(const std::string& url, Findings& findings) {
  const auto answer = fetch(url);
  if (!answer || answer->reply.status != 200) {
    findings.problem("status",
                     answer ? fmt::format("{}: answers {}", url, answer->reply.status) : answer.message(),
                     "name the location with abm_status, and let this machine read it");
    return;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element status;
  uint64_t requests = 0;
  if (parser.parse(answer->body).get(status) != simdjson::SUCCESS ||
      status.at_pointer("/requests").get(requests) != simdjson::SUCCESS) {
    findings.problem("status", fmt::format("{}: is not what abm_status answers", url),
                     "name the location with abm_status, without ?format=prometheus");
    return;
  }
  std::string_view fault;
  if (status.at_pointer("/last_fault").get(fault) == simdjson::SUCCESS)
    findings.problem("data", fmt::format("workers refuse the newest generation: {}", fault),
                     "publish again; the previous one goes on serving");
  check_identified(status, findings);
  check_encodings(status, findings);
  check_no_transform(status, findings);
  const uint64_t broken = counter(status, "/exceptions") + counter(status, "/out_of_memory");
  if (broken != 0)
    findings.problem("faults",
                     fmt::format("{} pages stayed original for lack of memory or an exception", broken),
                     "nginx's error log says when; report exceptions");
}

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

/// The header of an answer that shows that a cache is in between; "" if there is none.
std::string cache_in_front(const connect::HttpReply& reply) {
  constexpr std::array<std::string_view, 7> kSigns = {"age",    "x-cache", "cf-cache-status", "x-served-by",
                                                      "cf-ray", "via",     "x-amz-cf-id"};
  for (const std::string_view name : kSigns) {
    if (const std::string value = reply.header(name); !value.empty())
      return fmt::format("{}: {}", name, value);
  }
  return {};
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

}  // namespace

void check_page(const std::string& url, const Configuration& configuration, Findings& findings) {
  const auto answer = fetch(url);
  if (!answer) {
    findings.problem("cache", answer.message(), "name a page that this machine can reach");
    return;
  }
  const std::string control = ascii_lower(answer->reply.header("cache-control"));
  const std::string sign = cache_in_front(answer->reply);
  const bool kept_apart = says(control, "private") || says(control, "no-store") || says(control, "no-cache");
  const bool shared = !kept_apart && (says(control, "public") || shared_seconds(control) > 0);
  constexpr std::string_view kRemedy =
      "have the origin answer pages with 'Cache-Control: private' or "
      "'no-cache', or exempt HTML from the CDN's cache: what it keeps "
      "is served to everybody, and identified visitors never reach nginx";
  if (answer->reply.status != 200) {
    findings.note("cache", fmt::format("{}: answers {}", url, answer->reply.status),
                  "name a page that answers 200");
  } else if (shared && !sign.empty()) {
    findings.problem("cache",
                     fmt::format("{}: a cache is in front ({}), and the page lets it keep a copy ({})", url,
                                 sign, control),
                     std::string(kRemedy));
  } else if (!kept_apart && !sign.empty()) {
    findings.problem(
        "cache",
        fmt::format("{}: a cache is in front ({}), and the page does not stop it from keeping a copy", url,
                    sign),
        std::string(kRemedy));
  } else if (shared) {
    findings.note(
        "cache", fmt::format("{}: the page lets shared caches keep it ({})", url, control),
        "fine while no cache is in front of nginx; with a CDN, identified visitors would get its copy");
  } else {
    findings.ok("cache", fmt::format("{}: no shared cache keeps the page", url));
  }
  if (answer->reply.status == 200) check_page_no_transform(url, control, configuration, findings);
}

}  // namespace abm::tools::doctor
