// abmctl import: exports of CRMs and vendors → one account feed on stdout.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "accounts/feed_writer.h"
#include "base/file.h"
#include "connect/import/encoding.h"
#include "connect/import/import.h"
#include "connect/import/record.h"
#include "connect/sources/live_sources.h"
#include "tools/command.h"
#include "tools/import_options.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct ImportOptions {
  std::vector<std::string> files, intent, map;
  SiteOptions site;
  std::string report, tenant, encoding, delimiter;
};

/// Standard input as a file that can be read twice.
Result<Fd> keep_standard_input() {
  auto file = connect::unnamed_file();
  if (!file) return file;
  std::string piece(1u << 16, '\0');
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("standard input", errno);
    if (got == 0) return file;
    if (auto done = write_all(file->get(), std::string_view(piece).substr(0, static_cast<size_t>(got)),
                              "standard input");
        !done)
      return done.error();
  }
}

class ImportRun {
 public:
  ImportRun(const ImportOptions& options, Context& context) : options_(options), out_(context.out) {}
  Status run();

 private:
  [[nodiscard]] Result<void> take_site();
  [[nodiscard]] Result<void> take_files(const std::vector<std::string>& files, bool intent);
  [[nodiscard]] uint64_t version() const;
  [[nodiscard]] Status import();
  void put(std::string_view text);

  const ImportOptions& options_;
  Output& out_;
  int put_fault_ = 0;  // errno of standard output
  generation::AccountSources sources_;
  std::vector<generation::ColumnChoice> map_;
  Fd input_;  // what came on standard input
};

/// What the site says about values, tiers and companies; its sources too, unless files are named.
Result<void> ImportRun::take_site() {
  Diagnostics diagnostics;
  const auto site = load_site(options_.site, diagnostics);
  if (!site.has_value()) {
    const bool wanted = !options_.site.site.empty() || options_.files.empty();
    if (!wanted && diagnostics.all().front().file.empty()) return {};
    out_.findings(diagnostics);
    return Error{"site.yaml cannot be used"};
  }
  sources_ = site->accounts.merge;
  if (!options_.files.empty()) {
    sources_.sources.clear();
  } else if (sources_.sources.empty()) {
    return Error{fmt::format("{}: has no 'sources:' under 'accounts:': name files to import", site->file)};
  }
  return {};
}

Result<void> ImportRun::take_files(const std::vector<std::string>& files, bool intent) {
  for (const std::string& text : files) {
    auto source = source_from_text(text);
    if (!source) return source.error();
    if (text == "-" || text.ends_with(":-")) {
      if (input_.valid()) return Error{"standard input can be one source only"};
      auto kept = keep_standard_input();
      if (!kept) return kept.error();
      input_ = std::move(*kept);
      source->from = fmt::format("/proc/self/fd/{}", input_.get());
    }
    source->intent = intent;
    source->map = map_;
    source->encoding = options_.encoding;
    if (options_.delimiter == "tab") {
      source->delimiter = '\t';
    } else if (!options_.delimiter.empty()) {
      source->delimiter = options_.delimiter.front();
    }
    sources_.sources.push_back(std::move(*source));
  }
  return {};
}

/// The time of the newest file: the same files give the same feed.
uint64_t ImportRun::version() const {
  int64_t newest = 0;
  for (const generation::AccountSource& source : sources_.sources) {
    struct stat info {};
    if (::stat(source.from.c_str(), &info) == 0) newest = std::max<int64_t>(newest, info.st_mtim.tv_sec);
  }
  return static_cast<uint64_t>(std::max<int64_t>(newest, 0));
}

/// Onto standard output, as long as that takes it.
void ImportRun::put(std::string_view text) {
  if (put_fault_ != 0) return;
  out_.bytes(text);
  if (std::ferror(stdout) != 0 || std::fflush(stdout) != 0) put_fault_ = errno;
}

Status ImportRun::import() {
  Diagnostics diagnostics;
  connect::ImportReport report(options_.report);
  connect::ImportRequest request;
  request.sources = &sources_;
  request.now = static_cast<int64_t>(::time(nullptr));
  request.name_of = connect::name_for_people;
  request.why_missing = connect::why_no_table;
  request.progress = [this](std::string_view phase, uint64_t done, uint64_t total) {
    out_.progress(phase, done, total);
  };
  // The header needs what is known only at the end; the accounts wait in a file.
  std::string lines;
  Fd spilled;
  const auto write = [&](std::string_view more) -> Result<void> {
    constexpr size_t kInMemory = 4u << 20;
    lines += more;
    if (lines.size() < kInMemory) return {};
    if (!spilled.valid()) {
      auto file = connect::unnamed_file();
      if (!file) return file.error();
      spilled = std::move(*file);
    }
    auto done = write_all(spilled.get(), lines, "a temporary file");
    lines.clear();
    return done;
  };
  const auto imported = connect::import_accounts(request, report, diagnostics, write);
  out_.findings(diagnostics);
  if (auto done = report.finish(); !done) return out_.failure(done.message());
  if (!imported.has_value()) {
    out_.note(fmt::format("abmctl: not imported: {} of {} sources cannot be read", diagnostics.errors(),
                          sources_.sources.size()));
    return Status::kProblems;
  }
  std::string header;
  const uint64_t of = version();
  accounts::append_header_line(header, {.tenant = sources_.tenant,
                                        .version = of,
                                        .generated_at = static_cast<int64_t>(of),
                                        .expires_at = imported->expires_at});
  put(header);
  if (spilled.valid()) {
    if (::lseek(spilled.get(), 0, SEEK_SET) != 0) return out_.failure("the temporary file cannot be read");
    std::string piece(1u << 18, '\0');
    while (put_fault_ == 0) {
      const ssize_t got = ::read(spilled.get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return out_.failure(errno_error("a temporary file", errno).message);
      if (got == 0) break;
      put(std::string_view(piece).substr(0, static_cast<size_t>(got)));
    }
  }
  put(lines);
  for (const std::string& line : report.summary()) out_.note(line);
  if (put_fault_ == EPIPE) out_.note("standard output was closed before all of the feed was written");
  if (put_fault_ != 0 && put_fault_ != EPIPE)
    return out_.failure(errno_error("standard output", put_fault_).message);
  return Status::kOk;
}

Status ImportRun::run() {
  if (!options_.encoding.empty() && !connect::encoding_from(options_.encoding).has_value())
    return out_.failure(
        fmt::format("--encoding {}: one of utf-8, utf-16le, utf-16be, windows-1252", options_.encoding));
  for (const std::string& text : options_.map) {
    auto choice = choice_from_text(text);
    if (!choice) return out_.failure(choice.message());
    map_.push_back(std::move(*choice));
  }
  for (const auto& prepared :
       {take_site(), take_files(options_.files, false), take_files(options_.intent, true)}) {
    if (!prepared) return out_.failure(prepared.message());
  }
  if (!options_.tenant.empty()) sources_.tenant = options_.tenant;
  if (sources_.tenant.empty()) sources_.tenant = "imported";
  return import();
}

}  // namespace

void add_import(Command& app, Context& context) {
  auto options = std::make_shared<ImportOptions>();
  Command* command =
      app.add_subcommand("import", "Merges exports of CRMs and vendors into one account feed, and prints it");
  command->add_option(
      "file", options->files,
      "FILE or KIND:FILE with KIND csv, hubspot, salesforce, 6sense, demandbase, rollworks, bombora, g2, "
      "zoominfo, cognism, apollo, linkedin or feed; - is standard input; default: the site's sources");
  command->add_option("--intent", options->intent,
                      "the same: files that add to the accounts of the others, and make none");
  command->add_option("--map", options->map, "FIELD=COLUMN, for all files: which column is which field");
  command->add_option("--encoding", options->encoding,
                      "of all files: utf-8, utf-16le, utf-16be or windows-1252; default: found");
  command->add_option("--delimiter", options->delimiter, "of all files: ',' or ';' or tab; default: found")
      .one_of({",", ";", "tab"});
  command->add_option("--tenant", options->tenant, "the site that the feed is for; default: site.yaml's");
  command->add_option("--report", options->report,
                      "JSON file for every merge, conflict, default and drop, with its place");
  options->site.add_to(*command);
  command->footer(
      "Prints the merged feed (accounts/1) on standard output, and what became of the files on standard error: which\n"
      "columns were taken and which were left, how values were read, which rows are one company, where sources disagree.\n"
      "Without files, the sources of site.yaml are read; its values, tiers and same_company count for files, too.\n"
      "Later files add to and correct earlier ones, field by field; the order of rows never counts.\n"
      "Exit status 1 when a file cannot be used; then nothing is printed.\n"
      "Examples:\n"
      "  abmctl import hubspot-companies.csv > accounts.ndjson\n"
      "  abmctl import salesforce:report.csv zoominfo.csv --intent bombora:surge.csv --report import.json | head\n"
      "  abmctl import list.csv --map name=Firma --map domains=Internet");
  command->callback([options, &context] {
    std::signal(SIGPIPE, SIG_IGN);  // `| head` is no reason to leave the summary out
    context.status = ImportRun(*options, context).run();
  });
}

}  // namespace abm::tools
