#include "tools/doctor/cache_signs.h"

#include <gtest/gtest.h>

namespace abm::tools::doctor {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

connect::HttpReply with(Headers headers) {
  connect::HttpReply reply;
  reply.headers = std::move(headers);
  return reply;
}

struct Case {
  Headers headers;
  const char* who;
  bool hit;
};

TEST(CacheSigns, SayWhichCacheAndWhetherTheAnswerIsItsCopy) {
  for (const Case& each :
       {Case{{{"cf-cache-status", "HIT"}, {"age", "12"}}, "Cloudflare", true},
        Case{{{"cf-cache-status", "DYNAMIC"}, {"cf-ray", "8a"}}, "Cloudflare", false},
        Case{{{"x-cache", "Hit from cloudfront"}, {"via", "1.1 a.cloudfront.net (CloudFront)"}},
             "Amazon CloudFront",
             true},
        Case{{{"x-cache", "Miss from cloudfront"}}, "Amazon CloudFront", false},
        Case{{{"x-served-by", "cache-fra-1, cache-ams-2"}, {"x-cache", "MISS, HIT"}}, "Fastly", true},
        Case{
            {{"x-cache", "TCP_MEM_HIT from a1.deploy.akamaitechnologies.com (AkamaiGHost)"}}, "Akamai", true},
        Case{{{"x-varnish", "3 2"}, {"age", "0"}}, "Varnish", false},
        Case{{{"via", "1.1 varnish (Varnish/7.1)"}, {"age", "7"}}, "Varnish", true},
        Case{{{"via", "1.1 google"}}, "Google Cloud CDN", false},
        Case{{{"cache-status", "\"Origin, Inc\"; fwd=miss, ExampleCDN; hit; ttl=545"}}, "ExampleCDN", true},
        Case{{{"cache-status", "\"Nginx; front\"; fwd=uri-miss"}}, "Nginx; front", false},
        Case{{{"x-vercel-cache", "PRERENDER"}}, "Vercel", false},
        Case{{{"x-proxy-cache", "HIT"}}, "a cache", true}, Case{{{"age", "31"}}, "a cache", true},
        Case{{{"via", "1.0 fred"}}, "a proxy", false}}) {
    const auto signs = cache_signs(with(each.headers));
    ASSERT_FALSE(signs.empty()) << each.who;
    EXPECT_EQ(signs.front().who, each.who);
    bool hit = false;
    for (const CacheSign& sign : signs) hit = hit || sign.hit;
    EXPECT_EQ(hit, each.hit) << each.who;
  }
  EXPECT_TRUE(cache_signs(with({{"server", "nginx"}, {"x-drupal-cache", "HIT"}, {"etag", "\"a\""}})).empty());
}

TEST(CacheSigns, OfTheServerBehindAreNotThoseOfTheCacheInFront) {
  const auto sign = [](const char* name, const char* value) {
    return cache_signs(with({{name, value}})).front();
  };
  EXPECT_TRUE(same_sign(sign("x-cache", "HIT"), with({{"x-cache", "MISS"}})));
  EXPECT_FALSE(same_sign(sign("x-cache", "MISS, HIT"), with({{"x-cache", "MISS"}})));
  EXPECT_FALSE(same_sign(sign("x-cache", "HIT"), with({})));
  EXPECT_TRUE(same_sign(sign("via", "1.1 inner"), with({{"via", "1.1 inner"}})));
  EXPECT_FALSE(same_sign(sign("via", "1.1 inner, 1.1 varnish"), with({{"via", "1.1 inner"}})));
}

}  // namespace
}  // namespace abm::tools::doctor
