// Fragments where a browser would not leave them as they are written. parse5 is the judge of generated ones.
#include "rewrite/template/markup_nesting.h"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rewrite/scan/tag_names.h"
#include "tests/node_script.h"
#include "tests/places.h"
#include "tests/rewrite/base64.h"

namespace abm::rewrite {
namespace {

std::string nesting(std::string_view fragment, std::vector<std::string> ancestors) {
  std::string out;
  for (const MarkupProblem& problem : nesting_problems(fragment, {std::move(ancestors)})) {
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", problem.offset, problem.message);
  }
  return out;
}

struct NestingCase {
  std::vector<std::string> ancestors;
  const char* fragment;
  const char* problems;
};

TEST(MarkupNesting, SaysWhatABrowserWouldMoveEndOrDrop) {
  const NestingCase cases[] = {
      {{"a"}, "See <a href=/x>more</a>", "4 <a> ends the <a> around it"},
      {{"a", "", "span"}, "<b><a>x</a></b>", "3 <a> ends the <a> around it"},
      {{}, "<a><a>x</a></a>", "3 <a> ends the <a> around it"},
      {{"button"}, "<button>x</button>", "0 <button> ends the <button> around it"},
      {{"p"}, "<b>x</b><div>y</div>", "8 <div> ends the <p> around it"},
      {{"p", "span"}, "<ul><li>x</li></ul>", "0 <ul> ends the <p> around it"},
      {{"p"}, "<table></table>", "0 <table> ends the <p> around it"},
      {{"table"},
       "<div>x</div>",
       "0 <div> goes in front of the table: <table> holds only <caption>, <colgroup>, <thead>, <tbody>, <tfoot> and <tr>"},
      {{"tr"}, "<p>x</p>", "0 <p> goes in front of the table: <tr> holds only <td> and <th>"},
      {{"tbody"}, "Only today", "0 text goes in front of the table: <tbody> holds only <tr>"},
      {{},
       "<table>x<tr><td>y</td></tr></table>",
       "7 text goes in front of the table: <table> holds only <caption>, <colgroup>, <thead>, <tbody>, <tfoot> and <tr>"},
      {{"div"}, "<tr><td>x</td></tr>", "0 <tr> is dropped: it belongs in a table, not in <div>"},
      {{"td"}, "<td>x</td>", "0 <td> ends the <td> around it"},
      {{"td", "div"}, "<tr></tr>", "0 <tr> ends the <td> around it"},
      {{"title"}, "Hello <b>you</b> <i>x</i>", "6 <b> is shown as text in <title>, which holds no markup"},
      {{"textarea"}, "<b>x</b>", "0 <b> is shown as text in <textarea>, which holds no markup"},
      {{"div"}, "<li>x</li>", "0 <li> belongs in <ul>, <ol> or <menu>, not in <div>"},
      {{"section"}, "<dt>x</dt>", "0 <dt> belongs in <dl>, not in <section>"},
      {{"ul", "li"}, "<li>x</li>", "0 <li> ends the <li> around it"},
      {{"dl", "dd"}, "<p>a</p><dt>x</dt>", "8 <dt> ends the <dd> around it"},
      {{"h1"}, "<h2>x</h2>", "0 <h2> ends the <h1> around it"},
      {{"form", "div"}, "<form>x</form>", "0 <form> is dropped: there is one around it"},
      {{"head"}, "<div>x</div>", "0 <div> ends the <head> around it"},
      {{"select"}, "<div>x</div>", "0 <div> is dropped in <select> by browsers older than 2025"},
      {{"select", "option"}, "<option>x</option>", "0 <option> ends the <option> around it"},
      {{"svg", "g"}, "<p>x</p>", "0 <p> ends the <svg> around it"},
  };
  for (const NestingCase& c : cases) EXPECT_EQ(nesting(c.fragment, c.ancestors), c.problems) << c.fragment;
}

TEST(MarkupNesting, IsSilentWhereMarkupStaysOrNothingIsKnown) {
  const NestingCase cases[] = {
      {{}, "<tr><td>x</td></tr>", ""},
      {{}, "<li>x</li>", ""},
      {{"table", ""}, "<div>x</div>", ""},
      {{"ul"}, "<li>x<li>y", ""},
      {{"dl"}, "<dt>x<dd>y", ""},
      {{"dl"}, "<div><dt>x<dd>y</div>", ""},
      {{"table"}, "<tr><td>x<td>y<tr><th>z", ""},
      {{"tbody"}, " <tr><td><div><p>x</p></div></td></tr> ", ""},
      {{"p"}, "<a href=/x><img src=y> more</a>", ""},
      {{"p", "button"}, "<div>x</div>", ""},
      {{"p", "object"}, "<div>x</div>", ""},
      {{"a", "td"}, "<a>x</a>", ""},
      {{"div"}, "<p>a<p>b", ""},
      {{"div"}, "<a>x</a><a>y</a>", ""},
      {{"title"}, "Hello {{ account.industry | default: \"you\" }}", ""},
      {{"svg", "foreignobject"}, "<div>x</div>", ""},
      {{"svg"}, "<g><path/></g><a><text>x</text></a>", ""},
      {{"select"}, "<option>x<option>y", ""},
      {{"head"}, "<meta name=x content=y><link rel=z>", ""},
      {{"h1"}, "<span>x</span>", ""},
      {{"li", "ul"}, "<li>x</li>", ""},
  };
  for (const NestingCase& c : cases) EXPECT_EQ(nesting(c.fragment, c.ancestors), c.problems) << c.fragment;
}

TEST(MarkupNesting, EndsWithItsLimits) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<div>";
  EXPECT_EQ(nesting(deep, {"div"}), "");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "<div></div>";
  EXPECT_EQ(nesting_problems(many, {{"tr"}}).size(), 100u);
}

/// A random tree with every end tag written, and for each start tag the one that it stands in.
struct Written {
  std::string markup;
  std::vector<std::pair<size_t, size_t>> tags;  // begin, begin of the parent
};

void write_tree(std::mt19937& random, size_t parent, int depth, Written& out) {
  static constexpr std::string_view kNames[] = {"a",       "button",  "dd",   "div",   "dl",     "dt", "form",
                                                "h1",      "h2",      "li",   "ol",    "option", "p",  "pre",
                                                "section", "select",  "span", "table", "tbody",  "td", "tr",
                                                "ul",      "caption", "th",   "thead"};
  const size_t children = random() % 3 + (depth == 0 ? 1 : 0);
  for (size_t i = 0; i < children && depth < 4; ++i) {
    const std::string_view name = kNames[random() % std::size(kNames)];
    const size_t begin = out.markup.size();
    out.tags.emplace_back(begin, parent);
    out.markup += fmt::format("<{}>", name);
    write_tree(random, begin, depth + 1, out);
    out.markup += fmt::format("</{}>", name);
  }
}

TEST(MarkupNesting, AgreesWithParse5) {
  if (!std::filesystem::exists(places::parse5_folder() + "/node_modules/parse5")) {
    GTEST_SKIP() << "npm install has not been run in tests/rewrite/parse5";
  }
  static const std::vector<std::vector<std::string>> kContexts = {{"div"},
                                                                  {"p"},
                                                                  {"a"},
                                                                  {"ul"},
                                                                  {"ul", "li"},
                                                                  {"dl", "dd"},
                                                                  {"table"},
                                                                  {"table", "tbody"},
                                                                  {"table", "tbody", "tr"},
                                                                  {"table", "tbody", "tr", "td"},
                                                                  {"button"},
                                                                  {"h1"},
                                                                  {"form"},
                                                                  {"select"},
                                                                  {"select", "option"},
                                                                  {"p", "span"},
                                                                  {"section", "div"},
                                                                  {"a", "span"},
                                                                  {"form", "div"}};
  std::mt19937 random(7);
  std::vector<std::string> lines, shown, said;
  for (int i = 0; i < 20000; ++i) {
    const std::vector<std::string>& context = kContexts[random() % kContexts.size()];
    Written page{"<!DOCTYPE html><html><head></head><body>", {}};
    size_t parent = page.markup.find("<body>");
    std::vector<std::string> ancestors = {"html", "body"};
    for (const std::string& name : context) {
      page.tags.emplace_back(page.markup.size(), parent);
      parent = page.markup.size();
      page.markup += fmt::format("<{}>", name);
      ancestors.push_back(name);
    }
    const size_t begin = page.markup.size();
    write_tree(random, parent, 0, page);
    const std::string fragment = page.markup.substr(begin);
    if (!markup_problems(fragment).empty()) continue;  // another warning's business
    for (auto name = context.rbegin(); name != context.rend(); ++name)
      page.markup += fmt::format("</{}>", *name);
    std::string list;
    for (const auto& [tag, in] : page.tags) list += fmt::format("{}{}:{}", list.empty() ? "" : ",", tag, in);
    lines.push_back(base64(page.markup) + ' ' + list);
    shown.push_back(page.markup);
    said.push_back(nesting(fragment, ancestors));
  }
  const std::vector<std::string> judged = places::judge_with_node("nesting.mjs", lines);
  ASSERT_EQ(judged.size(), lines.size());
  size_t missed = 0, groundless = 0, silent = 0, warned = 0;
  for (size_t i = 0; i < judged.size(); ++i) {
    const bool same = judged[i] == "same";
    if (said[i].empty()) {
      ++silent;
      if (!same && ++missed <= 10) ADD_FAILURE() << "not said: " << shown[i] << "\n  parse5: " << judged[i];
    } else if (said[i].find("belongs in <") == std::string::npos &&
               said[i].find("closed at once") == std::string::npos) {
      ++warned;
      if (same && ++groundless <= 10) ADD_FAILURE() << "groundless: " << shown[i] << "\n  " << said[i];
    }
  }
  EXPECT_GT(silent, 1000u);
  EXPECT_GT(warned, 1000u);
}

}  // namespace
}  // namespace abm::rewrite
