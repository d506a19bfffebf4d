#include "tools/import_options.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::tools {

using generation::kAttributeField;
using generation::kSourceFields;
using generation::kSourceKinds;

Result<generation::AccountSource> source_from_text(const std::string& text) {
  generation::AccountSource source;
  std::string path = text;
  if (const size_t colon = text.find(':'); colon != text.npos) {
    const std::string kind = text.substr(0, colon);
    const auto found = std::find(kSourceKinds.begin(), kSourceKinds.end(), kind);
    if (found != kSourceKinds.end()) {
      source.kind = static_cast<generation::SourceKind>(found - kSourceKinds.begin());
      path = text.substr(colon + 1);
    } else if (const std::string near = did_you_mean(kind, kSourceKinds);
               !near.empty() && !std::filesystem::exists(text)) {
      return Error{fmt::format("'{}' is no kind of source{}", kind, near)};
    }
  }
  if (path.empty()) return Error{fmt::format("'{}' names no file", text)};
  if (path.ends_with(".ndjson") && source.kind == generation::SourceKind::kCsv)
    source.kind = generation::SourceKind::kFeed;
  std::error_code code;
  source.from = std::filesystem::absolute(path, code).lexically_normal().string();
  return source;
}

Result<generation::ColumnChoice> choice_from_text(const std::string& text) {
  generation::ColumnChoice choice;
  const size_t equals = text.find('=');
  choice.field = text.substr(0, equals);
  const bool attribute =
      choice.field.starts_with(kAttributeField) && choice.field.size() > kAttributeField.size();
  if (equals == text.npos || equals + 1 == text.size())
    return Error{
        fmt::format("--map {}: write FIELD=COLUMN, such as employees=\"Number of Employees\"", text)};
  if (!attribute &&
      std::find(kSourceFields.begin(), kSourceFields.end(), choice.field) == kSourceFields.end())
    return Error{fmt::format("--map: '{}' is no field of an account{}", choice.field,
                             did_you_mean(choice.field, kSourceFields))};
  choice.columns.push_back(text.substr(equals + 1));
  return choice;
}

}  // namespace abm::tools
