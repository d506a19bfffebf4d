// Element spans against parse5, on other people's pages and on generated nasty ones. Skipped where `npm
// install` has not been run in tests/rewrite/parse5.
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include <unistd.h>

#include "tests/places.h"
#include "tests/rewrite/nasty_pages.h"
#include "tests/rewrite/rewrite_fixture.h"

namespace abm::rewrite {
namespace {

struct Span {
  uint64_t content_begin = 0, content_end = 0, end = 0;
  bool end_tag = false;
  std::string name;
};
/// By where the start tag begins; `copies` of it that parse5 makes for misnested formatting.
struct Spans : std::map<uint64_t, Span> {
  std::multimap<uint64_t, Span> copies;
};

std::map<std::string, Spans> spans_of_parse5(const std::vector<std::filesystem::path>& pages) {
  const auto list =
      std::filesystem::temp_directory_path() / ("abm-parse5-" + std::to_string(::getpid()) + ".txt");
  {
    std::ofstream out(list);
    for (const auto& page : pages) out << page.string() << '\n';
  }
  std::map<std::string, Spans> result;
  const std::string command =
      "node --stack-size=60000 '" + places::parse5_folder() + "/spans.mjs' '" + list.string() + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return result;
  std::string line;
  Spans* current = nullptr;
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    if (line.starts_with("page ")) {
      current = &result[line.substr(5)];
    } else if (current != nullptr) {
      std::istringstream in(line);
      uint64_t begin = 0;
      Span span;
      int end_tag = 0;
      in >> begin >> span.content_begin >> span.content_end >> span.end >> end_tag >> span.name;
      span.end_tag = end_tag != 0;
      if (!current->emplace(begin, span).second) current->copies.emplace(begin, span);
    }
    line.clear();
  }
  ::pclose(pipe);
  std::filesystem::remove(list);
  return result;
}

struct Totals {
  size_t pages = 0, elements = 0, ambiguous = 0, given_up = 0, frameset = 0, end_of_file = 0, reopened = 0,
         by_text = 0, row = 0, template_tables = 0, disagreements = 0;
};

void compare(const std::string& path, const std::string& html, const Spans& theirs, const Slots& all,
             Totals& totals) {
  RewriterOptions options = options_for(all, {});
  options.max_depth = 20000;
  options.max_tag = 1 << 20;
  options.charset = Charset::kUtf8;
  const LocateResult ours = locate(html, options);
  ++totals.pages;
  uint64_t limit = ours.complete ? html.size() + 1 : ours.gave_up_at;
  totals.given_up += ours.complete ? 0 : 1;
  // parse5 8.1 looks for an open table through a template, which bounds table scope (13.2.4.2): from there on
  // the two trees differ.
  if (html.find("<template") != std::string::npos) {
    std::set<uint64_t> own;
    for (const Located& element : ours.elements) own.insert(element.span.begin);
    for (const auto& [begin, span] : theirs) {
      if (span.name != "table" || own.count(begin) != 0 || begin >= limit) continue;
      limit = begin;
      ++totals.template_tables;
    }
  }
  const auto report = [&](uint64_t begin, const std::string& what) {
    if (++totals.disagreements <= 20) {
      ADD_FAILURE() << path << " at " << begin << ": " << what << "\n  "
                    << html.substr(begin, std::min<size_t>(60, html.size() - begin));
    }
  };
  // Two things that parse5 cannot tell: what a late frameset throws away (it is not in the tree any more),
  // and, for what the end of the file closes after a template or raw text, where that end is.
  uint64_t frameset = 0;
  for (const auto& [begin, span] : theirs) {
    if (span.name == "frameset" && frameset == 0) frameset = begin;
  }
  static const std::set<std::string> kNoEndOfFile = {"template", "textarea", "title",    "style",
                                                     "script",   "xmp",      "iframe",   "noembed",
                                                     "noframes", "noscript", "plaintext"};
  bool end_unknown = false;
  for (const Located& element : ours.elements) {
    const auto at = theirs.find(element.span.begin);
    end_unknown |= (!element.span.closed || element.span.page_end) && at != theirs.end() &&
                   kNoEndOfFile.count(at->second.name) != 0;
  }
  std::set<uint64_t> seen;
  for (const Located& element : ours.elements) {
    seen.insert(element.span.begin);
    if (limit <= html.size() && element.span.end >= limit) continue;
    const auto at = theirs.find(element.span.begin);
    if (at == theirs.end() && element.span.begin < frameset) {
      ++totals.frameset;
      continue;
    }
    if (at == theirs.end()) {
      report(element.span.begin, "parse5 has no element here");
      continue;
    }
    ++totals.elements;
    const Span& span = at->second;
    if (element.span.content_begin != span.content_begin) report(element.span.begin, "start tags differ");
    if (element.span.is_void) {
      // A form in a table is left at once, but parse5 gives it the end of the next end tag of its name.
      if (span.end != element.span.end && span.name != "form")
        report(element.span.begin, "void here, but not in parse5");
      continue;
    }
    if (element.span.ambiguous) {
      ++totals.ambiguous;
      continue;
    }
    if (!element.span.closed || element.span.page_end) {
      if (end_unknown ||
          ((span.name == "body" || span.name == "frameset" || span.name == "head") && !span.end_tag)) {
        ++totals.end_of_file;
      } else if (ours.complete && span.end != html.size()) {
        report(element.span.begin,
               "open at the end here, closed at " + std::to_string(span.end) + " in parse5");
      }
      continue;
    }
    if ((span.name == "body" || span.name == "html") && element.span.end < span.end) {
      ++totals
            .reopened;  // content after "</body>" reopens it, so parse5 takes the last one, and we the first
      continue;
    }
    const bool tag_follows = element.span.end + 1 < html.size() && html[element.span.end] == '<' &&
                             (std::isalpha(static_cast<unsigned char>(html[element.span.end + 1])) != 0 ||
                              html[element.span.end + 1] == '/');
    if (!tag_follows && element.span.end == element.span.content_end) {
      ++totals.by_text;  // ended by text: parse5 gives the place of the tag before it
      continue;
    }
    // parse5 moves the end of a head when a late head element follows it.
    if (span.name == "head" && span.end_tag && element.span.content_end == span.content_end) continue;
    const auto same_end = [&](const Span& s) {
      return element.span.content_end == s.content_end && element.span.end == s.end;
    };
    const auto [first, last] = theirs.copies.equal_range(element.span.begin);
    if (std::any_of(first, last, [&](const auto& copy) { return same_end(copy.second); })) continue;
    // In a row, parse5 lets "</thead>" and the like end it even where the table has no such section
    // (13.2.6.4.14).
    if (span.name == "tr" && html.compare(span.end, 3, "</t") == 0 && span.end < element.span.end) {
      ++totals.row;
      continue;
    }
    if (element.span.content_end != span.content_end || element.span.end != span.end) {
      report(element.span.begin, "ends " + std::to_string(element.span.content_end) + ".." +
                                     std::to_string(element.span.end) + " here, " +
                                     std::to_string(span.content_end) + ".." + std::to_string(span.end) +
                                     " in parse5");
    }
  }
  for (const auto& [begin, span] : theirs) {
    if (begin < limit && seen.count(begin) == 0) report(begin, "only parse5 has <" + span.name + "> here");
  }
}

bool have_parse5() {
  return std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5");
}

void print(const char* what, const Totals& t) {
  std::printf(
      "%s: %zu pages, %zu elements compared, %zu disagreements; not compared: %zu misnested elements (we "
      "fail "
      "open), what follows where we gave up on %zu pages, %zu elements that a frameset replaced, %zu ends at "
      "the "
      "end of the file that parse5 does not place, %zu that text ended, %zu rows that parse5 ends at the end "
      "tag of a section that is not there, "
      "%zu bodies with several end tags (ours is the first), what follows on %zu pages with a table in a "
      "template in "
      "a table\n",
      what, t.pages, t.elements, t.disagreements, t.ambiguous, t.given_up, t.frameset, t.end_of_file,
      t.by_text, t.row, t.reopened, t.template_tables);
}

TEST(Parse5, AgreesOnPagesOfOtherPeople) {
  if (!have_parse5()) GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  std::vector<std::filesystem::path> pages;
  for (const char* const package :
       {"python3.11", "nginx-doc", "postgresql-doc-15", "libboost1.74-doc", "libboost-doc"}) {
    std::vector<std::filesystem::path> found;
    const std::filesystem::path folder = std::filesystem::path("/usr/share/doc") / package;
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             folder, std::filesystem::directory_options::follow_directory_symlink)) {
      const std::string extension = entry.path().extension();
      if ((extension == ".html" || extension == ".htm") && entry.is_regular_file())
        found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    constexpr size_t kMost = 150;
    for (size_t i = 0; i < found.size() && i < kMost; ++i)
      pages.push_back(found[i * std::max<size_t>(found.size() / kMost, 1)]);
  }
  if (pages.size() < 300)
    GTEST_SKIP() << "only " << pages.size()
                 << " pages: install python3-doc nginx-doc "
                    "postgresql-doc-15 libboost-doc";
  const auto theirs = spans_of_parse5(pages);
  const Slots all({"*"});
  Totals totals;
  for (const auto& page : pages) {
    const auto at = theirs.find(page.string());
    ASSERT_NE(at, theirs.end()) << page;
    compare(page.string(), read_file_or_empty(page), at->second, all, totals);
  }
  print("documentation pages", totals);
  EXPECT_EQ(totals.disagreements, 0u);
  EXPECT_GE(totals.elements, 10000u);
}

TEST(Parse5, AgreesOnGeneratedNastyPages) {
  if (!have_parse5()) GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  const char* const seed_text = std::getenv("ABM_TEST_SEED");
  const unsigned seed = seed_text != nullptr ? static_cast<unsigned>(std::atoi(seed_text)) : 20261122u;
  std::mt19937 random(seed);
  const auto folder = std::filesystem::temp_directory_path() / ("abm-nasty-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::vector<std::filesystem::path> pages;
  constexpr int kPages = 4000;
  for (int i = 0; i < kPages; ++i) {
    pages.push_back(folder / (std::to_string(i) + ".html"));
    std::ofstream(pages.back(), std::ios::binary) << nasty_page(random);
  }
  const auto theirs = spans_of_parse5(pages);
  const Slots all({"*"});
  Totals totals;
  for (const auto& page : pages) {
    const std::string html = read_file_or_empty(page);
    const auto at = theirs.find(page.string());
    ASSERT_NE(at, theirs.end()) << page;
    const size_t before = totals.disagreements;
    compare(page.string(), html, at->second, all, totals);
    if (totals.disagreements != before && before < 10) std::printf("seed %u: %s\n", seed, html.c_str());
  }
  std::filesystem::remove_all(folder);
  print("generated pages", totals);
  EXPECT_EQ(totals.disagreements, 0u);
}

}  // namespace
}  // namespace abm::rewrite
