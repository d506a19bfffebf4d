#include "generation/site_live_source.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "generation/site_values.h"

namespace abm::generation {
namespace {

using yaml::Node;

constexpr size_t kMaxQueryBytes = 16u << 10;  // so that a longer one than is allowed is told by who knows it
constexpr size_t kMaxLiveName = 64;

bool is_live_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return !name.empty() && name.size() <= kMaxLiveName && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), good);
}

class LiveReader : public SiteValues {
 public:
  LiveReader(const SourcesPlace& place, Diagnostics& diagnostics)
      : SiteValues(place.file, place.folder, place.text, diagnostics), live_(place.defaults) {}

  std::optional<LiveInput> read(const Node& source, const Node& settings, SourceKind kind);

 private:
  void hubspot(const Node& node);
  void salesforce(const Node& node);
  void options(const Node& source);
  /// A setting that must be there: null if it is not.
  const Node* needed(const Node& node, std::string_view kind, std::string_view key, std::string_view what);
  void secret(const Node& node, std::string_view kind, std::string_view key, std::string_view what,
              std::string& file);
  void remember(std::string_view key, Position at) {
    live_.places.push_back({std::string(key), at, std::string(line(at.line))});
  }

  LiveInput live_;
};

std::optional<LiveInput> LiveReader::read(const Node& source, const Node& settings, SourceKind kind) {
  const size_t errors = diagnostics().errors();
  if (kind == SourceKind::kHubspot) {
    hubspot(settings);
  } else if (kind == SourceKind::kSalesforce) {
    salesforce(settings);
  } else {
    error(
        settings.at,
        fmt::format("'{}' names a file; of all systems, only hubspot and salesforce can be asked themselves",
                    kSourceKinds[static_cast<size_t>(kind)]));
  }
  options(source);
  if (diagnostics().errors() != errors) return std::nullopt;
  return std::move(live_);
}

const Node* LiveReader::needed(const Node& node, std::string_view kind, std::string_view key,
                               std::string_view what) {
  const Node* const value = node.find(key);
  if (value != nullptr && !value->is_null()) {
    remember(key, value->at);
    return value;
  }
  error(node.at, fmt::format("{} needs '{}': {}", kind, key, what));
  return nullptr;
}

void LiveReader::secret(const Node& node, std::string_view kind, std::string_view key, std::string_view what,
                        std::string& file) {
  if (const Node* value = needed(node, kind, key, what); value != nullptr) file = path(value, key);
}

void LiveReader::hubspot(const Node& node) {
  static constexpr std::array<std::string_view, 3> kHubspotKeys = {"token_file", "properties", "url"};
  if (!mapping_of(node, "hubspot", kHubspotKeys)) return;
  secret(node, "hubspot", "token_file", "the file that holds its token", live_.token_file);
  if (const Node* url = node.find("url"); url != nullptr && !url->is_null()) {
    remember("url", url->at);
    live_.url = word(*url, "url").value_or("");
  }
  const Node* const properties = node.find("properties");
  if (properties == nullptr || properties->is_null()) return;
  remember("properties", properties->at);
  const auto names = scalars(*properties, "properties");
  if (!names.has_value()) return;
  for (const Node* name : *names) {
    if (const auto text = word(*name, "a property"); text.has_value()) live_.properties.push_back(*text);
  }
}

void LiveReader::salesforce(const Node& node) {
  static constexpr std::array<std::string_view, 5> kSalesforceKeys = {
      "login", "client_id_file", "client_secret_file", "soql", "version"};
  if (!mapping_of(node, "salesforce", kSalesforceKeys)) return;
  if (const Node* login = needed(node, "salesforce", "login", "https://NAME.my.salesforce.com");
      login != nullptr)
    live_.url = word(*login, "login").value_or("");
  secret(node, "salesforce", "client_id_file", "the file that holds the consumer key", live_.client_id_file);
  secret(node, "salesforce", "client_secret_file", "the file that holds the consumer secret",
         live_.client_secret_file);
  if (const Node* soql =
          needed(node, "salesforce", "soql",
                 live_.opportunities
                     ? "the query, SELECT Id, AccountId, StageName, Amount, CreatedDate … FROM Opportunity"
                     : "the query, SELECT Id, Name, Website … FROM Account");
      soql != nullptr)
    live_.soql = text(*soql, "soql", kMaxQueryBytes).value_or("");
  if (const Node* version = node.find("version"); version != nullptr && !version->is_null()) {
    remember("version", version->at);
    live_.version = word(*version, "version").value_or("");
  }
}

void LiveReader::options(const Node& source) {
  if (const Node* name = source.find("name"); name != nullptr) {
    live_.name = word(*name, "name").value_or("");
    if (!live_.name.empty() && !is_live_name(live_.name))
      error(name->at, fmt::format("name '{}' must be small letters, digits and '-', at most {}", live_.name,
                                  kMaxLiveName));
  }
  if (const Node* every = source.find("every"); every != nullptr) {
    remember("every", every->at);
    live_.every_seconds = seconds(*every, "every").value_or(live_.every_seconds);
  }
  if (const Node* shrink = source.find("max_shrink"); shrink != nullptr)
    live_.max_shrink_percent = shrink->is_null() ? std::nullopt : share(*shrink, "max_shrink");
  if (const Node* proxy = source.find("proxy"); proxy != nullptr)
    live_.proxy = proxy->is_null() ? "" : word(*proxy, "proxy").value_or("");
  if (const Node* ca = source.find("ca"); ca != nullptr) live_.ca = path(ca, "ca");
  if (const Node* timeout = source.find("timeout"); timeout != nullptr)
    live_.timeout_seconds = seconds(*timeout, "timeout").value_or(live_.timeout_seconds);
}

}  // namespace

std::optional<LiveInput> read_live_source(const Node& source, const Node& settings, SourceKind kind,
                                          const SourcesPlace& place, Diagnostics& diagnostics) {
  return LiveReader(place, diagnostics).read(source, settings, kind);
}

}  // namespace abm::generation
