#include "tools/sitemap.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/page_url.h"
#include "base/text.h"
#include "tools/page_source.h"

namespace abm::tools {
namespace {

constexpr size_t kMaxSitemapBytes = size_t{50} << 20;  // sitemaps.org: 50 MB
constexpr size_t kMostSitemaps = 20;

/// The five entities that XML has by itself; a sitemap may use no others.
std::string unescaped(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string out;
  while (!text.empty()) {
    const auto entity =
        std::ranges::find_if(kEntities, [&](const auto& one) { return text.starts_with(one.first); });
    if (entity != std::end(kEntities)) {
      out += entity->second;
      text.remove_prefix(entity->first.size());
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

/// The text of the next <loc>, which ends `xml`; empty where there is none.
std::string next_location(std::string_view& xml) {
  constexpr std::string_view kOpen = "<loc>", kClose = "</loc>", kCdata = "<![CDATA[", kCdataEnd = "]]>";
  const size_t open = xml.find(kOpen);
  const size_t close = open == xml.npos ? xml.npos : xml.find(kClose, open);
  if (close == xml.npos) {
    xml = {};
    return {};
  }
  std::string_view text = trimmed(xml.substr(open + kOpen.size(), close - open - kOpen.size()));
  xml.remove_prefix(close + kClose.size());
  if (text.starts_with(kCdata) && text.ends_with(kCdataEnd)) {
    text.remove_prefix(kCdata.size());
    text.remove_suffix(kCdataEnd.size());
    return std::string(trimmed(text));
  }
  return unescaped(text);
}

/// "https://www.acme.example:8443" of an address, in lower case.
std::string origin_of(std::string_view address) {
  return ascii_lower(address.substr(0, address.find_first_of("/?#", address.find("://") + 3)));
}

}  // namespace

Result<Sitemap> parse_sitemap(std::string_view xml, size_t most) {
  Sitemap sitemap;
  sitemap.is_index = xml.find("<sitemapindex") != xml.npos;
  if (!sitemap.is_index && xml.find("<urlset") == xml.npos)
    return Error{"this is no sitemap: it has neither <urlset> nor <sitemapindex>"};
  while (sitemap.addresses.size() < most) {
    std::string location = next_location(xml);
    if (xml.empty() && location.empty()) break;
    if (is_page_address(location)) sitemap.addresses.push_back(std::move(location));
  }
  return sitemap;
}

Result<std::vector<std::string>> pages_of_sitemap(const std::string& address, size_t most) {
  const auto site = parse_page_url(address);
  if (!site) return site.error();
  std::vector<std::string> pages, sitemaps = {address};
  for (size_t i = 0; i < sitemaps.size() && i < kMostSitemaps && pages.size() < most; ++i) {
    auto xml = read_text_at(sitemaps[i], kMaxSitemapBytes);
    if (!xml) return xml.error();
    auto sitemap =
        parse_sitemap(*xml, sitemaps.size() > 1 ? most - pages.size() : std::max(most, kMostSitemaps));
    if (!sitemap) return Error{fmt::format("{}: {}", sitemaps[i], sitemap.message())};
    for (std::string& found : sitemap->addresses) {
      // The same scheme, host and port: nobody is sent to another service of the machine.
      if (!parse_page_url(found) || origin_of(found) != origin_of(address)) continue;
      if (sitemap->is_index) {
        sitemaps.push_back(std::move(found));
      } else if (pages.size() < most && std::ranges::find(pages, found) == pages.end()) {
        pages.push_back(std::move(found));
      }
    }
  }
  if (pages.empty()) return Error{fmt::format("{}: names no page of {}", address, site->host)};
  return pages;
}

}  // namespace abm::tools
