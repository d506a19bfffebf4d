// Any answer of HubSpot or Salesforce: its rows, as a table, are read again as the same number of records,
// each with a cell for every column and with its own id; and no answer makes a request with a secret go
// anywhere else. The first byte picks the system, what was asked for (companies or deals too), and the
// status.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "connect/import/table_reader.h"
#include "connect/live/hubspot.h"
#include "connect/live/live_table.h"
#include "connect/live/salesforce.h"

namespace {

using namespace abm;
using namespace abm::connect;

constexpr std::string_view kServer = "https://crm.example";

void require(bool holds) {
  if (!holds) std::abort();
}

class Text final : public accounts::FeedSource {
 public:
  explicit Text(std::string_view bytes) : left_(bytes) {}
  Result<size_t> read(char* to, size_t size) override {
    const size_t count = std::min(size, left_.size());
    std::copy_n(left_.data(), count, to);
    left_.remove_prefix(count);
    return count;
  }
  [[nodiscard]] uint64_t size() const noexcept override { return left_.size(); }

 private:
  std::string_view left_;
};

LiveSettings settings_of(LiveKind kind) {
  LiveSettings settings;
  settings.kind = kind;
  settings.name = "crm";
  settings.url = kServer;
  settings.properties = {"name", "domain", "numberofemployees"};
  settings.soql = "SELECT Id, Name, Owner.Email FROM Account";
  return settings;
}

/// Reads the table of these rows again.
void look_at_rows(const LiveApi& api, const LivePage& page) {
  const auto columns = api.columns();
  std::string table = table_header(columns);
  for (const LiveRow& row : page.rows) {
    require(!row.id.empty() && row.line.ends_with('\n') && is_utf8(row.line));
    table += row.line;
  }
  TableOptions options;
  options.delimiter = ',';
  Text text(table);
  TableReader reader(text, options);
  require(reader.next() && reader.size() == columns.size());
  for (const LiveRow& row : page.rows) {
    require(reader.next() && reader.size() == columns.size());
    require(reader[0] == row.id);
  }
  require(!reader.next() && !reader.fault().has_value());
  // The same records again are no change.
  const auto merge = compare_tables(table, table);
  require(merge && !merge->any());
}

void look_at_answer(LiveApi& api, const HttpReply& reply, std::string_view body) {
  LivePage page;
  const LiveAnswer answer = api.take(reply, body, page);
  require(is_utf8(answer.why) && answer.why.find('\n') == std::string::npos);
  (void)api.usage(reply);
  if (answer.kind == LiveAnswer::Kind::kMore || answer.kind == LiveAnswer::Kind::kDone)
    look_at_rows(api, page);
  for (const std::string& id : page.gone) require(!id.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const uint8_t choice = data[0];
  constexpr long kStatuses[] = {200, 200, 200, 200, 400, 401, 403, 429};
  HttpReply reply;
  reply.status = kStatuses[choice >> 2 & 7];
  const std::optional<int64_t> since =
      (choice & 2) != 0 ? std::optional<int64_t>(1'796'000'000) : std::nullopt;
  if ((choice & 1) == 0) {
    LiveSettings settings = settings_of(LiveKind::kHubspot);
    settings.opportunities = (choice & 0x40) != 0;  // of which there are no searches
    HubspotApi api(settings, "pat-eu1-token");
    api.begin(settings.opportunities ? std::nullopt : since);
    for (int i = 0; i < 2; ++i) {
      look_at_answer(api, reply, body);
      require(api.next().url.starts_with(std::string(kServer) + "/crm/v3/"));
    }
    return 0;
  }
  const LiveSettings settings = settings_of(LiveKind::kSalesforce);
  SalesforceApi api(settings, *parse_soql(settings.soql), {"client", "secret"});
  api.begin(since);
  if ((choice & 0x20) != 0) {  // what a login says
    look_at_answer(api, reply, body);
    require(api.next().url.starts_with("https://"));
    return 0;
  }
  HttpReply logged_in;
  logged_in.status = 200;
  LivePage none;
  require(api.take(logged_in, R"({"access_token":"00D!token","instance_url":"https://crm.example"})", none)
              .kind == LiveAnswer::Kind::kAgain);
  for (int i = 0; i < 2; ++i) {
    look_at_answer(api, reply, body);
    require(api.next().url.starts_with(kServer));
  }
  return 0;
}
