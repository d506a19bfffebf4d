#include "tools/site_tests.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/ordered_work.h"
#include "base/thread.h"
#include "generation/site_files.h"

namespace abm::tools {
namespace {

constexpr size_t kMostTold = 20;  // failing tests; `abmctl test` shows all
constexpr unsigned kMostHelpers = 7;

struct TestWork {
  const Expectation* expectation = nullptr;
  Judgement judgement;
};

std::string failure_text(const Expectation& expectation, const Failure& failure) {
  std::string text = fmt::format("test '{}': {}", expectation.name, failure.what);
  if (!failure.expected.empty())
    text += fmt::format(": expected {}, found {}", failure.expected, failure.found);
  return text;
}

}  // namespace

void judge_all(const std::vector<Expectation>& expectations,
               const std::shared_ptr<const generation::Generation>& generation,
               const std::function<void(const Expectation&, Judgement&&)>& tell) {
  const auto make = [&generation] {
    return [&generation](TestWork& work) { work.judgement = judge(*work.expectation, generation); };
  };
  const unsigned helpers = std::min(usable_processors() - 1, kMostHelpers);
  const size_t window = (helpers + size_t{1}) * 4;
  OrderedWork<TestWork, decltype(make)> queue(helpers, make);
  const auto take = [&] {
    const auto work = queue.take();
    tell(*work->expectation, std::move(work->judgement));
  };
  for (const Expectation& expectation : expectations) {
    if (queue.size() == window) take();
    queue.give(std::make_unique<TestWork>(TestWork{&expectation, {}}));
  }
  while (queue.size() != 0) take();
}

std::vector<Expectation> load_site_tests(const generation::Site& site, Diagnostics& diagnostics) {
  std::vector<Expectation> all;
  for (const std::string& file : generation::tests_files(site, diagnostics)) {
    for (Expectation& expectation : load_expectations(path_for_people(file), diagnostics))
      all.push_back(std::move(expectation));
  }
  return all;
}

std::vector<Expectation> tests_that_hold(std::vector<Expectation> expectations,
                                         const std::shared_ptr<const generation::Generation>& generation) {
  std::vector<Expectation> holding;
  judge_all(expectations, generation, [&](const Expectation& expectation, Judgement&& judgement) {
    if (judgement.failures.empty()) holding.push_back(expectation);
  });
  return holding;
}

TestsRun run_site_tests(const std::vector<Expectation>& expectations,
                        const std::shared_ptr<const generation::Generation>& generation,
                        const generation::Progress& progress, Diagnostics& diagnostics) {
  TestsRun run;
  std::set<std::string_view> files;
  for (const Expectation& expectation : expectations) files.insert(expectation.file);
  run.files = files.size();
  judge_all(expectations, generation, [&](const Expectation& expectation, Judgement&& judgement) {
    ++run.tests;
    if (progress) progress("testing", run.tests, expectations.size());
    if (judgement.failures.empty()) return;
    if (++run.failed > kMostTold) return;
    for (const Failure& failure : judgement.failures)
      diagnostics.error(expectation.file, failure.at, failure_text(expectation, failure));
  });
  if (run.failed > kMostTold) {
    diagnostics.error({}, {},
                      fmt::format("{} more tests fail: abmctl test shows them", run.failed - kMostTold));
  }
  return run;
}

}  // namespace abm::tools
