// Edits against parse5, on generated nasty pages: the edited page has the tree that editing the page's tree
// gives. Skipped where `npm install` has not been run in tests/rewrite/parse5.
#include <cstdio>
#include <map>

#include "base64.h"
#include "nasty_pages.h"
#include "rewrite/scan/tag_names.h"
#include "rewrite_fixture.h"
#include "tests/node_script.h"
#include "tests/places.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kMarker = "<!--M-->";  // a comment may stand anywhere, and moves nothing

struct Case {
  std::string edit, page, edited;
};

Edit edit_named(std::string_view name) {
  Edit edit;
  if (name == "before") edit.before = kMarker;
  if (name == "prepend") edit.prepend = kMarker;
  if (name == "append") edit.append = kMarker;
  if (name == "after") edit.after = kMarker;
  if (name == "content") edit.content = kMarker;
  edit.remove = name == "remove";
  return edit;
}

/// Without anything that opens, ends or replaces the body: comments there have places of their own in the
/// tree.
std::optional<std::string> page_with_one_body(std::mt19937& random) {
  std::string page = nasty_page(random);
  if (const size_t body = page.find("<body>"); body != std::string::npos) page.erase(0, body + 6);
  for (const char* const tag : {"<html", "<head", "<body", "<frame", "</html", "</body"}) {
    if (page.find(tag) != std::string::npos) return std::nullopt;
  }
  return "<!DOCTYPE html><html><head></head><body>" + page;
}

/// One element of a generated page, edited; nullopt where there is none, or the edit was skipped.
std::optional<Case> random_case(std::mt19937& random, const Slots& every, const Slots& marked,
                                size_t& skipped) {
  static const char* const kEdits[] = {"before", "prepend", "append", "after", "content", "remove"};
  std::optional<std::string> generated = page_with_one_body(random);
  if (!generated) return std::nullopt;
  std::string& page = *generated;
  const LocateResult located = locate(page, options_for(every, {}));
  if (located.elements.empty()) return std::nullopt;
  const Located& one = located.elements[random() % located.elements.size()];
  if (one.span.begin <= page.find("<body>")) return std::nullopt;
  const uint64_t begin = one.span.begin;
  const Tag tag = one.span.tag;
  if (tag == Tag::title_ || tag == Tag::textarea_) return std::nullopt;  // a comment is text in them
  const char* const data = page.data();
  page.insert(static_cast<size_t>(Search::name_end(data + begin + 1, data + page.size()) - data), " data-u");
  const std::string name = kEdits[random() % std::size(kEdits)];
  const Edit edit = edit_named(name);
  const RewrittenPage result = rewrite_page(page, options_for(marked, {&edit, 1}));
  if (result.outcomes[0].applied != 1) {
    EXPECT_EQ(result.html, page);
    ++skipped;
    return std::nullopt;
  }
  return Case{name, page, result.html};
}

std::vector<std::string> verdicts(const std::vector<Case>& cases) {
  std::vector<std::string> lines;
  for (const Case& c : cases) lines.push_back(c.edit + ' ' + base64(c.page) + ' ' + base64(c.edited));
  return places::judge_with_node("edits.mjs", lines);
}

/// What became of replacing the content of elements, one at a time.
struct Figures {
  size_t elements = 0;  // without html, void ones, and those whose content is no markup
  std::vector<Case> edited;
  std::map<std::string, size_t> left_alone;  // by reason
};

Figures replace_contents(size_t pages, const Slots& every, const Slots& marked) {
  Figures figures;
  std::mt19937 random(769);
  while (pages != 0) {
    const std::optional<std::string> page = page_with_one_body(random);
    if (!page) continue;
    --pages;
    for (const Located& one : locate(*page, options_for(every, {})).elements) {
      const ElementSpan& span = one.span;
      if (span.tag == Tag::html_ || span.is_void || span.raw_text || span.tag == Tag::title_ ||
          span.tag == Tag::textarea_)
        continue;
      ++figures.elements;
      std::string with_mark = *page;
      const char* const name = page->data() + span.begin + 1;
      const char* const name_end = Search::name_end(name, page->data() + page->size());
      with_mark.insert(static_cast<size_t>(name_end - page->data()), " data-u");
      const Edit edit = content(kMarker);
      const RewrittenPage result = rewrite_page(with_mark, options_for(marked, {&edit, 1}));
      if (result.outcomes[0].applied == 1) {
        figures.edited.push_back({"content", with_mark, result.html});
      } else {
        EXPECT_EQ(result.html, with_mark);
        ++figures.left_alone[std::string(to_string(result.outcomes[0].reason))];
      }
    }
  }
  return figures;
}

// The figure by which changes to tree construction and splicing are judged: CHANGELOG.md quotes it.
TEST(EditsParse5, CountsElementsEditedRightLeftAloneAndWrong) {
  if (!std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5")) {
    GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  }
  const Slots every({"*"}), marked({"[data-u]"});
  const Figures figures = replace_contents(600, every, marked);
  const std::vector<std::string> said = verdicts(figures.edited);
  ASSERT_EQ(said.size(), figures.edited.size());
  size_t right = 0, shown = 0;
  for (size_t i = 0; i < said.size(); ++i) {
    if (said[i] == "same") {
      ++right;
    } else if (++shown <= 6) {
      std::printf("wrong:\n %s\n %s\n %s\n", figures.edited[i].page.c_str(), figures.edited[i].edited.c_str(),
                  said[i].c_str());
    }
  }
  std::printf("content of %zu elements: %zu right, %zu left alone, %zu wrong\n", figures.elements, right,
              figures.elements - figures.edited.size(), figures.edited.size() - right);
  for (const auto& [reason, count] : figures.left_alone)
    std::printf("  left alone: %zu %s\n", count, reason.c_str());
  EXPECT_GT(right, figures.elements * 2 / 3);
  EXPECT_EQ(right, figures.edited.size());
}

TEST(EditsParse5, GiveTheTreeThatEditingTheTreeGives) {
  if (!std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5")) {
    GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  }
  const char* const seed = std::getenv("ABM_TEST_SEED");
  std::mt19937 random(seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 5u);
  const Slots every({"*"}), marked({"[data-u]"});
  std::vector<Case> cases;
  size_t skipped = 0;
  for (int i = 0; i < 12000; ++i) {
    if (auto one = random_case(random, every, marked, skipped)) cases.push_back(std::move(*one));
  }
  const std::vector<std::string> said = verdicts(cases);
  ASSERT_EQ(said.size(), cases.size());
  std::map<std::string, size_t> same, moved, other;
  for (size_t i = 0; i < cases.size(); ++i) {
    ++(said[i] == "same" ? same : said[i] == "moved" ? moved : other)[cases[i].edit];
    if (said[i] == "same" || said[i] == "moved") continue;
    if (other[cases[i].edit] <= 4) {
      ADD_FAILURE() << cases[i].edit << "\n " << cases[i].page << "\n " << cases[i].edited << "\n "
                    << said[i];
    }
  }
  for (const auto& [edit, count] : same) {
    std::printf("%s: %zu same, %zu not compared (misnested), %zu differ\n", edit.c_str(), count, moved[edit],
                other[edit]);
    EXPECT_GT(count, 200u) << edit;
  }
  std::printf("%zu edits skipped\n", skipped);
}

}  // namespace
}  // namespace abm::rewrite
