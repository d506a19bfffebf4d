// What reading a source needs to know and to tell.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "connect/import/record.h"
#include "connect/import/report.h"
#include "generation/account_sources.h"

namespace abm::connect {

/// Names of attributes by number, for all sources.
class AttributeNames {
 public:
  [[nodiscard]] uint32_t number_of(const std::string& name);
  [[nodiscard]] const std::string& name(uint32_t number) const { return names_[number]; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, uint32_t> numbers_;
};

/// `values:` as it is looked up.
class WordTable {
 public:
  explicit WordTable(const std::vector<generation::ValueWords>& values);
  /// Ours for theirs; `text` itself if nothing is said of it.
  [[nodiscard]] std::string of(const std::string& field, std::string text) const;

 private:
  std::map<std::string, std::unordered_map<std::string, std::string>> words_;  // folded
};

struct SourceContext {
  const generation::AccountSource* source = nullptr;
  uint32_t number = 0;  ///< among all sources
  std::string name;     ///< of its file, for people
  const WordTable* words = nullptr;
  AttributeNames* attributes = nullptr;
  ImportReport* report = nullptr;
  SourceReport* facts = nullptr;
  std::string tenant;  ///< of a feed: another one is refused; "": any
  int64_t now = 0;     ///< Unix seconds
  std::function<void(uint64_t bytes)> progress;
  std::function<Result<void>(ImportRecord&&)> take;
  /// Gets what a later reading can take in place of the source: lines with their newlines, only of columns
  /// that were taken. Nothing of a source that is such a copy itself.
  std::function<Result<void>(std::string_view lines)> keep;
};

}  // namespace abm::connect
