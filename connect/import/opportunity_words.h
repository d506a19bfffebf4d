// What a CRM's words for stages and types mean: as the site says, as the CRM itself says, or as the words say
// in a few languages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connect/import/opportunity.h"

namespace abm::connect {

/// Why a stage or type is what it is.
enum class WordReason : uint8_t {
  kNamed,   ///< the site names the word
  kFlag,    ///< the CRM says that it is closed, or won
  kWord,    ///< the word is known
  kNothing  ///< nothing says it
};

struct StageAnswer {
  DealState state = DealState::kOpen;
  bool ignored = false;
  WordReason reason = WordReason::kNothing;
};
struct TypeAnswer {
  DealType type = DealType::kNew;
  bool ignored = false;
  WordReason reason = WordReason::kNothing;
};

class DealWords {
 public:
  using Words = std::vector<std::pair<std::string, std::string>>;
  /// As in generation::OutcomesInput.
  DealWords(const Words& stages, const Words& types);

  /// The flags as far as the CRM has them. Nothing says more than that it is closed: lost.
  [[nodiscard]] StageAnswer stage(std::string_view text, std::optional<bool> is_closed,
                                  std::optional<bool> is_won) const;
  [[nodiscard]] TypeAnswer type(std::string_view text) const;

 private:
  std::unordered_map<std::string, std::string> stages_, types_;  // folded
};

}  // namespace abm::connect
