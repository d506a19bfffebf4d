// Records of Salesforce by SOQL: POST /services/oauth2/token (client credentials), then GET
// /services/data/…/query page by page. Changes are read in two queries:
//
//   queryAll  SELECT Id FROM Account WHERE SystemModstamp >= T      all that was touched, deleted or not
//   query     the site's SOQL with AND SystemModstamp >= T          what of it belongs to the table now
//
// What is in the first answer only has left the table: deleted, or its condition does not hold any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "connect/live/api.h"
#include "connect/live/settings.h"
#include "connect/live/soql.h"

namespace abm::connect {

struct SalesforceSecrets {
  std::string client_id, client_secret;
};

class SalesforceApi final : public LiveApi {
 public:
  /// Checked settings, and their query.
  SalesforceApi(const LiveSettings& settings, Soql query, SalesforceSecrets secrets);

  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::string described() const override;
  [[nodiscard]] std::string why_whole() const override { return query_.why_whole; }
  [[nodiscard]] std::string_view noun() const override { return "record"; }
  [[nodiscard]] std::vector<std::string_view> secrets() const override {
    return {secrets_.client_secret, secrets_.client_id, token_};
  }
  void begin(std::optional<int64_t> since) override;
  [[nodiscard]] HttpRequest next() const override;
  [[nodiscard]] LiveAnswer take(const HttpReply& reply, std::string_view body, LivePage& page) override;
  [[nodiscard]] ApiUsage usage(const HttpReply& reply) const override;
  [[nodiscard]] std::chrono::milliseconds pace() const override { return std::chrono::milliseconds(0); }

 private:
  enum class Stage : uint8_t { kTouched, kRecords };

  [[nodiscard]] LiveAnswer take_login(const HttpReply& reply, std::string_view body);
  [[nodiscard]] LiveAnswer take_page(const simdjson::dom::object& root, LivePage& page);
  [[nodiscard]] LiveAnswer refused(const HttpReply& reply, std::string_view body);
  /// "" or what is wrong with it.
  [[nodiscard]] std::string take_record(const simdjson::dom::object& record, LivePage& page) const;
  [[nodiscard]] std::string cell_of(const simdjson::dom::object& record, const SoqlColumn& column,
                                    std::string& value) const;
  [[nodiscard]] std::string query_url() const;
  [[nodiscard]] LiveAnswer next_page(const simdjson::dom::object& root, size_t records);

  std::string login_, version_;
  Soql query_;
  SalesforceSecrets secrets_;
  simdjson::dom::parser parser_;
  std::string instance_, token_;  // of the session; "": log in
  bool logged_in_again_ = false;  // for the page that is due
  std::optional<int64_t> since_;
  Stage stage_ = Stage::kRecords;
  std::string page_;  // address of the page that is due; "": the first
};

/// The 18 characters of an id of 15 or 18; std::nullopt: it is no id.
[[nodiscard]] std::optional<std::string> salesforce_id(std::string_view text);

}  // namespace abm::connect
