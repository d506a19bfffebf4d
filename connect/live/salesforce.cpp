#include "connect/live/salesforce.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
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

constexpr size_t kMaxTokenBytes = 4096;
constexpr size_t kMaxPageUrlBytes = 2048;
constexpr std::string_view kIdField = "Id";
// Its limit counts a rolling day: soon there is room again, but not in a minute.
constexpr std::chrono::hours kLimitWait{1};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string trimmed_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::optional<std::string> salesforce_id(std::string_view text) {
  constexpr size_t kShort = 15;
  constexpr size_t kLong = 18;
  constexpr std::string_view kSuffix = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  const auto good = [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || is_digit(c);
  };
  if ((text.size() != kShort && text.size() != kLong) || !std::all_of(text.begin(), text.end(), good))
    return std::nullopt;
  // The last three say which of the first fifteen are capitals, for those who cannot tell.
  std::string id(text.substr(0, kShort));
  for (size_t block = 0; block < kShort; block += 5) {
    unsigned capitals = 0;
    for (size_t i = 0; i < 5; ++i) {
      if (text[block + i] >= 'A' && text[block + i] <= 'Z') capitals |= 1u << i;
    }
    id += kSuffix[capitals];
  }
  return id;
}

SalesforceApi::SalesforceApi(const LiveSettings& settings, Soql query, SalesforceSecrets secrets)
    : login_(trimmed_url(settings.url)),
      version_(settings.version),
      query_(std::move(query)),
      secrets_(std::move(secrets)) {}

std::vector<std::string> SalesforceApi::columns() const {
  std::vector<std::string> columns{std::string(kIdField)};
  for (const SoqlColumn& column : query_.columns) {
    if (!equals_ignoring_case(column.header, kIdField)) columns.push_back(column.header);
  }
  return columns;
}

std::string SalesforceApi::described() const {
  return fmt::format("salesforce {} {} {}", login_, version_, query_.text);
}

void SalesforceApi::begin(std::optional<int64_t> since) {
  since_ = since;
  stage_ = since.has_value() ? Stage::kTouched : Stage::kRecords;
  page_.clear();
  logged_in_again_ = false;
}

std::string SalesforceApi::query_url() const {
  if (!page_.empty()) return page_;
  if (!since_.has_value())
    return fmt::format("{}/services/data/{}/query/?q={}", instance_, version_, query_value(query_.text));
  if (stage_ == Stage::kTouched)
    return fmt::format("{}/services/data/{}/queryAll/?q={}", instance_, version_,
                       query_value(soql_touched(query_, *since_)));
  return fmt::format("{}/services/data/{}/query/?q={}", instance_, version_,
                     query_value(soql_since(query_, *since_)));
}

HttpRequest SalesforceApi::next() const {
  HttpRequest request;
  request.headers = {"Accept: application/json"};
  if (token_.empty()) {
    request.url = login_ + "/services/oauth2/token";
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
    request.post = fmt::format("grant_type=client_credentials&client_id={}&client_secret={}",
                               query_value(secrets_.client_id), query_value(secrets_.client_secret));
    return request;
  }
  request.url = query_url();
  request.headers.push_back("Authorization: Bearer " + token_);
  return request;
}

LiveAnswer SalesforceApi::take(const HttpReply& reply, std::string_view body, LivePage& page) {
  if (auto common = answer_of_status(reply, body); common.has_value()) return *common;
  if (token_.empty()) return take_login(reply, body);
  if (reply.status != 200) return refused(reply, body);
  Object root;
  if (parser_.parse(body.data(), body.size()).get(root) != SUCCESS)
    return {Kind::kRefused, not_documented("no JSON object")};
  return take_page(root, page);
}

LiveAnswer SalesforceApi::take_login(const HttpReply& reply, std::string_view body) {
  if (reply.status != 200) {
    return {Kind::kRefused,
            fmt::format(
                "{}: check the app's consumer key and secret, that its client credentials flow is on, and "
                "that it has a user to run as",
                refusal(reply.status, body))};
  }
  Object root;
  std::string_view token;
  std::string_view instance;
  if (parser_.parse(body.data(), body.size()).get(root) != SUCCESS ||
      root["access_token"].get(token) != SUCCESS || root["instance_url"].get(instance) != SUCCESS)
    return {Kind::kRefused, not_documented("it has no 'access_token' or no 'instance_url'")};
  if (token.empty() || token.size() > kMaxTokenBytes || !is_printable(token))
    return {Kind::kRefused, not_documented("'access_token' is no token")};
  std::string url = trimmed_url(std::string(instance));
  const bool may_know =
      check_secret_url(url).ok() && (url.starts_with("https://") || on_same_server(login_, url).has_value());
  if (!may_know) {
    return {Kind::kRefused,
            fmt::format("it sends us on to '{}', which is not an https address: the session's "
                        "token is not told there",
                        one_line(instance))};
  }
  // A page's address belongs to one server.
  if (!page_.empty() && !on_same_server(url, page_).has_value())
    return {Kind::kRefused, "the session moved to another server in the middle of a reading"};
  token_ = token;
  instance_ = std::move(url);
  return {Kind::kAgain};
}

LiveAnswer SalesforceApi::refused(const HttpReply& reply, std::string_view body) {
  std::string why = refusal(reply.status, body);
  if (reply.status == 401 && !logged_in_again_) {
    logged_in_again_ = true;
    token_.clear();
    return {Kind::kAgain};
  }
  if (reply.status == 403 && error_code(body) == "REQUEST_LIMIT_EXCEEDED")
    return {Kind::kLater, std::move(why), reply.retry_after.value_or(kLimitWait)};
  if (reply.status == 400 && since_.has_value()) return {Kind::kWhole, std::move(why)};
  return {Kind::kRefused, std::move(why)};
}

LiveAnswer SalesforceApi::take_page(const Object& root, LivePage& page) {
  simdjson::dom::array records;
  if (root["records"].get(records) != SUCCESS) return {Kind::kRefused, not_documented("it has no 'records'")};
  for (const Element& element : records) {
    Object record;
    if (element.get(record) != SUCCESS) return {Kind::kRefused, not_documented("a record that is none")};
    if (std::string fault = take_record(record, page); !fault.empty())
      return {Kind::kRefused, not_documented(fault)};
  }
  logged_in_again_ = false;
  return next_page(root, records.size());
}

std::string SalesforceApi::take_record(const Object& record, LivePage& page) const {
  std::string_view id_text;
  if (record.at_key_case_insensitive(kIdField).get(id_text) != SUCCESS) return "a record without 'Id'";
  auto id = salesforce_id(id_text);
  if (!id.has_value()) return fmt::format("the id '{}' is none", one_line(id_text, 40));
  if (stage_ == Stage::kTouched) {
    page.gone.push_back(std::move(*id));
    return {};
  }
  LiveRow row{*id, *id};
  std::string value;
  for (const SoqlColumn& column : query_.columns) {
    if (equals_ignoring_case(column.header, kIdField)) continue;
    if (std::string fault = cell_of(record, column, value); !fault.empty())
      return fmt::format("{} of record {}", fault, *id);
    if (append_table_cell(row.line, value, kMaxCellBytes)) ++page.cut;
  }
  row.line += '\n';
  page.rows.push_back(std::move(row));
  return {};
}

std::string SalesforceApi::cell_of(const Object& record, const SoqlColumn& column, std::string& value) const {
  value.clear();
  Object object = record;
  for (size_t i = 0; i < column.path.size(); ++i) {
    Element element;
    if (object.at_key_case_insensitive(column.path[i]).get(element) != SUCCESS)
      return fmt::format("it has no '{}'", column.header);
    if (element.is_null()) return {};  // no owner has no address
    if (i + 1 == column.path.size()) {
      if (text_of_value(element, value)) return {};
      return fmt::format("'{}' is several values (select its parts, such as BillingCountry): that",
                         column.header);
    }
    if (element.get(object) != SUCCESS) return fmt::format("'{}' is no relation", column.path[i]);
  }
  return {};
}

LiveAnswer SalesforceApi::next_page(const Object& root, size_t records) {
  bool done = false;
  if (root["done"].get(done) != SUCCESS) return {Kind::kRefused, not_documented("it has no 'done'")};
  if (!done) {
    std::string_view next;
    if (root["nextRecordsUrl"].get(next) != SUCCESS || next.size() > kMaxPageUrlBytes)
      return {Kind::kRefused, not_documented("it is not done, and has no 'nextRecordsUrl'")};
    auto url = on_same_server(instance_, std::string(next));
    if (!url.has_value()) {
      return {Kind::kRefused,
              fmt::format("its next page is on another server, '{}': the session's token is not "
                          "told there",
                          one_line(next))};
    }
    if (*url == page_ || records == 0) return {Kind::kRefused, not_documented("the same page twice")};
    page_ = std::move(*url);
    return {Kind::kMore};
  }
  page_.clear();
  if (stage_ == Stage::kRecords) return {Kind::kDone};
  stage_ = Stage::kRecords;
  return {Kind::kMore};
}

/// Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=…
ApiUsage SalesforceApi::usage(const HttpReply& reply) const {
  const std::string header = reply.header("sforce-limit-info");
  constexpr std::string_view kKey = "api-usage=";
  std::string_view rest = header;
  while (!rest.empty()) {
    const size_t end = rest.find_first_of(";,");
    std::string_view item = trimmed(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (!item.starts_with(kKey)) continue;
    item.remove_prefix(kKey.size());
    ApiUsage usage;
    const char* const last = item.data() + item.size();
    const auto used = std::from_chars(item.data(), last, usage.used);
    if (used.ec != std::errc{} || used.ptr == last || *used.ptr != '/') return {};
    const auto total = std::from_chars(used.ptr + 1, last, usage.total);
    return total.ec == std::errc{} ? usage : ApiUsage{};
  }
  return {};
}

}  // namespace abm::connect
