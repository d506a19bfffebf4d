#include "tools/doctor/cache_signs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::tools::doctor {
namespace {

struct KnownSign {
  std::string_view header;
  std::string_view contains;  ///< lower case; "": any value
  std::string_view who;
};

// From the caches' own documentation; those that name the cache before those that any cache sends.
constexpr KnownSign kSigns[] = {
    {"cf-cache-status", "", "Cloudflare"},
    {"cf-ray", "", "Cloudflare"},
    {"x-cache", "cloudfront", "Amazon CloudFront"},
    {"x-amz-cf-id", "", "Amazon CloudFront"},
    {"x-amz-cf-pop", "", "Amazon CloudFront"},
    {"x-fastly-request-id", "", "Fastly"},
    {"x-served-by", "cache-", "Fastly"},
    {"x-cache", "akamai", "Akamai"},
    {"x-akamai-request-id", "", "Akamai"},
    {"x-akamai-transformed", "", "Akamai"},
    {"akamai-cache-status", "", "Akamai"},
    {"akamai-grn", "", "Akamai"},
    {"server", "akamaighost", "Akamai"},
    {"x-azure-ref", "", "Azure Front Door"},
    {"x-msedge-ref", "", "Azure Front Door"},
    {"x-vercel-cache", "", "Vercel"},
    {"x-vercel-id", "", "Vercel"},
    {"x-nf-request-id", "", "Netlify"},
    {"cdn-cache", "", "bunny.net"},
    {"cdn-pullzone", "", "bunny.net"},
    {"x-77-cache", "", "CDN77"},
    {"x-gcore-request-id", "", "Gcore"},
    {"x-sucuri-cache", "", "Sucuri"},
    {"x-sucuri-id", "", "Sucuri"},
    {"x-iinfo", "", "Imperva"},
    {"x-cdn", "imperva", "Imperva"},
    {"x-cdn", "incapsula", "Imperva"},
    {"via", "google", "Google Cloud CDN"},
    {"via", "cloudfront", "Amazon CloudFront"},
    {"via", "varnish", "Varnish"},
    {"x-varnish", "", "Varnish"},
    {"x-varnish-cache", "", "Varnish"},
    {"via", "squid", "Squid"},
    {"x-cache-lookup", "", "Squid"},
    {"via", "trafficserver", "Apache Traffic Server"},
    {"cache-status", "", ""},  // RFC 9211: it says who
    {"x-cache", "", "a cache"},
    {"x-cache-status", "", "a cache"},
    {"x-proxy-cache", "", "a cache"},
    {"x-nginx-cache", "", "a cache"},
    {"x-cache-hits", "", "a cache"},
    {"x-served-by", "", "a cache"},
    {"age", "", "a cache"},
    {"via", "", "a proxy"},
};

/// The last member of RFC 9211's list is the cache next to the visitor: `"ExampleCDN"; hit; ttl=545`.
std::string_view last_member(std::string_view list) {
  size_t begin = 0;
  bool quoted = false;
  for (size_t at = 0; at < list.size(); ++at) {
    if (list[at] == '"') quoted = !quoted;
    if (list[at] == ',' && !quoted) begin = at + 1;
  }
  return trimmed(list.substr(begin));
}

std::string name_in(std::string_view member) {
  const bool quoted = member.starts_with('"');
  if (quoted) member.remove_prefix(1);
  const std::string_view name = trimmed(member.substr(0, member.find(quoted ? '"' : ';')));
  return name.empty() ? "a cache" : std::string(name);
}

bool is_hit(std::string_view header, const std::string& value) {
  const std::string text = ascii_lower(value);
  if (header == "age") return text != "0";
  if (header == "cache-status")
    return last_member(text).find("; hit") != std::string_view::npos ||
           last_member(text).find(";hit") != std::string_view::npos;
  if (header == "x-cache-hits") return text.find_first_of("123456789") != text.npos;
  if (header != "via" && header != "server" && header.find("cache") == header.npos) return false;
  if (header == "via" || header == "server" || header == "x-cache-lookup") return false;
  // "HIT", "Hit from cloudfront", "TCP_MEM_HIT", "MISS, HIT" (Fastly: the last is next to the visitor).
  const size_t comma = text.rfind(',');
  const std::string_view last = std::string_view(text).substr(comma == text.npos ? 0 : comma + 1);
  return last.find("hit") != last.npos && last.find("pass") == last.npos;
}

}  // namespace

std::vector<CacheSign> cache_signs(const connect::HttpReply& reply) {
  std::vector<CacheSign> signs;
  for (const KnownSign& known : kSigns) {
    const std::string value = reply.header(known.header);
    if (value.empty() || ascii_lower(value).find(known.contains) == std::string::npos) continue;
    const bool again = std::any_of(signs.begin(), signs.end(),
                                   [&](const CacheSign& sign) { return sign.header == known.header; });
    if (again) continue;
    CacheSign& sign = signs.emplace_back();
    sign.who = known.who.empty() ? name_in(last_member(value)) : std::string(known.who);
    sign.header = known.header;
    sign.text = fmt::format("{}: {}", known.header, value);
    sign.hit = is_hit(known.header, value);
  }
  return signs;
}

bool same_sign(const CacheSign& sign, const connect::HttpReply& reply) {
  const std::string value = reply.header(sign.header);
  return !value.empty() &&
         std::count(sign.text.begin(), sign.text.end(), ',') <= std::count(value.begin(), value.end(), ',');
}

}  // namespace abm::tools::doctor
