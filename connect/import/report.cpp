#include "connect/import/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "base/timestamp.h"

namespace abm::connect {
namespace {

constexpr size_t kReportBuffer = 1u << 20;
constexpr size_t kShownGroups = 14;
constexpr size_t kShownColumns = 8;
constexpr size_t kShownPlaces = 4;

std::string place_text(const NotePlace& place) {
  std::string out = place.file;
  if (place.at.line != 0) out += fmt::format(":{}", place.at.line);
  if (place.at.line != 0 && place.at.column != 0) out += fmt::format(":{}", place.at.column);
  return out;
}

std::string_view reason_text(ColumnReason reason) {
  return reason == ColumnReason::kMap ? "map" : reason == ColumnReason::kPreset ? "preset" : "word";
}

std::string_view delimiter_text(char delimiter) {
  return delimiter == ';' ? "semicolons" : delimiter == '\t' ? "tabs" : delimiter == ',' ? "commas" : "other";
}

void write_place(JsonWriter<std::string>& json, const NotePlace& place) {
  json.key("file").string(place.file).key("line");
  place.at.line == 0 ? json.null() : json.number(place.at.line);
  json.key("column");
  place.at.column == 0 ? json.null() : json.number(place.at.column);
}

/// "'1,000-5,000'", cut where it is long.
std::string quoted_value(const std::string& value) {
  constexpr size_t kLongest = 60;
  if (value.size() <= kLongest) return fmt::format("'{}'", value);
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  return fmt::format("'{}…'", value.substr(0, end));
}

}  // namespace

ImportReport::ImportReport(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  if (is_special_file(path_)) {
    file_ = Fd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  } else {
    temporary_ = fmt::format("{}.tmp-{}", path_, ::getpid());
    file_ = Fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  }
  if (!file_.valid()) {
    failed_ = errno_error(path_, errno);
    temporary_.clear();
  }
  json_.begin_object().key("abm").string("import-report/1").key("notes").begin_array();
}

ImportReport::~ImportReport() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void ImportReport::note(ImportNote note) {
  ++counts_[static_cast<size_t>(note.kind)];
  if (!path_.empty()) {
    json_.begin_object().key("kind").string(kNoteKinds[static_cast<size_t>(note.kind)]);
    write_place(json_, note.place);
    json_.key("account").string_or_null(note.account).key("field").string_or_null(note.field);
    json_.key("value").string_or_null(note.value).key("what").string(note.what);
    json_.key("detail").string_or_null(note.detail).key("others").begin_array();
    for (const NotePlace& other : note.others) {
      json_.begin_object();
      write_place(json_, other);
      json_.end_object();
    }
    json_.end_array().end_object();
    if (text_.size() > kReportBuffer) {
      if (auto done = flush(); !done && !failed_.has_value()) failed_ = done.error();
    }
  }
  const std::string key = fmt::format("{}\n{}\n{}", static_cast<int>(note.kind), note.field, note.what);
  if (const auto found = groups_.find(key); found != groups_.end()) {
    ++found->second.count;
  } else if (groups_.size() < kMostGroups) {
    groups_.emplace(key, Group{std::move(note), 1});
  } else {
    ++ungrouped_;
  }
}

Result<void> ImportReport::flush() {
  if (failed_.has_value()) return *failed_;
  auto done = write_all(file_.get(), text_, path_);
  text_.clear();
  return done;
}

void ImportReport::write_sources() {
  for (const SourceReport& source : sources) {
    json_.begin_object().key("file").string(source.file);
    json_.key("kind").string(generation::kSourceKinds[static_cast<size_t>(source.plan.kind)]);
    json_.key("kind_found_by_header").boolean(source.plan.kind_found);
    json_.key("intent").boolean(source.intent).key("encoding");
    source.encoding.has_value() ? json_.string(to_string(*source.encoding)) : json_.null();
    json_.key("delimiter");
    source.delimiter == 0 ? json_.null() : json_.string(std::string_view(&source.delimiter, 1));
    json_.key("rows").number(source.rows).key("rows_taken").number(source.records);
    json_.key("accounts").number(source.accounts).key("fault").string_or_null(source.fault);
    json_.key("last_good_data_of");
    json_.string_or_null(source.kept_from == 0 ? "" : format_rfc3339(source.kept_from));
    json_.key("columns_taken").begin_array();
    for (const TakenColumn& taken : source.plan.taken) {
      json_.begin_object().key("column").string(source.plan.headers[taken.column]);
      json_.key("field")
          .string(field_text(taken.field, taken.attribute))
          .key("by")
          .string(reason_text(taken.reason));
      json_.end_object();
    }
    json_.end_array().key("columns_left").begin_array();
    for (const LeftColumn& left : source.plan.left) {
      json_.begin_object().key("column").string(source.plan.headers[left.column]).key("why");
      json_.string_or_null(left.reason).end_object();
    }
    json_.end_array().key("unverified").string_or_null(unverified(source.plan)).end_object();
  }
}

Result<void> ImportReport::finish() {
  if (path_.empty()) return {};
  json_.end_array().key("sources").begin_array();
  write_sources();
  json_.end_array().key("counts").begin_object();
  for (size_t i = 0; i < kNoteKinds.size(); ++i) json_.key(kNoteKinds[i]).number(counts_[i]);
  json_.end_object()
      .key("tenant")
      .string(tenant)
      .key("accounts")
      .number(accounts)
      .key("tiers")
      .begin_object();
  for (size_t i = tiers.size(); i-- > 0;)
    json_.key(accounts::to_string(static_cast<accounts::Tier>(i))).number(tiers[i]);
  json_.end_object().end_object();
  text_ += '\n';
  if (auto done = flush(); !done) return done;
  if (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0)
    return errno_error(path_, errno);
  temporary_.clear();
  return {};
}

std::vector<std::string> ImportReport::summary() const {
  std::vector<std::string> lines;
  uint64_t rows = 0;
  for (const SourceReport& source : sources) rows += source.rows;
  lines.push_back(fmt::format("{} row{} of {} source{} → {} account{}", rows, rows == 1 ? "" : "s",
                              sources.size(), sources.size() == 1 ? "" : "s", accounts,
                              accounts == 1 ? "" : "s"));
  for (const SourceReport& source : sources) {
    const std::string_view kind = generation::kSourceKinds[static_cast<size_t>(source.plan.kind)];
    std::string line =
        fmt::format("{}: {}{}", source.file, kind, source.plan.kind_found ? " by its header" : "");
    if (!source.fault.empty() && source.kept_from == 0) {
      lines.push_back(fmt::format("{}, not read: {}", line, source.fault));
      continue;
    }
    if (source.encoding.has_value())
      line += fmt::format(", {}, {}", to_string(*source.encoding), delimiter_text(source.delimiter));
    line += fmt::format(", {} of {} row{} taken, {} account{}{}", source.records, source.rows,
                        source.rows == 1 ? "" : "s", source.accounts, source.accounts == 1 ? "" : "s",
                        source.intent ? " (intent)" : "");
    if (source.kept_from != 0)
      line += fmt::format(", its data of {}: {}", format_rfc3339(source.kept_from), source.fault);
    lines.push_back(std::move(line));
    std::string taken;
    for (const TakenColumn& column : source.plan.taken) {
      taken += fmt::format("{}{} ← {}", taken.empty() ? "" : ", ", field_text(column.field, column.attribute),
                           source.plan.headers[column.column]);
    }
    if (!taken.empty()) lines.push_back("  took " + taken);
    std::string left;
    for (size_t i = 0; i < source.plan.left.size() && i < kShownColumns; ++i) {
      const LeftColumn& column = source.plan.left[i];
      left += fmt::format("{}{}", left.empty() ? "" : ", ", source.plan.headers[column.column]);
      if (!column.reason.empty()) left += fmt::format(" ({})", column.reason);
    }
    if (source.plan.left.size() > kShownColumns)
      left += fmt::format(" and {} more", source.plan.left.size() - kShownColumns);
    if (!left.empty()) lines.push_back("  left " + left);
    if (const std::string_view doubt = unverified(source.plan); !doubt.empty())
      lines.push_back(fmt::format("  not verified: {}; 'map:' overrides", doubt));
  }
  std::string tier_line;
  for (size_t i = tiers.size(); i-- > 0;) {
    tier_line += fmt::format("{}{} {}", tier_line.empty() ? "" : ", ",
                             accounts::to_string(static_cast<accounts::Tier>(i)), tiers[i]);
  }
  lines.push_back("tiers: " + tier_line);
  std::vector<const Group*> shown;
  for (const auto& [key, group] : groups_) shown.push_back(&group);
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Group* a, const Group* b) { return a->count > b->count; });
  for (size_t i = 0; i < shown.size() && i < kShownGroups; ++i) {
    const ImportNote& note = shown[i]->first;
    std::string line = fmt::format("{:>7} {}: ", shown[i]->count, kNoteKinds[static_cast<size_t>(note.kind)]);
    std::string subject = note.field;
    const auto add = [&subject](const std::string& part) {
      if (!part.empty()) subject += fmt::format("{}{}", subject.empty() ? "" : " ", part);
    };
    if (!note.value.empty()) add(quoted_value(note.value));
    if (!note.account.empty()) add(fmt::format("of {}", note.account));
    line += fmt::format("{}{}{}", subject, subject.empty() ? "" : ": ", note.what);
    std::string place = place_text(note.place);
    if (!note.detail.empty()) place += fmt::format("{}{}", place.empty() ? "" : ", ", note.detail);
    if (!place.empty()) line += fmt::format(" ({})", place);
    for (size_t other = 0; other < note.others.size() && other < kShownPlaces; ++other)
      line += fmt::format("{}{}", other == 0 ? ", and " : ", ", place_text(note.others[other]));
    lines.push_back(std::move(line));
  }
  uint64_t rest = ungrouped_;
  for (size_t i = kShownGroups; i < shown.size(); ++i) rest += shown[i]->count;
  if (rest != 0) lines.push_back(fmt::format("{:>7} more: --report FILE has all", rest));
  return lines;
}

}  // namespace abm::connect
