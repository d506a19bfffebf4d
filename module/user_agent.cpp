// Words of self-declared robots, link previewers, monitors and HTTP libraries.
#include "module/user_agent.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

constexpr size_t kMaxRead = 512;  // bytes of the user agent that are looked at

constexpr std::array<std::string_view, 22> kWords = {
    "bot",     "crawl",   "spider",     "slurp",  "headless",   "lighthouse", "pingdom", "uptime",
    "monitor", "preview", "facebookex", "curl/",  "wget/",      "python-",    "httpx",   "go-http-client",
    "java/",   "okhttp",  "libwww",     "scrapy", "node-fetch", "axios/"};

}  // namespace

bool looks_like_bot(std::string_view user_agent) noexcept {
  if (user_agent.empty()) return true;
  std::array<char, kMaxRead> lower;
  const size_t size = std::min(user_agent.size(), lower.size());
  std::transform(user_agent.begin(), user_agent.begin() + static_cast<ptrdiff_t>(size), lower.begin(),
                 [](char c) { return ascii_lower(c); });
  const std::string_view text(lower.data(), size);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace abm::module
