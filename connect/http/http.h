// HTTP(S) GETs and POSTs, one at a time, each bounded in size and time whatever the server does. On
// libcurl's multi interface: a caller that waits for an answer can wait for other descriptors
// too, so the agent needs no thread.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "connect/http/http_settings.h"

namespace abm::connect {

/// Takes a body as it arrives, decoded.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Called before the first byte, and again after a redirect: the bytes from `offset` on follow. The offset
  /// is other than 0 only for a request with `resume_from`, if the server resumes.
  [[nodiscard]] virtual Result<void> begin(uint64_t offset) = 0;
  /// An error ends the transfer and becomes its result.
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
};

struct HttpRequest {
  std::string url;
  std::string if_none_match;         ///< an ETag; "": unconditional
  uint64_t resume_from = 0;          ///< bytes that we have already
  bool compressed = false;           ///< gzip and zstd may be used; excludes resume_from
  bool no_cache = false;             ///< caches on the way must ask the origin
  std::vector<std::string> headers;  ///< further ones, "Name: value"
  /// Makes it a POST, also if empty; its type is among `headers`. It is never redirected: what one host was
  /// told is not for another.
  std::optional<std::string> post;
  uint64_t max_body = 0;  ///< bytes, decoded; the same for what comes over the wire
  /// The one answer that a visitor gets: of any status, not redirected, with all its headers, and its body up
  /// to `max_body`.
  bool as_is = false;
  /// "127.0.0.1:8080": connect there, past any proxy, whatever host and port the URL names; its certificate
  /// is not checked. Only for looking at an answer, never for taking something over.
  std::string connect_to;
  /// The deadline of the whole attempt: a server that is never quite silent must not draw it out.
  std::optional<std::chrono::steady_clock::time_point> until;
  std::function<void(uint64_t done, uint64_t total)> progress;  ///< bytes on the wire; total 0: not known
};

struct HttpReply {
  long status = 0;
  std::string etag;  ///< "" if there is none that can be sent back
  std::optional<std::chrono::seconds> retry_after;
  std::optional<int64_t> date;                               ///< the server's clock, Unix seconds
  uint64_t received = 0;                                     ///< bytes of the body as they came
  std::vector<std::pair<std::string, std::string>> headers;  ///< as_is: in order, names in lower case

  /// as_is: all values of a header, joined with ", "; "" if there are none.
  [[nodiscard]] std::string header(std::string_view lower_name) const;
};

/// Where transfers of several clients run side by side: poll() of any of them works on all.
class HttpLoop {
 public:
  HttpLoop();
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

 private:
  friend class HttpClient;
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

class HttpClient {
 public:
  /// `loop`: null for one of its own.
  explicit HttpClient(HttpSettings settings, std::shared_ptr<HttpLoop> loop = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins; nothing may be running. `sink` is borrowed until the transfer is over, and gets the body of a
  /// 200 or 206 only (as_is: of any). Redirects are followed on the same host (url.h), five at most.
  void start(HttpRequest request, BodySink& sink);
  [[nodiscard]] bool running() const noexcept;
  /// Works on the transfer, and on those of the same loop; returns when something happened to them or to one
  /// of `others`, or after `timeout`. With nothing running it only waits.
  void poll(std::span<pollfd> others, std::chrono::milliseconds timeout);
  /// Once nothing runs: the answer, whatever its status; or what went wrong, beginning with the address.
  [[nodiscard]] Result<HttpReply> take();
  /// Ends a running transfer; there is nothing to take.
  void cancel();

  /// start(), poll() and take().
  [[nodiscard]] Result<HttpReply> get(HttpRequest request, BodySink& sink);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

/// A small body in memory.
class TextSink final : public BodySink {
 public:
  [[nodiscard]] Result<void> begin(uint64_t) override {
    text.clear();
    return {};
  }
  [[nodiscard]] Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

/// "answers 404 (not found)": an answer that the caller does not expect.
[[nodiscard]] std::string status_fault(const std::string& url, long status);

}  // namespace abm::connect
