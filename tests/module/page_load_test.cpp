// What requests say about themselves, as browsers and libraries send it.
#include "module/page_load.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace abm::module {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

PageLoad load_of(const Headers& headers) {
  PageLoadReader reader;
  for (const auto& [name, value] : headers) reader.see(name, value);
  return reader.load();
}

TEST(PageLoad, IsAPageWhereABrowserGoesThereOrNothingIsSaid) {
  for (const Headers& headers : std::vector<Headers>{
           {},
           {{"Sec-Fetch-Dest", "document"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-User", "?1"}},
           {{"Sec-Fetch-Dest", "empty"}, {"X-Turbo-Request-Id", "1b"}},
           {{"Sec-Fetch-Dest", ""}},
           {{"HX-Request", "true"}, {"HX-Boosted", "true"}},
           {{"HX-History-Restore-Request", "true"}, {"HX-Request", "true"}},
           {{"HX-Request", "false"}},
           {{"X-Requested-With", "com.facebook.katana"}},
           {{"X-Requested-With", "swup"}},
           {{"X-Livewire-Navigate", "1"}},
           {{"Turbo-Frame", ""}},
           {{"Service-Worker-Navigation-Preload", "true"}},
           {{"Purpose", "prefetching"}, {"X-Purpose", "read"}, {"Sec-Purpose", ";"}, {"X-Moz", ","}}}) {
    EXPECT_EQ(load_of(headers), PageLoad::kPage) << (headers.empty() ? "" : headers[0].first);
  }
}

TEST(PageLoad, IsAPrefetchForEachThatSaysSo) {
  for (const auto& header : Headers{{"Sec-Purpose", "prefetch"},
                                    {"sec-purpose", "prefetch;prerender"},
                                    {"SEC-PURPOSE", "Prefetch; anonymous-client-ip"},
                                    {"Sec-Purpose", "x, prefetch"},
                                    {"Sec-Purpose", "prerender"},
                                    {"Purpose", "prefetch"},
                                    {"Purpose", "prerender"},
                                    {"X-Purpose", "preview"},
                                    {"X-Purpose", ": instant, instant"},
                                    {"X-Purpose", "prefetch"},
                                    {"X-Moz", " prefetch "},
                                    {"X-Sec-Purpose", "prefetch"},
                                    {"HX-Preloaded", "true"},
                                    {"Next-Router-Prefetch", "1"},
                                    {"Next-Router-Segment-Prefetch", "/_tree"},
                                    {"x-middleware-prefetch", "1"}}) {
    EXPECT_EQ(load_of({header}), PageLoad::kPrefetch) << header.first << ": " << header.second;
    EXPECT_EQ(load_of({{"HX-Request", "true"}, {"HX-Boosted", "true"}, header}), PageLoad::kPrefetch);
    EXPECT_EQ(load_of({header, {"Sec-Fetch-Dest", "iframe"}}), PageLoad::kPrefetch);
  }
}

TEST(PageLoad, IsPartialForEachThatSaysSo) {
  for (const auto& header : Headers{{"Sec-Fetch-Dest", "iframe"},
                                    {"Sec-Fetch-Dest", "frame"},
                                    {"Sec-Fetch-Dest", "embed"},
                                    {"Sec-Fetch-Dest", "object"},
                                    {"Sec-Fetch-Dest", "fencedframe"},
                                    {"Sec-Fetch-Dest", "image"},
                                    {"HX-Request", "true"},
                                    {"turbo-frame", "cart"},
                                    {"X-PJAX", "true"},
                                    {"X-Requested-With", "XMLHttpRequest"},
                                    {"RSC", "1"},
                                    {"X-Livewire", "true"},
                                    {"X-Alpine-Request", "true"},
                                    {"Datastar-Request", "true"}}) {
    EXPECT_EQ(load_of({header}), PageLoad::kPartial) << header.first << ": " << header.second;
  }
}

TEST(PageLoad, ReadsNoMoreOfAValueThanItSays) {
  const std::string filler(1 << 20, ',');
  EXPECT_EQ(load_of({{"Sec-Purpose", filler + "prefetch"}}), PageLoad::kPage);
  EXPECT_EQ(load_of({{"Sec-Purpose", "prefetch" + filler}}), PageLoad::kPrefetch);
  EXPECT_EQ(load_of({{"Sec-Purpose", std::string("\0\xff\x01", 3)}, {"", ""}}), PageLoad::kPage);
}

}  // namespace
}  // namespace abm::module
