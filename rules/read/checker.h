// Typed reads of one rules file, with warnings that the file or the current rule can silence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "rules/ast.h"
#include "yaml/node.h"
#include "yaml/reader.h"
#include "yaml/source_text.h"

namespace abm::rules {

/// One rules file while it is being checked. Not moved once `text` borrows `bytes`.
struct RulesFile {
  uint32_t index = 0;  ///< into Ruleset::files
  std::string name;
  std::string folder;  ///< where its fragments are; "." for a bare file name
  std::string bytes;
  yaml::SourceText text;
  yaml::Node root;
  std::vector<std::string> silenced;  ///< `silence:` at the file's top level
};

class Checker : public yaml::Reader {
 public:
  /// Both must outlive the checker.
  Checker(const RulesFile& file, Diagnostics& diagnostics)
      : yaml::Reader(file.name, file.text, diagnostics), file_(file) {}

  /// Dropped when `code` is silenced for the file or by set_silenced().
  void warning(Position at, std::string_view code, std::string message);
  /// Codes that the current rule silences.
  void set_silenced(std::vector<std::string> codes) { silenced_ = std::move(codes); }
  [[nodiscard]] const std::vector<std::string>& silenced() const noexcept { return silenced_; }

  [[nodiscard]] const RulesFile& file() const noexcept { return file_; }
  [[nodiscard]] SourceRef ref(Position at) const noexcept { return {file_.index, at}; }

 private:
  const RulesFile& file_;
  std::vector<std::string> silenced_;
};

}  // namespace abm::rules
