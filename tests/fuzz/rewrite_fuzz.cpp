// Rewrites a hostile page with fixed selectors: any division into chunks gives the same bytes and outcomes,
// streaming equals locate and splice, and without the edits' markers the original page remains.
//
// Input: one byte each for the limits, the chunk size, the charset and the edits, then the page.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/locate.h"
#include "rewrite/rewriter.h"
#include "rewrite/select/selector.h"

namespace {

using namespace abm::rewrite;

const char* const kSelectors[] = {
    "#a",  ".x",    "p",          "li",         "div > *", "td",
    "[a]", "svg *", "p + b",      "select *",   "b",       "li:nth-child(2)",
    "a",   "i ~ p", "h1:not(.x)", "template *", "*",       "p:nth-of-type(2n+1)"};

const SelectorSet& selectors() {
  static std::vector<uint64_t> words;
  static const SelectorSet set = [] {
    std::vector<SelectorList> lists(std::size(kSelectors));
    for (size_t i = 0; i < lists.size(); ++i) {
      if (parse_selector(kSelectors[i], lists[i])) std::abort();
    }
    const std::string program = *compile_selectors(lists);
    words.resize(program.size() / 8 + 1);
    std::memcpy(words.data(), program.data(), program.size());
    return *SelectorSet::open(
        {static_cast<const char*>(static_cast<const void*>(words.data())), program.size()});
  }();
  return set;
}

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(const std::vector<Outcome>& a, const std::vector<Outcome>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].applied != b[i].applied || a[i].skipped != b[i].skipped || a[i].reason != b[i].reason)
      return false;
  }
  return a.size() == b.size();
}

/// For a misnested element near max_hold a stream learns of the end later than where it is (locate.h).
bool is_end_reason(Skip reason) {
  return reason == Skip::kUnclosed || reason == Skip::kAmbiguous;
}

bool same_but_for_end_reasons(std::vector<Outcome> a, const std::vector<Outcome>& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (is_end_reason(a[i].reason) && is_end_reason(b[i].reason)) a[i].reason = b[i].reason;
  }
  return same(a, b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4 || size > 8192) return 0;
  const std::string page(static_cast<const char*>(static_cast<const void*>(data + 4)), size - 4);
  static const AttributeEdit kAttributes[] = {{"id", "n"}, {"a", std::nullopt}, {"class", "q"}};
  static const std::string_view kClasses[] = {"y", "x"};
  std::vector<Edit> edits;
  for (uint32_t i = 0; i < 3; ++i) {
    Edit edit;
    edit.slot = (data[3] + i * 7u) % std::size(kSelectors);
    if (!edits.empty() && edit.slot <= edits.back().slot) continue;
    switch ((data[3] / 18u + i) % 6) {
      case 0:
        edit.content = "{C}";
        break;
      case 1:
        edit.remove = true;
        break;
      case 2:
        edit.before = "{B}";
        edit.after = "{A}";
        break;
      case 3:
        edit.prepend = "{P}";
        edit.append = "{E}";
        break;
      case 4:
        edit.attributes = kAttributes;
        break;
      default:
        edit.add_classes = {kClasses, 1};
        edit.remove_classes = {kClasses + 1, 1};
        edit.hide = true;
        break;
    }
    edits.push_back(edit);
  }
  RewriterOptions options;
  options.selectors = &selectors();
  options.edits = edits;
  options.charset = static_cast<Charset>(data[2] % 8);
  if ((data[0] & 1) != 0) options.max_hold = 16 + data[0];
  if ((data[0] & 2) != 0) options.max_tag = 16 + data[0];
  if ((data[0] & 4) != 0) options.max_depth = 2 + data[0] % 16;

  const RewrittenPage whole = rewrite_page(page, options);
  const RewrittenPage divided = rewrite_page(page, options, 1u + data[1] % 64);
  require(divided.html == whole.html && same(divided.outcomes, whole.outcomes));
  const RewrittenPage spliced = splice(page, locate(page, options), options);
  require(spliced.html == whole.html && same_but_for_end_reasons(spliced.outcomes, whole.outcomes));

  // Bytes that no edit touches are preserved: if no edit applied, the page is unchanged; if edits only
  // insert, removing their markers restores it.
  uint32_t applied = 0;
  bool insertions_only = page.find('{') == std::string::npos && page.find("<!---->") == std::string::npos;
  for (size_t i = 0; i < edits.size(); ++i) {
    applied += whole.outcomes[i].applied + whole.outcomes[i].skipped;
    insertions_only &= edits[i].before == "{B}" || edits[i].prepend == "{P}";
  }
  if (applied == 0) require(whole.html == page);
  if (!insertions_only) return 0;
  std::string stripped;
  for (size_t i = 0; i < whole.html.size();) {
    if (whole.html[i] == '{') {
      i += 3;
    } else {
      stripped += whole.html[i++];
    }
  }
  // Separators and written-out end tags are the only other additions: the page is a
  // subsequence, by whole characters.
  size_t at = 0;
  for (const char c : stripped) at += at < page.size() && page[at] == c ? 1 : 0;
  require(at == page.size());
  return 0;
}
