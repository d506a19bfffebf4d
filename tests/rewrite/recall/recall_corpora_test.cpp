// The same as in recall_test and gap_finder_test, over other people's markup: the inputs of html5lib's
// tokenizer tests, some dozen to a page, and the demo's pages.
#include <simdjson.h>

#include <algorithm>
#include <filesystem>

#include "tests/places.h"
#include "variations.h"

namespace abm::rewrite {
namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Serves the page from its memory in every way; says how often as a whole, with how many gaps.
struct Tried {
  size_t pages = 0, whole = 0, part = 0, gaps = 0;
};
void try_page(const std::string& page, const RewriterOptions& options, std::mt19937& random, size_t rounds,
              Tried& tried) {
  std::optional<RememberedPage> remembered = learn(page, options, 1 + random() % 4000);
  if (!remembered) return;
  ++tried.pages;
  const auto serve = [&](const std::string& other, const std::vector<size_t>& cuts) {
    const Recall recall = check(other, options, *remembered, cuts);
    tried.whole += recall == Recall::kWhole;
    tried.part += recall == Recall::kPart;
  };
  serve(page, cuts_every(1, page.size()));
  serve(page, cuts_every(page.size() + 1, page.size()));
  for (size_t round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    const std::string other = mutated(page, random);
    serve(other, random_cuts(random, other.size()));
    std::string another = filled(*remembered, [&] { return std::to_string(random() % 1000); });
    if (another.empty()) continue;
    another.replace(random() % another.size(), 1, std::to_string(random() % 100));
    static_cast<void>(find_gaps(*remembered, another, options, 1 + random() % 4000));
    const std::string last = filled(*remembered, [&] { return random_filling(random); });
    serve(last, random_cuts(random, last.size()));
  }
  tried.gaps += remembered->gaps.size();
}

TEST(RecallCorpora, ChangesNothingOnHtml5libInputs) {
  const auto folder = test_data() / "html5lib-tests/tokenizer";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  std::mt19937 random(seed_of_test());
  std::vector<std::string> inputs;
  simdjson::dom::parser parser;
  for (const auto& file : files_in(folder, ".test")) {
    simdjson::dom::array tests;
    if (parser.load(file.string())["tests"].get(tests) != simdjson::SUCCESS) continue;
    for (const simdjson::dom::element test : tests) {
      std::string_view text;
      if (test["input"].get(text) == simdjson::SUCCESS) inputs.emplace_back(text);
    }
  }
  ASSERT_GT(inputs.size(), 5000u);
  std::ranges::shuffle(inputs, random);
  Tried tried;
  constexpr std::string_view kAround[] = {
      "",      "<p>",    "</p>",        "<div id=a>", "</div>", "<table><tr>", "</table>",
      "<svg>", "</svg>", "<a class=x>", "text ",      "-->",    "</title>",    "</script>"};
  for (size_t i = 0; i < inputs.size() && !::testing::Test::HasFailure();) {
    std::string page = random() % 2 == 0 ? "<!doctype html><body>" : "";
    for (size_t n = 1 + random() % 8; n > 0 && i < inputs.size(); --n)
      page.append(inputs[i++]).append(kAround[random() % std::size(kAround)]);
    const Scene scene(random);
    if (scene.edits.empty()) continue;
    SCOPED_TRACE("up to input " + std::to_string(i));
    try_page(page, scene.options, random, 12, tried);
  }
  EXPECT_GT(tried.pages, 700u);
  EXPECT_GT(tried.whole, 2000u);
  EXPECT_GT(tried.part, 3000u);
  EXPECT_GT(tried.gaps, 300u);
}

TEST(RecallCorpora, ChangesNothingOnTheDemosPages) {
  std::mt19937 random(seed_of_test());
  Tried tried;
  for (const auto& file : files_in(places::source_folder() + "/conf/pages", ".html")) {
    const std::string page = read_file_or_empty(file);
    SCOPED_TRACE(file);
    for (int round = 0; round < 4; ++round) {
      const Scene scene(random);
      if (!scene.edits.empty()) try_page(page, scene.options, random, 25, tried);
    }
  }
  EXPECT_GT(tried.pages, 10u);
  EXPECT_GT(tried.gaps, 20u);
  EXPECT_GT(tried.whole, 50u);
}

}  // namespace
}  // namespace abm::rewrite
