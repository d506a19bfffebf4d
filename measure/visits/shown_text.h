// What a visitor was shown, in words: the edits of a logged visit, rendered again from
// the generation that served it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "generation/generation.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {

/// Keeps generations open: the current one, and a few that visits name.
class ShownTexts {
 public:
  /// `data` "": there are no generations.
  explicit ShownTexts(std::string data) : data_(std::move(data)) {}

  /// `"See the plan", href="/for/deere"`; "" if the generation is no longer kept, or
  /// lacks the account or the rule.
  [[nodiscard]] std::string describe(const measure::VisitLine& line, const measure::ShownRule& rule,
                                     std::string_view slot);
  /// The account in the current generation, which is reopened when a visit names a later one; std::nullopt:
  /// it is not there. Valid until the next call.
  [[nodiscard]] std::optional<accounts::AccountView> account(const measure::VisitLine& line);

 private:
  using Opened = std::shared_ptr<const generation::Generation>;
  [[nodiscard]] const generation::Generation* open(uint64_t number);

  std::string data_;
  Opened current_;
  uint64_t looked_for_ = 0;            ///< the latest generation that `current_` was opened for
  std::map<uint64_t, Opened> opened_;  ///< null: it cannot be opened
};

}  // namespace abm::measure
