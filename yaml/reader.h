// Typed reads of one YAML file: every wrong value becomes a diagnostic with its position and source line, and
// reading continues, so that one run reports all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "yaml/node.h"
#include "yaml/source_text.h"

namespace abm::yaml {

/// Limits on single values; the message for a larger one names it.
inline constexpr size_t kMaxValueBytes = 1024;
inline constexpr size_t kMaxListedValues = 10'000;
inline constexpr size_t kMaxNameBytes = 64;

class Reader {
 public:
  using Keys = std::span<const std::string_view>;

  /// All three must outlive the reader. `text` is the file's; `file` is its name in messages.
  Reader(const std::string& file, const SourceText& text, Diagnostics& diagnostics)
      : file_(file), text_(text), diagnostics_(diagnostics) {}

  void error(Position at, std::string message);
  [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
  /// "rules/a.yaml:3:5"
  [[nodiscard]] std::string place(Position at) const;
  /// Where byte `offset` of the scalar is; the scalar's own position if escapes or folding come before it.
  [[nodiscard]] Position position_in(const Node& scalar, size_t offset) const;

  // Each reports and returns false or std::nullopt if the value is not what `what` ("'weight'") must be.

  /// A mapping with at least one key.
  bool mapping(const Node& node, std::string_view what);
  /// Every key of the mapping is one of `known`.
  bool known_keys(const Node& node, std::string_view what, Keys known);
  /// A mapping with these keys, which may be empty; any keys if `known` is empty.
  bool mapping_of(const Node& node, std::string_view what, Keys known);
  /// Text that is not null, at most `limit` bytes. May be empty.
  [[nodiscard]] std::optional<std::string> text(const Node& node, std::string_view what, size_t limit);
  /// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, without capitals if `lower`.
  [[nodiscard]] std::optional<std::string> name(const Node& node, std::string_view what, bool lower);
  [[nodiscard]] std::optional<int64_t> integer(const Node& node, std::string_view what, int64_t min,
                                               int64_t max);
  /// 0 to 100 with up to two decimals, as hundredths: "12.5" is 1250.
  [[nodiscard]] std::optional<uint32_t> percent(const Node& node, std::string_view what);
  /// The key is only ever written as `true`.
  bool only_true(const Node& node, std::string_view what);
  /// A scalar, or a list of at least one: the scalars.
  [[nodiscard]] std::optional<std::vector<const Node*>> scalars(const Node& node, std::string_view what);

 protected:
  [[nodiscard]] std::string_view line(uint32_t number) const noexcept { return text_.line(number); }
  [[nodiscard]] const std::string& file_name() const noexcept { return file_; }

 private:
  const std::string& file_;
  const SourceText& text_;
  Diagnostics& diagnostics_;
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`
[[nodiscard]] bool is_name(std::string_view text) noexcept;
/// What a person calls the value: "a list", "a mapping", "nothing", "'…'".
[[nodiscard]] std::string describe(const Node& node);
/// `text` in quotes, shortened to fit in a message, and what cannot be seen in it as its number.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace abm::yaml
