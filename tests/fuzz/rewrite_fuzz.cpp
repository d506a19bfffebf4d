// Rewrites a hostile page with fixed selectors: any division into chunks gives the same bytes and outcomes,
// streaming equals locate and splice, and without the edits' markers the original page remains.
//
// Input: one byte each for the limits, the chunk size, the charset and the edits, then the page.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/locate.h"
#include "rewrite_fuzzing.h"

namespace {

using namespace abm::rewrite;

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
  const std::vector<Edit> edits = edits_from(data[3]);
  const RewriterOptions options = options_from(data[0], data[2], edits);
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
