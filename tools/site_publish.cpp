#include "tools/site_publish.h"

#include <memory>

#include <fmt/format.h>

#include "base/file.h"
#include "generation/folder.h"
#include "generation/generation.h"
#include "generation/replacement.h"

namespace abm::tools {

std::string SitePublication::serving() const {
  return current.has_value() ? fmt::format("(generation {} goes on serving)", *current)
                             : "(nothing is published yet)";
}

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
  const generation::BuildInputs inputs = generation::inputs_of(site, diagnostics);
  // What the next feed is checked against can be known even if the generation cannot be opened, because its
  // format is older: it is replaced like any other.
  std::optional<generation::ManifestFacts> serving;
  if (const auto data = generation::open_folder(site.data); data)
    serving = generation::read_current_facts(*data);
  if (serving.has_value()) result.current = serving->number;
  std::shared_ptr<const generation::Generation> current;
  if (auto opened = generation::Generation::open(site.data); opened) current = std::move(*opened);
  generation::BuildOptions build_options;
  build_options.previous = current.get();
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
                           .max_shrink_percent = site.accounts.max_shrink_percent};
  if (serving.has_value()) {
    const auto allowed = generation::check_replacement(*serving, artifacts->manifest, publish_options.rules);
    if (!allowed) {
      diagnostics.error(path_for_people(inputs.feed), {}, allowed.message());
      return refused();
    }
  }
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
  return result;
}

}  // namespace abm::tools
