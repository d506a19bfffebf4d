// Where a subcommand gets its site, its generation or its files from: the options that several of them share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "generation/build.h"
#include "generation/generation.h"
#include "generation/site.h"
#include "tools/command.h"

namespace abm::tools {

/// --site, --data.
struct SiteOptions {
  std::string site;  ///< file or its folder; "": the nearest upward
  std::string data;

  void add_to(Command& command);
};

/// --rules, --accounts, --networks: files instead of a site.
struct FileOptions {
  std::vector<std::string> rules;
  std::string accounts;
  std::vector<std::string> networks;  ///< "FILE" (a CSV) or "KIND:FILE" with KIND asn, csv or exclude

  void add_to(Command& command);
  [[nodiscard]] bool given() const noexcept {
    return !rules.empty() || !accounts.empty() || !networks.empty();
  }
  [[nodiscard]] generation::BuildInputs inputs() const;
};

/// The site that the options name. It must outlive what is read of it. Errors of site.yaml go to
/// `diagnostics`; one without a file says that there is no site.yaml.
[[nodiscard]] std::optional<generation::Site> load_site(const SiteOptions& options, Diagnostics& diagnostics);

/// What --site names, or the site.yaml here or in the nearest folder above; "" if there is none.
[[nodiscard]] std::string site_file(const SiteOptions& options);

/// The data folder: --data, or the site's.
[[nodiscard]] Result<std::string> data_folder(const SiteOptions& options);

/// What render and explain look at.
struct GenerationOptions {
  SiteOptions site;
  FileOptions files;
  uint64_t number = 0;  ///< --generation; 0: the current one
  bool draft = false;   ///< --draft: built from the site's files as they are now

  void add_to(Command& command);
};

using OpenedGeneration = std::shared_ptr<const generation::Generation>;

/// Opens the published generation, or builds one from files. On failure, the reason is already on stderr, and
/// `status` is the exit status.
struct OpenResult {
  OpenedGeneration generation;
  Status status = Status::kOk;
};
[[nodiscard]] OpenResult open_generation(const GenerationOptions& options, Output& out);

}  // namespace abm::tools
