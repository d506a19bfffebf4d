// HubSpot's companies: GET /crm/v3/objects/companies page by page; changes by POST …/companies/search. Whole
// readings leave out what was archived, which no search tells. Or its deals, with the companies that they are
// associated with: these are always read as a whole, since no search tells associations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "connect/live/api.h"
#include "connect/live/settings.h"

namespace abm::connect {

class HubspotApi final : public LiveApi {
 public:
  /// Checked settings.
  HubspotApi(const LiveSettings& settings, std::string token);

  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::string described() const override;
  [[nodiscard]] std::string why_whole() const override {
    return deals_ ? "no search tells which companies a deal belongs to" : "";
  }
  [[nodiscard]] std::string_view noun() const override { return deals_ ? "deal" : "company"; }
  [[nodiscard]] std::vector<std::string_view> secrets() const override { return {token_}; }
  void begin(std::optional<int64_t> since) override;
  [[nodiscard]] HttpRequest next() const override;
  [[nodiscard]] LiveAnswer take(const HttpReply& reply, std::string_view body, LivePage& page) override;
  [[nodiscard]] ApiUsage usage(const HttpReply& reply) const override;
  [[nodiscard]] std::chrono::milliseconds pace() const override;

 private:
  [[nodiscard]] std::string search_body() const;
  [[nodiscard]] LiveAnswer refused(const HttpReply& reply, std::string_view body) const;
  [[nodiscard]] LiveAnswer take_results(const simdjson::dom::object& root, LivePage& page);
  /// "" or what is wrong with it.
  [[nodiscard]] std::string take_record(const simdjson::dom::element& record, LivePage& page);
  [[nodiscard]] LiveAnswer next_page(const simdjson::dom::object& root, size_t results);

  std::string url_, token_, token_file_;
  bool deals_;
  std::vector<std::string> properties_;
  simdjson::dom::parser parser_;
  std::optional<int64_t> since_;
  std::string after_;     // of the list's next page
  uint64_t last_id_ = 0;  // that a search has told: the next page begins behind it
  bool first_ = true;
};

}  // namespace abm::connect
