// The headers that caches obey, by name, and the directives in them.
#include "module/cache_headers.h"

#include <gtest/gtest.h>

#include <string>

namespace abm::module {
namespace {

TEST(CacheHeaders, AreKnownInAnyCase) {
  for (const std::string_view name :
       {"Expires", "X-Accel-Expires", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control",
        "Akamai-Cache-Control", "Vercel-CDN-Cache-Control", "Netlify-CDN-Cache-Control",
        "X-LiteSpeed-Cache-Control", "X-LSADC-Cache-Control", "X-Magento-Cache-Control", "Surrogate-Control",
        "Edge-Control", "X-Reverse-Proxy-TTL", "X-VC-TTL"}) {
    std::string other(name);
    for (char& c : other) c = static_cast<char>(c ^ (c >= 'A' ? 0x20 : 0));
    EXPECT_NE(find_cache_header(name), nullptr) << name;
    EXPECT_NE(find_cache_header(other), nullptr) << other;
  }
}

TEST(CacheHeaders, AreNotThoseThatOnlyNameVaryOrTell) {
  for (const std::string_view name :
       {"", "Cache-Control", "Surrogate-Key", "Cache-Tag", "Edge-Cache-Tag", "xkey", "Vary", "Netlify-Vary",
        "Age", "Pragma", "Cache-Status", "X-Cache", "No-Vary-Search", "Expires-At", "X-Expires",
        "Surrogate-Control-X"}) {
    EXPECT_EQ(find_cache_header(name), nullptr) << name;
  }
}

TEST(CacheHeaders, KeepWhatHasThePageProcessed) {
  EXPECT_EQ(find_cache_header("surrogate-control")->kept, "content");
  EXPECT_EQ(find_cache_header("edge-control")->kept, "dca");
  EXPECT_EQ(find_directive("max-age=60, CONTENT=\"ESI/1.0, X\" , x", "content"), "CONTENT=\"ESI/1.0, X\"");
  EXPECT_EQ(find_directive("content, max-age=60", "content"), "");
  EXPECT_EQ(find_directive("xcontent=1", "content"), "");
}

TEST(Directives, AreWordsOfAListAndNotOfItsQuotes) {
  for (const std::string_view list :
       {"no-transform", "public, NO-Transform", " no-transform ,", "no-transform=1",
        "private=\"x\", no-transform", "x=\"\\\"\", no-transform", ",,no-transform"}) {
    EXPECT_TRUE(has_directive(list, "no-transform")) << list;
  }
  for (const std::string_view list : {"", ",", "no-transforms", "x-no-transform", "private=\"no-transform\"",
                                      "x=\", no-transform\"", "x=\"\\\", no-transform", "x=\"\\"}) {
    EXPECT_FALSE(has_directive(list, "no-transform")) << list;
  }
}

}  // namespace
}  // namespace abm::module
