#include "tools/inputs.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/sources/live_sources.h"
#include "tools/site_accounts.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;
using generation::NetworkInput;

NetworkInput network_input(const std::string& text) {
  NetworkInput input;
  const size_t colon = text.find(':');
  const std::string kind = colon == text.npos ? "" : text.substr(0, colon);
  input.path = kind == "asn" || kind == "as_numbers" || kind == "csv" || kind == "exclude"
                   ? text.substr(colon + 1)
                   : text;
  if (kind == "asn") input.kind = NetworkInput::Kind::kAsn;
  if (kind == "as_numbers") input.kind = NetworkInput::Kind::kAsNumbers;
  if (kind == "exclude") input.kind = NetworkInput::Kind::kExclude;
  return input;
}

OpenResult build_generation(const generation::BuildInputs& inputs, Diagnostics& diagnostics, Output& out) {
  generation::BuildOptions options;
  options.refuse_expired = false;  // nothing is published; the caller shows what expiry does
  options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  std::optional<generation::Artifacts> artifacts;
  if (diagnostics.ok()) artifacts = generation::build(inputs, options, diagnostics);
  if (artifacts.has_value()) return {std::move(artifacts->generation), Status::kOk};
  diagnostics.sort();
  out.findings(diagnostics);
  return {nullptr, Status::kProblems};
}

}  // namespace

void SiteOptions::add_to(Command& command) {
  Option site_option =
      command.add_option("--site", site, "site.yaml, or its folder; default: the nearest one upward");
  command.add_option("--data", data, "data folder of published generations, instead of a site")
      .excludes(site_option);
}

void FileOptions::add_to(Command& command) {
  command.add_option("--rules", rules, "rules files, instead of a site's");
  command.add_option("--accounts", accounts, "account feed (NDJSON), instead of a site's");
  command.add_option("--networks", networks,
                     "network CSVs; asn:FILE, as_numbers:FILE and exclude:FILE for the other kinds");
}

generation::BuildInputs FileOptions::inputs() const {
  generation::BuildInputs inputs;
  inputs.feed = accounts;
  inputs.rules = rules;
  for (const std::string& text : networks) inputs.networks.push_back(network_input(text));
  // Nothing is published: a private network harms nobody, and rules can be tried without any.
  inputs.special = ipdb::SpecialNetworks::kWarned;
  inputs.expects_networks = false;
  return inputs;
}

void GenerationOptions::add_to(Command& command) {
  site.add_to(command);
  files.add_to(command);
  command.add_option("--generation", number, "a published generation by number; default: the current one");
  command.add_flag("--draft", draft, "the site's files as they are now, without publishing them");
}

std::string site_file(const SiteOptions& options) {
  std::error_code code;
  if (options.site.empty()) {
    const auto found = generation::find_site(".");
    return found.has_value() ? path_for_people(*found) : "";
  }
  return fs::is_directory(options.site, code) ? (fs::path(options.site) / "site.yaml").string()
                                              : options.site;
}

std::optional<generation::Site> load_site(const SiteOptions& options, Diagnostics& diagnostics) {
  const std::string file = site_file(options);
  if (file.empty()) {
    diagnostics.error({}, {}, "no site.yaml here or in any folder above: name one with --site");
    return std::nullopt;
  }
  auto site = generation::load_site(file, diagnostics);
  if (!site.has_value()) return std::nullopt;
  const size_t errors = diagnostics.errors();
  connect::check_live_sources(*site, diagnostics);
  if (diagnostics.errors() != errors) return std::nullopt;
  return site;
}

Result<std::string> data_folder(const SiteOptions& options) {
  if (!options.data.empty()) return options.data;
  Diagnostics diagnostics;
  const auto site = load_site(options, diagnostics);
  if (!site.has_value()) return Error{diagnostics.first_error()};
  return site->data;
}

OpenResult open_generation(const GenerationOptions& options, Output& out) {
  Diagnostics diagnostics;
  if (options.files.given()) return build_generation(options.files.inputs(), diagnostics, out);
  if (options.draft) {
    const auto site = load_site(options.site, diagnostics);
    if (!site.has_value()) {
      out.findings(diagnostics);
      return {nullptr, Status::kCouldNotRun};
    }
    const SiteInputs inputs = site_inputs(*site, diagnostics);
    return build_generation(inputs.build, diagnostics, out);
  }
  auto folder = data_folder(options.site);
  if (!folder) return {nullptr, out.failure(folder.message())};
  auto opened = generation::Generation::open(*folder, options.number);
  if (!opened) {
    return {nullptr,
            out.failure(fmt::format("{} (abmctl publish makes one; --draft looks at the site's files)",
                                    opened.message()))};
  }
  return {std::move(*opened), Status::kOk};
}

}  // namespace abm::tools
