// Lists of networks that their owners publish: a table of AS numbers, crawlers, clouds. Where they are, and
// what an exclusion made of them says.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::connect {

struct PublishedList {
  std::string_view name;     ///< "bingbot": the file is bingbot.csv
  std::string_view group;    ///< "asn", "crawlers", "clouds"
  std::string_view kind;     ///< of an exclusion: "crawler", "hosting"; "" for the table of AS numbers
  std::string_view address;  ///< where it is published; "npm:PACKAGE" in the registry that npm asks
  std::string_view what;     ///< for people
};

inline constexpr std::string_view kAsnList = "asn";
/// Of Azure's list, only the page is always in the same place: it names the file of the week.
inline constexpr std::string_view kAzureList = "azure";
/// In the npm package of the table of AS numbers, and of the files that it becomes.
inline constexpr std::string_view kAsnFiles[] = {"asn-ipv4.csv", "asn-ipv6.csv"};
inline constexpr std::string_view kAsnPackage = "@ip-location-db/asn", kAsnScope = "@ip-location-db";
/// What its licenses (CC BY 4.0) ask for.
inline constexpr std::string_view kAsnCredit =
    "AS numbers by ip-location-db (https://github.com/sapics/ip-location-db), CC BY 4.0, from RouteViews "
    "(https://www.routeviews.org) and the NRO (https://www.nro.net), with IP geolocation by DB-IP (https://db-ip.com)";

[[nodiscard]] std::span<const PublishedList> published_lists() noexcept;
/// Those of the names and groups given, each once, in the order of published_lists(); all for none.
[[nodiscard]] Result<std::vector<const PublishedList*>> choose_lists(const std::vector<std::string>& names);

}  // namespace abm::connect
