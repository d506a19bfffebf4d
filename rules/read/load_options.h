// What loading a site's rules may use, and its limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "accounts/snapshot.h"
#include "rules/read/vocabulary.h"
#include "rules/sample_page.h"

namespace abm::rules {

struct LoadOptions {
  const Vocabulary* vocabulary = nullptr;        ///< null: no warnings about unknown values
  const accounts::Snapshot* accounts = nullptr;  ///< the feed, to find rules that no account can match
  std::span<const SamplePage> pages;             ///< borrowed; to look for slots on
  bool by_script = false;  ///< nginx delivers edits by script where slots do not say otherwise
  int64_t now = 0;         ///< Unix seconds, for expired schedules
  size_t max_rules = 100'000;
  size_t max_slots = 1024;
  size_t max_fragment_bytes = 1u << 20;
  size_t max_fragments = 20'000;
};

}  // namespace abm::rules
