#include "generation/site.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/file.h"
#include "base/text.h"
#include "generation/site_sources.h"
#include "generation/site_values.h"
#include "yaml/parse.h"

namespace abm::generation {
namespace {

namespace fs = std::filesystem;
using yaml::Node;

constexpr size_t kMaxSiteBytes = 1u << 20;
constexpr uint32_t kMaxKeepDays = 3650;
/// Outcomes are judged by the day, and HubSpot's deals are read as a whole each time.
constexpr int64_t kOpportunitiesEvery = 3600;
constexpr uint64_t kMaxKeepBytes = 1ull << 50;
constexpr std::array<std::string_view, 4> kMatches = {"domain", "asn", "organization", "id"};

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

/// What git accepts as the name of a ref, less what it takes for something else ("main@{1}", "main~2", "-x").
bool is_ref_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-+#";
  constexpr size_t kLongest = 200;
  return !name.empty() && name.size() <= kLongest && name.find_first_not_of(kLetters) == name.npos &&
         name.front() != '-' && name.front() != '/' && name.front() != '.' && name.back() != '/' &&
         name.back() != '.' && name.find("..") == name.npos && name.find("//") == name.npos &&
         name.find("/.") == name.npos && name.find(".lock/") == name.npos && !name.ends_with(".lock");
}

/// Reads the tree of one site.yaml.
class SiteReader : public SiteValues {
 public:
  SiteReader(Site& site, const yaml::SourceText& text, Diagnostics& diagnostics)
      : SiteValues(site.file, site.folder, text, diagnostics), site_(site), source_text_(text) {}

  void read(const Node& root);

 private:
  void accounts(const Node& node);
  void network(const Node& node);
  void vendor_index(const Node& node, NetworkInput& input);
  std::vector<FilePattern> patterns(const Node& node, std::string_view what);
  void keep(const Node& node);
  void agent(const Node& node);
  void commit_source(const Node& node);
  void account_sources(const Node& node);
  void inherit(const Node& node);
  void capacity(const Node& node);
  void outcomes(const Node& root);
  [[nodiscard]] LiveInput live_defaults() const;

  Site& site_;
  const yaml::SourceText& source_text_;
};

void SiteReader::accounts(const Node& node) {
  static constexpr std::array<std::string_view, 14> kKeys = {
      "from",     "verify_key", "every",  "max_shrink", "proxy",        "ca",      "timeout",
      "max_size", "sources",    "values", "tiers",      "same_company", "roll_up", "inherit"};
  if (!mapping_of(node, "accounts", kKeys)) return;
  AccountsInput& input = site_.accounts;
  const Node* const from = node.find("from");
  if (node.find("sources") == nullptr) {
    for (const std::string_view key : {"values", "tiers", "same_company", "roll_up"}) {
      if (const Node* value = node.find(key); value != nullptr)
        error(value->at, fmt::format("'{}' belongs to 'sources'", key));
    }
  }
  if (node.find("sources") != nullptr) {
    // No address.
  } else if (from == nullptr) {
    error(node.at,
          "accounts needs 'from': a file or an https:// address; or 'sources': exports that are merged");
  } else if (const auto value = word(*from, "from"); value.has_value()) {
    input.from = is_url(*value) ? *value : absolute(*value);
  }
  input.verify_key = path(node.find("verify_key"), "verify_key");
  if (const Node* every = node.find("every"); every != nullptr) {
    input.every_seconds = seconds(*every, "every").value_or(input.every_seconds);
  }
  if (const Node* shrink = node.find("max_shrink"); shrink != nullptr)
    input.max_shrink_percent = shrink->is_null() ? std::nullopt : share(*shrink, "max_shrink");
  if (const Node* proxy = node.find("proxy"); proxy != nullptr && !proxy->is_null()) {
    input.proxy = word(*proxy, "proxy").value_or("");
  }
  input.ca = path(node.find("ca"), "ca");
  if (const Node* timeout = node.find("timeout"); timeout != nullptr) {
    input.timeout_seconds = seconds(*timeout, "timeout").value_or(input.timeout_seconds);
  }
  if (const Node* size = node.find("max_size"); size != nullptr) {
    input.max_bytes = bytes(*size, "max_size", accounts::kMaxFeedBytes).value_or(input.max_bytes);
  }
  if (const Node* fields = node.find("inherit"); fields != nullptr && !fields->is_null()) inherit(*fields);
  // Last: what is said above holds for live sources, too.
  if (node.find("sources") != nullptr) account_sources(node);
}

void SiteReader::inherit(const Node& node) {
  constexpr const auto& kFields = accounts::kInheritedFieldNames;
  if (!is_sequence(node, "inherit")) return;
  for (const Node& item : node.items) {
    const auto name = word(item, "an entry of inherit");
    if (!name.has_value()) continue;
    const auto found = std::find(kFields.begin(), kFields.end(), *name);
    if (found == kFields.end()) {
      error(item.at, fmt::format("inherit '{}' is not one of {}{}", *name, fmt::join(kFields, ", "),
                                 did_you_mean(*name, kFields)));
    } else {
      site_.accounts.inherit.add(static_cast<accounts::InheritedField>(found - kFields.begin()));
    }
  }
}

void SiteReader::capacity(const Node& node) {
  constexpr uint64_t kMost = 1'000'000'000;
  static constexpr std::array<std::string_view, 3> kTiers = {"one-to-one", "one-to-few", "one-to-many"};
  if (!mapping_of(node, "capacity", kTiers)) return;
  for (const std::string_view tier : kTiers) {
    const Node* const most = node.find(tier);
    if (most == nullptr || most->is_null()) continue;
    if (const auto value = number(*most, tier, 0, kMost); value.has_value())
      site_.capacity[static_cast<size_t>(*accounts::tier_from(tier))] = TierCapacity{*value, most->at};
  }
}

void SiteReader::account_sources(const Node& node) {
  for (const std::string_view key : {"from", "verify_key"}) {
    if (const Node* value = node.find(key); value != nullptr)
      error(value->at, fmt::format("'{}' does not go with 'sources': name a feed among them", key));
  }
  const LiveInput defaults = live_defaults();
  read_account_sources(node, {site_.file, site_.folder, site_.data, source_text_, defaults}, diagnostics(),
                       site_.accounts.merge);
  if (site_.accounts.merge.tenant.empty())
    error(
        node.at,
        "'sources' need a 'tenant' at the top of site.yaml: the name of the site that the accounts are for");
}

/// What `accounts:` says for all systems that are asked.
LiveInput SiteReader::live_defaults() const {
  const AccountsInput& input = site_.accounts;
  LiveInput defaults;
  defaults.max_shrink_percent = input.max_shrink_percent;
  defaults.proxy = input.proxy;
  defaults.ca = input.ca;
  defaults.timeout_seconds = input.timeout_seconds;
  return defaults;
}

/// After `accounts:`, whose settings and names count here, too.
void SiteReader::outcomes(const Node& root) {
  LiveInput defaults = live_defaults();
  defaults.opportunities = true;
  defaults.every_seconds = kOpportunitiesEvery;
  const SourcesPlace place{site_.file, site_.folder, site_.data, source_text_, defaults};
  if (const Node* node = root.find("outcomes"); node != nullptr && !node->is_null())
    site_.outcomes = read_outcomes(*node, place, site_.accounts.merge.sources, diagnostics());
  if (const Node* node = root.find("primary"); node != nullptr && !node->is_null())
    site_.primary = read_primary(*node, place, diagnostics());
}

void SiteReader::network(const Node& node) {
  struct KindKey {
    std::string_view key;
    NetworkInput::Kind kind;
  };
  static constexpr std::array<KindKey, 5> kKinds = {{{"asn", NetworkInput::Kind::kAsn},
                                                     {"mmdb", NetworkInput::Kind::kMmdb},
                                                     {"csv", NetworkInput::Kind::kCsv},
                                                     {"exclude", NetworkInput::Kind::kExclude},
                                                     {"as_numbers", NetworkInput::Kind::kAsNumbers}}};
  static constexpr std::array<std::string_view, 8> kKeys = {"asn",        "mmdb", "csv",   "exclude",
                                                            "as_numbers", "key",  "match", "confidence"};
  if (!mapping_of(node, "a network source", kKeys)) return;
  NetworkInput input;
  input.at = node.at;
  size_t named = 0;
  for (const KindKey& kind : kKinds) {
    const Node* file = node.find(kind.key);
    if (file == nullptr) continue;
    ++named;
    input.kind = kind.kind;
    input.path = path(file, kind.key);
    if (file->is_null()) error(file->at, fmt::format("{} must be a file", kind.key));
  }
  if (named != 1) {
    error(node.at, "a network source names exactly one file, as asn, as_numbers, mmdb, csv or exclude");
    return;
  }
  vendor_index(node, input);
  site_.networks.push_back(std::move(input));
}

void SiteReader::vendor_index(const Node& node, NetworkInput& input) {
  for (const std::string_view key : {"key", "match", "confidence"}) {
    const Node* value = node.find(key);
    const bool wanted = input.kind == NetworkInput::Kind::kMmdb;
    if (value == nullptr) {
      if (wanted && key != "confidence") error(node.at, fmt::format("an mmdb source needs '{}'", key));
      continue;
    }
    if (!wanted) {
      error(value->at, fmt::format("'{}' belongs to an mmdb source", key));
      continue;
    }
    const std::string read = word(*value, key).value_or("");
    if (key == "match" && !read.empty() &&
        std::find(kMatches.begin(), kMatches.end(), read) == kMatches.end()) {
      error(value->at, fmt::format("match '{}' is not one of {}{}", read, fmt::join(kMatches, ", "),
                                   did_you_mean(read, kMatches)));
    }
    (key == "key" ? input.key : key == "match" ? input.match : input.confidence) = read;
  }
}

std::vector<FilePattern> SiteReader::patterns(const Node& node, std::string_view what) {
  std::vector<FilePattern> patterns;
  if (!is_sequence(node, what)) return patterns;
  for (const Node& item : node.items) {
    if (const auto pattern = word(item, fmt::format("an entry of {}", what)); pattern.has_value())
      patterns.push_back({*pattern, item.at});
  }
  return patterns;
}

/// `keep: 10`, or `keep: { count: 10, days: 30, size: 20G }`.
void SiteReader::keep(const Node& node) {
  static constexpr std::array<std::string_view, 3> kKeys = {"count", "days", "size"};
  Retention& keep = site_.keep;
  if (node.kind == Node::Kind::kScalar) {
    keep.count = static_cast<uint32_t>(number(node, "keep", 1, kMostGenerations).value_or(keep.count));
    return;
  }
  if (!mapping_of(node, "keep", kKeys)) return;
  if (const Node* count = node.find("count"); count != nullptr)
    keep.count = static_cast<uint32_t>(number(*count, "count", 1, kMostGenerations).value_or(keep.count));
  if (const Node* days = node.find("days"); days != nullptr)
    keep.days = static_cast<uint32_t>(number(*days, "days", 0, kMaxKeepDays).value_or(keep.days));
  if (const Node* size = node.find("size"); size != nullptr)
    keep.bytes = bytes(*size, "size", kMaxKeepBytes).value_or(keep.bytes);
}

void SiteReader::agent(const Node& node) {
  static constexpr std::array<std::string_view, 5> kKeys = {"publish", "ref", "repository", "folder", "look"};
  static constexpr std::array<std::string_view, 3> kWhen = {"on-change", "on-signal", "on-commit"};
  if (!mapping_of(node, "agent", kKeys)) return;
  if (const Node* publish = node.find("publish"); publish != nullptr) {
    const auto found = std::find(kWhen.begin(), kWhen.end(), publish->scalar);
    if (publish->kind != Node::Kind::kScalar || found == kWhen.end()) {
      error(publish->at, fmt::format("publish '{}' is not one of {}{}", publish->scalar,
                                     fmt::join(kWhen, ", "), did_you_mean(publish->scalar, kWhen)));
      return;
    }
    site_.agent.publish = static_cast<AgentInput::Publish>(found - kWhen.begin());
  }
  if (const Node* look = node.find("look"); look != nullptr)
    site_.agent.look_seconds = seconds(*look, "look").value_or(site_.agent.look_seconds);
  commit_source(node);
}

void SiteReader::commit_source(const Node& node) {
  AgentInput& input = site_.agent;
  if (input.publish != AgentInput::Publish::kOnCommit) {
    for (const std::string_view key : {"ref", "repository", "folder"}) {
      if (const Node* value = node.find(key); value != nullptr)
        error(value->at, fmt::format("'{}' belongs to 'publish: on-commit'", key));
    }
    return;
  }
  if (const Node* ref = node.find("ref"); ref == nullptr) {
    error(node.at, "'publish: on-commit' needs 'ref': the branch whose commits are published");
  } else if (const auto name = word(*ref, "ref"); name.has_value()) {
    if (!is_ref_name(*name))
      error(ref->at, fmt::format("ref '{}' is not the name of a branch such as main, or of a ref such as "
                                 "refs/heads/main",
                                 *name));
    input.ref = *name;
  }
  input.repository = path(node.find("repository"), "repository");
  const Node* folder = node.find("folder");
  if (folder == nullptr || folder->is_null()) return;
  const auto named = word(*folder, "folder");
  if (!named.has_value()) return;
  std::string inside = fs::path(*named).lexically_normal().generic_string();
  while (inside.ends_with('/')) inside.pop_back();
  if (inside == ".") inside.clear();
  if (inside.starts_with('/') || inside == ".." || inside.starts_with("../"))
    error(folder->at, fmt::format("folder '{}' must be a path inside the repository, such as site", *named));
  input.folder = inside;
}

void SiteReader::read(const Node& root) {
  static constexpr std::array<std::string_view, 22> kKeys = {
      "abm",           "tenant", "data",     "accounts", "networks",   "rules",
      "tests",         "pages",  "sign_key", "keep",     "max_shrink", "max_as_addresses",
      "allow_special", "agent",  "outcomes", "primary",  "engagement", "stages",
      "tiers",         "plays",  "link_key", "capacity"};
  if (!mapping_of(root, "site.yaml", kKeys)) return;
  constexpr Position kStart{1, 1};
  for (const std::string_view key : {"abm", "data", "accounts", "rules"}) {
    if (root.find(key) == nullptr) error(kStart, fmt::format("'{}' is missing", key));
  }
  if (const Node* format = root.find("abm"); format != nullptr && format->scalar != "site/1") {
    error(format->at, fmt::format("abm is '{}', this version reads site/1", format->scalar));
  }
  if (const Node* data = root.find("data"); data != nullptr) {
    site_.data = path(data, "data");
    if (data->is_null()) error(data->at, "data must be a folder");
  }
  if (const Node* shrink = root.find("max_shrink"); shrink != nullptr)
    site_.max_shrink_percent = shrink->is_null() ? std::nullopt : share(*shrink, "max_shrink");
  site_.accounts.max_shrink_percent = site_.max_shrink_percent;
  if (const Node* tenant = root.find("tenant"); tenant != nullptr)
    site_.accounts.merge.tenant = word(*tenant, "tenant").value_or("");
  if (const Node* node = root.find("accounts"); node != nullptr) accounts(*node);
  if (const Node* networks = root.find("networks"); networks != nullptr && !networks->is_null()) {
    if (is_sequence(*networks, "networks")) {
      for (const Node& item : networks->items) network(item);
    }
  }
  if (const Node* node = root.find("rules"); node != nullptr) site_.rules = patterns(*node, "rules");
  if (const Node* node = root.find("tests"); node != nullptr && !node->is_null()) {
    if (node->kind != Node::Kind::kScalar) {
      site_.tests = patterns(*node, "tests");
    } else if (const auto one = word(*node, "tests"); one.has_value()) {
      site_.tests = std::vector<FilePattern>{{*one, node->at}};
    }
  }
  if (const Node* node = root.find("pages"); node != nullptr && !node->is_null())
    site_.pages = read_page_list(*node, site_.file, site_.folder, source_text_, diagnostics());
  if (const Node* node = root.find("agent"); node != nullptr && !node->is_null()) agent(*node);
  if (const Node* node = root.find("capacity"); node != nullptr && !node->is_null()) capacity(*node);
  outcomes(root);
  SiteEngagement engagement = read_engagement(root, {site_.file, site_.folder, source_text_}, diagnostics());
  site_.engagement = std::move(engagement.engagement);
  site_.moves = std::move(engagement.moves);
  site_.sign_key = path(root.find("sign_key"), "sign_key");
  site_.link_key = path(root.find("link_key"), "link_key");
  if (const Node* node = root.find("keep"); node != nullptr) keep(*node);
  if (const Node* limit = root.find("max_as_addresses"); limit != nullptr) {
    site_.max_as_addresses = number(*limit, "max_as_addresses", 1, std::numeric_limits<uint32_t>::max())
                                 .value_or(site_.max_as_addresses);
  }
  if (const Node* allow = root.find("allow_special"); allow != nullptr) {
    site_.allow_special = flag(*allow, "allow_special").value_or(false);
  }
}

}  // namespace

std::optional<Site> load_site(const std::string& path, Diagnostics& diagnostics) {
  Site site;
  site.file = path;
  std::error_code code;
  site.folder = fs::absolute(path, code).lexically_normal().parent_path().string();
  auto bytes = read_file(path, kMaxSiteBytes);
  if (!bytes) {
    diagnostics.error({}, {}, bytes.message());
    return std::nullopt;
  }
  const size_t errors = diagnostics.errors();
  const auto root = yaml::parse(*bytes, path, {}, diagnostics);
  if (!root.has_value()) return std::nullopt;
  const yaml::SourceText text(*bytes);
  SiteReader(site, text, diagnostics).read(*root);
  if (diagnostics.errors() != errors) return std::nullopt;
  return site;
}

std::optional<std::string> find_site(const std::string& folder) {
  std::error_code code;
  fs::path at = fs::absolute(folder, code).lexically_normal();
  if (code) return std::nullopt;
  for (;; at = at.parent_path()) {
    const fs::path candidate = at / "site.yaml";
    if (fs::is_regular_file(candidate, code)) return candidate.string();
    if (!at.has_relative_path()) return std::nullopt;
  }
}

}  // namespace abm::generation
