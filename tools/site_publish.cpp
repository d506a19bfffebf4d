#include "tools/site_publish.h"

#include <filesystem>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "generation/folder.h"
#include "generation/generation.h"
#include "generation/replacement.h"
#include "tools/provenance.h"
#include "tools/readers.h"

namespace abm::tools {

std::string SitePublication::serving() const {
  return current.has_value() ? fmt::format("(generation {} goes on serving)", *current)
                             : "(nothing is published yet)";
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
}

/// `more` goes before `made`.
generation::NamedTexts merged(generation::NamedTexts made, const generation::NamedTexts& more) {
  for (const auto& entry : more) {
    std::erase_if(made, [&](const auto& other) { return other.first == entry.first; });
    made.push_back(entry);
  }
  return made;
}

}  // namespace

SitePublication publish_site(const generation::Site& site, const SitePublishOptions& options,
                             Diagnostics findings) {
  using Kind = SitePublication::Kind;
  SitePublication result;
  result.findings = std::move(findings);
  Diagnostics& diagnostics = result.findings;
  const auto refused = [&] {
    diagnostics.sort();
    result.kind = Kind::kRefused;
    return std::move(result);
  };
  const Serving serving = look_at_serving(site.data);
  if (serving.facts.has_value()) result.current = serving.facts->number;
  const bool guarded = serving.facts.has_value() && !options.allow_shrink;
  const generation::BuildInputs inputs =
      generation::inputs_of(site, diagnostics, guarded ? &serving.facts->patterns : nullptr);
  generation::BuildOptions build_options;
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
  publish_options.rules_from = options.rules_from;
  publish_options.progress = options.progress;
  generation::NamedCounts& counts = artifacts->manifest.counts;
  std::vector<Expectation> expectations;
  if (!options.without_tests) {
    expectations = load_site_tests(site, diagnostics);
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
  const std::string_view tests = options.without_tests  ? generation::kTestsSkipped
                                 : expectations.empty() ? generation::kTestsNone
                                                        : generation::kTestsPassed;
  if (options.dry_run) {
    diagnostics.sort();
    result.kind = Kind::kPublished;
    return result;
  }
  publish_options.made = provenance(site, artifacts->files);
  publish_options.made.emplace_back(generation::kMadeTests, tests);
  publish_options.made = merged(std::move(publish_options.made), options.made);
  diagnostics.sort();
  result.report = std::move(artifacts->report);
  result.sources = artifacts->manifest.sources;
  result.networks = std::move(artifacts->networks);
  auto published = generation::publish(std::move(*artifacts), publish_options);
  if (!published) {
    result.failure = published.message();
    return result;
  }
  result.kind = Kind::kPublished;
  result.published = std::move(*published);
  if (std::string closed = shut_out_warning(site.data); !closed.empty())
    result.published.warnings.push_back(std::move(closed));
  return result;
}

}  // namespace abm::tools
