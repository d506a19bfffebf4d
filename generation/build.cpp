#include "generation/build.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "accounts/snapshot.h"
#include "base/content_hash.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "generation/build_feed.h"
#include "generation/build_rules.h"
#include "generation/coverage.h"
#include "generation/families.h"
#include "generation/list_checks.h"
#include "generation/missed_files.h"
#include "generation/site_files.h"
#include "ipdb/network_builder.h"
#include "rules/lint_codes.h"
#include "rules/read/vocabulary.h"

namespace abm::generation {
namespace {

namespace fs = std::filesystem;

/// Part of what decides whether an index can be reused: another version may map the same inputs differently.
constexpr std::string_view kBuilder = "abmctl " ABM_VERSION;

ipdb::NetworkSource::Kind kind_of(NetworkInput::Kind kind) {
  switch (kind) {
    case NetworkInput::Kind::kAsn:
      return ipdb::NetworkSource::Kind::kAsn;
    case NetworkInput::Kind::kMmdb:
      return ipdb::NetworkSource::Kind::kMmdb;
    case NetworkInput::Kind::kExclude:
      return ipdb::NetworkSource::Kind::kExclude;
    case NetworkInput::Kind::kAsNumbers:
      return ipdb::NetworkSource::Kind::kAsNumbers;
    case NetworkInput::Kind::kCsv:
      break;
  }
  return ipdb::NetworkSource::Kind::kCsv;
}

/// One build. Every stage adds its findings to the diagnostics; later stages still run as far as they can
/// when an earlier one failed, so that all errors are reported at once.
class Builder {
 public:
  Builder(const BuildInputs& inputs, const BuildOptions& options, Diagnostics& diagnostics)
      : inputs_(inputs), options_(options), diagnostics_(diagnostics) {
    now_ = options.now != 0 ? options.now : static_cast<int64_t>(::time(nullptr));
  }
  std::optional<Artifacts> run();

 private:
  std::string& bytes(Part part) { return artifacts_.bytes[static_cast<size_t>(part)]; }
  void phase(std::string_view name) const {
    if (options_.progress) options_.progress(name, 0, 0);
  }
  [[nodiscard]] std::string feed_name() const {
    return inputs_.feed_name.empty() ? path_for_people(inputs_.feed) : inputs_.feed_name;
  }
  void say(std::string line) { artifacts_.report.push_back(std::move(line)); }

  void take_feed(FeedProducts& feed);
  void take_changes();
  void build_index(ipdb::NetworkAccounts accounts, int64_t generated_at);
  bool take_over_index(const ContentHash& hash);
  void report_index(const ipdb::NetworkReport& report);
  void report_coverage();
  void report_families();
  void check_accounts();
  void compile(bool with_feed);
  void take_over_rules(const Generation& from);
  void silence(std::vector<std::string> codes);

  const BuildInputs& inputs_;
  const BuildOptions& options_;
  Diagnostics& diagnostics_;
  void warn_of_unrecognised();

  int64_t now_ = 0;
  ipdb::NetworkAccounts accounts_;  ///< of a new index
  Artifacts artifacts_;
};

std::optional<Artifacts> Builder::run() {
  const size_t errors = diagnostics_.errors();
  phase("reading accounts");
  auto feed =
      build_feed({inputs_.feed, feed_name(), inputs_.verify_key, inputs_.inherit, inputs_.changes.get()},
                 options_.progress, diagnostics_);
  if (feed.has_value()) {
    take_feed(*feed);
    build_index(std::move(feed->networks), feed->summary.header.generated_at);
  }
  compile(feed.has_value() && !inputs_.feed.empty());
  if (diagnostics_.errors() != errors) return std::nullopt;
  for (auto& count : counts_of_sources(artifacts_.manifest.sources))
    artifacts_.manifest.counts.push_back(std::move(count));

  phase("verifying");
  auto generation = Generation::from_bytes(artifacts_.manifest, bytes(Part::kIpdb), bytes(Part::kAccounts),
                                           bytes(Part::kRules), options_.previous, options_.progress);
  if (!generation) {
    diagnostics_.error({}, {}, fmt::format("what was built does not open: {}", generation.message()));
    return std::nullopt;
  }
  artifacts_.generation = std::move(*generation);
  artifacts_.manifest = artifacts_.generation->manifest();
  if (!inputs_.feed.empty()) {
    report_coverage();
    report_families();
    warn_of_unrecognised();
    check_accounts();
  }
  if (options_.keep_accounts) artifacts_.accounts = std::move(accounts_);
  return std::move(artifacts_);
}

void Builder::take_feed(FeedProducts& feed) {
  const accounts::FeedHeader& header = feed.summary.header;
  artifacts_.manifest.tenant = header.tenant;
  artifacts_.manifest.feed_version = header.version;
  bytes(Part::kAccounts) = std::move(feed.snapshot);
  if (inputs_.feed.empty()) return;
  if (options_.refuse_expired && header.expires_at.has_value() && now_ >= *header.expires_at) {
    diagnostics_.error(
        feed_name(), {1, 1},
        fmt::format("the feed expired at {}: get a new one", format_rfc3339(*header.expires_at)));
  }
  artifacts_.manifest.sources.push_back(
      {std::string(kAccountsSource),
       std::to_string(header.version),
       feed.hash,
       {{std::string(kAccountsCount), feed.summary.accounts}, {"unknown_keys", feed.summary.unknown_keys}}});
  take_changes();
  say(fmt::format("accounts: {} of tenant '{}', feed version {}", feed.summary.accounts, header.tenant,
                  header.version));
  if (feed.summary.unknown_keys != 0) {
    say(fmt::format("accounts: {} values under unknown keys were left out", feed.summary.unknown_keys));
  }
}

/// What changed the accounts, as a source of its own.
void Builder::take_changes() {
  if (inputs_.changes == nullptr) return;
  std::string version = inputs_.changes->version();
  const auto hash = content_hash(version);
  if (!hash) return diagnostics_.error({}, {}, hash.message());
  say(fmt::format("{}: {}", kChangesSource, inputs_.changes->summary()));
  artifacts_.manifest.sources.push_back({std::string(kChangesSource), std::move(version), *hash, {}});
}

void Builder::build_index(ipdb::NetworkAccounts accounts, int64_t generated_at) {
  ipdb::NetworkInputs inputs;
  inputs.feed = feed_name();
  inputs.accounts = std::move(accounts);
  for (const NetworkInput& network : inputs_.networks) {
    inputs.sources.push_back({.kind = kind_of(network.kind),
                              .path = network.path,
                              .name = path_for_people(network.path),
                              .key = network.key,
                              .match = network.match,
                              .confidence = network.confidence});
  }
  ipdb::NetworkOptions options;
  options.max_as_addresses = inputs_.max_as_addresses;
  options.special = inputs_.special;
  // Not the clock: the same inputs must give the same bytes.
  options.build_epoch = static_cast<uint64_t>(generated_at);
  options.progress = options_.progress;
  phase("reading networks");
  if (options_.previous != nullptr) {
    const auto hash = ipdb::hash_network_inputs(inputs, options);
    if (hash && take_over_index(*hash)) return;
  }
  auto index = ipdb::build_networks(inputs, options, diagnostics_);
  if (!index.has_value()) return;
  bytes(Part::kIpdb) = std::move(index->bytes);
  artifacts_.manifest.sources.push_back(
      {std::string(kNetworksSource),
       std::string(kBuilder),
       index->inputs,
       {{std::string(kClaimsCount), index->report.claims}, {"nodes", index->report.node_count}}});
  for (const ipdb::NetworkSourceReport& source : index->report.sources) {
    artifacts_.manifest.sources.push_back(
        {fmt::format("{}{}", kOneNetworkSource, fs::path(source.name).filename().string()),
         source.kind,
         source.hash,
         {{std::string(kEntriesCount), source.entries},
          {"mapped", source.mapped},
          {std::string(kAccountsCount), source.accounts},
          {"left_out", source.left_out}}});
  }
  report_index(index->report);
  accounts_ = std::move(inputs.accounts);
  artifacts_.networks = std::move(index->report);
}

bool Builder::take_over_index(const ContentHash& hash) {
  const Manifest& previous = options_.previous->manifest();
  bool same = false;
  for (const SourceEntry& source : previous.sources) {
    same = same || (source.name == kNetworksSource && source.version == kBuilder && source.hash == hash);
  }
  if (!same) return false;
  bytes(Part::kIpdb) = options_.previous->part(Part::kIpdb)->bytes();
  for (const SourceEntry& source : previous.sources) {
    if (source.name == kNetworksSource || source.name.starts_with(kOneNetworkSource))
      artifacts_.manifest.sources.push_back(source);
  }
  say(fmt::format("networks: unchanged since generation {}", previous.number));
  return true;
}

void Builder::report_index(const ipdb::NetworkReport& report) {
  for (const ipdb::NetworkSourceReport& source : report.sources) {
    if (source.kind == "feed" && source.entries == 0) continue;  // what that means, report_coverage() says
    say(fmt::format("networks: {} ({}): {} of {} entries mapped, {} accounts, {} left out", source.name,
                    source.kind, source.mapped, source.entries, source.accounts, source.left_out));
  }
  for (const ipdb::NetworkLeftOut& left : report.left_out) {
    say(fmt::format("networks: {}: {} networks of '{}' left out: {}", left.place, left.networks, left.account,
                    left.reason));
  }
  for (const ipdb::NetworkConflict& conflict : report.conflicts) {
    say(fmt::format(
        "networks: {}{} identifies nobody: claimed by '{}' ({}) and '{}' ({})", conflict.network.to_string(),
        conflict.networks > 1 ? fmt::format(" and {} more", conflict.networks - 1) : "",
        conflict.first_account, conflict.first_place, conflict.second_account, conflict.second_place));
  }
  for (const ipdb::NetworkName& name : report.names) {
    if (name.verdict == ipdb::NetworkName::Verdict::kSeveral ||
        name.verdict == ipdb::NetworkName::Verdict::kShared)
      continue;  // warned of
    const bool taken = name.verdict == ipdb::NetworkName::Verdict::kTaken;
    for (const ipdb::NetworkName::Found& found : name.found) {
      say(fmt::format("networks: {}: organization '{}' of '{}' {} '{}'{}{}", name.place, name.organization,
                      name.account, taken ? "is taken for" : "is there as such, so it is not taken for",
                      found.organization,
                      found.asns.empty() ? "" : fmt::format(" (AS {})", fmt::join(found.asns, ", ")),
                      taken ? ", but for its spelling" : ""));
    }
  }
  if (report.more_conflicts != 0)
    say(fmt::format("networks: {} more claims overlap another account's network", report.more_conflicts));
}

/// How many of the accounts an address can lead to.
void Builder::report_coverage() {
  const Coverage coverage = coverage_of(*artifacts_.generation);
  say(to_text(coverage));
  if (inputs_.expects_networks && coverage.accounts != 0 && coverage.identifiable() == 0)
    diagnostics_.warning(feed_name(), {}, {}, to_text(coverage));
  for (SourceEntry& source : artifacts_.manifest.sources) {
    if (source.name == kAccountsSource)
      source.counts.emplace_back(kIdentifiableCount, coverage.identifiable());
  }
}

/// Where parents matter: who is below whom, and what that changed.
void Builder::report_families() {
  const bool by_family = artifacts_.generation->rules().draws_by_family();
  if (inputs_.inherit.empty() && !by_family) return;
  const Families families = families_of(artifacts_.generation->accounts());
  say(families.families == 0 ? "accounts: no account is below another, so there are no families"
                             : fmt::format("accounts: {} in {} famil{} of more than one{}", families.accounts,
                                           families.families, families.families == 1 ? "y" : "ies",
                                           by_family ? ", each of which draws one lot" : ""));
  if (!inputs_.inherit.empty()) {
    const std::string inherited = inherited_text(families);
    say(fmt::format("accounts: inherited from parents: {}", inherited.empty() ? "nothing" : inherited));
  }
  if (families.without_parent.count != 0) {
    say(fmt::format("accounts: the parent that {} name{} is not on the list, and has nothing to give",
                    families.without_parent.text(), families.without_parent.count == 1 ? "s" : ""));
  }
}

void Builder::check_accounts() {
  if (!inputs_.checks_list) return;
  const std::string feed = feed_name();
  check_list({.generation = *artifacts_.generation,
              .before = options_.serving != nullptr ? options_.serving : options_.previous,
              .capacity = inputs_.capacity,
              .signal_points = inputs_.signal_points,
              .moves = inputs_.moves,
              .site_file = inputs_.site_file,
              .feed = feed,
              .silenced = artifacts_.silenced,
              .now = now_,
              .inherits = !inputs_.inherit.empty()},
             diagnostics_);
}

/// Accounts that each deserve pages of their own, and that nobody will ever be taken for.
void Builder::warn_of_unrecognised() {
  constexpr size_t kNamed = 10;
  const bool silenced =
      std::binary_search(artifacts_.silenced.begin(), artifacts_.silenced.end(), rules::kLintUnrecognised);
  if (silenced || !inputs_.expects_networks || !artifacts_.networks.has_value()) return;
  const Recogniser recognise(*artifacts_.generation, accounts_, *artifacts_.networks,
                             recognition_sources(inputs_));
  const accounts::Snapshot& snapshot = artifacts_.generation->accounts();
  const std::string file = feed_name();
  const bool has_lines = inputs_.feed_name.empty();  // that a person may look at
  size_t found = 0;
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const accounts::AccountView account = snapshot.at(i);
    if (account.tier() != accounts::Tier::kOneToOne || account.excluded()) continue;
    const Recognition recognition = recognise(i);
    if (by_address(recognition.way) || ++found > kNamed) continue;
    const WhyText& why = text_of(recognition.why.front());
    diagnostics_.warning(
        file, {has_lines ? static_cast<uint32_t>(accounts_.line(i)) : 0, 0},
        std::string(rules::kLintUnrecognised),
        fmt::format("account '{}' is one-to-one and can never be recognised{}: {}; {}", account.id(),
                    recognition.way == Way::kIdentity ? " by a visitor's address" : "", why.text,
                    why.remedy));
  }
  if (found > kNamed) {
    diagnostics_.warning(
        file, {}, std::string(rules::kLintUnrecognised),
        fmt::format("{} more one-to-one accounts can never be recognised by a visitor's address: "
                    "abmctl coverage lists them",
                    found - kNamed));
  }
}

/// `with_feed`: rules are also checked against the accounts, whose snapshot already exists.
void Builder::compile(bool with_feed) {
  if (options_.rules_of != nullptr) return take_over_rules(*options_.rules_of);
  phase("checking rules");
  rules::LoadOptions options;
  const auto accounts = accounts::Snapshot::open(bytes(Part::kAccounts));
  rules::Vocabulary vocabulary;
  if (with_feed && accounts) {
    vocabulary = rules::collect_vocabulary(*accounts);
    rules::add_moves(inputs_.changes != nullptr ? inputs_.changes->moves() : inputs_.later, vocabulary);
    options.vocabulary = &vocabulary;
    options.accounts = &*accounts;
  }
  options.now = now_;
  const std::vector<rules::SamplePage> pages =
      read_sample_pages(inputs_.pages, inputs_.site_file, diagnostics_);
  options.pages = pages;
  options.by_script = inputs_.by_script;
  auto built = build_rules(inputs_.folder, inputs_.rules, options, diagnostics_);
  if (!built.has_value()) return;
  bytes(Part::kRules) = std::move(built->program);
  for (SourceEntry& source : built->sources) artifacts_.manifest.sources.push_back(std::move(source));
  artifacts_.manifest.counts.emplace_back(kCountRules, built->rules);
  artifacts_.manifest.patterns = inputs_.patterns;
  artifacts_.files = std::move(built->files);
  silence(std::move(built->silenced));
  artifacts_.pages = std::move(built->pages);
  say(fmt::format("rules: {} in {} {}", built->rules, inputs_.rules.size(),
                  inputs_.rules.size() == 1 ? "file" : "files"));
}

void Builder::silence(std::vector<std::string> codes) {
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  artifacts_.silenced = std::move(codes);
}

void Builder::take_over_rules(const Generation& from) {
  bytes(Part::kRules) = from.part(Part::kRules)->bytes();
  for (const SourceEntry& source : from.manifest().sources) {
    if (source.name != kAccountsSource && source.name != kChangesSource && source.name != kNetworksSource &&
        !source.name.starts_with(kOneNetworkSource))
      artifacts_.manifest.sources.push_back(source);
  }
  artifacts_.manifest.counts.emplace_back(kCountRules, from.rules().rule_count());
  artifacts_.manifest.patterns = from.manifest().patterns;
  std::vector<std::string> codes;  // none where an older version made it
  const std::string_view silenced = text_of(from.manifest().made, kMadeSilenced);
  for (size_t at = 0; at < silenced.size();) {
    const size_t end = std::min(silenced.find(' ', at), silenced.size());
    if (end > at) codes.emplace_back(silenced.substr(at, end - at));
    at = end + 1;
  }
  silence(std::move(codes));
  say(fmt::format("rules: {}, those of generation {}", from.rules().rule_count(), from.number()));
}

}  // namespace

RecognitionSources recognition_sources(const BuildInputs& inputs) {
  RecognitionSources sources;
  for (const NetworkInput& input : inputs.networks) {
    const bool vendor = input.kind == NetworkInput::Kind::kMmdb;
    sources.as_table = sources.as_table || input.kind == NetworkInput::Kind::kAsn ||
                       (vendor && (input.match == "asn" || input.match == "organization"));
    sources.vendor_domains = sources.vendor_domains || (vendor && input.match == "domain");
  }
  return sources;
}

std::string feed_copy(const Site& site) {
  const bool is_path = site.accounts.from.starts_with('/');
  return is_path ? site.accounts.from : site.data + "/feed/accounts.ndjson";
}

BuildInputs inputs_of(const Site& site, Diagnostics& diagnostics, const NamedCounts* patterns_before,
                      bool with_rules) {
  BuildInputs inputs;
  inputs.feed = feed_copy(site);
  inputs.verify_key = site.accounts.verify_key;
  inputs.networks = site.networks;
  inputs.folder = site.folder;
  if (with_rules) {
    RulesFiles rules = rules_files(site, diagnostics, patterns_before);
    inputs.rules = std::move(rules.files);
    inputs.patterns = std::move(rules.patterns);
    inputs.pages = site.pages;
    warn_of_missed_files(site, inputs.rules, diagnostics);
  }
  inputs.inherit = site.accounts.inherit;
  inputs.checks_list = true;
  inputs.capacity = site.capacity;
  inputs.moves = site.moves;
  if (site.engagement.has_value()) inputs.signal_points = site.engagement->points.signals;
  inputs.site_file = site.file;
  inputs.max_as_addresses = site.max_as_addresses;
  if (site.allow_special) inputs.special = ipdb::SpecialNetworks::kAllowed;
  std::error_code code;
  const bool is_merged = !site.accounts.merge.sources.empty();
  if (!is_merged && inputs.feed != site.accounts.from && !fs::exists(inputs.feed, code)) {
    diagnostics.error(site.file, {},
                      fmt::format("the feed {} was never fetched: run abmctl sync", site.accounts.from));
  }
  return inputs;
}

std::optional<Artifacts> build(const BuildInputs& inputs, const BuildOptions& options,
                               Diagnostics& diagnostics) {
  return Builder(inputs, options, diagnostics).run();
}

}  // namespace abm::generation
