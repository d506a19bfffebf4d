#include "connect/import/columns.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/invisible.h"
#include "base/text.h"
#include "connect/import/presets.h"
#include "connect/import/websites.h"

namespace abm::connect {
namespace {

using generation::SourceKind;

/// Several columns may hold parts of these.
bool is_list(ImportField field) noexcept {
  return field == ImportField::kDomains || field == ImportField::kSegments ||
         field == ImportField::kNetworks || field == ImportField::kAsns ||
         field == ImportField::kOrganizations;
}

bool has_header(const std::set<std::string>& keys, std::string_view wanted) {
  if (wanted.empty()) return true;
  if (!wanted.ends_with('*')) return keys.contains(std::string(wanted));
  wanted.remove_suffix(1);
  return std::any_of(keys.begin(), keys.end(),
                     [wanted](const std::string& key) { return key.starts_with(wanted); });
}

std::pair<ImportField, std::string> field_of(std::string_view text) {
  if (text.starts_with(generation::kAttributeField))
    return {ImportField::kAttribute, std::string(text.substr(generation::kAttributeField.size()))};
  const auto& fields = generation::kSourceFields;
  const auto found = std::find(fields.begin(), fields.end(), text);
  return {static_cast<ImportField>(found - fields.begin()), ""};
}

/// One table's columns being dealt out.
class Planner {
 public:
  Planner(const std::vector<std::string>& headers, const generation::AccountSource& source, ColumnPlan& plan)
      : source_(source), plan_(plan), used_(headers.size()) {
    for (const std::string& header : headers) keys_.push_back(header_key(header));
  }

  void run() {
    for (const generation::ColumnChoice& choice : source_.map) take_choice(choice);
    for (const KnownColumn& known : columns_of(plan_.kind)) take_known(known, ColumnReason::kPreset);
    for (const KnownColumn& known : general_words()) take_known(known, ColumnReason::kWord);
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (!used_[i]) plan_.left.push_back({i, std::string(why_left_[i])});
    }
    std::sort(plan_.taken.begin(), plan_.taken.end(), [](const TakenColumn& a, const TakenColumn& b) {
      return std::pair(a.field, a.column) < std::pair(b.field, b.column);
    });
  }

 private:
  void take_choice(const generation::ColumnChoice& choice) {
    const auto [field, attribute] = field_of(choice.field);
    decided_.insert(choice.field);
    for (const std::string& column : choice.columns) {
      const auto found = std::find(keys_.begin(), keys_.end(), header_key(column));
      if (found == keys_.end()) {
        plan_.missing.push_back(column);
        continue;
      }
      const auto at = static_cast<size_t>(found - keys_.begin());
      used_[at] = true;
      plan_.taken.push_back({at, field, attribute, choice.times, choice.read, ColumnReason::kMap});
    }
  }

  void take_known(const KnownColumn& known, ColumnReason reason) {
    const std::string name = field_text(known.field, known.attribute);
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (used_[i] || keys_[i] != known.header || is_useless(keys_[i])) continue;
      if (decided_.contains(name)) {
        why_left_[i] = "the map decides " + name;
      } else if (!is_list(known.field) && plan_has(known.field, known.attribute)) {
        why_left_[i] = "another column is " + name;
      } else {
        used_[i] = true;
        plan_.taken.push_back(
            {i, known.field, std::string(known.attribute), known.times, std::string(known.read), reason});
      }
    }
  }

  [[nodiscard]] bool plan_has(ImportField field, std::string_view attribute) const {
    return std::any_of(plan_.taken.begin(), plan_.taken.end(), [&](const TakenColumn& taken) {
      return taken.field == field && taken.attribute == attribute;
    });
  }
  [[nodiscard]] bool is_useless(std::string_view key) const {
    const auto useless = useless_of(plan_.kind);
    return std::find(useless.begin(), useless.end(), key) != useless.end();
  }

  const generation::AccountSource& source_;
  ColumnPlan& plan_;
  std::vector<std::string> keys_;
  std::vector<bool> used_;
  std::set<std::string> decided_;
  std::map<size_t, std::string> why_left_;
};

/// A first record that holds a domain and a number is data.
bool looks_like_data(const std::vector<std::string>& first) {
  bool domain = false, number = false;
  for (const std::string& cell : first) {
    const auto found = domains_in_cell(cell);
    domain = domain || (found.size() == 1 && !found[0].domain.empty());
    number = number || (!cell.empty() && std::all_of(cell.begin(), cell.end(), is_digit));
  }
  return domain && number;
}

}  // namespace

std::string header_key(std::string_view header) {
  std::string key;
  bool blank = false;
  for (const char c : folded(as_it_looks(trimmed_of_invisible(header)))) {
    if (c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t' || c == '\n' || c == '\r') {
      blank = !key.empty();
      continue;
    }
    if (blank) key += ' ';
    blank = false;
    key += c;
  }
  return key;
}

bool ColumnPlan::takes(ImportField field) const noexcept {
  return std::any_of(taken.begin(), taken.end(),
                     [field](const TakenColumn& column) { return column.field == field; });
}

std::optional<SourceKind> kind_of_header(const std::vector<std::string>& headers) {
  std::set<std::string> keys;
  for (const std::string& header : headers) keys.insert(header_key(header));
  for (const Fingerprint& fingerprint : fingerprints()) {
    if (std::all_of(std::begin(fingerprint.headers), std::end(fingerprint.headers),
                    [&keys](std::string_view wanted) { return has_header(keys, wanted); }))
      return fingerprint.kind;
  }
  return std::nullopt;
}

size_t known_columns(const std::vector<std::string>& headers, const generation::AccountSource& source) {
  return plan_columns(headers, source).taken.size();
}

ColumnPlan plan_columns(const std::vector<std::string>& first, const generation::AccountSource& source) {
  ColumnPlan plan;
  plan.kind = source.kind;
  plan.headers = first;
  if (const auto positions = positions_of(source.kind); !positions.empty() && looks_like_data(first)) {
    plan.headerless = true;
    for (size_t i = 0; i < first.size(); ++i)
      plan.headers[i] = i < positions.size() ? std::string(positions[i]) : fmt::format("column {}", i + 1);
  }
  if (source.kind == SourceKind::kCsv) {
    if (const auto found = kind_of_header(first); found.has_value()) {
      plan.kind = *found;
      plan.kind_found = true;
    }
  }
  Planner(plan.headers, source, plan).run();
  return plan;
}

std::string_view unverified(const ColumnPlan& plan) noexcept {
  // HubSpot's own names of properties are in its specification, its labels are not.
  const auto is_label = [&plan](const TakenColumn& taken) {
    const std::string& header = plan.headers[taken.column];
    return taken.reason == ColumnReason::kPreset && header != "Record ID" &&
           std::any_of(header.begin(), header.end(),
                       [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); });
  };
  switch (plan.kind) {
    case SourceKind::kHubspot:
      if (std::none_of(plan.taken.begin(), plan.taken.end(), is_label)) return {};
      return "the English labels are from memory, and labels follow the language of the user who exports";
    case SourceKind::kSalesforce:
      return "the names of fields are from memory; labels of reports are read by general words";
    case SourceKind::kSixsense:
    case SourceKind::kApollo:
    case SourceKind::kLinkedin:
      return "the columns are relayed by others, not from the vendor's documentation";
    case SourceKind::kZoominfo:
      return "the columns are relayed by others, the one of the revenue is from memory";
    case SourceKind::kRollworks:
      return "what lists hold is documented, how the columns are called is not";
    case SourceKind::kBombora:
      return "only old samples without a header are known";
    case SourceKind::kG2:
    case SourceKind::kCognism:
      return "no column of this vendor is known: all are read by general words";
    case SourceKind::kCsv:
    case SourceKind::kDemandbase:
    case SourceKind::kFeed:
      break;
  }
  return {};
}

}  // namespace abm::connect
