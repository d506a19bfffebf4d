#include "connect/live/hubspot.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "connect/http/url.h"
#include "connect/live/answers.h"
#include "connect/live/live_table.h"

namespace abm::connect {
namespace {

using simdjson::SUCCESS;
using Kind = LiveAnswer::Kind;
using Object = simdjson::dom::object;
using Element = simdjson::dom::element;

constexpr size_t kRecordsPerPage = 100;  // the list's most; a search takes 200
constexpr uint64_t kMaxFound = 10'000;   // that a search tells
constexpr size_t kMaxAfterBytes = 1024;
constexpr std::string_view kIdColumn = "Record ID";  // as its exports call it
constexpr std::string_view kChangedProperty = "hs_lastmodifieddate";
constexpr std::string_view kIdProperty = "hs_object_id";
constexpr std::string_view kCompaniesColumn = "Associated Company IDs";  // as its exports call it (m)
constexpr size_t kMaxAssociations = 100;  // of one deal; more are not told at once

std::optional<uint64_t> record_id(std::string_view text) {
  uint64_t id = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code != std::errc{} || end != text.data() + text.size() || id == 0) return std::nullopt;
  return id;
}

/// The companies that a deal belongs to: the primary one, if it has one, else all, "101;102". Each comes once
/// for each label that its association has; the primary one's is "deal_to_company" (r). "" or what is wrong.
std::string companies_of(const Element& deal, std::string& out) {
  out.clear();
  Element associations;
  simdjson::dom::array results;
  if (deal["associations"].get(associations) != SUCCESS || associations.is_null()) return {};
  Element companies;
  if (associations["companies"].get(companies) != SUCCESS) return {};
  if (companies["results"].get(results) != SUCCESS) return "'associations.companies' without 'results'";
  std::vector<std::string_view> all, primary;
  const auto add = [](std::vector<std::string_view>& list, std::string_view id) {
    if (list.size() < kMaxAssociations && std::find(list.begin(), list.end(), id) == list.end())
      list.push_back(id);
  };
  for (const Element& association : results) {
    std::string_view id, type;
    if (association["id"].get(id) != SUCCESS || !record_id(id).has_value())
      return "an association without a numeric 'id'";
    add(all, id);
    if (association["type"].get(type) == SUCCESS && type == "deal_to_company") add(primary, id);
  }
  out = fmt::format("{}", fmt::join(primary.size() == 1 ? primary : all, ";"));
  return {};
}

uint64_t number_of_header(const HttpReply& reply, std::string_view name) {
  const std::string text = reply.header(name);
  uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

HubspotApi::HubspotApi(const LiveSettings& settings, std::string token)
    : url_(settings.url),
      token_(std::move(token)),
      token_file_(settings.token_file),
      deals_(settings.opportunities) {
  while (url_.ends_with('/')) url_.pop_back();
  if (settings.properties.empty()) properties_ = known_hubspot_properties(deals_);
  for (const std::string& property : settings.properties) {
    // The id is there anyway, and a column may be there once.
    if (property != kIdProperty &&
        std::find(properties_.begin(), properties_.end(), property) == properties_.end())
      properties_.push_back(property);
  }
}

std::vector<std::string> HubspotApi::columns() const {
  std::vector<std::string> columns{std::string(kIdColumn)};
  columns.insert(columns.end(), properties_.begin(), properties_.end());
  if (deals_) columns.emplace_back(kCompaniesColumn);
  return columns;
}

std::string HubspotApi::described() const {
  // Another token may be another account's. Sixteen bits of a hash tell that, and nothing about the token.
  return fmt::format("hubspot{} {} {} {:04x}", deals_ ? " deals" : "", url_, fmt::join(properties_, ","),
                     hash64(token_) & 0xffff);
}

void HubspotApi::begin(std::optional<int64_t> since) {
  since_ = since;
  after_.clear();
  last_id_ = 0;
  first_ = true;
}

/// Pages by id instead of `after`: what changes between two pages moves no other company across their border.
std::string HubspotApi::search_body() const {
  std::string body;
  JsonWriter<std::string> json(body);
  const auto filter = [&](std::string_view property, std::string_view operation, const std::string& value) {
    json.begin_object().key("propertyName").string(property).key("operator").string(operation);
    json.key("value").string(value).end_object();
  };
  json.begin_object().key("filterGroups").begin_array().begin_object().key("filters").begin_array();
  filter(kChangedProperty, "GTE", fmt::format("{}", *since_ * 1000));
  if (last_id_ != 0) filter(kIdProperty, "GT", fmt::format("{}", last_id_));
  json.end_array().end_object().end_array();
  json.key("sorts").begin_array().string(kIdProperty).end_array();
  json.key("properties").begin_array();
  for (const std::string& property : properties_) json.string(property);
  // The specification requires `after`; 0 is the first page.
  json.end_array().key("limit").number(kRecordsPerPage).key("after").string("0").end_object();
  return body;
}

HttpRequest HubspotApi::next() const {
  HttpRequest request;
  request.headers = {"Authorization: Bearer " + token_, "Accept: application/json"};
  if (since_.has_value()) {
    request.url = url_ + "/crm/v3/objects/companies/search";
    request.headers.emplace_back("Content-Type: application/json");
    request.post = search_body();
    return request;
  }
  request.url =
      fmt::format("{}/crm/v3/objects/{}?limit={}&archived=false{}&properties={}", url_,
                  deals_ ? "deals" : "companies", kRecordsPerPage, deals_ ? "&associations=companies" : "",
                  query_value(fmt::format("{}", fmt::join(properties_, ","))));
  if (!after_.empty()) request.url += "&after=" + query_value(after_);
  return request;
}

LiveAnswer HubspotApi::refused(const HttpReply& reply, std::string_view body) const {
  const std::string why = refusal(reply.status, body);
  if (reply.status == 401)
    return {Kind::kRefused,
            fmt::format("{}: the token in '{}' is not, or no longer, one of its", why, token_file_)};
  if (reply.status == 403)
    return {Kind::kRefused, fmt::format("{}: the token needs the scope{} crm.objects.companies.read", why,
                                        deals_ ? "s crm.objects.deals.read and" : "")};
  if (reply.status == 400 && since_.has_value()) return {Kind::kWhole, why};
  return {Kind::kRefused, why};
}

LiveAnswer HubspotApi::take(const HttpReply& reply, std::string_view body, LivePage& page) {
  if (auto common = answer_of_status(reply, body); common.has_value()) {
    // The day's requests are used up: no use to ask in a minute.
    if (reply.status == 429 && body.find("DAILY") != body.npos && !common->retry_after.has_value())
      common->retry_after = std::chrono::hours(1);
    return *common;
  }
  if (reply.status != 200) return refused(reply, body);
  Object root;
  if (parser_.parse(body.data(), body.size()).get(root) != SUCCESS)
    return {Kind::kRefused, not_documented("no JSON object")};
  return take_results(root, page);
}

LiveAnswer HubspotApi::take_results(const Object& root, LivePage& page) {
  simdjson::dom::array results;
  if (root["results"].get(results) != SUCCESS) return {Kind::kRefused, not_documented("it has no 'results'")};
  uint64_t total = 0;
  if (since_.has_value() && first_ && root["total"].get(total) == SUCCESS && total > kMaxFound)
    return {Kind::kWhole, fmt::format("{} companies changed, and a search tells {}", total, kMaxFound)};
  const uint64_t last_before = last_id_;
  for (const Element& company : results) {
    if (std::string fault = take_record(company, page); !fault.empty()) {
      // Out of order: what a next page would leave out is not known.
      return {fault == kIdProperty ? Kind::kWhole : Kind::kRefused,
              fault == kIdProperty ? "the search does not sort by hs_object_id" : not_documented(fault)};
    }
  }
  first_ = false;
  if (since_.has_value() && results.size() != 0 && last_id_ == last_before)
    return {Kind::kRefused, not_documented("the same page twice")};
  return next_page(root, results.size());
}

std::string HubspotApi::take_record(const Element& record, LivePage& page) {
  std::string_view id_text;
  Object properties;
  if (record["id"].get(id_text) != SUCCESS) return fmt::format("a {} without 'id'", noun());
  const auto id = record_id(id_text);
  if (!id.has_value()) return fmt::format("the id '{}' is no number", one_line(id_text, 40));
  if (since_.has_value()) {
    if (*id <= last_id_) return std::string(kIdProperty);
    last_id_ = *id;
  }
  bool archived = false;
  if (record["archived"].get(archived) == SUCCESS && archived) {
    page.gone.emplace_back(id_text);
    return {};
  }
  if (record["properties"].get(properties) != SUCCESS)
    return fmt::format("{} {} has no 'properties'", noun(), id_text);
  LiveRow row{std::string(id_text), std::string(id_text)};
  std::string value;
  for (const std::string& property : properties_) {
    Element element;
    value.clear();
    // One that the account does not have is not in the answer.
    if (properties[property].get(element) == SUCCESS && !text_of_value(element, value))
      return fmt::format("'{}' of {} {} is not a single value", property, noun(), id_text);
    if (append_table_cell(row.line, value, kMaxCellBytes)) ++page.cut;
  }
  if (deals_) {
    if (std::string fault = companies_of(record, value); !fault.empty())
      return fmt::format("{} of deal {}", fault, id_text);
    if (append_table_cell(row.line, value, kMaxCellBytes)) ++page.cut;
  }
  row.line += '\n';
  page.rows.push_back(std::move(row));
  return {};
}

LiveAnswer HubspotApi::next_page(const Object& root, size_t results) {
  if (since_.has_value()) return {results < kRecordsPerPage ? Kind::kDone : Kind::kMore};
  Element next;
  if (root["paging"]["next"].get(next) != SUCCESS) return {Kind::kDone};
  std::string_view after;
  if (next["after"].get(after) != SUCCESS || after.empty() || after.size() > kMaxAfterBytes)
    return {Kind::kRefused, not_documented("'paging.next' has no 'after'")};
  if (after == after_) return {Kind::kRefused, not_documented("the same page twice")};
  after_ = after;
  return {Kind::kMore};
}

ApiUsage HubspotApi::usage(const HttpReply& reply) const {
  const uint64_t total = number_of_header(reply, "x-hubspot-ratelimit-daily");
  const uint64_t left = number_of_header(reply, "x-hubspot-ratelimit-daily-remaining");
  if (total == 0 || left > total) return {};
  return {total - left, total};
}

/// 100 requests in 10 s are the least that any plan allows, and four searches in a second.
std::chrono::milliseconds HubspotApi::pace() const {
  return since_.has_value() ? std::chrono::milliseconds(260) : std::chrono::milliseconds(105);
}

}  // namespace abm::connect
