#include "tools/site_publish.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/sync/state.h"
#include "generation/folder.h"
#include "generation/generation.h"
#include "generation/replacement.h"
#include "tools/primary.h"
#include "tools/provenance.h"
#include "tools/readers.h"
#include "tools/site_accounts.h"

namespace abm::tools {

std::string SitePublication::serving() const {
  if (current.has_value()) return fmt::format("(generation {} goes on serving)", *current);
  return data_closed ? "(what serves goes on serving)" : "(nothing is published yet)";
}

namespace {

using generation::count_of;
using generation::ManifestFacts;

/// What serves, as far as it can be known: even if it cannot be opened, because its format is older, the next
/// one is checked against what its manifest says.
struct Serving {
  std::optional<ManifestFacts> facts;
  std::shared_ptr<const generation::Generation> opened;
};

Serving look_at_serving(const std::string& data_dir) {
  Serving serving;
  if (const auto data = generation::open_folder(data_dir); data)
    serving.facts = generation::read_current_facts(*data);
  if (auto opened = generation::Generation::open(data_dir); opened) serving.opened = std::move(*opened);
  // Format 2 did not say how many rules there are.
  if (serving.facts.has_value() && serving.opened != nullptr &&
      serving.opened->number() == serving.facts->number &&
      !count_of(serving.facts->counts, generation::kCountRules).has_value())
    serving.facts->counts.emplace_back(generation::kCountRules, serving.opened->rules().rule_count());
  return serving;
}

/// Where a loss is to be mended.
std::string place_of(const generation::Loss& loss, const generation::Site& site) {
  for (const generation::NetworkInput& network : site.networks) {
    const std::string name = std::filesystem::path(network.path).filename().string();
    if (loss.source == std::string(generation::kOneNetworkSource) + name)
      return path_for_people(network.path);
  }
  return loss.source.empty() ? site.file : path_for_people(generation::feed_copy(site));
}

void check_losses(const ManifestFacts& serving, const generation::Manifest& next,
                  const generation::Site& site, Diagnostics& diagnostics) {
  for (const generation::Loss& loss : generation::find_losses(serving, next, site.max_shrink_percent)) {
    diagnostics.error(place_of(loss, site), {}, fmt::format("{}{}", loss.message, generation::kAllowShrink));
  }
  // A file under another name, as of each month, is no loss; but exclusions must not go without a word.
  for (const auto& [name, before] : serving.sources) {
    if (!name.starts_with(generation::kOneNetworkSource) ||
        std::ranges::find(next.sources, name, &generation::SourceEntry::name) != next.sources.end())
      continue;
    diagnostics.warning(
        site.file, {}, {},
        fmt::format("{} is no source any more: its {} entries in generation {} are gone, exclusions too",
                    name.substr(generation::kOneNetworkSource.size()),
                    count_of(before, generation::kEntriesCount).value_or(0), serving.number));
  }
}

constexpr int kAttempts = 3;

SiteInputs inputs_with(const generation::Site& site, const RulesChoice& rules,
                       const generation::NamedCounts* patterns_before, const SitePublishOptions& publish,
                       Diagnostics& diagnostics) {
  SiteInputsOptions options;
  options.patterns_before = patterns_before;
  options.keep = !publish.dry_run;
  options.progress = publish.progress;
  options.with_rules = rules.of == nullptr;
  options.visits_of = &site;
  if (!rules.commit.has_value()) return site_inputs(site, diagnostics, options);
  const generation::Site& committed = rules.commit->site;
  options.with_rules = true;
  SiteInputs inputs = site_inputs(committed, diagnostics, options);
  // Names must not depend on where the copy is.
  for (std::string& file : inputs.build.rules) {
    if (file.starts_with('/'))
      file = std::filesystem::path(file).lexically_relative(committed.folder).string();
  }
  return inputs;
}

/// A publication that keeps rules is no reason why there are fewer: those of the generation count, not those
/// that serve.
void count_as_kept(ManifestFacts& serving) {
  for (const std::string_view name :
       {generation::kCountRules, generation::kCountFragments, generation::kCountTests}) {
    std::erase_if(serving.counts, [name](const auto& count) { return count.first == name; });
  }
}

/// `overtaken`: somebody rolled back or published meanwhile, so that it is to be done again.
SitePublication publish_once(const generation::Site& site, const SitePublishOptions& options,
                             Diagnostics findings, bool& overtaken) {
  using Kind = SitePublication::Kind;
  SitePublication result;
  result.findings = std::move(findings);
  Diagnostics& diagnostics = result.findings;
  std::optional<RulesChoice> rules;
  const auto refused = [&] {
    if (rules.has_value() && rules->commit.has_value())
      diagnostics = rules->commit->in_repository(diagnostics);
    diagnostics.sort();
    result.kind = Kind::kRefused;
    return std::move(result);
  };
  Serving serving = look_at_serving(site.data);
  if (serving.facts.has_value()) result.current = serving.facts->number;
  std::error_code code;
  result.data_closed = !generation::open_folder(site.data) && std::filesystem::exists(site.data, code);
  const bool guarded = serving.facts.has_value() && !options.allow_shrink;
  NoRules why_not;
  rules = choose_rules(site, options.rules, serving.opened, why_not);
  if (!rules.has_value()) {
    if (!why_not.site_at_fault) {
      result.failure = std::move(why_not.message);
      return result;
    }
    diagnostics.error({}, {}, std::move(why_not.message));
    return refused();
  }
  const generation::Site& rules_site = rules->commit.has_value() ? rules->commit->site : site;
  result.hold = rules->hold;
  if (rules->commit.has_value()) result.commit = rules->commit->commit.id;
  const SiteInputs read =
      inputs_with(site, *rules, guarded ? &serving.facts->patterns : nullptr, options, diagnostics);
  const generation::BuildInputs& inputs = read.build;
  generation::BuildOptions build_options;
  build_options.rules_of = rules->of.get();
  build_options.previous = serving.opened.get();
  build_options.progress = options.progress;
  auto artifacts = generation::build(inputs, build_options, diagnostics);
  if (!artifacts.has_value() || !diagnostics.ok()) return refused();

  generation::PublishOptions publish_options;
  publish_options.data_dir = site.data;
  publish_options.sign_key = site.sign_key;
  publish_options.keep = site.keep;
  publish_options.only_if_changed = !options.force;
  publish_options.rules = {.allow_older = options.allow_older,
                           .allow_other_tenant = options.allow_other_tenant,
                           .allow_shrink = options.allow_shrink,
                           .max_shrink_percent = site.accounts.max_shrink_percent,
                           .max_loss_percent = site.max_shrink_percent};
  publish_options.hold = rules->hold;
  publish_options.end_hold = options.rules.resume;
  publish_options.primary = rules_site.primary;
  publish_options.current = rules->kept_from;
  publish_options.progress = options.progress;
  generation::NamedCounts& counts = artifacts->manifest.counts;
  std::vector<Expectation> expectations;
  std::string_view untested = options.without_tests ? generation::kTestsSkipped : generation::kTestsNone;
  if (rules->of != nullptr) {
    // The site's tests may be those of rules that wait: only what serves can tell which hold for these.
    Diagnostics of_waiting_rules;
    std::vector<Expectation> all;
    if (!options.without_tests) all = load_site_tests(site, of_waiting_rules);
    if (!all.empty()) untested = generation::kTestsSkipped;
    if (serving.opened != nullptr) expectations = tests_that_hold(std::move(all), serving.opened);
    publish_options.rules_from = rules->from();
    publish_options.rules.max_loss_percent.reset();  // looked at here: only networks can be lost
    if (serving.facts.has_value()) count_as_kept(*serving.facts);
    if (!expectations.empty()) counts.emplace_back(generation::kCountTests, expectations.size());
  } else if (!options.without_tests) {
    expectations = load_site_tests(rules_site, diagnostics);
    if (!expectations.empty()) counts.emplace_back(generation::kCountTests, expectations.size());
  } else if (serving.facts.has_value()) {
    // Skipped once, they are missed if they are gone the next time.
    if (const auto had = count_of(serving.facts->counts, generation::kCountTests); had.has_value())
      counts.emplace_back(generation::kCountTests, *had);
  }
  if (serving.facts.has_value()) {
    auto feed_rules = publish_options.rules;
    feed_rules.max_loss_percent.reset();  // told below, all of them with their places
    const auto allowed = generation::check_replacement(*serving.facts, artifacts->manifest, feed_rules);
    if (!allowed) diagnostics.error(path_for_people(inputs.feed), {}, allowed.message());
    if (allowed && guarded) check_losses(*serving.facts, artifacts->manifest, site, diagnostics);
  }
  // What is missing makes tests fail, which would only hide it.
  if (!diagnostics.ok()) return refused();
  result.tests = run_site_tests(expectations, artifacts->generation, options.progress, diagnostics);
  if (!diagnostics.ok()) return refused();
  const std::string_view tests = expectations.empty() ? untested : generation::kTestsPassed;
  if (options.dry_run) {
    diagnostics.sort();
    result.kind = Kind::kPublished;
    return result;
  }
  publish_options.made = provenance();
  if (rules->of == nullptr && !rules->commit.has_value())
    add_commit(site, artifacts->files, publish_options.made);
  publish_options.made.emplace_back(generation::kMadeTests, tests);
  if (!artifacts->silenced.empty())
    publish_options.made.emplace_back(generation::kMadeSilenced,
                                      fmt::format("{}", fmt::join(artifacts->silenced, " ")));
  tell_rules(*rules, publish_options.made);
  if (rules->commit.has_value()) diagnostics = rules->commit->in_repository(diagnostics);
  diagnostics.sort();
  result.report = read.summary;
  if (std::string note = primary_note(site.data, rules_site.primary); !note.empty())
    result.report.push_back(std::move(note));
  result.report.insert(result.report.end(), std::make_move_iterator(artifacts->report.begin()),
                       std::make_move_iterator(artifacts->report.end()));
  result.sources = artifacts->manifest.sources;
  result.networks = std::move(artifacts->networks);
  auto published = generation::publish(std::move(*artifacts), publish_options);
  if (!published) {
    result.failure = published.message();
    overtaken = is_overtaken(*rules, options.rules, site.data);
    return result;
  }
  result.kind = Kind::kPublished;
  result.published = std::move(*published);
  if (read.visits != nullptr) {
    if (auto remembered = read.visits->remember(result.published.number); !remembered)
      result.published.warnings.push_back(fmt::format(
          "what this generation says of visits cannot be noted: {}; the next publication tries again",
          remembered.message()));
  }
  if (std::string closed = shut_out_warning(site.data); !closed.empty())
    result.published.warnings.push_back(std::move(closed));
  if (auto forgotten = connect::forget_other_ways(
          site.data, site.accounts.from.empty() || inputs.feed == site.accounts.from);
      !forgotten)
    result.published.warnings.push_back(forgotten.message());
  if (site.accounts.merge.sources.empty()) {
    if (auto forgotten = connect::forget_sources(site); !forgotten)
      result.published.warnings.push_back(forgotten.message());
  }
  return result;
}

}  // namespace

SitePublication publish_site(const generation::Site& site, const SitePublishOptions& options,
                             Diagnostics findings) {
  for (int attempt = 1;; ++attempt) {
    bool overtaken = false;
    SitePublication result = publish_once(site, options, findings, overtaken);
    if (!overtaken || attempt == kAttempts) return result;
  }
}

}  // namespace abm::tools
