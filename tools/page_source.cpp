#include "tools/page_source.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "connect/http/http.h"
#include "connect/http/url.h"
#include "rewrite/scan/mime_type.h"
#include "tools/judge.h"

namespace abm::tools {
namespace {

constexpr int kMostPageRedirects = 5;
constexpr std::chrono::seconds kPagePatience{30};

bool is_page_redirect(long status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What is asked for.
struct Wanted {
  std::string accept;
  size_t limit = kMaxFetchedPageBytes;
};

Result<connect::HttpReply> ask_for(const std::string& url, const Wanted& wanted,
                                   std::chrono::steady_clock::time_point until, std::string& body) {
  connect::HttpSettings settings;
  settings.connect = std::chrono::seconds(10);
  settings.stall = settings.total = kPagePatience;
  connect::HttpRequest request;
  request.url = url;
  request.compressed = true;
  request.max_body = wanted.limit + 1;
  request.as_is = true;
  request.until = until;
  request.headers = {"Accept: " + wanted.accept, "Sec-GPC: 1"};
  connect::TextSink sink;
  auto reply = connect::HttpClient(std::move(settings)).get(std::move(request), sink);
  body = std::move(sink.text);
  return reply;
}

/// Refuses what a browser would not show as HTML; takes the charset from the Content-Type.
Result<void> check_html(const connect::HttpReply& reply, PageSource& page) {
  const auto fault = [&page](std::string_view what) { return Error{fmt::format("{}: {}", page.name, what)}; };
  const std::string type = reply.header("content-type");
  std::array<char, rewrite::kMaxMimeCharset> room;
  const auto mime = rewrite::parse_mime_type(type, room);
  if (!mime || !equals_ignoring_case(mime->essence, "text/html"))
    return fault(type.empty() ? std::string("answers without a Content-Type: HTML is expected")
                              : fmt::format("answers with '{}': HTML is expected", type));
  if (mime->charset.data() != nullptr) page.charset = trimmed(mime->charset);
  return {};
}

/// Follows redirects within the site. `page` gets what came and from where.
Result<connect::HttpReply> fetch_into(PageSource& page, const std::string& address, const Wanted& wanted) {
  if (auto good = connect::check_url(address); !good) return good.error();
  page.url = address;
  const auto until = std::chrono::steady_clock::now() + kPagePatience;
  for (int redirects = 0;; ++redirects) {
    page.name = connect::url_for_people(page.url);
    auto reply = ask_for(page.url, wanted, until, page.html);
    if (!reply) return reply.error();
    if (is_page_redirect(reply->status)) {
      auto next = connect::redirect_target(page.url, reply->header("location"));
      if (!next) return Error{fmt::format("{}: {}", page.name, next.message())};
      std::string fault = connect::page_redirect_fault(page.url, *next);
      if (fault.empty() && redirects == kMostPageRedirects)
        fault = fmt::format("more than {} redirects", kMostPageRedirects);
      if (!fault.empty()) return Error{fmt::format("{}: {}", page.name, fault)};
      page.url = std::move(*next);
      continue;
    }
    if (reply->status != 200) return Error{connect::status_fault(page.url, reply->status)};
    if (page.html.size() > wanted.limit)
      return Error{fmt::format("{}: larger than the limit of {} bytes", page.name, wanted.limit)};
    return reply;
  }
}

Result<PageSource> fetch_page(const std::string& address) {
  PageSource page;
  auto reply = fetch_into(page, address, {"text/html", kMaxFetchedPageBytes});
  if (!reply) return reply.error();
  if (auto html = check_html(*reply, page); !html) return html.error();
  return page;
}

}  // namespace

bool is_page_address(const std::string& page) {
  const std::string start = ascii_lower(std::string_view(page).substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

Result<std::string> read_text_at(const std::string& address, size_t limit) {
  PageSource page;
  auto reply = fetch_into(page, address, {"*/*", limit});
  if (!reply) return reply.error();
  return std::move(page.html);
}

Result<PageSource> read_page(const std::string& page) {
  if (is_page_address(page)) return fetch_page(page);
  auto html =
      page == "-" ? read_all(STDIN_FILENO, "standard input", kMaxPageBytes) : read_file(page, kMaxPageBytes);
  if (!html) return html.error();
  PageSource source;
  source.name = page;
  source.html = std::move(*html);
  return source;
}

}  // namespace abm::tools
