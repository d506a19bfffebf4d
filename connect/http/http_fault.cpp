#include "connect/http/http_fault.h"

#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "connect/http/url.h"

namespace abm::connect {
namespace {

std::string decapitalized(std::string text) {
  // "SSL certificate …" stays, "Failed to …" does not.
  if (text.size() > 1 && ascii_lower(text[1]) == text[1]) text[0] = ascii_lower(text[0]);
  while (text.ends_with('.') || text.ends_with('\n')) text.pop_back();
  return text;
}

std::string timeout_fault(CURL* easy, const HttpSettings& settings) {
  curl_off_t connected = 0;
  curl_off_t received = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
  if (connected == 0) return fmt::format("no connection within {} s", settings.connect.count());
  if (received == 0)
    return fmt::format("the server accepted the request and sent nothing for {} s", settings.stall.count());
  return fmt::format("the server stalled: hardly a byte for {} s, after {} bytes", settings.stall.count(),
                     received);
}

}  // namespace

std::string transfer_fault(CURL* easy, CURLcode code, const char* detail, const HttpSettings& settings) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the host's name cannot be resolved";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "the name of the proxy cannot be resolved";
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_fault(easy, settings);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
      return fmt::format("the connection broke ({})",
                         decapitalized(*detail != '\0' ? detail : curl_easy_strerror(code)));
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:  // that of its decoders; when we stop a transfer, we know why
      return "the body's compression is broken, or of a kind that was not asked for";
    case CURLE_PEER_FAILED_VERIFICATION:
      return fmt::format("its certificate is not trusted ({}); a private authority's goes into `ca:`",
                         decapitalized(*detail != '\0' ? detail : curl_easy_strerror(code)));
    case CURLE_SSL_CACERT_BADFILE:
      return fmt::format("the authorities in '{}' cannot be read", settings.ca);
    default:
      return decapitalized(*detail != '\0' ? detail : curl_easy_strerror(code));
  }
}

std::string status_fault(const std::string& url, long status) {
  struct Word {
    long status;
    const char* text;
  };
  constexpr Word kWords[] = {
      {401, " (not authorized)"}, {403, " (forbidden)"},           {404, " (not found)"},
      {410, " (gone)"},           {429, " (too many requests)"},   {500, " (internal server error)"},
      {502, " (bad gateway)"},    {503, " (service unavailable)"}, {504, " (gateway timeout)"},
  };
  const char* word = "";
  for (const Word& known : kWords) {
    if (known.status == status) word = known.text;
  }
  return fmt::format("{}: the server answers {}{}", url_for_people(url), status, word);
}

}  // namespace abm::connect
