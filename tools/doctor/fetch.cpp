#include "tools/doctor/fetch.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::tools::doctor {
namespace {

constexpr size_t kMaxBody = 1u << 20;
constexpr size_t kMaxHeaders = 1000;
constexpr long kSeconds = 10;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  return text;
}

size_t take_header(char* data, size_t, size_t size, void* user) noexcept {
  auto& headers = static_cast<Answer*>(user)->headers;
  const std::string_view line(data, size);
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) headers.clear();  // of an interim answer
  if (colon == line.npos) return size;
  if (headers.size() == kMaxHeaders) return 0;
  headers.emplace_back(ascii_lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
  return size;
}

size_t take_body(char* data, size_t, size_t size, void* user) noexcept {
  std::string& body = static_cast<Answer*>(user)->body;
  body.append(data, std::min(size, kMaxBody - body.size()));
  return size;
}

}  // namespace

std::string Answer::header(std::string_view lower_name) const {
  std::string out;
  for (const auto& [name, value] : headers) {
    if (name == lower_name) out += (out.empty() ? "" : ", ") + value;
  }
  return out;
}

Result<Answer> fetch(const std::string& url) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return Error{fmt::format("{}: libcurl does not start", url)};
  Answer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "abmctl-doctor");
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Error{fmt::format("{}: {}", url, curl_easy_strerror(code))};
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace abm::tools::doctor
