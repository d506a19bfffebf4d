// A site's own tests (`tests:` in site.yaml) against what is to be published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/diagnostic.h"
#include "generation/generation.h"
#include "generation/progress.h"
#include "generation/site.h"
#include "tools/expectations.h"
#include "tools/judge.h"

namespace abm::tools {

/// Judges all, several at once, and tells each in the order given. Without a time of its own, a test's visit
/// is now.
void judge_all(const std::vector<Expectation>& expectations,
               const std::shared_ptr<const generation::Generation>& generation,
               const std::function<void(const Expectation&, Judgement&&)>& tell);

/// The site's tests, read. Files that are missing or wrong are errors in `diagnostics`.
[[nodiscard]] std::vector<Expectation> load_site_tests(const generation::Site& site,
                                                       Diagnostics& diagnostics);

/// Those that hold for a generation.
[[nodiscard]] std::vector<Expectation> tests_that_hold(
    std::vector<Expectation> expectations, const std::shared_ptr<const generation::Generation>& generation);

struct TestsRun {
  size_t files = 0, tests = 0, failed = 0;
};
/// Runs them. Each failure is an error in `diagnostics`, with its place; those of many tests are counted.
[[nodiscard]] TestsRun run_site_tests(const std::vector<Expectation>& expectations,
                                      const std::shared_ptr<const generation::Generation>& generation,
                                      const generation::Progress& progress, Diagnostics& diagnostics);

}  // namespace abm::tools
