#include "connect/networks/published.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::connect {
namespace {

constexpr auto kLists = std::to_array<PublishedList>({
    {kAsnList, "asn", "", "npm:@ip-location-db/asn", "AS numbers of the routed internet"},
    {"googlebot", "crawlers", "crawler",
     "https://developers.google.com/static/crawling/ipranges/common-crawlers.json", "Google's crawlers"},
    {"google-special", "crawlers", "crawler",
     "https://developers.google.com/static/crawling/ipranges/special-crawlers.json",
     "Google's special crawlers"},
    {"bingbot", "crawlers", "crawler", "https://www.bing.com/toolbox/bingbot.json", "Bing's crawlers"},
    {"applebot", "crawlers", "crawler", "https://search.developer.apple.com/applebot.json",
     "Apple's crawlers"},
    {"gptbot", "crawlers", "crawler", "https://openai.com/gptbot.json", "OpenAI's crawlers"},
    {"aws", "clouds", "hosting", "https://ip-ranges.amazonaws.com/ip-ranges.json", "Amazon Web Services"},
    {kAzureList, "clouds", "hosting", "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
     "Microsoft Azure"},
    {"cloudflare", "clouds", "hosting", "https://api.cloudflare.com/client/v4/ips", "Cloudflare"},
    {"google-cloud", "clouds", "hosting", "https://www.gstatic.com/ipranges/cloud.json", "Google Cloud"},
    {"oracle-cloud", "clouds", "hosting", "https://docs.oracle.com/iaas/tools/public_ip_ranges.json",
     "Oracle Cloud"},
});

}  // namespace

std::span<const PublishedList> published_lists() noexcept {
  return kLists;
}

Result<std::vector<const PublishedList*>> choose_lists(const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (const PublishedList& list : kLists) {
    known.push_back(list.name);
    if (std::find(known.begin(), known.end(), list.group) == known.end()) known.push_back(list.group);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error{fmt::format("'{}' is no list{}; there are {}", name, did_you_mean(name, known),
                               fmt::join(known, ", "))};
    }
  }
  std::vector<const PublishedList*> chosen;
  for (const PublishedList& list : kLists) {
    const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == list.name || name == list.group;
    });
    if (named || names.empty()) chosen.push_back(&list);
  }
  return chosen;
}

}  // namespace abm::connect
