#include "accounts/feed_writer.h"

#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/timestamp.h"

namespace abm::accounts {
namespace {

using FeedJson = JsonWriter<std::string>;

void put_texts(FeedJson& json, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(key).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

}  // namespace

void append_header_line(std::string& out, const FeedHeader& header) {
  FeedJson json(out);
  json.begin_object().key("abm").string(kFeedFormat).key("tenant").string(header.tenant);
  json.key("version").number(header.version).key("generated_at").string(format_rfc3339(header.generated_at));
  if (header.expires_at.has_value()) json.key("expires_at").string(format_rfc3339(*header.expires_at));
  json.end_object();
  out += '\n';
}

void append_account_line(std::string& out, const Account& account) {
  FeedJson json(out);
  const auto text = [&](TextField field) {
    const std::string& value = account.text[static_cast<size_t>(field)];
    if (!value.empty()) json.key(kTextFieldNames[static_cast<size_t>(field)]).string(value);
  };
  json.begin_object();
  text(TextField::kId);
  text(TextField::kName);
  put_texts(json, "domains", account.domains);
  if (account.tier != Tier::kUntiered) json.key("tier").string(to_string(account.tier));
  put_texts(json, "segments", account.segments);
  text(TextField::kIndustry);
  for (size_t i = 0; i < kNumberFields; ++i) {
    if (account.numbers[i].has_value()) json.key(kNumberFieldNames[i]).number(*account.numbers[i]);
  }
  for (const TextField field : {TextField::kCountry, TextField::kRegion, TextField::kStage, TextField::kPlay,
                                TextField::kOwner, TextField::kParent})
    text(field);
  put_texts(json, "networks", account.networks);
  if (!account.asns.empty()) {
    json.key("asns").begin_array();
    for (const uint32_t asn : account.asns) json.number(asn);
    json.end_array();
  }
  put_texts(json, "organizations", account.organizations);
  if (!account.attributes.empty()) {
    json.key("attributes").begin_object();
    for (const auto& [name, value] : account.attributes) json.key(name).string(value);
    json.end_object();
  }
  if (account.exclude) json.key("exclude").boolean(true);
  text(TextField::kMoved);
  if (!account.pages.empty()) {
    json.key(kPagesName).begin_object();
    for (const VisitedPage& page : account.pages) json.key(page.path).number(page.days);
    json.end_object();
  }
  json.end_object();
  out += '\n';
}

}  // namespace abm::accounts
