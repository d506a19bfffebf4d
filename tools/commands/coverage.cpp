// abmctl coverage: who can be recognised, why the others are not, and what to do about it.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "measure/report/page.h"
#include "tools/as_suggestions.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/coverage.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

constexpr size_t kColumns = 80;
constexpr std::string_view kNumbersFile = "as-numbers.csv";

struct CoverageOptions {
  std::string site, accounts, csv, to;
  std::vector<std::string> networks, logs;
  bool json = false;
  bool list = false;
  bool suggest = false;
  bool yes = false;
};

/// Columns of the terminal; COLUMNS, or 80, where there is none.
size_t columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const char* const given = std::getenv("COLUMNS");
  const int number = given == nullptr ? 0 : std::atoi(given);
  return number > 0 ? static_cast<size_t>(number) : kColumns;
}

std::optional<generation::BuildInputs> inputs_of(const CoverageOptions& options, Diagnostics& diagnostics,
                                                 SuggestOptions& suggest) {
  FileOptions files;
  files.accounts = options.accounts;
  files.networks = options.networks;
  generation::BuildInputs inputs;
  std::string folder = ".";
  if (options.accounts.empty()) {
    const auto site = load_site({options.site, {}}, diagnostics);
    if (!site.has_value()) return std::nullopt;
    inputs = generation::inputs_of(*site, diagnostics, nullptr, false);
    for (generation::NetworkInput& more : files.inputs().networks) inputs.networks.push_back(std::move(more));
    folder = site->folder;
  } else {
    inputs = files.inputs();
  }
  suggest.to = options.to.empty() ? (std::filesystem::path(folder) / kNumbersFile).string() : options.to;
  for (const generation::NetworkInput& input : inputs.networks) {
    if (input.kind != generation::NetworkInput::Kind::kAsNumbers) continue;
    if (options.to.empty() && !suggest.named) suggest.to = input.path;
    std::error_code code;
    suggest.named = suggest.named || input.path == suggest.to ||
                    std::filesystem::equivalent(input.path, suggest.to, code);
  }
  return inputs;
}

Status tell(const CoverageOptions& options, const Coverage& coverage, const Output& out) {
  if (!options.csv.empty()) {
    const std::string table = measure::table_csv(coverage_table(coverage));
    if (options.csv == "-") {
      out.bytes(table);
    } else if (auto done = write_file_atomically(options.csv, table); !done) {
      return out.failure(done.message());
    }
  }
  if (options.json) {
    out.line(coverage_json(coverage));
  } else if (options.csv.empty()) {
    out.bytes(coverage_text(coverage, columns(), options.list));
  }
  return Status::kOk;
}

Status run(const CoverageOptions& options, Context& context) {
  Output& out = context.out;
  if (options.yes && !options.suggest) return out.failure("--yes belongs to --suggest");
  if (!options.to.empty() && !options.suggest) return out.failure("--to belongs to --suggest");
  Diagnostics diagnostics;
  SuggestOptions suggest{.yes = options.yes, .json = options.json, .to = {}, .named = false};
  const auto inputs = inputs_of(options, diagnostics, suggest);
  generation::BuildOptions build_options;
  build_options.refuse_expired = false;
  build_options.keep_accounts = true;
  build_options.progress = [&out](std::string_view phase, uint64_t done, uint64_t total) {
    out.progress(phase, done, total);
  };
  std::optional<generation::Artifacts> built;
  if (inputs.has_value() && diagnostics.ok()) built = generation::build(*inputs, build_options, diagnostics);
  out.clear_progress();
  if (!built.has_value() || !built->networks.has_value()) {
    diagnostics.sort();
    out.findings(diagnostics);
    return out.failure("the accounts or their networks cannot be read: abmctl check names every fault");
  }
  std::optional<CameAccounts> came;
  if (!options.logs.empty()) {
    auto read = came_accounts(
        options.logs, [&out](uint64_t done, uint64_t total) { out.progress("reading visits", done, total); },
        out);
    out.clear_progress();
    if (!read) return out.failure(read.message());
    came = std::move(*read);
  }
  const Coverage coverage = coverage_of(*inputs, *built, came.has_value() ? &*came : nullptr);
  if (options.suggest) return suggest_as_numbers(suggest, *inputs, coverage, *built, out);
  return tell(options, coverage, out);
}

}  // namespace

void add_coverage(Command& app, Context& context) {
  auto options = std::make_shared<CoverageOptions>();
  Command* command = app.add_subcommand(
      "coverage", "Says who can be recognised, why the others cannot, and what to do about it");
  command->add_option("log", options->logs,
                      "visit logs, plain or gzip; '-': standard input. Also says who of them came");
  Option site = command->add_option("--site", options->site,
                                    "site.yaml, or its folder; default: the nearest one upward");
  command->add_option("--accounts", options->accounts, "account feed (NDJSON), instead of a site's")
      .excludes(site);
  command->add_option("--networks", options->networks,
                      "further network CSVs; asn:FILE, as_numbers:FILE and exclude:FILE for the other kinds");
  command->add_flag("--list", options->list, "also each account that no address leads to, with its reason");
  command->add_flag("--json", options->json, "all of it as JSON; with --suggest, the proposals");
  command->add_option("--csv", options->csv,
                      "file for a CSV with a line for each account; '-': standard output");
  Option suggest = command->add_flag(
      "--suggest", options->suggest,
      "propose AS numbers by the names in tables of AS numbers; on a terminal, each is asked for");
  command->add_flag("--yes", options->yes, "with --suggest: take the proposals that are sure, without asking")
      .needs(suggest);
  command
      ->add_option(
          "--to", options->to,
          "with --suggest: the file that AS numbers are written into; default: the site's as_numbers file, or "
          "as-numbers.csv beside site.yaml")
      .needs(suggest);
  command->footer(
      "Looks at the site's files as they are, published or not. Excluded accounts are in no figure. A proposal changes\n"
      "nothing before somebody says yes, and then only the file that it names; publish makes it effective.\n"
      "Examples:\n"
      "  abmctl coverage\n"
      "  abmctl coverage /var/log/nginx/abm-visits.jsonl*\n"
      "  abmctl coverage --csv coverage.csv\n"
      "  abmctl coverage --suggest");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
