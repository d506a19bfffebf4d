// Selectors on whole pages, late tags, select, quirks mode and namespaces among them, against the reference
// matcher on parse5's trees. Skipped where `npm install` has not been run in tests/rewrite/parse5.
#include <charconv>
#include <sstream>

#include "tests/node_script.h"
#include "tests/places.h"
#include "tests/rewrite/base64.h"
#include "tests/rewrite/rewrite_fixture.h"
#include "tests/rewrite/select/selector_reference.h"
#include "tests/rewrite/select/test_program.h"

namespace abm::rewrite {
namespace {

/// Without what moves elements (tables, formatting), since a stream leaves those alone. The names and values
/// are those of random_selectors.
std::string page_of(std::mt19937& random) {
  // clang-format off
  static const char* const kTags[] = {
      "div", "div", "p", "section", "SECTION", "my-very-long-element", "foreignObject", "svg", "math", "mi", "li", "ul",
      "select", "select", "option", "optgroup", "hr", "button", "input", "textarea", "h1", "object", "template", "style",
      "body", "body", "html", "iframe", "span", "title"};
  static const char* const kAttributes[] = {
      "id=x", "ID=X", "id=hero", "class=x", "class='x hero'", "class=HERO", "class='\t x  y '", "data-abm-slot=hero-cta",
      "type=x", "type=X", "lang=de", "lang=de-AT", "viewBox=x", "xlink:href=x", "href=Hero", "lang=''", "type=h&#101;ro"};
  static const char* const kDoctypes[] = {
      "", "<!DOCTYPE html>", "<!doctype html PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"\">", "<!doctype html system x>"};
  // clang-format on
  const auto pick = [&](const auto& array) { return std::string(array[random() % std::size(array)]); };
  std::string page = pick(kDoctypes);
  if (random() % 2 == 0) page += "<html " + pick(kAttributes) + "><head></head>";
  page += random() % 2 == 0 ? "<body " + pick(kAttributes) + ">" : "x";
  std::vector<std::string> open;
  for (size_t i = 0, n = 3 + random() % 25; i < n; ++i) {
    switch (random() % 4) {
      case 0:
      case 1:
        open.push_back(pick(kTags));
        page += "<" + open.back();
        while (random() % 2 == 0) page += " " + pick(kAttributes);
        page += random() % 12 == 0 ? "/>" : ">";
        break;
      case 2:
        page += "</" + (open.empty() || random() % 4 == 0 ? pick(kTags) : open.back()) + ">";
        if (!open.empty()) open.pop_back();
        break;
      default:
        page += "x";
    }
  }
  return page;
}

struct Tree {
  std::unique_ptr<Node> root;
  std::vector<std::pair<int64_t, const Node*>> nodes;  ///< by where the start tag begins, -1 without one
};

std::string from_hex(std::string_view hex) {
  std::string text;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    text += static_cast<char>(value);
  }
  return text;
}

Tree tree_of(const std::string& line) {
  Tree tree;
  std::istringstream elements(line);
  std::string element;
  std::getline(elements, element, ';');
  const bool quirks = element == "quirks";
  std::vector<Node*> path;
  while (std::getline(elements, element, ';')) {
    std::istringstream in(element);
    size_t depth = 0;
    int64_t begin = 0;
    auto node = std::make_unique<Node>();
    std::string space, attribute;
    in >> depth >> begin >> space >> node->name;
    node->name = ascii_lower(node->name);
    node->quirks = quirks;
    node->space = space == "svg" ? Space::kSvg : space == "xhtml" ? Space::kHtml : Space::kMathml;
    while (in >> attribute) {
      const size_t sign = attribute.find('=');
      node->attributes[ascii_lower(attribute.substr(0, sign))] = from_hex(attribute.substr(sign + 1));
    }
    path.resize(depth);
    path.push_back(node.get());
    tree.nodes.emplace_back(begin, node.get());
    node->parent = depth == 0 ? nullptr : path[depth - 1];
    (depth == 0 ? tree.root : node->parent->children.emplace_back()) = std::move(node);
  }
  return tree;
}

/// Where the last tag begins that may add to the attributes of html or body: elements before it were decided
/// without.
uint64_t last_merge(const std::string& page) {
  uint64_t last = 0;
  for (const char* const tag : {"<body", "<html"}) {
    const size_t at = page.rfind(tag);
    if (at != std::string::npos) last = std::max<uint64_t>(last, at);
  }
  return last;
}

TEST(MatchesParse5, AgreeWithTheReferenceOnWholePages) {
  if (!std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5")) {
    GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  }
  const char* const seed = std::getenv("ABM_TEST_SEED");
  std::mt19937 random(seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 17u);
  std::vector<std::string> pages, lines;
  for (int i = 0; i < 3000; ++i) {
    pages.push_back(page_of(random));
    lines.push_back(base64(pages.back()));
  }
  const std::vector<std::string> trees = places::judge_with_node("trees.mjs", lines);
  ASSERT_EQ(trees.size(), pages.size());
  size_t compared = 0, matches = 0, doubted = 0, differences = 0;
  for (size_t i = 0; i < pages.size() && differences < 5; ++i) {
    const Tree tree = tree_of(trees[i]);
    std::vector<SelectorList> lists(30);
    for (SelectorList& list : lists) list = random_selectors(random);
    const TestProgram program(lists);
    RewriterOptions options;
    options.selectors = &program.set;
    const LocateResult ours = locate(pages[i], options);
    ASSERT_TRUE(ours.complete) << pages[i];
    const uint64_t from = last_merge(pages[i]);
    for (uint32_t slot = 0; slot < lists.size(); ++slot) {
      const bool uncertain =
          std::ranges::any_of(ours.uncertain, [slot](const Uncertain& u) { return u.slot == slot; });
      doubted += uncertain;
      if (uncertain) continue;
      for (const auto& [begin, node] : tree.nodes) {
        if (begin < 0 || static_cast<uint64_t>(begin) <= from) continue;
        const bool found = std::ranges::any_of(ours.elements, [&, at = begin](const Located& one) {
          return one.slot == slot && one.span.begin == static_cast<uint64_t>(at);
        });
        ++compared;
        matches += found;
        if (found == reference_matches(lists[slot], *node)) continue;
        ++differences;
        ADD_FAILURE() << (found ? "only we match " : "only the reference matches ") << to_string(lists[slot])
                      << " at " << begin << " of\n  " << pages[i];
        break;
      }
    }
  }
  std::printf("%zu elements and selectors compared, %zu matches; %zu selectors in doubt\n", compared, matches,
              doubted);
  EXPECT_GT(matches, 20000u);
  EXPECT_LT(doubted, 5000u);
}

}  // namespace
}  // namespace abm::rewrite
