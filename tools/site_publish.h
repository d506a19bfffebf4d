// What `abmctl publish` and the agent share: a site's files → a checked
// generation → the one that visitors get.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/build.h"
#include "generation/publish.h"
#include "generation/site.h"
#include "ipdb/network_builder.h"
#include "tools/rules_choice.h"
#include "tools/site_tests.h"

namespace abm::tools {

struct SitePublishOptions {
  bool force = false;  ///< a new generation even if nothing changed
  bool allow_older = false;
  bool allow_other_tenant = false;
  bool allow_shrink = false;   ///< accounts, rules, fragments, tests, networks that are missing
  bool without_tests = false;  ///< the manifest says so
  bool dry_run = false;        ///< everything but the publication itself: would it be refused?
  RulesWish rules;
  generation::Progress progress;
};

struct SitePublication {
  enum class Kind : uint8_t {
    kPublished,  ///< or up to date: see `published`; nothing after a dry run
    kRefused,    ///< the input is at fault: see `findings`
    kFailed,     ///< this machine could not: see `failure`
  };
  Kind kind = Kind::kFailed;
  Diagnostics findings;                          ///< warnings too; sorted
  std::vector<std::string> report;               ///< what was mapped, left out and why
  std::vector<generation::SourceEntry> sources;  ///< what it was built from; empty when refused
  std::optional<ipdb::NetworkReport> networks;   ///< std::nullopt: the index was reused, or refused
  TestsRun tests;                                ///< the site's own; none: without_tests, or refused before
  generation::Published published;
  std::string failure;
  std::optional<uint64_t> current;       ///< the generation that served before
  bool data_closed = false;              ///< the data folder is there, but cannot be used
  std::optional<generation::Hold> hold;  ///< the rules are held ones
  std::string commit;                    ///< whose rules these are, "" for others

  /// "(generation 43 goes on serving)", or that nothing is published yet.
  [[nodiscard]] std::string serving() const;
};

/// `findings`: from reading the site; errors among them refuse it.
[[nodiscard]] SitePublication publish_site(const generation::Site& site, const SitePublishOptions& options,
                                           Diagnostics findings = {});

}  // namespace abm::tools
