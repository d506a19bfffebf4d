#include "connect/http/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "connect/http/http_fault.h"
#include "connect/http/url.h"

namespace abm::connect {
namespace {

constexpr int kMaxRedirects = 5;
constexpr size_t kMaxHeaderBytes = 64u << 10;
constexpr uint64_t kMaxDiscarded = 64u << 10;  // of a body that is not used, such as an error page
constexpr size_t kMaxEtagBytes = 256;
constexpr long kSlowestBytesPerSecond = 100;
constexpr std::chrono::milliseconds kTimerSlack{50};  // libcurl's timers count whole milliseconds
/// No feed compresses that well; checked only above a size that costs nothing.
constexpr uint64_t kMaxRatio = 200;
constexpr uint64_t kRatioFrom = 64u << 20;

/// libcurl wants this once, before any handle.
void init_curl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)done;
}

const char* accepted_encodings() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  const bool gzip = (info->features & CURL_VERSION_LIBZ) != 0;
  const bool zstd = (info->features & CURL_VERSION_ZSTD) != 0;
  return gzip && zstd ? "zstd, gzip" : gzip ? "gzip" : zstd ? "zstd" : nullptr;
}

/// An entity-tag as in RFC 9110 8.8.3, or nothing: it will be sent back to the server that gave it.
std::string checked_etag(std::string_view value) {
  const std::string_view opaque = value.starts_with("W/") ? value.substr(2) : value;
  const bool quoted = opaque.size() >= 2 && opaque.front() == '"' && opaque.back() == '"';
  if (!quoted || value.size() > kMaxEtagBytes) return {};
  const std::string_view inner = opaque.substr(1, opaque.size() - 2);
  const bool clean = std::all_of(inner.begin(), inner.end(),
                                 [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"'; });
  return clean ? std::string(value) : std::string();
}

/// RFC 9110 5.6.7; Unix seconds.
std::optional<int64_t> http_date(std::string_view value) {
  const time_t at = curl_getdate(std::string(value).c_str(), nullptr);
  return at > 0 ? std::optional<int64_t>(at) : std::nullopt;
}

/// RFC 9110 10.2.3: seconds, or a date.
std::optional<std::chrono::seconds> retry_after(std::string_view value) {
  uint32_t seconds = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (code == std::errc{} && end == value.data() + value.size()) return std::chrono::seconds(seconds);
  const auto at = http_date(value);
  if (!at.has_value()) return std::nullopt;
  return std::chrono::seconds(std::max<int64_t>(*at - static_cast<int64_t>(::time(nullptr)), 0));
}

// CURL and CURLM are the same type to the compiler.
struct CleanupMulti {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct Cleanup {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

}  // namespace

struct HttpLoop::Handle {
  std::unique_ptr<CURLM, CleanupMulti> multi;
};

HttpLoop::HttpLoop() : handle_(std::make_unique<Handle>()) {
  init_curl();
  handle_->multi.reset(curl_multi_init());
}

HttpLoop::~HttpLoop() = default;

struct HttpClient::Work {
  Work(HttpSettings given, std::shared_ptr<HttpLoop> shared)
      : settings(std::move(given)),
        loop(shared != nullptr ? std::move(shared) : std::make_shared<HttpLoop>()),
        multi(loop->handle_->multi.get()) {}

  void prepare();
  void finish(CURLcode code);
  [[nodiscard]] bool follow_redirect();
  [[nodiscard]] bool wants_body() const noexcept {
    return request.as_is || reply.status == 200 || reply.status == 206;
  }
  size_t stop(std::string reason) {
    if (stopped.empty()) stopped = std::move(reason);
    return 0;
  }
  size_t on_header(std::string_view line);
  size_t on_body(std::string_view bytes);
  int on_progress(curl_off_t total, curl_off_t now);
  [[nodiscard]] Error fault(std::string_view what) const {
    return Error{fmt::format("{}: {}", url_for_people(url), what)};
  }

  static size_t header_callback(char* bytes, size_t size, size_t count, void* self) noexcept;
  static size_t body_callback(char* bytes, size_t size, size_t count, void* self) noexcept;
  static int progress_callback(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) noexcept;

  HttpSettings settings;
  std::shared_ptr<HttpLoop> loop;
  CURLM* multi;
  // Of the current transfer.
  std::unique_ptr<CURL, Cleanup> easy;
  std::unique_ptr<curl_slist, Cleanup> headers;
  std::unique_ptr<curl_slist, Cleanup> places;
  char detail[CURL_ERROR_SIZE] = {};
  HttpRequest request;
  BodySink* sink = nullptr;
  std::string url;  ///< of the request, or where a redirect led to
  int redirects = 0;
  std::chrono::steady_clock::time_point started, until;
  bool running = false;
  bool begun = false;
  size_t header_bytes = 0;
  uint64_t body_bytes = 0;
  uint64_t received = 0;
  std::string stopped;  ///< why a callback ended it
  HttpReply reply;
  std::optional<Error> failed;
};

size_t HttpClient::Work::header_callback(char* bytes, size_t size, size_t count, void* self) noexcept {
  try {
    return static_cast<Work*>(self)->on_header({bytes, size * count});
  } catch (...) {
    return 0;
  }
}

size_t HttpClient::Work::body_callback(char* bytes, size_t size, size_t count, void* self) noexcept {
  try {
    return static_cast<Work*>(self)->on_body({bytes, size * count});
  } catch (...) {
    return 0;
  }
}

int HttpClient::Work::progress_callback(void* self, curl_off_t total, curl_off_t now, curl_off_t,
                                        curl_off_t) noexcept {
  try {
    return static_cast<Work*>(self)->on_progress(total, now);
  } catch (...) {
    return 1;
  }
}

size_t HttpClient::Work::on_header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > kMaxHeaderBytes)
    return stop(fmt::format("more than {} bytes of headers", kMaxHeaderBytes));
  if (line.starts_with("HTTP/")) {
    reply = {};
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == line.npos) return line.size();
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1), " \t\r\n");
  if (request.as_is) reply.headers.emplace_back(ascii_lower(name), value);
  if (equals_ignoring_case(name, "etag")) reply.etag = checked_etag(value);
  if (equals_ignoring_case(name, "date")) reply.date = http_date(value);
  if (equals_ignoring_case(name, "retry-after")) reply.retry_after = retry_after(value);
  return line.size();
}

size_t HttpClient::Work::on_body(std::string_view bytes) {
  body_bytes += bytes.size();
  if (!wants_body()) return body_bytes > kMaxDiscarded ? 0 : bytes.size();
  if (body_bytes > request.max_body && !request.as_is)
    return stop(fmt::format("larger than the limit of {} bytes", request.max_body));
  if (body_bytes > kRatioFrom && body_bytes / kMaxRatio > received) {
    return stop(fmt::format("{} bytes came out of {}: more than {} to 1, which no honest feed reaches",
                            body_bytes, received, kMaxRatio));
  }
  if (!begun) {
    begun = true;
    if (auto ready = sink->begin(reply.status == 206 ? request.resume_from : 0); !ready)
      return stop(ready.message());
  }
  const uint64_t room = request.max_body - std::min(request.max_body, body_bytes - bytes.size());
  if (auto written = sink->write(bytes.substr(0, room)); !written) return stop(written.message());
  return bytes.size();
}

int HttpClient::Work::on_progress(curl_off_t total, curl_off_t now) {
  received = static_cast<uint64_t>(now);
  if (wants_body() && !request.as_is && received > request.max_body) {
    stop(fmt::format("larger than the limit of {} bytes", request.max_body));
    return 1;
  }
  if (request.progress) request.progress(received, static_cast<uint64_t>(std::max<curl_off_t>(total, 0)));
  return 0;
}

void HttpClient::Work::prepare() {
  easy.reset(curl_easy_init());
  CURL* const e = easy.get();
  detail[0] = '\0';
  begun = false;
  header_bytes = 0;
  body_bytes = received = 0;
  stopped.clear();
  reply = {};
  curl_easy_setopt(e, CURLOPT_PRIVATE, this);
  curl_easy_setopt(e, CURLOPT_URL, url.c_str());
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(e, CURLOPT_USERAGENT, "abmctl/" ABM_VERSION);
  curl_easy_setopt(e, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect.count()));
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(left.count(), 1)));  // 0 would mean forever
  curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall.count()));
  if (!settings.proxy.empty()) curl_easy_setopt(e, CURLOPT_PROXY, settings.proxy.c_str());
  if (!settings.ca.empty()) curl_easy_setopt(e, CURLOPT_CAINFO, settings.ca.c_str());
  if (request.compressed) curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, accepted_encodings());
  if (request.resume_from != 0)
    curl_easy_setopt(e, CURLOPT_RANGE, fmt::format("{}-", request.resume_from).c_str());
  curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, header_callback);
  curl_easy_setopt(e, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, body_callback);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, progress_callback);
  curl_easy_setopt(e, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
  if (!request.connect_to.empty()) {
    places.reset(curl_slist_append(nullptr, fmt::format("::{}", request.connect_to).c_str()));
    curl_easy_setopt(e, CURLOPT_CONNECT_TO, places.get());
    curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (request.post.has_value()) {
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.post->size()));
    curl_easy_setopt(e, CURLOPT_POSTFIELDS,
                     request.post->c_str());  // borrowed: `request` outlives the transfer
  }
  headers.reset();
  const auto add_header = [&](const std::string& header) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  };
  if (!request.if_none_match.empty()) add_header("If-None-Match: " + request.if_none_match);
  if (request.no_cache) add_header("Cache-Control: no-cache");
  for (const std::string& header : request.headers) add_header(header);
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers.get());
  curl_multi_add_handle(multi, e);
}

bool HttpClient::Work::follow_redirect() {
  const bool redirect = reply.status == 301 || reply.status == 302 || reply.status == 303 ||
                        reply.status == 307 || reply.status == 308;
  char* location = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &location);
  if (!redirect || location == nullptr || request.as_is) return false;
  const std::string next = location;
  std::string reason = request.post.has_value() ? "it redirects what was posted: name the final address"
                                                : redirect_fault(url, next);
  if (reason.empty() && ++redirects > kMaxRedirects)
    reason = fmt::format("more than {} redirects", kMaxRedirects);
  if (!reason.empty()) {
    failed = fault(reason);
    return false;
  }
  curl_multi_remove_handle(multi, easy.get());
  url = next;
  prepare();
  return true;
}

void HttpClient::Work::finish(CURLcode code) {
  // A status without a body that we want counts, whatever became of its body.
  const bool answered = reply.status != 0 && !wants_body() && stopped.empty() &&
                        (code == CURLE_OK || code == CURLE_WRITE_ERROR);
  if (code == CURLE_OK || answered) {
    if (follow_redirect()) return;
    if (!failed.has_value() && wants_body() && !begun) {
      if (auto ready = sink->begin(0); !ready) failed = fault(ready.message());
    }
  } else if (!stopped.empty()) {
    failed = fault(stopped);
  } else if (code == CURLE_OPERATION_TIMEDOUT && std::chrono::steady_clock::now() + kTimerSlack >= until) {
    failed = fault(fmt::format(
        "not done within {} s, after {} bytes",
        std::chrono::ceil<std::chrono::seconds>(std::max(until, started) - started).count(), received));
  } else {
    failed = fault(transfer_fault(easy.get(), code, detail, settings));
  }
  reply.received = received;
  curl_multi_remove_handle(multi, easy.get());
  easy.reset();
  running = false;
}

std::string HttpReply::header(std::string_view lower_name) const {
  std::string out;
  for (const auto& [name, value] : headers) {
    if (name == lower_name) out += (out.empty() ? "" : ", ") + value;
  }
  return out;
}

HttpClient::HttpClient(HttpSettings settings, std::shared_ptr<HttpLoop> loop)
    : work_(std::make_unique<Work>(std::move(settings), std::move(loop))) {}

HttpClient::~HttpClient() {
  cancel();
}

void HttpClient::start(HttpRequest request, BodySink& sink) {
  work_->request = std::move(request);
  work_->url = work_->request.url;
  work_->sink = &sink;
  work_->redirects = 0;
  work_->failed.reset();
  work_->running = true;
  work_->started = std::chrono::steady_clock::now();
  work_->until = work_->started + work_->settings.total;
  if (work_->request.until.has_value()) work_->until = std::min(work_->until, *work_->request.until);
  work_->prepare();
}

bool HttpClient::running() const noexcept {
  return work_->running;
}

void HttpClient::poll(std::span<pollfd> others, std::chrono::milliseconds timeout) {
  CURLM* const multi = work_->multi;
  int handles = 0;
  int left = 0;
  // Of whichever client of the loop.
  const auto finish_ended = [&]() -> bool {
    bool any = false;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;  // finish() invalidates the message
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      reinterpret_cast<Work*>(owner)->finish(result);
      any = true;
    }
    return any;
  };
  curl_multi_perform(multi, &handles);
  if (finish_ended()) timeout = {};
  std::vector<curl_waitfd> waits;
  for (const pollfd& other : others) waits.push_back({other.fd, CURL_WAIT_POLLIN, 0});
  curl_multi_poll(multi, waits.data(), static_cast<unsigned>(waits.size()), static_cast<int>(timeout.count()),
                  nullptr);
  for (size_t i = 0; i < others.size(); ++i) others[i].revents = waits[i].revents;
  curl_multi_perform(multi, &handles);
  (void)finish_ended();
}

Result<HttpReply> HttpClient::take() {
  if (work_->failed.has_value()) return *work_->failed;
  return work_->reply;
}

void HttpClient::cancel() {
  if (!work_->running) return;
  curl_multi_remove_handle(work_->multi, work_->easy.get());
  work_->easy.reset();
  work_->running = false;
}

Result<HttpReply> HttpClient::get(HttpRequest request, BodySink& sink) {
  start(std::move(request), sink);
  while (running()) poll({}, std::chrono::seconds(1));
  return take();
}

}  // namespace abm::connect
