// What a page needs to know of abm.js, which makes edits in the browser.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::rules {

/// Who makes an edit: the rewriter in the HTML, or abm.js in the browser.
enum class Delivery : uint8_t { kHtml, kScript };

/// URLs are paths of the page's own site; letters, digits and "/._~-" before their query, so that they mean
/// the same in HTML and in JSON. "": the site has no such location.
struct ScriptPage {
  Delivery usual = Delivery::kHtml;  ///< of slots of which the rules do not say it
  std::string_view script;           ///< of abm.js; without it, edits for it are skipped
  std::string_view slots;            ///< of the edits for another page, whose address is to stand behind it
  std::string_view seen;             ///< where abm.js tells which slots were seen
  std::string_view id;               ///< of the request, for that
};

}  // namespace abm::rules
