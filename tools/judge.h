// One expectation checked against one generation: the visit decided, its edits rendered, the page rewritten.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/generation.h"
#include "tools/expectations.h"

namespace abm::tools {

inline constexpr size_t kMaxPageBytes = size_t{1} << 30;  // of a page that is rewritten in memory

struct Failure {
  Position at;           ///< of what was expected
  std::string what;      ///< "hero-cta text"; with `expected` empty a whole sentence
  std::string expected;  ///< as the file says it, quoted where it is a text
  std::string found;
};

struct Judgement {
  std::vector<Failure> failures;      ///< empty: the expectation holds
  std::vector<std::string> warnings;  ///< misplaced_markup() on its page
};

/// The generation's rules decide as a worker would; a slot's `text`, `contains`, `attribute` and `rule` need
/// a real edit, and with a page one that was applied to it.
[[nodiscard]] Judgement judge(const Expectation& expectation,
                              const std::shared_ptr<const generation::Generation>& generation);

}  // namespace abm::tools
