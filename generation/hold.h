// DATA/HOLD.json: a rollback holds. While the file exists, publications use the rules of the generation that
// it names, with the accounts and networks of the day; changed rules wait until `abmctl publish --resume`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/folder.h"

namespace abm::generation {

inline constexpr std::string_view kHoldName = "HOLD.json";
/// In Manifest::made of what is published under a hold: when the rules were rolled back to. Mirrors get it.
inline constexpr std::string_view kMadeHeldSince = "held_since";

struct Hold {
  uint64_t generation = 0;  ///< whose rules are used
  int64_t since = 0;        ///< Unix seconds
  uint64_t replaced = 0;    ///< the generation that served before the rollback; 0: none, or not known
  std::string by;           ///< the user who rolled back: letters, digits and "._-" only

  friend bool operator==(const Hold&, const Hold&) = default;
};

/// One text per hold, with the XXH3-128 of what stands before it, against damage.
[[nodiscard]] std::string write_hold(const Hold& hold);
/// Accepts exactly what write_hold() writes.
[[nodiscard]] Result<Hold> parse_hold(std::string_view text);

/// std::nullopt: nothing is held. An error says that something is and that nobody can tell what, with the
/// remedy; publishing stops then.
[[nodiscard]] Result<std::optional<Hold>> read_hold(const Folder& data);
/// Writes the file durably, or removes it. The caller has the folder's lock.
[[nodiscard]] Result<void> put_hold(const Folder& data, const std::optional<Hold>& hold);

/// "held at generation 7 since 2026-11-22T03:33:20Z"
[[nodiscard]] std::string to_text(const Hold& hold);
/// What becomes of changed rules, for people: the end of a sentence about a hold.
inline constexpr std::string_view kUntilResumed =
    "rule changes wait until 'abmctl publish --resume', feed changes keep flowing";

/// The user of this process as `Hold::by` names it.
[[nodiscard]] std::string user_for_hold();

}  // namespace abm::generation
