#include "connect/live/make_api.h"

#include "connect/live/hubspot.h"
#include "connect/live/salesforce.h"

namespace abm::connect {

Result<std::unique_ptr<LiveApi>> make_live_api(const LiveSettings& settings) {
  if (auto good = check_settings(settings); !good) return good.error();
  std::unique_ptr<LiveApi> api;
  if (settings.kind == LiveKind::kHubspot) {
    auto token = read_secret_file(settings.token_file);
    if (!token) return token.error();
    api = std::make_unique<HubspotApi>(settings, std::move(*token));
    return api;
  }
  auto query = parse_soql(settings.soql);
  if (!query) return query.error();
  auto id = read_secret_file(settings.client_id_file);
  if (!id) return id.error();
  auto secret = read_secret_file(settings.client_secret_file);
  if (!secret) return secret.error();
  api = std::make_unique<SalesforceApi>(settings, std::move(*query),
                                        SalesforceSecrets{std::move(*id), std::move(*secret)});
  return api;
}

}  // namespace abm::connect
