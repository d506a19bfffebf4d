#include "tools/network_report.h"

#include <array>
#include <string_view>

namespace abm::tools {
namespace {

void write_source(Json& json, const generation::SourceEntry& source) {
  json.begin_object();
  json.key("name").string(source.name.substr(generation::kOneNetworkSource.size()));
  json.key("kind").string(source.version);
  for (const auto& [name, count] : source.counts) json.key(name).number(count);
  json.end_object();
}

void write_claim(Json& json, std::string_view account, std::string_view place) {
  json.begin_object().key("account").string(account).key("place").string(place).end_object();
}

void write_name(Json& json, const ipdb::NetworkName& name) {
  constexpr std::array<std::string_view, 4> kVerdicts = {"taken", "beside", "several", "shared"};
  json.begin_object().key("account").string(name.account).key("place").string(name.place);
  json.key("organization").string(name.organization);
  json.key("verdict").string(kVerdicts[static_cast<size_t>(name.verdict)]);
  json.key("rival").string_or_null(name.rival).key("found").begin_array();
  for (const ipdb::NetworkName::Found& found : name.found) {
    json.begin_object().key("organization").string(found.organization).key("asns").begin_array();
    for (const uint32_t asn : found.asns) json.number(asn);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace

void write_networks(Json& json, const std::vector<generation::SourceEntry>& sources,
                    const std::optional<ipdb::NetworkReport>& report) {
  json.begin_object().key("rebuilt").boolean(report.has_value());
  for (const generation::SourceEntry& source : sources) {
    if (source.name != generation::kAccountsSource) continue;
    for (const auto& [name, count] : source.counts) {
      if (name == generation::kAccountsCount || name == generation::kIdentifiableCount)
        json.key(name).number(count);
    }
  }
  json.key("sources").begin_array();
  for (const generation::SourceEntry& source : sources) {
    if (source.name.starts_with(generation::kOneNetworkSource)) write_source(json, source);
  }
  json.end_array();
  if (report.has_value()) {
    json.key("left_out").begin_array();
    for (const ipdb::NetworkLeftOut& left : report->left_out) {
      json.begin_object().key("account").string(left.account).key("place").string(left.place);
      json.key("reason").string(left.reason).key("networks").number(left.networks).end_object();
    }
    json.end_array().key("conflicts").begin_array();
    for (const ipdb::NetworkConflict& conflict : report->conflicts) {
      json.begin_object().key("network").string(conflict.network.to_string());
      json.key("networks").number(conflict.networks).key("claims").begin_array();
      write_claim(json, conflict.first_account, conflict.first_place);
      write_claim(json, conflict.second_account, conflict.second_place);
      json.end_array().end_object();
    }
    json.end_array().key("names").begin_array();
    for (const ipdb::NetworkName& name : report->names) write_name(json, name);
    json.end_array();
  }
  json.end_object();
}

}  // namespace abm::tools
