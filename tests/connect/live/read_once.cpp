// Reads a live source once, as `abmctl` will: for tests with servers in other languages, and for looking.
//
//   abm_live_read DATA kind=hubspot name=crm url=http://127.0.0.1:8000 token_file=…
//   abm_live_read DATA kind=salesforce name=sf url=… client_id_file=… client_secret_file=… soql='SELECT …'
//
// Further settings have the names of LiveSettings; whole=1, allow_shrink=1, tries=N, patience=SECONDS. Prints
// one JSON object.
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "connect/live/live_sync.h"

namespace {

using abm::connect::LiveKind;
using abm::connect::LiveOptions;
using abm::connect::LiveOutcome;

bool take_setting(LiveOptions& options, std::string_view key, const std::string& value) {
  abm::connect::LiveSettings& settings = options.settings;
  if (key == "kind") {
    settings.kind = value == "salesforce" ? LiveKind::kSalesforce : LiveKind::kHubspot;
  } else if (key == "name") {
    settings.name = value;
  } else if (key == "url") {
    settings.url = value;
  } else if (key == "token_file") {
    settings.token_file = value;
  } else if (key == "client_id_file") {
    settings.client_id_file = value;
  } else if (key == "client_secret_file") {
    settings.client_secret_file = value;
  } else if (key == "property") {
    settings.properties.push_back(value);
  } else if (key == "soql") {
    settings.soql = value;
  } else if (key == "whole_seconds") {
    settings.whole_seconds = std::stoll(value);
  } else if (key == "max_shrink_percent") {
    settings.max_shrink_percent = static_cast<uint32_t>(std::stoul(value));
  } else if (key == "timeout_seconds") {
    settings.timeout_seconds = std::stoll(value);
  } else if (key == "ca") {
    settings.ca = value;
  } else if (key == "whole") {
    options.whole = value == "1";
  } else if (key == "allow_shrink") {
    options.allow_shrink = value == "1";
  } else if (key == "tries") {
    options.limits.tries = static_cast<unsigned>(std::stoul(value));
  } else if (key == "patience") {
    options.limits.patience = std::chrono::seconds(std::stoll(value));
  } else if (key == "changes") {
    options.limits.changes = std::stoull(value);
  } else {
    return false;
  }
  return true;
}

std::string_view kind_text(LiveOutcome::Kind kind) {
  switch (kind) {
    case LiveOutcome::Kind::kChanged:
      return "changed";
    case LiveOutcome::Kind::kUnchanged:
      return "unchanged";
    case LiveOutcome::Kind::kRefused:
      return "refused";
    case LiveOutcome::Kind::kFailed:
      break;
  }
  return "failed";
}

}  // namespace

int main(int count, char** arguments) {
  LiveOptions options;
  if (count > 1) options.data_dir = arguments[1];
  for (int i = 2; i < count; ++i) {
    const std::string argument = arguments[i];
    const size_t equals = argument.find('=');
    if (equals == std::string::npos ||
        !take_setting(options, argument.substr(0, equals), argument.substr(equals + 1))) {
      fmt::print(stderr, "unknown: {}\n", argument);
      return 2;
    }
  }
  abm::connect::HttpClient client(http_settings(options.settings));
  const LiveOutcome outcome = abm::connect::LiveSync::run(client, options);
  std::string text;
  abm::JsonWriter<std::string> json(text);
  json.begin_object().key("kind").string(kind_text(outcome.kind)).key("message").string(outcome.message);
  json.key("warning").string(outcome.warning).key("note").string(outcome.state.note);
  json.key("table").string(abm::connect::live_table_path(options.data_dir, options.settings.name));
  json.key("rows").number(outcome.state.rows).key("failures").number(outcome.state.attempts.failures);
  json.key("retry_after").number(outcome.retry_after.value_or(std::chrono::seconds(0)).count());
  json.key("next_in").number(next_reading_in(options.settings, outcome, 0.5).count() / 1000);
  json.end_object();
  fmt::print("{}\n", text);
  return outcome.good() ? 0 : 1;
}
