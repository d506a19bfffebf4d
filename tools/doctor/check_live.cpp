#include <simdjson.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tools/doctor/check_gzip.h"
#include "tools/doctor/check_unrecalled.h"
#include "tools/doctor/checks.h"
#include "tools/doctor/fetch.h"

namespace abm::tools::doctor {
namespace {

constexpr uint64_t kEnoughRequests = 1000;
constexpr uint64_t kFewRequests = 100;  // one in so many

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

/// Behind a balancer that realip does not know, everybody has the balancer's address.
void check_proxy_addresses(const simdjson::dom::element& status, Findings& findings) {
  const uint64_t requests = counter(status, "/requests");
  const uint64_t through = counter(status, "/proxy_addresses");
  if (through == 0) return;
  const std::string message =
      fmt::format("{} of {} requests came from a proxy with a private address, which counts as the visitor",
                  through, requests);
  constexpr std::string_view kRemedy =
      "name that proxy with set_real_ip_from, and the header in which it tells the visitor with real_ip_header";
  // A few may be health checks, or somebody trying things out on this machine.
  if (through >= requests / kFewRequests) {
    findings.problem("realip", message, std::string(kRemedy));
  } else {
    findings.note("realip", message, std::string(kRemedy));
  }
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

constexpr uint64_t kRefusedLinks = 10;  // fewer may be of somebody who plays with addresses

void check_links(const simdjson::dom::element& status, Findings& findings) {
  const uint64_t valid = counter(status, "/links/valid");
  const uint64_t refused = counter(status, "/links/refused");
  if (valid + refused == 0) return;
  const std::string message =
      fmt::format("{} of {} visits by signed links were refused", refused, valid + refused);
  const std::string remedy =
      "links are signed with another key, for another host, expired, or damaged on their way: 'abmctl link "
      "--check' says which";
  if (refused >= kRefusedLinks && refused > valid) {
    findings.problem("links", message, remedy);
  } else if (refused != 0) {
    findings.note("links", message, remedy);
  } else {
    findings.ok("links", message);
  }
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
  check_proxy_addresses(status, findings);
  check_encodings(status, findings);
  check_no_transform(status, findings);
  check_links(status, findings);
  check_unrecalled(status, findings);
  check_gzip(status, findings);
  const uint64_t broken = counter(status, "/exceptions") + counter(status, "/out_of_memory");
  if (broken != 0)
    findings.problem("faults",
                     fmt::format("{} pages stayed original for lack of memory or an exception", broken),
                     "nginx's error log says when; report exceptions");
}

}  // namespace abm::tools::doctor
