// Select, which keeps nearly everything since HTML of 2025. Matches are those of Chromium 156.
#include "tests/rewrite/page_matches.h"

namespace abm::rewrite {
namespace {

TEST(Select, KeepsElementsAndDisturbsNothingBehindIt) {
  const PageMatches kPages[] = {
      {"<!doctype html><body><select data-u=s><button data-u=b><selectedcontent data-u=sc></selectedcontent></button><option data-u=o class=a><b data-u=x>1</b></select><p data-u=p>",
       {{"select > button", "b"},
        {"select > option.a", "o"},
        {"option b", "x"},
        {"select + p", "p"},
        {"p", "p"},
        {"button + option", "o"},
        {"selectedcontent", "sc"}}},
      {"<!doctype html><body><select><svg data-u=s><path data-u=t /></svg><option data-u=o>1<option data-u=q>2</select><p data-u=p>",
       {{"select > svg", "s"},
        {"svg + option", "o"},
        {"option + option", "q"},
        {"body > p", "p"},
        {"path", "t"}}},
      {"<!doctype html><body><select><iframe></select><p data-u=i></iframe><option data-u=o></select><p data-u=p>",
       {{"p", "p"}, {"iframe + option", "o"}, {"select > option", "o"}}},
      {"<!doctype html><body><select><style></select></style><title><b data-u=i></title><noscript><p data-u=i></noscript><math><mi data-u=m></math><option data-u=o></select><i data-u=z>",
       {{"*", "m o z"}}},
      {"<!doctype html><body><select><option data-u=a>1<hr data-u=h><option data-u=b>2<optgroup data-u=g><option data-u=c>3<hr data-u=k><option data-u=d></select>",
       {{"option + hr", "h"},
        {"hr + option", "b d"},
        {"optgroup > option", "c"},
        {"select > *", "a b d g h k"},
        {"option:first-child", "a c"}}},
      {"<!doctype html><body><select data-u=s><div data-u=d><option data-u=o></div><input data-u=i><p data-u=p>",
       {{"select > div > option", "o"},
        {"body > input", "i"},
        {"select + input", "i"},
        {"body > p", "p"},
        {"select p", ""}}},
      {"<!doctype html><body><p data-u=p><select><p data-u=q>x</select><b data-u=b></b>",
       {{"p > b", "b"}, {"select > p", "q"}, {"body > p", "p"}}},
      {"<!doctype html><body><table><tr><td><select><option data-u=o><tr><td data-u=d></table><b data-u=b>",
       {{"tr:nth-child(2) > td", "d"}, {"td option", "o"}, {"body > b", "b"}}},
      {"<!doctype html><body><select><table><tr><td data-u=d></table></select><b data-u=b>",
       {{"select td", "d"}, {"body > b", "b"}}},
      {"<!doctype html><body><select><option><p data-u=p>a<option data-u=o>b<div><option data-u=q>c</select><b data-u=b>",
       {{"option + option", "o"}, {"option > div > option", "q"}, {"body > b", "b"}}},
      {"<!doctype html><body><select><textarea><b data-u=x></textarea><i data-u=i></i></select><i data-u=j>",
       {{"select > i", "i"}, {"body > i", "j"}, {"b", ""}}},
      {"<!doctype html><body><select><select><b data-u=b>", {{"body > b", "b"}, {"select b", ""}}},
      {"<!doctype html><body><form><select></form><b data-u=x></b></select><b data-u=y></b></form>",
       {{"form > b", "y"}, {"select > b", "x"}, {"b", "x y"}}},
  };
  for (const PageMatches& page : kPages) expect_matches(page);
}

TEST(Select, ContentIsEditedAndWhatFollowsToo) {
  const std::pair<const char*, const char*> cases[] = {
      {"<select><button><selectedcontent></selectedcontent></button><option><b id=x>a</b></select>",
       "<select><button><selectedcontent></selectedcontent></button><option><b id=x>N</b></select>"},
      {"<select><div id=x>a</div></select>", "<select><div id=x>N</div></select>"},
      {"<select><option id=x>a<hr><option>b</select>", "<select><option id=x>N<hr><option>b</select>"},
      {"<select><svg><a id=x>a</a></svg></select>", "<select><svg><a id=x>N</a></svg></select>"},
      {"<select><iframe><b id=x>2</b></iframe></select><b id=x>3</b>",
       "<select><iframe><b id=x>2</b></iframe></select><b id=x>N</b>"},
      {"<select><noscript><b id=x></noscript></select><i id=x>3</i>",
       "<select><noscript><b id=x></noscript></select><i id=x>N</i>"},
      {"<select id=x><b>a</b></select><p>b", "<select id=x>N</select><p>b"},
      // The b goes on in the p.
      {"<select id=x><b>a</select><p>b", "<select id=x><b>a</select><p>b"},
      {"<select id=x><option>a<input><p>b", "<select id=x>N<input><p>b"},
  };
  for (const auto& [html, expected] : cases) EXPECT_EQ(rewrite_one(html, "#x", content("N")).html, expected);
}

TEST(Select, AnOptionThatOlderParsersEndEarlierKeepsItsContent) {
  for (const std::string html :
       {"<select><option id=x><div>a<option>b</div></select>", "<select><option id=x><b>a</option>b</select>",
        "<select><optgroup id=x><div><hr>a</div></optgroup></select>",
        "<select><option id=x><div>a</option>b</div></select>"}) {
    const RewrittenPage page = rewrite_one(html, "#x", content("N"));
    const bool same = page.html == html;
    EXPECT_EQ(page.outcomes[0].reason, same ? Skip::kAmbiguous : Skip::kNone) << page.html;
  }
  const std::string html = "<select><option id=x><div>a<option>b</div></select>";
  EXPECT_EQ(rewrite_one(html, "#x", content("N")).html, html);
}

}  // namespace
}  // namespace abm::rewrite
