#include "connect/import/import.h"

#include <utility>

#include <fmt/format.h>

#include "accounts/feed_writer.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "connect/import/companies.h"
#include "connect/import/feed_source.h"
#include "connect/import/merge.h"
#include "connect/import/record.h"
#include "connect/import/source_file.h"
#include "connect/import/table_source.h"
#include "generation/build_feed.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;

constexpr size_t kFeedBuffer = 256u << 10;

Result<void> check_feed_signature(const std::string& path, const std::string& verify_key) {
  const auto bytes = read_file(path, accounts::kMaxFeedBytes);
  if (!bytes) return bytes.error();
  const std::string beside = path + std::string(generation::kSignatureSuffix);
  const auto signature = read_file(beside, generation::kMaxSignatureBytes);
  if (!signature)
    return Error{fmt::format("{}: the feed's signature, which 'verify_key' asks for", signature.message())};
  if (auto good = generation::check_signature(*bytes, *signature, verify_key); !good)
    return Error{fmt::format("{}: {}", path_for_people(beside), good.message())};
  return {};
}

class Importer {
 public:
  Importer(const ImportRequest& request, ImportReport& report, Diagnostics& diagnostics)
      : request_(request),
        report_(report),
        diagnostics_(diagnostics),
        words_(request.sources->values),
        companies_(request.sources->same_company, request.sources->roll_up) {}

  std::optional<Imported> run(const std::function<Result<void>(std::string_view)>& write);

 private:
  void read_source(const AccountSource& source);
  [[nodiscard]] Result<void> read_file_of(const AccountSource& source, const std::string& path, bool keep);
  [[nodiscard]] Result<void> write_accounts(const std::function<Result<void>(std::string_view)>& write);
  [[nodiscard]] Result<void> tell_homeless();
  void phase(std::string_view name, uint64_t done = 0, uint64_t total = 0) const {
    if (request_.progress) request_.progress(name, done, total);
  }

  const ImportRequest& request_;
  ImportReport& report_;
  Diagnostics& diagnostics_;
  WordTable words_;
  AttributeNames attributes_;
  RecordSpool spool_;
  Companies companies_;
  Imported imported_;
};

Result<void> Importer::read_file_of(const AccountSource& source, const std::string& path, bool keep) {
  const auto number = static_cast<uint32_t>(report_.sources.size() - 1);
  SourceReport& facts = report_.sources.back();
  const bool is_feed = source.kind == SourceKind::kFeed;
  if (request_.why_missing) {
    if (std::string fault = request_.why_missing(source); !fault.empty()) return Error{std::move(fault)};
  }
  if (is_feed && keep && !source.verify_key.empty()) {
    if (auto good = check_feed_signature(path, source.verify_key); !good) return good;
  }
  SourceContext context;
  context.source = &source;
  context.number = number;
  context.name = facts.file;
  context.words = &words_;
  context.attributes = &attributes_;
  context.report = &report_;
  context.facts = &facts;
  context.tenant = request_.sources->tenant;
  context.now = request_.now;
  context.progress = [this, &facts](uint64_t bytes) {
    phase(fmt::format("reading {}", facts.file), bytes, 0);
  };
  context.take = [&](ImportRecord&& record) -> Result<void> {
    const auto at = spool_.add(record);
    if (!at) return at.error();
    companies_.add(record, *at, source.intent);
    return {};
  };
  bool keeping = false;
  if (keep && request_.kept != nullptr) {
    const auto begun = request_.kept->begin(source);
    if (!begun) return begun.error();
    keeping = *begun;
  }
  if (keeping) context.keep = [this](std::string_view lines) { return request_.kept->write(lines); };
  const OpenSource open = [&path] { return open_source_file(path); };
  Result<void> done =
      is_feed ? read_feed_source(open, context, imported_.expires_at) : read_table_source(open, context);
  if (done.ok() && facts.records == 0 && source.live.has_value()) {
    // Whether that may be was decided when it was read (max_shrink).
    diagnostics_.warning({}, {}, {},
                         fmt::format("{}: it tells of no company: may its user see them?", facts.file));
  } else if (done.ok() && facts.records == 0) {
    done = Error{fmt::format("{}: no row names a company: was the export filtered?", facts.file)};
  }
  if (keeping && done.ok()) done = request_.kept->accept();
  if (keeping && !done.ok()) request_.kept->discard();
  return done;
}

/// The source; if it cannot be used, what was kept of it.
void Importer::read_source(const AccountSource& source) {
  const auto begin = [&] {
    report_.sources.emplace_back();
    report_.sources.back().file = request_.name_of ? request_.name_of(source) : path_for_people(source.from);
    report_.sources.back().plan.kind = source.kind;
    report_.sources.back().intent = source.intent;
  };
  begin();
  const Companies::Mark mark = companies_.mark();
  const std::string path = request_.file_of ? request_.file_of(source) : source.from;
  const auto read = read_file_of(source, path, true);
  if (read) return;
  companies_.back_to(mark);
  const auto copy = request_.kept == nullptr ? std::nullopt : request_.kept->last(source);
  if (copy.has_value()) {
    report_.sources.pop_back();
    begin();
    SourceReport& facts = report_.sources.back();
    facts.fault = read.message();
    const auto again = read_file_of(source, copy->path, false);
    if (again) {
      facts.kept_from = copy->of;
      diagnostics_.warning(
          {}, {}, {},
          fmt::format("{} (what it said at {} stays in use)", read.message(), format_rfc3339(copy->of)));
      return;
    }
    companies_.back_to(mark);
  }
  report_.sources.back().fault = read.message();
  diagnostics_.error({}, {}, read.message());
}

Result<void> Importer::tell_homeless() {
  for (const uint64_t at : companies_.homeless()) {
    const auto record = spool_.read(at);
    if (!record) return record.error();
    const SourceReport& source = report_.sources[record->source];
    const RecordValue* said = record->first(ImportField::kDomains);
    if (said == nullptr) said = record->first(ImportField::kName);
    if (said == nullptr) said = record->first(ImportField::kCrmId);
    ImportNote note;
    note.kind = NoteKind::kDrop;
    note.place = {source.file, record->at};
    note.value = said == nullptr ? std::string() : said->text;
    note.what = source.intent ? "a row about a company that no other source lists"
                              : "a row whose domain several companies have, without a CRM id";
    report_.note(std::move(note));
  }
  return {};
}

Result<void> Importer::write_accounts(const std::function<Result<void>(std::string_view)>& write) {
  Merger merger({request_.sources, &attributes_, &companies_, &spool_, &report_});
  std::string lines;
  for (uint32_t company = 0; company < companies_.size(); ++company) {
    if (company % 1024 == 0) phase("merging accounts", company, companies_.size());
    const auto account = merger.account(company);
    if (!account) return account.error();
    if (request_.crm_ids) request_.crm_ids(account->id(), merger.crm_ids());
    ++report_.tiers[static_cast<size_t>(account->tier)];
    accounts::append_account_line(lines, *account);
    if (lines.size() < kFeedBuffer) continue;
    if (auto written = write(lines); !written) return written;
    lines.clear();
  }
  return lines.empty() ? Result<void>() : write(lines);
}

std::optional<Imported> Importer::run(const std::function<Result<void>(std::string_view)>& write) {
  const size_t errors = diagnostics_.errors();
  report_.tenant = request_.sources->tenant;
  for (const AccountSource& source : request_.sources->sources) read_source(source);
  if (diagnostics_.errors() != errors) return std::nullopt;
  phase("merging accounts");
  companies_.resolve();
  report_.accounts = imported_.accounts = companies_.size();
  Result<void> done = tell_homeless();
  if (done.ok()) done = write_accounts(write);
  if (!done) {
    diagnostics_.error({}, {}, done.message());
    return std::nullopt;
  }
  return imported_;
}

}  // namespace

std::optional<Imported> import_accounts(const ImportRequest& request, ImportReport& report,
                                        Diagnostics& diagnostics,
                                        const std::function<Result<void>(std::string_view)>& write) {
  return Importer(request, report, diagnostics).run(write);
}

}  // namespace abm::connect
