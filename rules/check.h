// Typed reads of one rules file: every wrong value becomes a diagnostic with its place and source line, and
// reading goes on, so that one run reports all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "rules/ast.h"
#include "rules/source_text.h"
#include "rules/yaml.h"

namespace abm::rules {

/// One rules file while it is checked. Not moved once `text` borrows `bytes`.
struct RulesFile {
  uint32_t index = 0;  ///< into Ruleset::files
  std::string name;
  std::string folder;  ///< where its fragments are; "." for a bare file name
  std::string bytes;
  SourceText text;
  YamlNode root;
  std::vector<std::string> silenced;  ///< `silence:` at the file's top level
};

/// Limits on single values; larger ones are refused by name.
inline constexpr size_t kMaxValueBytes = 1024;
inline constexpr size_t kMaxListedValues = 10'000;
inline constexpr size_t kMaxNameBytes = 64;

class Checker {
 public:
  /// Both must outlive the checker.
  Checker(const RulesFile& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  void error(Position at, std::string message);
  /// Dropped when `code` is silenced for the file or by set_silenced().
  void warning(Position at, std::string_view code, std::string message);
  /// Codes that the rule now being read silences.
  void set_silenced(std::vector<std::string> codes) { silenced_ = std::move(codes); }
  [[nodiscard]] const std::vector<std::string>& silenced() const noexcept { return silenced_; }

  [[nodiscard]] const RulesFile& file() const noexcept { return file_; }
  [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
  [[nodiscard]] SourceRef ref(Position at) const noexcept { return {file_.index, at}; }
  /// "rules/a.yaml:3:5"
  [[nodiscard]] std::string place(Position at) const;
  /// Where byte `offset` of the scalar stands; the scalar's own place when escapes or folding lie between.
  [[nodiscard]] Position position_in(const YamlNode& scalar, size_t offset) const;

  // Each reports and returns false or std::nullopt when the value is not what `what` ("'weight'") must be.

  /// A mapping with at least one key.
  bool mapping(const YamlNode& node, std::string_view what);
  /// Every key of the mapping is one of `known`.
  bool known_keys(const YamlNode& node, std::string_view what, std::span<const std::string_view> known);
  /// Text that is not null, at most `limit` bytes. May be empty.
  [[nodiscard]] std::optional<std::string> text(const YamlNode& node, std::string_view what, size_t limit);
  /// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, or with `lower` without capitals.
  [[nodiscard]] std::optional<std::string> name(const YamlNode& node, std::string_view what, bool lower);
  [[nodiscard]] std::optional<int64_t> integer(const YamlNode& node, std::string_view what, int64_t min,
                                               int64_t max);
  /// 0 to 100 with up to two decimals, as hundredths: "12.5" is 1250.
  [[nodiscard]] std::optional<uint32_t> percent(const YamlNode& node, std::string_view what);
  /// The key is only ever written as `true`.
  bool only_true(const YamlNode& node, std::string_view what);
  /// A scalar, or a list of them with at least one entry: the scalars.
  [[nodiscard]] std::optional<std::vector<const YamlNode*>> scalars(const YamlNode& node,
                                                                    std::string_view what);

 private:
  const RulesFile& file_;
  Diagnostics& diagnostics_;
  std::vector<std::string> silenced_;
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`
[[nodiscard]] bool is_name(std::string_view text) noexcept;
/// What a person calls the value: "a list", "a mapping", "nothing", "'…'".
[[nodiscard]] std::string describe(const YamlNode& node);
/// `text` in quotes, cut to a length that fits in a message.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace abm::rules
