// What everything that a site is published from looks like, without reading it: for changes that no event
// tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "generation/hold.h"
#include "generation/site.h"

namespace abm::tools {

/// Names, kinds, sizes, owners, modes and times of all inputs, and the commit where one is published: 32
/// digits. Equal ones mean that nothing changed; names of editors' own files do not count.
[[nodiscard]] std::string look_at_inputs(const generation::Site& site);

/// What serves and what is held.
struct Served {
  uint64_t generation = 0;
  std::optional<generation::Hold> hold;

  friend bool operator==(const Served&, const Served&) = default;
};
/// std::nullopt: it cannot be told.
[[nodiscard]] std::optional<Served> look_at_data(const std::string& data_dir);

}  // namespace abm::tools
